import TrellisLambdaEvent

/// `--explain`: every member of an event with the rule behind it, then what the function does not get.
enum ExplanationText {
    /// Longer values are cut for the eye.
    private static let shownCharacters = 96

    static func text(of explanation: EventExplanation) -> String {
        var lines: [String] = []
        for member in explanation.members {
            lines.append("\(printed(member.path)) = \(shortened(member.value))")
            lines.append("    " + sentence(member.rule, member.detail))
        }
        if !explanation.dropped.isEmpty {
            lines += ["", "Not passed on:"]
            for line in explanation.dropped {
                // What was dropped as a secret is not shown either.
                let value = line.rule == .droppedCredential ? "(not shown)" : shortened(line.value)
                lines.append("\(line.name): \(value)")
                lines.append("    " + sentence(line.rule, nil))
            }
        }
        if !explanation.absent.isEmpty {
            lines += ["", "Not in this event:"]
            for member in explanation.absent {
                lines.append(printed(member.path))
                lines.append("    " + sentence(member.rule, nil))
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func sentence(_ rule: EventRule, _ detail: String?) -> String {
        rule.text + (detail.map { " (\(shortened($0)))" } ?? "") + " [\(rule.origin.rawValue)]"
    }

    /// `headers.content-type`; names that are not plain words in brackets: `headers["a.b"]`.
    private static func printed(_ path: [String]) -> String {
        path.enumerated().map { index, name in
            let isPlain = !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            return isPlain ? (index == 0 ? name : "." + name) : "[\(quoted(name))]"
        }.joined()
    }

    private static func quoted(_ name: String) -> String {
        shortened("\"" + name.unicodeScalars.map { $0.escaped(asASCII: false) }.joined() + "\"")
    }

    private static func shortened(_ value: String) -> String {
        // Header values may hold what a terminal takes for commands.
        let clean =
            value.unicodeScalars.contains(where: \.isControl)
            ? value.unicodeScalars.map { $0.isControl ? $0.escaped(asASCII: true) : String($0) }.joined() : value
        guard clean.count > shownCharacters else { return clean }
        return "\(clean.prefix(shownCharacters))… (\(value.utf8.count) bytes)"
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
