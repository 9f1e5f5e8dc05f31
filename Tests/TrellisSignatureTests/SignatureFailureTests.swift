import Testing
import TrellisSignature

/// Every condition under which a request is refused, with its family and its message.
@Suite struct SignatureFailureTests {
    struct Refused: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var failure: SignatureFailure
        var family: SignatureFailure.Family
        var message: String
        var token: SessionToken?
        var credential: StoredCredential? = Example.longTerm
        var verifier = Example.verifier
        var payload = SignatureVerifier.Payload.signed(PayloadHash(of: Example.body))
        var signedPayload = RequestSigner.Payload.signed(PayloadHash(of: Example.body), isSent: true)
        var now = Example.time
        var sign: @Sendable (inout RequestSigner) -> Void = { _ in }
        var change: @Sendable (inout SignableRequest) -> Void = { _ in }

        /// Changes the `Authorization` header after signing.
        static func replacing(_ old: String, with new: String) -> @Sendable (inout SignableRequest) -> Void {
            { $0.set("authorization", to: $0.value(of: "authorization").replacing(old, with: new)) }
        }
    }

    static let invalidToken = "The security token included in the request is invalid."
    static let late = Example.time.advanced(bySeconds: 901)
    static let early = Example.time.advanced(bySeconds: -901)
    static let longTarget = "/" + String(repeating: "a", count: SignatureLimits.targetLength)

    static let authentication: [Refused] = [
        Refused(
            testDescription: "no Authorization", failure: .missingAuthentication, family: .missingAuthenticationToken,
            message: "Missing Authentication Token", change: { $0.set("authorization", to: nil) }),
        Refused(
            testDescription: "blank Authorization", failure: .missingAuthentication,
            family: .missingAuthenticationToken, message: "Missing Authentication Token",
            change: { $0.set("authorization", to: "  ") }),
        Refused(
            testDescription: "another scheme",
            failure: .authorizationHeader(
                .notAPair(headerHash: "sirDDmH2JNXZ7PrsYu3JMpduFdLxWZgJKX9UIu07OWs=")),
            family: .incompleteSignature,
            message: "Invalid key=value pair (missing equal-sign) in Authorization header "
                + "(hashed with SHA-256 and encoded with Base64): 'sirDDmH2JNXZ7PrsYu3JMpduFdLxWZgJKX9UIu07OWs='.",
            change: { $0.set("authorization", to: "Bearer token") }),
        Refused(
            testDescription: "nothing but the algorithm, no date",
            failure: .authorizationHeader(
                .missing(
                    [.credential, .signature, .signedHeaders, .date],
                    headerHash: "YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=")),
            family: .incompleteSignature,
            message: "Authorization header requires 'Credential' parameter. "
                + "Authorization header requires 'Signature' parameter. "
                + "Authorization header requires 'SignedHeaders' parameter. "
                + "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                + "(Hashed with SHA-256 and encoded with Base64) "
                + "Authorization=YI2YWea8FSxnksZL2ETHbs5elHm9HQufxTLK0W0ffV0=",
            change: {
                $0.set("authorization", to: "AWS4-HMAC-SHA256")
                $0.set("x-amz-date", to: nil)
            }),
        Refused(
            testDescription: "no signature",
            failure: .authorizationHeader(
                .missing([.signature], headerHash: "jOKAI4B63xT4DVDoUT+5mTBNQxho/nGWZSkaXc+9P/g=")),
            family: .incompleteSignature,
            message: "Authorization header requires 'Signature' parameter. "
                + "(Hashed with SHA-256 and encoded with Base64) "
                + "Authorization=jOKAI4B63xT4DVDoUT+5mTBNQxho/nGWZSkaXc+9P/g=",
            change: { $0.set("authorization", to: "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host") }),
        Refused(
            testDescription: "no algorithm", failure: .authorizationHeader(.noAlgorithm),
            family: .incompleteSignature,
            message: "Authorization header must begin with the algorithm name, which cannot include an equal-sign.",
            change: Refused.replacing("AWS4-HMAC-SHA256 ", with: "")),
        Refused(
            testDescription: "SigV4A", failure: .authorizationHeader(.unsupportedAlgorithm("AWS4-ECDSA-P256-SHA256")),
            family: .incompleteSignature, message: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
            change: { request in
                Refused.replacing("AWS4-HMAC-SHA256", with: "AWS4-ECDSA-P256-SHA256")(&request)
                Refused.replacing("/us-east-1/", with: "/")(&request)
            }),
        Refused(
            testDescription: "SigV4A with a Region in its credential",
            failure: .authorizationHeader(
                .malformedCredential("AKIDEXAMPLE/20150830/us-east-1/vpc-lattice/aws4_request", elements: 4)),
            family: .incompleteSignature,
            message: "Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, "
                + "got 'AKIDEXAMPLE/20150830/us-east-1/vpc-lattice/aws4_request'",
            change: Refused.replacing("AWS4-HMAC-SHA256", with: "AWS4-ECDSA-P256-SHA256")),
        Refused(
            testDescription: "credential of four parts",
            failure: .authorizationHeader(.malformedCredential("AKIDEXAMPLE/20150830/us-east-1/vpc-lattice")),
            family: .incompleteSignature,
            message: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                + "got 'AKIDEXAMPLE/20150830/us-east-1/vpc-lattice'",
            change: Refused.replacing("/aws4_request", with: "")),
        Refused(
            testDescription: "two credentials", failure: .authorizationHeader(.repeated(.credential)),
            family: .incompleteSignature, message: "Authorization header must have only one 'Credential' parameter.",
            change: Refused.replacing("SignedHeaders=", with: "Credential=a, SignedHeaders=")),
        Refused(
            testDescription: "signed headers with a bad name",
            failure: .authorizationHeader(.malformedSignedHeaders("host;(")), family: .incompleteSignature,
            message: "SignedHeaders must be header names delimited by semicolons, got 'host;('",
            change: {
                $0.set("authorization", to: "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host;(, Signature=a")
            }),
        Refused(
            testDescription: "long Authorization", failure: .authorizationHeader(.tooLong),
            family: .incompleteSignature, message: "Authorization header must not be longer than 16384 bytes.",
            change: { $0.set("authorization", to: "AWS4-HMAC-SHA256 " + String(repeating: "a=", count: 10_000)) }),
        Refused(
            testDescription: "control character in Authorization", failure: .authorizationHeader(.invalidCharacter),
            family: .incompleteSignature, message: "Authorization header contains a character that is not allowed.",
            change: Refused.replacing("SignedHeaders", with: "\u{7}SignedHeaders")),
        Refused(
            testDescription: "two Authorization headers", failure: .repeatedHeader("authorization"),
            family: .incompleteSignature, message: "The 'authorization' header must be present only once.",
            change: { $0.headers.append(("authorization", "Bearer token")) }),
        Refused(
            testDescription: "signature in the query too", failure: .twoSignatures, family: .incompleteSignature,
            message: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization "
                + "header should be specified.",
            change: { $0.target += "&X-Amz-Signature=00" }),
        Refused(
            testDescription: "escaped algorithm in the query too", failure: .twoSignatures,
            family: .incompleteSignature,
            message: "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization "
                + "header should be specified.",
            change: { $0.target += "&X-Amz-%41lgorithm" }),
    ]

    static let form: [Refused] = [
        Refused(
            testDescription: "long target", failure: .oversized(.target, limit: 65_536), family: .incompleteSignature,
            message: "The request target must not be longer than 65536 bytes.", change: { $0.target = longTarget }),
        Refused(
            testDescription: "long headers", failure: .oversized(.headers, limit: 131_072),
            family: .incompleteSignature, message: "The request headers must not be longer than 131072 bytes.",
            change: { request in
                for _ in 0..<5 { request.headers.append(("x", String(repeating: "a", count: 30_000))) }
            }),
        Refused(
            testDescription: "newline in the target", failure: .malformedRequestLine, family: .incompleteSignature,
            message: "The request line contains a character that is not allowed.", change: { $0.target = "/a\n/b" }),
        Refused(
            testDescription: "newline in the method", failure: .malformedRequestLine, family: .incompleteSignature,
            message: "The request line contains a character that is not allowed.", change: { $0.method = "GET\n/" }),
        Refused(
            testDescription: "no method", failure: .malformedRequestLine, family: .incompleteSignature,
            message: "The request line contains a character that is not allowed.", change: { $0.method = "" }),
    ]

    static let dates: [Refused] = [
        Refused(
            testDescription: "no date",
            failure: .authorizationHeader(
                .missing([.date], headerHash: "zQ8/aD2y31B4e8hHDa5dAVPPzs0O7l7rkfxDreREqwc=")),
            family: .incompleteSignature,
            message: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
                + "(Hashed with SHA-256 and encoded with Base64) "
                + "Authorization=zQ8/aD2y31B4e8hHDa5dAVPPzs0O7l7rkfxDreREqwc=",
            change: {
                $0.set("authorization", to: "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=a")
                $0.set("x-amz-date", to: nil)
            }),
        Refused(
            testDescription: "date in another form", failure: .malformedDate("2015-08-30T12:36:00Z"),
            family: .incompleteSignature,
            message: "Date must be in ISO-8601 'basic format'. Got '2015-08-30T12:36:00Z'. "
                + "See http://en.wikipedia.org/wiki/ISO_8601",
            change: { $0.set("x-amz-date", to: "2015-08-30T12:36:00Z") }),
        Refused(
            testDescription: "long date", failure: .malformedDate(String(repeating: "2", count: 300)),
            family: .incompleteSignature,
            message: "Date must be in ISO-8601 'basic format'. Got '\(String(repeating: "2", count: 256))…'. "
                + "See http://en.wikipedia.org/wiki/ISO_8601",
            change: { $0.set("x-amz-date", to: String(repeating: "2", count: 300)) }),
        Refused(
            testDescription: "bad Date header", failure: .malformedDate("yesterday"), family: .incompleteSignature,
            message: "Date must be in ISO-8601 'basic format'. Got 'yesterday'. "
                + "See http://en.wikipedia.org/wiki/ISO_8601",
            change: {
                $0.set("x-amz-date", to: nil)
                $0.set("date", to: "yesterday")
            }),
        Refused(
            testDescription: "two dates", failure: .repeatedHeader("x-amz-date"), family: .incompleteSignature,
            message: "The 'x-amz-date' header must be present only once.",
            change: { $0.headers.append(("X-Amz-Date", "20150830T123600Z")) }),
        Refused(
            testDescription: "expired",
            failure: .expired(.init(requested: Example.time, now: late, allowedSkewSeconds: 900)),
            family: .invalidSignature,
            message: "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
                + "(20150830T125101Z - 15 min.)", now: late),
        Refused(
            testDescription: "expired in the narrow window",
            failure: .expired(
                .init(requested: Example.time, now: Example.time.advanced(bySeconds: 301), allowedSkewSeconds: 300)),
            family: .invalidSignature,
            message: "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
                + "(20150830T124101Z - 5 min.)",
            verifier: SignatureVerifier(services: [Example.service], allowedSkewSeconds: 300),
            now: Example.time.advanced(bySeconds: 301)),
        Refused(
            testDescription: "not yet current",
            failure: .notYetCurrent(.init(requested: Example.time, now: early, allowedSkewSeconds: 900)),
            family: .invalidSignature,
            message: "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
                + "(20150830T122059Z + 15 min.)", now: early),
    ]

    static let headers: [Refused] = [
        Refused(
            testDescription: "host not signed", failure: .hostNotSigned, family: .incompleteSignature,
            message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            change: Refused.replacing("host;", with: "")),
        Refused(
            testDescription: "nothing signed", failure: .hostNotSigned, family: .incompleteSignature,
            message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            change: {
                $0.set(
                    "authorization",
                    to: "AWS4-HMAC-SHA256 Credential=a/20150830/us-east-1/vpc-lattice/aws4_request, SignedHeaders=, "
                        + "Signature=a")
            }),
        Refused(
            testDescription: "date not signed", failure: .headerNotSigned("x-amz-date"), family: .incompleteSignature,
            message: "'x-amz-date' must be a 'SignedHeader' in the AWS Authorization.",
            change: Refused.replacing(";x-amz-date", with: "")),
        Refused(
            testDescription: "x-amz header added", failure: .headerNotSigned("x-amz-target"),
            family: .incompleteSignature, message: "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization.",
            change: { $0.headers.append(("X-Amz-Target", "Logs")) }),
        Refused(
            testDescription: "token added", failure: .headerNotSigned("x-amz-security-token"),
            family: .incompleteSignature,
            message: "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.",
            credential: Example.temporary, change: { $0.headers.append(("x-amz-security-token", "t")) }),
        Refused(
            testDescription: "signed header taken away", failure: .signedHeaderAbsent("x-custom"),
            family: .incompleteSignature,
            message: "'x-custom' is named as a SignedHeader, but it does not exist in the HTTP request.",
            change: { $0.set("x-custom", to: nil) }),
        Refused(
            testDescription: "host taken away", failure: .signedHeaderAbsent("host"), family: .incompleteSignature,
            message: "'host' is named as a SignedHeader, but it does not exist in the HTTP request.",
            change: { $0.set("host", to: nil) }),
    ]

    static let payloads: [Refused] = [
        Refused(
            testDescription: "content hash missing", failure: .contentHashNotSigned, family: .incompleteSignature,
            message: "Missing the 'x-amz-content-sha256' in canonical headers.", payload: .unsigned,
            signedPayload: .signed(PayloadHash(of: Example.body), isSent: false)),
        Refused(
            testDescription: "content hash there, not signed", failure: .contentHashNotSigned,
            family: .incompleteSignature, message: "Missing the 'x-amz-content-sha256' in canonical headers.",
            payload: .unsigned, signedPayload: .signed(PayloadHash(of: Example.body), isSent: false),
            change: { $0.set("x-amz-content-sha256", to: "UNSIGNED-PAYLOAD") }),
        Refused(
            testDescription: "body signed where that is unsupported", failure: .payloadSigningUnsupported,
            family: .incompleteSignature,
            message: "The 'x-amz-content-sha256' header must be 'UNSIGNED-PAYLOAD'.", payload: .unsigned),
        Refused(
            testDescription: "two content hashes", failure: .repeatedHeader("x-amz-content-sha256"),
            family: .incompleteSignature, message: "The 'x-amz-content-sha256' header must be present only once.",
            change: { $0.headers.append(("x-amz-content-sha256", "UNSIGNED-PAYLOAD")) }),
        Refused(
            testDescription: "another body than its hash", failure: .contentHashMismatch, family: .invalidSignature,
            message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
            payload: .signed(.empty)),
        Refused(
            testDescription: "another body, hash not sent", failure: .signatureMismatch, family: .invalidSignature,
            message: "The request signature we calculated does not match the signature you provided. Check your AWS "
                + "Secret Access Key and signing method. Consult the service documentation for details.",
            payload: .signed(.empty), signedPayload: .signed(PayloadHash(of: Example.body), isSent: false)),
        Refused(
            testDescription: "unsigned payload where the body must be signed", failure: .contentHashMismatch,
            family: .invalidSignature,
            message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
            signedPayload: .unsigned),
    ]

    static let scopes: [Refused] = [
        Refused(
            testDescription: "Region", failure: .credentialScope([.region(got: "eu-west-1")]),
            family: .invalidSignature, message: "Credential should be scoped to a valid Region, not 'eu-west-1'.",
            sign: { $0.region = "eu-west-1" }),
        Refused(
            testDescription: "no Region", failure: .credentialScope([.region(got: "")]), family: .invalidSignature,
            message: "Credential should be scoped to a valid Region, not ''.",
            verifier: SignatureVerifier(services: [Example.service]), sign: { $0.region = "" }),
        Refused(
            testDescription: "text that is no Region", failure: .credentialScope([.region(got: "us_East..1")]),
            family: .invalidSignature, message: "Credential should be scoped to a valid Region, not 'us_East..1'.",
            verifier: SignatureVerifier(services: [Example.service]), sign: { $0.region = "us_East..1" }),
        Refused(
            testDescription: "service", failure: .credentialScope([.service(expected: ["vpc-lattice"])]),
            family: .invalidSignature, message: "Credential should be scoped to correct service: 'vpc-lattice'.",
            sign: { $0.service = "lambda" }),
        Refused(
            testDescription: "one of several services",
            failure: .credentialScope([.service(expected: ["sts", "iam"])]),
            family: .invalidSignature, message: "Credential should be scoped to correct service: 'sts', 'iam'.",
            verifier: SignatureVerifier(services: ["sts", "iam"])),
        Refused(
            testDescription: "terminator", failure: .credentialScope([.terminator(got: "aws5_request")]),
            family: .invalidSignature,
            message: "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
            change: Refused.replacing("aws4_request", with: "aws5_request")),
        Refused(
            testDescription: "date", failure: .credentialScope([.date(got: "20150829", time: Example.time)]),
            family: .invalidSignature,
            message: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'20150829' != '20150830', from '20150830T123600Z'.",
            change: Refused.replacing("/20150830/", with: "/20150829/")),
        Refused(
            testDescription: "everything",
            failure: .credentialScope([
                .region(got: "c"), .service(expected: ["vpc-lattice"]), .terminator(got: "e"),
                .date(got: "b", time: Example.time),
            ]),
            family: .invalidSignature,
            message: "Credential should be scoped to a valid Region, not 'c'. "
                + "Credential should be scoped to correct service: 'vpc-lattice'. "
                + "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
                + "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'b' != '20150830', from '20150830T123600Z'.",
            change: Refused.replacing("20150830/us-east-1/vpc-lattice/aws4_request", with: "b/c/d/e")),
    ]

    static let credentials: [Refused] = [
        Refused(
            testDescription: "unknown access key", failure: .unknownAccessKey("AKIDEXAMPLE"),
            family: .unrecognizedClient, message: invalidToken, credential: nil),
        Refused(
            testDescription: "token for a long-term key", failure: .sessionTokenUnexpected,
            family: .unrecognizedClient, message: invalidToken, token: Example.token),
        Refused(
            testDescription: "no token for a temporary key", failure: .sessionTokenMissing,
            family: .unrecognizedClient, message: invalidToken, credential: Example.temporary),
        Refused(
            testDescription: "token of another session", failure: .sessionTokenMismatch, family: .unrecognizedClient,
            message: invalidToken, token: SessionToken("other"), credential: Example.temporary),
        Refused(
            testDescription: "two tokens", failure: .repeatedHeader("x-amz-security-token"),
            family: .incompleteSignature, message: "The 'x-amz-security-token' header must be present only once.",
            token: Example.token, credential: Example.temporary,
            change: { $0.headers.append(("x-amz-security-token", Example.token.reveal())) }),
        Refused(
            testDescription: "session at its end", failure: .sessionExpired, family: .expiredToken,
            message: "The security token included in the request is expired", token: Example.token,
            credential: Example.temporary, now: Example.time.advanced(bySeconds: 60)),
    ]

    @Test(arguments: authentication + form + dates + headers + payloads + scopes + credentials)
    func isRefused(_ refused: Refused) throws {
        var request = try Example.signed(token: refused.token, payload: refused.signedPayload, change: refused.sign)
        refused.change(&request)
        let failure = #expect(throws: SignatureFailure.self) {
            try Example.verify(
                request, with: refused.verifier, payload: refused.payload, now: refused.now,
                credential: refused.credential)
        }
        #expect(failure == refused.failure)
        #expect(failure?.family == refused.family)
        #expect(failure?.message == refused.message)
    }

    @Test(arguments: [-900, -1, 0, 1, 900] as [Int64])
    func isAcceptedInTheWindow(_ seconds: Int64) throws {
        let now = Example.time.advanced(bySeconds: seconds)
        #expect(throws: Never.self) { try Example.verify(Example.signed(), now: now) }
    }

    @Test func isAcceptedToTheLastSecondOfTheSession() throws {
        let signed = try Example.signed(token: Example.token)
        let now = Example.time.advanced(bySeconds: 59)
        #expect(throws: Never.self) { try Example.verify(signed, now: now, credential: Example.temporary) }
    }
}
