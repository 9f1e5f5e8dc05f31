import Crypto

/// The SHA-256 of a request body, the last line of a canonical request.
package struct PayloadHash: Hashable, Sendable {
    /// 64 lower-case digits.
    package let hexadecimal: String

    /// The last line, and the value of `x-amz-content-sha256`, of a request whose body is not signed.
    package static let unsigned = "UNSIGNED-PAYLOAD"

    package static let empty = PayloadHash(of: [])

    package init(of body: some Sequence<UInt8>) {
        var hasher = PayloadHasher()
        let isContiguous: Void? = body.withContiguousStorageIfAvailable {
            hasher.update(UnsafeRawBufferPointer($0))
        }
        if isContiguous == nil {
            Array(body).withUnsafeBytes { hasher.update($0) }
        }
        self = hasher.finalize()
    }

    fileprivate init(_ digest: SHA256.Digest) {
        hexadecimal = Hexadecimal.lowercase(digest)
    }
}

/// Hashes a body that comes in several pieces.
package struct PayloadHasher: Sendable {
    private var hasher = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.update(bufferPointer: bytes)
    }

    package func finalize() -> PayloadHash {
        PayloadHash(hasher.finalize())
    }
}
