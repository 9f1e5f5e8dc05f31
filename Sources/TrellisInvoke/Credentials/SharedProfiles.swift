/// The profiles of the shared config and credentials files.
///
/// - Source: the AWS SDKs and Tools Reference Guide, "Shared config and credentials files"; botocore decides what it leaves
///   open: names are compared without case, a comment is a line of its own, the credentials file wins.
package struct SharedProfiles: Hashable, Sendable {
    /// Settings by profile, with names in lower case.
    package private(set) var config: [String: [String: String]]
    package private(set) var credentials: [String: [String: String]]

    /// - Parameters:
    ///   - config: The text of `~/.aws/config`, where a profile is `[default]` or `[profile name]`.
    ///   - credentials: The text of `~/.aws/credentials`, where it is `[name]`.
    package init(config: String, credentials: String) {
        self.config = Self.sections(of: config) { title in
            if title == "default" { return "default" }
            guard title.hasPrefix("profile"), let next = title.dropFirst(7).first, next == " " || next == "\t" else {
                return nil
            }
            return Self.unquoted(title.dropFirst(7))
        }
        self.credentials = Self.sections(of: credentials) { $0 }
    }

    /// Both files' settings of one profile; `nil` if neither has it.
    package subscript(profile: String) -> [String: String]? {
        guard config[profile] != nil || credentials[profile] != nil else { return nil }
        return (config[profile] ?? [:]).merging(credentials[profile] ?? [:]) { _, later in later }
    }

    private static func sections(
        of text: String, _ profile: (String) -> String?
    ) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var current: String?
        for line in text.split(whereSeparator: \.isNewline) {
            // An indented line belongs to the setting above it: none of those is of interest here.
            guard let first = line.first, !first.isWhitespace, first != "#", first != ";" else { continue }
            if first == "[" {
                let title = line.dropFirst().prefix { $0 != "]" }
                current = profile(String(title))
                if let current { sections[current, default: [:]].merge([:]) { old, _ in old } }
            } else if let current, let mark = line.firstIndex(where: { $0 == "=" || $0 == ":" }) {
                let value = String(line[line.index(after: mark)...].trimmed)
                sections[current]?[line[..<mark].trimmed.lowercased()] = value
            }
        }
        return sections
    }

    private static func unquoted(_ name: Substring) -> String {
        let name = name.trimmed
        guard name.count >= 2, let quote = name.first, quote == "\"" || quote == "'", name.last == quote else {
            return String(name)
        }
        return String(name.dropFirst().dropLast())
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let rest = drop(while: \.isWhitespace)
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return rest[...last]
    }
}
