/// What routing looks at in a request, without owning or copying it.
package protocol RequestView {
    /// As sent, for example `GET`.
    var method: String { get }
    /// The request target in origin form as sent, for example `/orders?state=open`.
    var target: String { get }

    /// Visits the header lines in order of arrival until `visit` answers `false`.
    func forEachHeader(_ visit: (_ name: String, _ value: String) -> Bool)
}
