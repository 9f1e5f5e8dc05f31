import Crypto

/// The text whose hash is signed.
///
/// ```
/// GET
/// /path
/// name=value
/// host:example.com
/// x-amz-date:20150830T123600Z
///
/// host;x-amz-date
/// e3b0c442…
/// ```
///
/// - Source: AWS IAM User Guide, "Create a signed AWS API request".
package struct CanonicalRequest: Sendable {
    private let method: String
    private let target: SignableRequest
    /// From the header lines to the payload hash, the same in every canonicalisation.
    private let tail: [UInt8]

    /// - Parameters:
    ///   - signedHeaders: A name the request does not have is written with an empty value.
    ///   - payloadHash: The last line: the value of `x-amz-content-sha256` if the request has it, else the hexadecimal
    ///     SHA-256 of the body.
    package init(_ request: SignableRequest, signedHeaders: SignedHeaderNames, payloadHash: String) {
        self.init(request, headers: CanonicalHeaders(of: request, names: signedHeaders), payloadHash: payloadHash)
    }

    init(_ request: SignableRequest, headers: CanonicalHeaders, payloadHash: String) {
        method = request.method
        target = request
        var tail: [UInt8] = []
        tail.reserveCapacity(1024)
        headers.append(to: &tail)
        tail.append(UInt8(ascii: "\n"))
        tail.append(contentsOf: headers.names.joined.utf8)
        tail.append(UInt8(ascii: "\n"))
        CanonicalHeaders.append(value: payloadHash, to: &tail)
        self.tail = tail
    }

    package func bytes(_ canonicalization: Canonicalization) -> [UInt8] {
        var bytes = head(canonicalization)
        bytes.append(contentsOf: tail)
        return bytes
    }

    /// The hexadecimal SHA-256 that the string to sign ends with.
    package func hash(_ canonicalization: Canonicalization) -> String {
        hash(head: head(canonicalization))
    }

    /// Method, path and query: all that the canonicalisations differ in.
    func head(_ canonicalization: Canonicalization) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(method.utf8.count + target.target.utf8.count + 16)
        head.append(contentsOf: method.utf8)
        head.append(UInt8(ascii: "\n"))
        CanonicalPath.append(target.path, as: canonicalization.path, to: &head)
        head.append(UInt8(ascii: "\n"))
        CanonicalQuery.append(target.query, as: canonicalization.query, to: &head)
        head.append(UInt8(ascii: "\n"))
        return head
    }

    func hash(head: [UInt8]) -> String {
        var hasher = SHA256()
        head.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        tail.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        return hasher.finalize().withUnsafeBytes { Hexadecimal.lowercase($0) }
    }
}
