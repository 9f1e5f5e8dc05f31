/// An element of an answer: a name with either text or children.
package struct XMLElement: Hashable, Sendable {
    private enum Content: Hashable {
        case text(String)
        case children([XMLElement])
    }

    private var name: String
    private var content: Content

    /// - Parameter name: A constant, never input: it is written as it is.
    package init(_ name: String, _ text: String) {
        self.name = name
        content = .text(text)
    }

    package init(_ name: String, _ children: [XMLElement]) {
        self.name = name
        content = .children(children)
    }

    /// The element as a document of one namespace.
    package func document(namespace: String) -> String {
        var output = "<\(name) xmlns=\"\(Self.escaped(namespace))\">"
        writeContent(to: &output)
        output += "</\(name)>"
        return output
    }

    private func write(to output: inout String) {
        output += "<\(name)>"
        writeContent(to: &output)
        output += "</\(name)>"
    }

    private func writeContent(to output: inout String) {
        switch content {
        case .text(let text): output += Self.escaped(text)
        case .children(let children): for child in children { child.write(to: &output) }
        }
    }

    /// Text that no parser takes for markup; what XML 1.0 cannot hold at all becomes U+FFFD.
    private static func escaped(_ text: String) -> String {
        var output = ""
        output.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "'": output += "&apos;"
            // A parser would read it as a line feed.
            case "\r": output += "&#xD;"
            case "\t", "\n": output.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": output += "\u{FFFD}"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
