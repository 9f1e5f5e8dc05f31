enum CanonicalQuery {
    /// Appends the query line of the canonical request, nothing for an empty query.
    static func append(_ query: Substring.UTF8View, as form: Canonicalization.Query, to output: inout [UInt8]) {
        switch form {
        case .asReceived:
            output.append(contentsOf: query)
        case .recodedSorted:
            // awscrt leaves out the empty piece of `a&&b`.
            appendSorted(query.split(separator: UInt8(ascii: "&")), recoding: true, to: &output)
        case .sorted where !query.isEmpty:
            // botocore writes the empty piece of `a&&b` as `=`.
            let pieces = query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
            appendSorted(pieces, recoding: false, to: &output)
        case .sorted:
            break
        }
    }

    /// Where a parameter's name and value lie in a common buffer.
    private struct Parameter {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// Sorts by the bytes of the name, then of the value, and not of the joined piece: `a=1` comes before `a-=1`.
    private static func appendSorted(
        _ pieces: [Substring.UTF8View], recoding: Bool, to output: inout [UInt8]
    ) {
        var buffer: [UInt8] = []
        var parameters: [Parameter] = []
        parameters.reserveCapacity(pieces.count)
        for piece in pieces {
            let equals = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
            let start = buffer.count
            append(piece[..<equals], recoding: recoding, to: &buffer)
            let middle = buffer.count
            append(piece[equals...].dropFirst(), recoding: recoding, to: &buffer)
            parameters.append(Parameter(name: start..<middle, value: middle..<buffer.count))
        }
        parameters.sort { left, right in
            if !buffer[left.name].elementsEqual(buffer[right.name]) {
                return buffer[left.name].lexicographicallyPrecedes(buffer[right.name])
            }
            return buffer[left.value].lexicographicallyPrecedes(buffer[right.value])
        }
        for (position, parameter) in parameters.enumerated() {
            if position > 0 { output.append(UInt8(ascii: "&")) }
            output.append(contentsOf: buffer[parameter.name])
            output.append(UInt8(ascii: "="))
            output.append(contentsOf: buffer[parameter.value])
        }
    }

    private static func append(_ text: Substring.UTF8View, recoding: Bool, to buffer: inout [UInt8]) {
        if recoding {
            PercentEncoding.append(recoding: text, to: &buffer)
        } else {
            buffer.append(contentsOf: text)
        }
    }
}
