enum CanonicalPath {
    /// Appends the path of the canonical request; an empty path is `/`.
    static func append(_ path: Substring.UTF8View, as form: Canonicalization.Path, to output: inout [UInt8]) {
        switch form {
        case _ where path.isEmpty:
            output.append(UInt8(ascii: "/"))
        case .normalizedEncoded:
            appendNormalized(path, to: &output)
        case .encoded:
            PercentEncoding.append(encoding: path, keepingSlashes: true, to: &output)
        case .asReceived:
            output.append(contentsOf: path)
        }
    }

    /// Removes empty and `.` segments, and with each `..` the segment before it; a slash at the end stays.
    ///
    /// `/a/./b//../c/` becomes `/a/c/`, and `/a/b/..` becomes `/a`, as botocore and awscrt have it.
    private static func appendNormalized(_ path: Substring.UTF8View, to output: inout [UInt8]) {
        var segments: [Substring.UTF8View] = []
        for segment in path.split(separator: UInt8(ascii: "/")) {
            if segment.elementsEqual("..".utf8) {
                _ = segments.popLast()
            } else if !segment.elementsEqual(".".utf8) {
                segments.append(segment)
            }
        }
        if path.first == UInt8(ascii: "/") { output.append(UInt8(ascii: "/")) }
        for (position, segment) in segments.enumerated() {
            if position > 0 { output.append(UInt8(ascii: "/")) }
            PercentEncoding.append(encoding: segment, to: &output)
        }
        if path.last == UInt8(ascii: "/") && !segments.isEmpty { output.append(UInt8(ascii: "/")) }
    }
}
