import TrellisModel
import TrellisTraffic

/// Rates and times as people read them.
enum RateText {
    /// `0/s`, `0.4/s`, `12/s`.
    static func perSecond(_ rate: Double) -> String { "\(number(rate))/s" }

    /// `<1 ms`, `12 ms`, `1.2 s`; `–` for `nil`.
    static func time(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return "–" }
        let milliseconds = seconds * 1000
        if milliseconds < 1 { return "<1 ms" }
        if milliseconds < 999.5 { return "\(Int(min(milliseconds.rounded(), 999))) ms" }
        return "\(number(seconds)) s"
    }

    /// What is written at an edge: `4.2/s · 3 ms`, with `· 0.5 errors/s` if there are any.
    static func edge(_ rate: TrafficRate) -> String {
        guard rate.requestsPerSecond > 0 else { return "0/s" }
        let errors = rate.errorsPerSecond > 0 ? " · \(number(rate.errorsPerSecond)) errors/s" : ""
        return "\(perSecond(rate.requestsPerSecond)) · \(time(rate.median))\(errors)"
    }

    /// One digit after the point below ten, none from there on.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let tenths = (min(max(value, 0), 1e12) * 10).rounded()
        guard tenths > 0 || value <= 0 else { return "<0.1" }
        let whole = Int64(tenths)
        return whole % 10 == 0 || whole >= 100
            ? String(Int64((Double(whole) / 10).rounded())) : "\(whole / 10).\(whole % 10)"
    }
}

extension TrafficEdge {
    /// Names the edge in pages and in streams of numbers.
    var key: String {
        switch self {
        case .vpc(let id): "vpc/\(id ?? "")"
        case .service(let id): id.rawValue
        case .listener(let id): id.rawValue
        case .rule(let id): id.rawValue
        case .targetGroup(let rule, let group): "\(rule)/\(group)"
        case .target(let group, let target): "\(group)/\(target)"
        }
    }
}
