import Crypto

/// The value of an `Authorization` header that carries a SigV4 signature.
///
/// One line, here broken for reading:
///
/// ```
/// AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/service/aws4_request,
///     SignedHeaders=host;x-amz-date, Signature=5fa0…
/// ```
///
/// The credential of SigV4A (`AWS4-ECDSA-P256-SHA256`) has no Region: `AKID/20150830/service/aws4_request`.
package struct AuthorizationHeader: Hashable, Sendable {
    package var algorithm: SignatureAlgorithm
    package var accessKeyID: String
    /// As written: whether it fits the request is for ``SignatureVerifier`` to say.
    package var scope: CredentialScope
    package var signedHeaders: SignedHeaderNames
    /// As written; of SigV4 64 lower-case hexadecimal digits if it is right, of SigV4A the digits of its DER form.
    package var signature: String

    package init(
        algorithm: SignatureAlgorithm, accessKeyID: String, scope: CredentialScope,
        signedHeaders: SignedHeaderNames, signature: String
    ) {
        self.algorithm = algorithm
        self.accessKeyID = accessKeyID
        self.scope = scope
        self.signedHeaders = signedHeaders
        self.signature = signature
    }

    /// Reads a header value.
    ///
    /// Parameters come in any order, separated by commas, blanks or both; others than the three are passed over, as
    /// AWS does.
    ///
    /// - Parameter text: At most ``SignatureLimits/authorizationLength`` bytes, visible ASCII and blanks.
    package init(parsing text: String) throws(AuthorizationHeaderError) {
        guard text.utf8.count <= SignatureLimits.authorizationLength else { throw .tooLong }
        guard text.utf8.allSatisfy({ $0.isVisibleASCII || $0.isBlank }) else { throw .invalidCharacter }
        var pieces = text.utf8.split { $0 == UInt8(ascii: ",") || $0.isBlank }[...]
        let algorithmName = pieces.popFirst().map { String(Substring($0)) } ?? ""
        guard !algorithmName.isEmpty, !algorithmName.utf8.contains(UInt8(ascii: "=")) else { throw .noAlgorithm }

        let parameters = try Parameters(reading: pieces, of: text)
        guard let credential = parameters.credential, let signature = parameters.signature,
            let signedHeaders = parameters.signedHeaders
        else { throw .missing(parameters.missing, headerHash: Self.hash(of: text)) }
        guard let algorithm = SignatureAlgorithm(rawValue: algorithmName) else {
            throw .unsupportedAlgorithm(algorithmName)
        }
        guard let names = SignedHeaderNames(parsing: signedHeaders) else {
            throw .malformedSignedHeaders(signedHeaders)
        }
        let (accessKeyID, scope) = try Self.parse(credential: credential, of: algorithm)
        self.init(
            algorithm: algorithm, accessKeyID: accessKeyID, scope: scope, signedHeaders: names, signature: signature)
    }

    /// The value as it is sent, with `, ` between the parameters.
    package var text: String {
        "\(algorithm.rawValue) Credential=\(accessKeyID)/\(scope.text), SignedHeaders=\(signedHeaders.joined), "
            + "Signature=\(signature)"
    }

    /// What AWS shows in place of a header it could not read: base64 of the SHA-256.
    static func hash(of text: String) -> String {
        Base64.encode(Array(SHA256.hash(data: Array(text.utf8))))
    }

    static func parse(
        credential: String, of algorithm: SignatureAlgorithm
    ) throws(AuthorizationHeaderError) -> (accessKeyID: String, scope: CredentialScope) {
        let elements = credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        let hasRegion = algorithm.hasRegionInScope
        guard elements.count == (hasRegion ? 5 : 4), !elements[0].isEmpty,
            elements[0].utf8.count <= SignatureLimits.accessKeyIDLength,
            elements.dropFirst().allSatisfy({ $0.utf8.count <= SignatureLimits.scopeElementLength })
        else { throw .malformedCredential(credential, elements: hasRegion ? 5 : 4) }
        let scope =
            hasRegion
            ? CredentialScope(
                date: elements[1], region: elements[2], service: elements[3], terminator: elements[4])
            : .withoutRegion(date: elements[1], service: elements[2], terminator: elements[3])
        return (elements[0], scope)
    }
}

extension AuthorizationHeader {
    private struct Parameters {
        var credential: String?
        var signature: String?
        var signedHeaders: String?

        init(
            reading pieces: ArraySlice<Substring.UTF8View>, of text: String
        ) throws(AuthorizationHeaderError) {
            for piece in pieces {
                guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else {
                    throw .notAPair(headerHash: AuthorizationHeader.hash(of: text))
                }
                let value = String(Substring(piece[piece.index(after: equals)...]))
                switch RequiredPart(rawValue: String(Substring(piece[..<equals]))) {
                case .credential: try Self.set(&credential, to: value, .credential)
                case .signature: try Self.set(&signature, to: value, .signature)
                case .signedHeaders: try Self.set(&signedHeaders, to: value, .signedHeaders)
                case .date, nil: break
                }
            }
        }

        /// In the order AWS lists them.
        var missing: [RequiredPart] {
            [(credential, .credential), (signature, .signature), (signedHeaders, RequiredPart.signedHeaders)]
                .filter { $0.0 == nil }.map(\.1)
        }

        private static func set(
            _ parameter: inout String?, to value: String, _ part: RequiredPart
        ) throws(AuthorizationHeaderError) {
            guard parameter == nil else { throw .repeated(part) }
            parameter = value
        }
    }
}

/// A part without which a signature cannot be checked.
package enum RequiredPart: String, Hashable, Sendable {
    case credential = "Credential"
    case signature = "Signature"
    case signedHeaders = "SignedHeaders"
    /// The request's `X-Amz-Date` or `Date` header, which AWS lists with the parameters.
    case date = "Date"
}

/// Why an `Authorization` header is no SigV4 signature.
///
/// Hashes stand for the header itself, which may hold somebody's credentials of another kind.
package enum AuthorizationHeaderError: Error, Hashable, Sendable {
    case tooLong
    /// A control character, or one outside ASCII.
    case invalidCharacter
    /// It is empty or begins with a parameter.
    case noAlgorithm
    /// A piece has no equal-sign, as in `Bearer token`.
    case notAPair(headerHash: String)
    case repeated(RequiredPart)
    case missing([RequiredPart], headerHash: String)
    case unsupportedAlgorithm(String)
    /// - Parameter elements: How many it must have.
    case malformedCredential(String, elements: Int = 5)
    case malformedSignedHeaders(String)
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 }
}
