/// One way to bring a request's target into the form that is signed.
///
/// Clients differ, so a verifier tries several. Each is a function of the received request alone: trying more of them
/// does not let a request pass that nobody signed.
package struct Canonicalization: Hashable, Sendable {
    package enum Path: Hashable, Sendable {
        /// Dot segments and repeated slashes removed, then percent-encoded once more: every service but S3.
        case normalizedEncoded
        /// Percent-encoded once more, segments as they are.
        case encoded
        /// As on the wire: S3, and curl 7.88 for every service.
        case asReceived
    }

    package enum Query: Hashable, Sendable {
        /// Names and values decoded, encoded again and sorted: the documented form, and awscrt's.
        case recodedSorted
        /// Sorted pieces as on the wire, `k` as `k=`: botocore's form.
        case sorted
        /// As on the wire: curl 7.88's form.
        case asReceived
    }

    package var path: Path
    package var query: Query

    package init(path: Path, query: Query) {
        self.path = path
        self.query = query
    }

    /// The documented form, and what ``RequestSigner`` uses.
    package static let standard = Canonicalization(path: .normalizedEncoded, query: .recodedSorted)

    /// What a verifier accepts, the likeliest first.
    package static let accepted = [
        standard,
        Canonicalization(path: .normalizedEncoded, query: .sorted),
        Canonicalization(path: .asReceived, query: .sorted),
        Canonicalization(path: .asReceived, query: .asReceived),
    ]
}
