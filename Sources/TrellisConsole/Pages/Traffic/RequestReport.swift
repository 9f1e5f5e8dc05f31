import TrellisAPI
import TrellisModel
import TrellisTraffic

/// One request from its head to its answer.
struct RequestReport {
    var record: RequestRecord

    var page: Page {
        let title = record.method.map { "\($0) \(record.target ?? "")" } ?? "No HTTP request"
        return Page(
            title.count > 80 ? "\(title.prefix(80))…" : title, in: .traffic,
            crumbs: [TrafficPages.crumb, RequestPages.crumb],
            content: """
                \(overview)
                <h2>Way</h2>\(way)
                <h2>Rules</h2>\(rules)
                <h2>Policies</h2>\(policies)
                <h2>Request</h2>\(message(record.request, of: "the request"))
                <h2>Event</h2>\(event)
                <h2>Answer</h2>\(message(record.response, of: "the answer"))
                """)
    }

    private var overview: HTML {
        Details([
            ("Status", record.status == 0 ? "no answer was written" : "\(record.status)"),
            ("Failure reason", record.failureReason.map { "\($0)" }),
            ("Detail", record.detail.map { "\($0)" }),
            ("Arrived", "\(record.arrivedAt.iso8601)"),
            ("Took", "\(RateText.time(record.duration.seconds))"),
            ("To the target after", record.durationToTarget.map { "\(RateText.time($0.seconds))" }),
            ("Client", record.client.map { "\($0)" }),
            ("Host", record.host.map { "\($0)" }),
            ("Listener port", "\(record.port)"),
            ("Protocol", record.protocol.map { "\($0)" }),
            ("Bytes received", "\(record.bytesReceived)"),
            ("Bytes sent", "\(record.bytesSent)"),
            ("Request id", "<code>\(record.requestID)</code>"),
        ]).html
    }

    private var way: HTML {
        guard let path = record.path else { return "<p>No service was found for it.</p>" }
        let map = ConsolePath.make("service-networks", path.network.rawValue, "map")
        let group: HTML? = path.targetGroup.map {
            .link($0.rawValue, to: ConsolePath.make("target-groups", $0.rawValue, "traffic"))
        }
        let steps: [HTML] = [
            "VPC: \(path.vpc ?? "not known")",
            "Service network: \(HTML.link(path.network.rawValue, to: map))",
            "Service: \(HTML.link(path.service.rawValue, to: ConsolePath.make("services", path.service.rawValue, "traffic")))",
            "Listener: \(path.listener.rawValue)",
            path.rule.map { "Rule: \($0.rawValue)" } ?? "It was refused before any rule.",
            path.rule == nil ? .empty : group.map { "Target group: \($0)" } ?? "No target group: the answer is fixed.",
            path.target.map { "Target: <code>\($0)</code>" } ?? .empty,
        ].filter { $0 != .empty }
        return "<ol>\(steps.map { "<li>\($0)</li>" as HTML })</ol>"
    }

    private var rules: HTML {
        guard let path = record.path, path.rule != nil else { return "<p>None was tried.</p>" }
        let rows = record.verdicts.map { verdict -> [HTML] in
            ["<code>\(verdict.rule.rawValue)</code>", "\(verdict.mismatch ?? "matches")"]
        }
        let isDefault = !record.verdicts.contains { $0.mismatch == nil }
        let more: HTML =
            record.verdictsOmitted > 0
            ? "<p class=\"hint\">\(record.verdictsOmitted) rules before them did not match.</p>" : .empty
        return """
            \(more)\(Table(
                "Rules in the order of their priorities, up to the one that matched", columns: [.init("Rule"), .init("Verdict")],
                rows: rows, empty: "The listener has no rules beside its default action.").html)
            \(isDefault ? "<p>No rule matched: the default action decided.</p>" : .empty)
            """
    }

    private var policies: HTML {
        guard record.path != nil else { return "<p>Nobody was asked.</p>" }
        let caller: HTML = "<p>Caller: \(record.caller ?? "anonymous")</p>"
        guard !record.decision.isEmpty else {
            return
                "\(caller)<p>Nothing was to pass: the auth type of the service network and of the service is NONE.</p>"
        }
        return "\(caller)<ul>\(record.decision.map { "<li>\($0)</li>" as HTML })</ul>"
    }

    private var event: HTML {
        guard let event = record.event else {
            return "<p class=\"empty\">No event was sent to a function, or it is large.</p>"
        }
        let note: HTML =
            record.request.body == nil
            ? "Without its body: bodies of the service were not kept." : "With its body as far as it was kept."
        return """
            <p class="hint">\(note) Secrets are masked.</p>
            <pre class="code" tabindex="0" aria-label="Event">\(Self.indented(event))</pre>
            """
    }

    private func message(_ message: RequestRecord.Message, of what: String) -> HTML {
        let more: HTML =
            message.headers.omitted > 0 ? "<p class=\"hint\">\(message.headers.omitted) more header lines.</p>" : .empty
        return """
            \(Table(
                "Headers of \(what)", columns: [.init("Name"), .init("Value")],
                rows: message.headers.lines.map { ["\($0.name)", "\($0.value)"] }, empty: "No headers.").html)\(more)
            \(body(message.body, of: what))
            """
    }

    private func body(_ body: CapturedBody?, of what: String) -> HTML {
        guard let body else { return .empty }
        guard body.length > 0 else { return "<p class=\"empty\">The body is empty.</p>" }
        let cut: HTML = body.isCut ? ", of which \(body.bytes.count) are shown" : .empty
        let text = body.text
        return """
            <p class="hint">Body: \(body.length) bytes\(cut)\(text == nil ? ", not text" : "").</p>
            <pre class="code" tabindex="0" aria-label="Body of \(what)">\(text ?? Self.hexadecimal(body.bytes))</pre>
            """
    }

    /// The first bytes as pairs of digits, two for each.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.prefix(512).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined(separator: " ")
    }

    /// JSON with line breaks; every byte inside texts stays.
    static func indented(_ json: String) -> String {
        var lines = ""
        var depth = 0
        var isInText = false
        var isEscaped = false
        for character in json.unicodeScalars {
            if isInText {
                lines.unicodeScalars.append(character)
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isInText = false
                }
                continue
            }
            switch character {
            case "{", "[":
                depth += 1
                lines.unicodeScalars.append(character)
                lines += newLine(depth)
            case "}", "]":
                depth -= 1
                lines += newLine(depth)
                lines.unicodeScalars.append(character)
            case ",": lines += "," + newLine(depth)
            case ":": lines += ": "
            default:
                if character == "\"" { isInText = true }
                lines.unicodeScalars.append(character)
            }
        }
        return lines
    }

    private static func newLine(_ depth: Int) -> String {
        "\n" + String(repeating: "  ", count: max(0, min(depth, 32)))
    }
}

extension CapturedBody {
    /// `nil` if it is no text; the character at which the body was cut is left out.
    var text: String? {
        for dropped in 0...(isCut ? 3 : 0) {
            if let text = String(validating: bytes.dropLast(dropped), as: UTF8.self) { return text }
        }
        return nil
    }
}
