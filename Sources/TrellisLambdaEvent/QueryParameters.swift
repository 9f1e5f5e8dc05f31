/// The parameters of a request target's query, decoded for the event's map; the target itself is left alone.
///
/// Pairs are separated by `&`, empty ones skipped; a pair without `=` has an empty value. In keys and values `+` is a
/// space and `%XX` a byte; `%` without two hexadecimal digits stays as it is. Decoded bytes that are not UTF-8 become
/// U+FFFD, and keys are compared after that, so no key appears twice in the JSON object.
///
/// - Source: reference "Event V2", decoding of query keys and values.
package struct QueryParameters {
    private let bytes: UnsafeRawBufferPointer
    private let keys: UnsafeBufferPointer<Range<Int>>
    private let values: UnsafeBufferPointer<Range<Int>>

    package var count: Int { keys.count }

    /// - Parameters:
    ///   - target: The request target; everything after its first `?` is the query.
    ///   - body: Gets the parameters, which are gone when it returns.
    package static func withParameters<Result>(of target: String, _ body: (QueryParameters) -> Result) -> Result {
        target.withUTF8Bytes { target in
            let query: UnsafeRawBufferPointer
            if let mark = target.firstIndex(of: UInt8(ascii: "?")) {
                query = UnsafeRawBufferPointer(rebasing: target[(mark + 1)...])
            } else {
                query = UnsafeRawBufferPointer(start: nil, count: 0)
            }
            return withParameters(ofQuery: query, body)
        }
    }

    /// Lends the chains of equal keys.
    func withGroups<Result>(_ body: (KeyGroups) -> Result) -> Result {
        KeyGroups.withGroups(of: keys, in: bytes, body)
    }

    package func key(_ index: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[keys[index]]) }

    package func value(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[values[index]])
    }

    private static func withParameters<Result>(
        ofQuery query: UnsafeRawBufferPointer, _ body: (QueryParameters) -> Result
    ) -> Result {
        var capacity = query.isEmpty ? 0 : 1
        for byte in query where byte == UInt8(ascii: "&") { capacity += 1 }
        return withUnsafeTemporaryAllocation(byteCount: query.count, alignment: 1) { decoded in
            withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: capacity * 2) { ranges in
                ranges.initialize(repeating: 0..<0)
                let keys = UnsafeMutableBufferPointer(rebasing: ranges[..<capacity])
                let values = UnsafeMutableBufferPointer(rebasing: ranges[capacity...])
                let count = decode(query, to: decoded, keys, values)
                return body(
                    QueryParameters(
                        bytes: UnsafeRawBufferPointer(decoded),
                        keys: UnsafeBufferPointer(rebasing: keys[..<count]),
                        values: UnsafeBufferPointer(rebasing: values[..<count])))
            }
        }
    }

    private static func decode(
        _ query: UnsafeRawBufferPointer, to decoded: UnsafeMutableRawBufferPointer,
        _ keys: UnsafeMutableBufferPointer<Range<Int>>, _ values: UnsafeMutableBufferPointer<Range<Int>>
    ) -> Int {
        var count = 0
        var start = 0
        while start < query.count {
            var end = start
            var equals: Int?
            while end < query.count, query[end] != UInt8(ascii: "&") {
                if query[end] == UInt8(ascii: "="), equals == nil { equals = end }
                end += 1
            }
            if end > start {
                keys[count] = PercentDecoding.decode(query, start..<(equals ?? end), to: decoded)
                values[count] = PercentDecoding.decode(query, (equals.map { $0 + 1 } ?? end)..<end, to: decoded)
                count += 1
            }
            start = end + 1
        }
        return count
    }
}

enum PercentDecoding {
    /// Decodes one key or value into the same place of the output that it has in the input.
    ///
    /// - Returns: Where the decoded text lies. It is never longer than the encoded one: U+FFFD is three bytes, and so
    ///   is the shortest way to write a wrong byte.
    static func decode(
        _ input: UnsafeRawBufferPointer, _ range: Range<Int>, to output: UnsafeMutableRawBufferPointer
    ) -> Range<Int> {
        var source = range.lowerBound
        var target = range.lowerBound
        var hasDecodedNonASCII = false
        while source < range.upperBound {
            var byte = input[source]
            source += 1
            if byte == UInt8(ascii: "+") {
                byte = UInt8(ascii: " ")
            } else if byte == UInt8(ascii: "%"), range.upperBound - source >= 2,
                let high = hexadecimalValue(input[source]), let low = hexadecimalValue(input[source + 1])
            {
                byte = high << 4 | low
                source += 2
                hasDecodedNonASCII = hasDecodedNonASCII || byte >= 0x80
            }
            output[target] = byte
            target += 1
        }
        let decoded = range.lowerBound..<target
        return hasDecodedNonASCII ? repair(decoded, within: range, of: output) : decoded
    }

    private static func repair(
        _ decoded: Range<Int>, within range: Range<Int>, of output: UnsafeMutableRawBufferPointer
    ) -> Range<Int> {
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[decoded])
        var index = 0
        while index < bytes.count {
            let length = utf8SequenceLength(bytes, at: index)
            guard length > 0 else {
                var end = range.lowerBound
                for byte in String(decoding: bytes, as: UTF8.self).utf8 where end < range.upperBound {
                    output[end] = byte
                    end += 1
                }
                return range.lowerBound..<end
            }
            index += length
        }
        return decoded
    }
}
