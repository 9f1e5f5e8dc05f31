/// Reads `multipart/form-data`.
///
/// - Source: RFC 7578 with the field names as browsers write them: UTF-8, `"` as `%22`.
enum Multipart {
    private static let maximumParts = 200

    /// - Returns: `nil` for another content type, or one without a boundary.
    static func boundary(of contentType: String) -> String? {
        let parts = contentType.split(separator: ";").map { $0.drop(while: \.isWhitespace) }
        guard parts.first?.lowercased() == "multipart/form-data" else { return nil }
        for part in parts.dropFirst() where part.lowercased().hasPrefix("boundary=") {
            let value = part.dropFirst("boundary=".count).filter { $0 != "\"" }
            return (1...70).contains(value.utf8.count) ? String(value) : nil
        }
        return nil
    }

    /// - Returns: `nil` for a body of another form.
    static func parse(_ body: some Collection<UInt8>, boundary: String) -> FormValues? {
        let bytes = Array(body)
        let mark = Array("--\(boundary)".utf8)
        guard bytes.starts(with: mark) else { return nil }
        let separator = Array("\r\n".utf8) + mark
        var form = FormValues()
        var start = mark.count
        while true {
            if bytes[start...].starts(with: "--".utf8) { return form }
            guard bytes[start...].starts(with: "\r\n".utf8), form.items.count + form.files.count < maximumParts,
                let end = find(separator, in: bytes, from: start + 2),
                add(bytes[(start + 2)..<end], to: &form)
            else { return nil }
            start = end + separator.count
        }
    }

    private static func add(_ part: ArraySlice<UInt8>, to form: inout FormValues) -> Bool {
        let gap = Array("\r\n\r\n".utf8)
        guard let headEnd = find(gap, in: Array(part), from: 0),
            let head = String(validating: part.prefix(headEnd), as: UTF8.self)
        else { return false }
        let content = part.dropFirst(headEnd + gap.count)
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") }
        guard let line, let name = parameter("name", of: line) else { return false }
        if let fileName = parameter("filename", of: line) {
            // A field without a chosen file sends an empty one.
            if !fileName.isEmpty || !content.isEmpty {
                form.files[name] = FormValues.File(name: fileName, bytes: Array(content))
            }
            return true
        }
        guard let value = String(validating: content, as: UTF8.self) else { return false }
        form.items.append((name, value))
        return true
    }

    /// The value of `; name="…"`, which holds no quotation mark.
    private static func parameter(_ name: String, of line: Substring) -> String? {
        guard let start = line.firstRange(of: "; \(name)=\"")?.upperBound,
            let end = line[start...].firstIndex(of: "\"")
        else { return nil }
        return String(line[start..<end]).replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing(
            "%0A", with: "\n")
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first, bytes.count - needle.count >= start else { return nil }
        var index = start
        while index <= bytes.count - needle.count {
            if bytes[index] == first, bytes[index..<(index + needle.count)].elementsEqual(needle) { return index }
            index += 1
        }
        return nil
    }
}
