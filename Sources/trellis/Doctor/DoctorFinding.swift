/// One thing that `trellis doctor` looked at, in one line.
struct DoctorFinding: Hashable, Sendable {
    enum Verdict: String, Sendable {
        case fine = "ok"
        /// The server runs, with less than it could.
        case warning = "warn"
        /// The server, or every function, fails.
        case failure = "fail"
    }

    var verdict: Verdict
    var topic: String
    var text: String
    /// What ends a command that stumbles over it.
    var status = ExitStatus.unavailable

    static func fine(_ topic: String, _ text: String) -> DoctorFinding {
        DoctorFinding(verdict: .fine, topic: topic, text: text)
    }

    static func warning(_ topic: String, _ text: String) -> DoctorFinding {
        DoctorFinding(verdict: .warning, topic: topic, text: text)
    }

    static func failure(_ topic: String, _ text: String, status: ExitStatus = .unavailable) -> DoctorFinding {
        DoctorFinding(verdict: .failure, topic: topic, text: text, status: status)
    }

    /// `warn  data directory: others may read ./trellis-data: chmod 700 ./trellis-data`, whatever the text holds.
    var line: String {
        let verdict = verdict.rawValue + String(repeating: " ", count: max(0, 6 - verdict.rawValue.utf8.count))
        let text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return "\(verdict)\(topic): \(text)\n"
    }
}
