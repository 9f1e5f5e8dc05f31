import TrellisModel

/// The value of a `date` header, made once a second.
struct HTTPDate {
    private var second = Int64.min
    private var text = ""

    /// - Returns: For example `Sun, 06 Nov 1994 08:49:37 GMT`.
    mutating func text(at time: Timestamp) -> String {
        let second = (time.millisecondsSinceEpoch - (time.millisecondsSinceEpoch < 0 ? 999 : 0)) / 1000
        if second != self.second {
            self.second = second
            text = Self.format(time, second: second)
        }
        return text
    }

    /// - Source: RFC 9110, section 5.6.7 (`IMF-fixdate`).
    private static func format(_ time: Timestamp, second: Int64) -> String {
        let fields = time.calendarFields
        let day = second >= 0 ? second / 86_400 : (second - 86_399) / 86_400
        let weekday = Int(((day + 4) % 7 + 7) % 7)
        return "\(weekdays[weekday]), \(padded(fields.day)) \(months[fields.month - 1]) \(padded(fields.year, 4)) "
            + "\(padded(fields.hour)):\(padded(fields.minute)):\(padded(fields.second)) GMT"
    }

    private static func padded(_ value: Int, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
