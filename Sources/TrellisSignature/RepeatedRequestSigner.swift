import Crypto

/// Signs one request again and again with SigV4, each time with another body and at another time.
///
/// Everything but the time, the body's hash and the signature is written once; they are overwritten in place. The result
/// is the one of ``RequestSigner``.
package struct RepeatedRequestSigner: Sendable {
    private let secretAccessKey: SecretAccessKey
    private var scope: CredentialScope
    private var time: SigningTime
    private var key: SigningKey

    /// Ends with the body's hash.
    private var canonicalRequest: [UInt8]
    private let timeInCanonicalRequest: Int
    /// `AWS4-HMAC-SHA256`, time, scope and the hash of the canonical request, a line each.
    private var stringToSign: [UInt8]
    private let scopeInStringToSign: Int
    /// The header lines that sign a request.
    private var lines: [UInt8]
    private let dateInLines: Int

    private static let hashLength = 64
    private static let timeLength = 16
    private static let timeInStringToSign = "AWS4-HMAC-SHA256\n".utf8.count
    private static let timeInLines = "x-amz-date: ".utf8.count

    /// - Parameters:
    ///   - request: With every header that is to be signed, and without a session token, which the signer adds.
    ///   - signer: Its credentials, Region and service hold for every signature.
    package init(_ request: SignableRequest, signer: RequestSigner) throws(RequestSigningError) {
        let time = SigningTime(secondsSinceEpoch: 0)
        var signer = signer
        signer.algorithm = .hmacSHA256
        var keys = SigningKeyCache(capacity: 0)
        let signed = try signer.sign(request, payload: .signed(.empty, isSent: false), at: time, keys: &keys)
        guard let authorization = signed.headers.last?.value,
            let parsed = try? AuthorizationHeader(parsing: authorization)
        else { throw .hostMissing }
        let scope = parsed.scope
        canonicalRequest = CanonicalRequest(
            signed, signedHeaders: parsed.signedHeaders, payloadHash: PayloadHash.empty.hexadecimal
        ).bytes(signer.canonicalization)
        guard let timeLine = canonicalRequest.firstIndex(of: "\nx-amz-date:") else { throw .hostMissing }
        timeInCanonicalRequest = timeLine + "\nx-amz-date:".utf8.count
        let timeAndScope = "\(time.basicFormat)\n\(scope.text)\n"
        stringToSign = Array("AWS4-HMAC-SHA256\n\(timeAndScope)\(PayloadHash.empty.hexadecimal)".utf8)
        scopeInStringToSign = Self.timeInStringToSign + Self.timeLength + 1
        let token = signer.credentials.sessionToken.map { "x-amz-security-token: \($0.reveal())\r\n" } ?? ""
        let before = "x-amz-date: \(time.basicFormat)\r\n\(token)authorization: "
        lines = Array("\(before)\(authorization)\r\n".utf8)
        dateInLines = "\(before)AWS4-HMAC-SHA256 Credential=\(parsed.accessKeyID)/".utf8.count
        secretAccessKey = signer.credentials.secretAccessKey
        key = SigningKey(secretAccessKey: secretAccessKey, scope: scope)
        self.scope = scope
        self.time = time
    }

    /// The header lines of one more request, each with its line end: `x-amz-date`, `authorization` and, for temporary
    /// credentials, `x-amz-security-token`.
    ///
    /// - Parameter body: All of it.
    package mutating func sign(body: UnsafeRawBufferPointer, at time: SigningTime) -> [UInt8] {
        if time != self.time { move(to: time) }
        let bodyHash = Self.hash(body)
        bodyHash.withUnsafeBytes {
            Hexadecimal.overwrite(&canonicalRequest, at: canonicalRequest.count - Self.hashLength, with: $0)
        }
        let requestHash = canonicalRequest.withUnsafeBytes { Self.hash($0) }
        requestHash.withUnsafeBytes {
            Hexadecimal.overwrite(&stringToSign, at: stringToSign.count - Self.hashLength, with: $0)
        }
        // The signature is the end of the last line.
        let signature = key.authenticate(stringToSign)
        signature.withUnsafeBytes {
            Hexadecimal.overwrite(&lines, at: lines.count - 2 - Self.hashLength, with: $0)
        }
        return lines
    }

    /// Without the generic ways of ``SHA256``, which cost as much as the hash of a small request.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> SHA256Digest {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize()
    }

    private mutating func move(to time: SigningTime) {
        self.time = time
        let text = Array(time.basicFormat.utf8)
        canonicalRequest.overwrite(at: timeInCanonicalRequest, with: text)
        stringToSign.overwrite(at: Self.timeInStringToSign, with: text)
        lines.overwrite(at: Self.timeInLines, with: text)
        guard time.date != scope.date else { return }
        scope.date = time.date
        stringToSign.overwrite(at: scopeInStringToSign, with: text.prefix(8))
        lines.overwrite(at: dateInLines, with: text.prefix(8))
        key = SigningKey(secretAccessKey: secretAccessKey, scope: scope)
    }
}

extension Hexadecimal {
    /// Writes two lower-case digits for each byte over what is there.
    fileprivate static func overwrite(_ text: inout [UInt8], at start: Int, with bytes: UnsafeRawBufferPointer) {
        var position = start
        for byte in bytes {
            text[position] = lowerCaseDigit(byte >> 4)
            text[position + 1] = lowerCaseDigit(byte & 0x0F)
            position += 2
        }
    }

    private static func lowerCaseDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

extension [UInt8] {
    fileprivate mutating func overwrite(at start: Int, with bytes: some Collection<UInt8>) {
        replaceSubrange(start..<start + bytes.count, with: bytes)
    }

    /// Where `text` begins for the first time.
    fileprivate func firstIndex(of text: String) -> Int? {
        let wanted = Array(text.utf8)
        return indices.first { self[$0...].starts(with: wanted) }
    }
}
