extension SignatureFailure {
    /// What the client reads, in AWS's words where they are known.
    ///
    /// It never repeats a signature, a token or a secret, and of a client's text at most 256 bytes.
    package var message: String {
        switch self {
        case .missingAuthentication:
            "Missing Authentication Token"
        case .authorizationHeader(let error):
            error.message
        case .repeatedHeader(let name):
            "The '\(quoted(name))' header must be present only once."
        case .twoSignatures:
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header "
                + "should be specified."
        case .oversized(let part, let limit):
            "The request \(part.rawValue) must not be longer than \(limit) bytes."
        case .malformedRequestLine:
            "The request line contains a character that is not allowed."
        case .malformedDate(let text):
            "Date must be in ISO-8601 'basic format'. Got '\(quoted(text))'. See http://en.wikipedia.org/wiki/ISO_8601"
        case .queryParametersMissing:
            "AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', "
                + "'X-Amz-SignedHeaders' and 'X-Amz-Date', each once. Re-examine the query-string parameters."
        case .malformedExpiry(let text):
            "X-Amz-Expires must be a number of seconds from 1 to \(SignatureLimits.longestExpirySeconds). "
                + "Got '\(quoted(text))'."
        case .hostNotSigned:
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        case .headerNotSigned(let name):
            "'\(quoted(name))' must be a 'SignedHeader' in the AWS Authorization."
        case .signedHeaderAbsent(let name):
            "'\(quoted(name))' is named as a SignedHeader, but it does not exist in the HTTP request."
        case .contentHashNotSigned:
            "Missing the 'x-amz-content-sha256' in canonical headers."
        case .payloadSigningUnsupported:
            "The 'x-amz-content-sha256' header must be '\(PayloadHash.unsigned)'."
        case .credentialScope(let mismatches):
            mismatches.map(\.message).joined(separator: " ")
        case .expired(let window):
            window.expiredMessage
        case .notYetCurrent(let window):
            window.notYetCurrentMessage
        case .unknownAccessKey, .sessionTokenMissing, .sessionTokenUnexpected, .sessionTokenMismatch:
            "The security token included in the request is invalid."
        case .sessionExpired:
            "The security token included in the request is expired"
        case .signatureMismatch:
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                + "Access Key and signing method. Consult the service documentation for details."
        case .contentHashMismatch:
            "The provided 'x-amz-content-sha256' header does not match what was computed."
        }
    }
}

extension AuthorizationHeaderError {
    package var message: String {
        switch self {
        case .tooLong:
            "Authorization header must not be longer than \(SignatureLimits.authorizationLength) bytes."
        case .invalidCharacter:
            "Authorization header contains a character that is not allowed."
        case .noAlgorithm:
            "Authorization header must begin with the algorithm name, which cannot include an equal-sign."
        case .notAPair(let hash):
            "Invalid key=value pair (missing equal-sign) in Authorization header "
                + "(hashed with SHA-256 and encoded with Base64): '\(hash)'."
        case .repeated(let part):
            "Authorization header must have only one '\(part.rawValue)' parameter."
        case .missing(let parts, let hash):
            parts.map(\.missingMessage).joined(separator: " ")
                + " (Hashed with SHA-256 and encoded with Base64) Authorization=\(hash)"
        case .unsupportedAlgorithm(let name):
            "Unsupported AWS 'algorithm': '\(quoted(name))'."
        case .malformedCredential(let text, let elements):
            "Credential must have exactly \(elements) slash-delimited elements, e.g. keyid/date/"
                + (elements == 5 ? "region/" : "") + "service/term, got '\(quoted(text))'"
        case .malformedSignedHeaders(let text):
            "SignedHeaders must be header names delimited by semicolons, got '\(quoted(text))'"
        }
    }
}

extension RequiredPart {
    fileprivate var missingMessage: String {
        switch self {
        case .credential, .signature, .signedHeaders:
            "Authorization header requires '\(rawValue)' parameter."
        case .date:
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        }
    }
}

extension SignatureFailure.ScopeMismatch {
    fileprivate var message: String {
        switch self {
        case .region(let got):
            "Credential should be scoped to a valid Region, not '\(quoted(got))'."
        case .service(let expected):
            "Credential should be scoped to correct service: '\(expected.joined(separator: "', '"))'."
        case .terminator(let got):
            "Credential should be scoped with a valid terminator: '\(CredentialScope.validTerminator)', "
                + "not '\(quoted(got))'."
        case .date(let got, let time):
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'\(quoted(got))' != '\(time.date)', from '\(time.basicFormat)'."
        }
    }
}

extension SignatureFailure.ClockWindow {
    // Signature expired: 20241008T195522Z is now earlier than 20241008T195940Z (20241008T200440Z - 5 min.)
    fileprivate var expiredMessage: String {
        let edge = now.advanced(bySeconds: -allowedSkewSeconds)
        return "Signature expired: \(requested.basicFormat) is now earlier than \(edge.basicFormat) "
            + "(\(now.basicFormat) - \(skew).)"
    }

    fileprivate var notYetCurrentMessage: String {
        let edge = now.advanced(bySeconds: allowedSkewSeconds)
        return "Signature not yet current: \(requested.basicFormat) is still later than \(edge.basicFormat) "
            + "(\(now.basicFormat) + \(skew).)"
    }

    private var skew: String {
        allowedSkewSeconds % 60 == 0 ? "\(allowedSkewSeconds / 60) min" : "\(allowedSkewSeconds) sec"
    }
}

/// A client's text as a message may repeat it: cut to a bounded length.
private func quoted(_ text: String) -> String {
    guard text.utf8.count > SignatureLimits.quotedLength else { return text }
    return String(decoding: text.utf8.prefix(SignatureLimits.quotedLength), as: UTF8.self) + "…"
}
