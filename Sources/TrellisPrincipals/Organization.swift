/// The organisation that a server's accounts belong to.
package struct Organization: Hashable, Sendable {
    /// `o-` and 10 to 32 lower-case letters and digits.
    package var id: String
    /// For example `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`.
    package var paths: [String]

    /// - Returns: `nil` unless the id has its form and every path begins with it and ends with a slash.
    package init?(id: String, paths: [String] = []) {
        let tail = id.utf8.dropFirst(2)
        guard id.hasPrefix("o-"), (10...32).contains(tail.count),
            tail.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }),
            paths.allSatisfy({ $0.hasPrefix("\(id)/") && $0.hasSuffix("/") && $0.utf8.count <= 512 })
        else { return nil }
        self.id = id
        self.paths = paths
    }
}
