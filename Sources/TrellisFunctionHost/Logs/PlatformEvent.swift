import NIOCore
import TrellisModel

/// What the host itself writes to a function's log: a line of text, or a JSON object.
///
/// - Source: reference lambda.md §4 for the text; the Lambda Developer Guide, "Log-level filtering" and "Telemetry API
///   event schema reference", for the objects and which level each has.
enum PlatformEvent {
    case start(requestID: String, version: String)
    case end(requestID: String, InvocationLog.Report)
    /// - Parameter phase: `init`, or `invoke` for an initialisation on the time of an invocation.
    case initReport(duration: TimeAmount, phase: String, status: String)
    /// Words about an invocation that went wrong.
    case note(requestID: String, String)

    // MARK: Text

    /// Lines, each with its newline.
    var text: String {
        switch self {
        case .start(let requestID, let version): "START RequestId: \(requestID) Version: \(version)\n"
        case .end(let requestID, let report): "END RequestId: \(requestID)\n" + Self.text(requestID, report)
        case .initReport(let duration, let phase, let status):
            "INIT_REPORT Init Duration: \(Self.milliseconds(duration)) ms\tPhase: \(phase)\tStatus: \(status)\t\n"
        case .note(_, let text): text + "\n"
        }
    }

    private static func text(_ requestID: String, _ report: InvocationLog.Report) -> String {
        var line = "REPORT RequestId: \(requestID)\tDuration: \(milliseconds(report.duration)) ms\t"
        line += "Billed Duration: \(billedMilliseconds(report.duration)) ms\tMemory Size: \(report.memorySizeMB) MB\t"
        line += "Max Memory Used: \(report.maximumMemoryUsedMB) MB\t"
        if let initDuration = report.initDuration { line += "Init Duration: \(milliseconds(initDuration)) ms\t" }
        if let status = report.status { line += "Status: \(status)\t" }
        return line + "\n"
    }

    // MARK: JSON

    /// The objects that the levels let through, one on each line.
    func json(_ logging: FunctionLogging, at now: Timestamp) -> String {
        switch self {
        case .start(let requestID, let version):
            let record = #""requestId":\#(quoted(requestID)),"version":\#(quoted(version))"#
            return object("start", .info, logging, now, record)
        case .end(let requestID, let report):
            return runtimeDone(requestID, report, logging, now) + self.report(requestID, report, logging, now)
        case .initReport(let duration, let phase, let status):
            let record =
                #""initializationType":"on-demand","phase":\#(quoted(phase)),"status":\#(quoted(status)),"#
                + #""metrics":{"durationMs":\#(Self.milliseconds(duration))}"#
            return object("initReport", .warn, logging, now, record)
        case .note(let requestID, let text):
            guard logging.applicationLevel <= .error else { return "" }
            return #"{"timestamp":"\#(now.iso8601)","level":"ERROR","requestId":\#(quoted(requestID)),"#
                + #""message":\#(quoted(text))}"# + "\n"
        }
    }

    private func runtimeDone(
        _ requestID: String, _ report: InvocationLog.Report, _ logging: FunctionLogging, _ now: Timestamp
    ) -> String {
        let record =
            #""requestId":\#(quoted(requestID)),"status":\#(quoted(report.status ?? "success")),"#
            + #""metrics":{"durationMs":\#(Self.milliseconds(report.duration))}"#
        return object("runtimeDone", report.status == nil ? .debug : .warn, logging, now, record)
    }

    private func report(
        _ requestID: String, _ report: InvocationLog.Report, _ logging: FunctionLogging, _ now: Timestamp
    ) -> String {
        var metrics = #""durationMs":\#(Self.milliseconds(report.duration)),"#
        metrics += #""billedDurationMs":\#(Self.billedMilliseconds(report.duration)),"#
        metrics += #""memorySizeMB":\#(report.memorySizeMB),"maxMemoryUsedMB":\#(report.maximumMemoryUsedMB)"#
        if let initDuration = report.initDuration {
            metrics += #","initDurationMs":\#(Self.milliseconds(initDuration))"#
        }
        let record =
            #""requestId":\#(quoted(requestID)),"metrics":{\#(metrics)},"status":\#(quoted(report.status ?? "success"))"#
        return object("report", report.status == nil ? .info : .warn, logging, now, record)
    }

    private func object(
        _ type: String, _ level: FunctionLogging.SystemLevel, _ logging: FunctionLogging, _ now: Timestamp,
        _ record: String
    ) -> String {
        guard logging.systemLevel <= level else { return "" }
        return #"{"time":"\#(now.iso8601)","type":"platform.\#(type)","record":{\#(record)}}"# + "\n"
    }

    // MARK: Values

    /// Milliseconds with two digits after the point.
    static func milliseconds(_ amount: TimeAmount) -> String {
        let hundredths = max(0, amount.nanoseconds) / 10_000
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    /// Rounded up, at least one.
    private static func billedMilliseconds(_ amount: TimeAmount) -> Int64 {
        max(1, (max(0, amount.nanoseconds) + 999_999) / 1_000_000)
    }

    private func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
