/// Headers that belong to one connection and are passed on in neither direction.
///
/// - Source: reference "Headers", hop-by-hop; RFC 9110, section 7.6.1.
enum HopByHopHeaders {
    /// Whether a header is of one hop by its name alone: `connection`, `keep-alive`, `proxy-*`, `te`, `trailer`,
    /// `transfer-encoding` or `upgrade`.
    @inline(__always)
    static func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name.count {
        case 2 where FieldName.equals(name, "te"): true
        case 7 where FieldName.equals(name, "trailer") || FieldName.equals(name, "upgrade"): true
        case 10 where FieldName.equals(name, "connection") || FieldName.equals(name, "keep-alive"): true
        case 17 where FieldName.equals(name, "transfer-encoding"): true
        default: FieldName.hasPrefix(name, "proxy-")
        }
    }

    /// Whether a `connection` value may name headers of the message; `close` and `keep-alive` do not.
    static func mayNameHeaders(_ value: String) -> Bool {
        !FieldName.equals(value, "keep-alive") && !FieldName.equals(value, "close")
    }

    /// Removes the headers that `connection` values name, except `host` and `content-length`.
    ///
    /// No sender may make a message lose its addressee or its framing. Takes time linear in the bytes of names and
    /// values.
    static func removeHeaders(namedIn connectionValues: [String], from headers: inout HeaderList) {
        let isNamed = areNamed(in: connectionValues, headers)
        var kept = HeaderList()
        kept.reserveCapacity(headers.count)
        for (header, isNamed) in zip(headers, isNamed) where !isNamed { kept.append(header) }
        headers = kept
    }

    /// Which headers ``removeHeaders(namedIn:from:)`` removes, one element per header.
    static func areNamed(in connectionValues: [String], _ headers: HeaderList) -> [Bool] {
        var isNamed = [Bool](repeating: false, count: headers.count)
        FieldNames.withLowercased(headers) { names in
            names.withGroups { groups in
                for value in connectionValues {
                    forEachOption(in: value) { option in
                        guard let first = groups.first(matching: option), !isNamed[first],
                            !isIndispensable(headers[first].name)
                        else { return }
                        var index: Int? = first
                        while let named = index {
                            isNamed[named] = true
                            index = groups.next(after: named)
                        }
                    }
                }
            }
        }
        return isNamed
    }

    private static func isIndispensable(_ name: String) -> Bool {
        FieldName.equals(name, "host") || FieldName.equals(name, "content-length")
    }

    /// Calls `body` with each element of a comma-separated list, in lower case and without blanks around it.
    private static func forEachOption(in value: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        value.withUTF8Bytes { value in
            withUnsafeTemporaryAllocation(byteCount: value.count, alignment: 1) { memory in
                let list = UnsafeRawBufferPointer(memory)
                var start = 0
                for end in 0...FieldName.copyLowercased(value, to: memory, at: 0) {
                    guard end == list.count || list[end] == UInt8(ascii: ",") else { continue }
                    body(trimmingBlanks(list[start..<end]))
                    start = end + 1
                }
            }
        }
    }
}
