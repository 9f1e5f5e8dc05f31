/// A point in time as milliseconds since 1970-01-01T00:00:00Z, the resolution of every timestamp the AWS APIs show.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var millisecondsSinceEpoch: Int64

    package init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    package func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
        return Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch &+ milliseconds)
    }

    package func duration(to other: Timestamp) -> Duration {
        .milliseconds(other.millisecondsSinceEpoch &- millisecondsSinceEpoch)
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        millisecondsSinceEpoch = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(millisecondsSinceEpoch)
    }
}

/// The calendar fields of a ``Timestamp`` in UTC.
package struct CalendarFields: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var millisecond: Int

    package init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }
}

extension Timestamp {
    /// Days are counted from 0000-03-01, so that a leap day is the last day of its year.
    package var calendarFields: CalendarFields {
        let (seconds, millisecond) = floorDivide(millisecondsSinceEpoch, 1000)
        let (days, secondOfDay) = floorDivide(seconds, 86_400)
        let shifted = days + 719_468
        let (era, dayOfEra) = floorDivide(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return CalendarFields(
            year: Int(year), month: Int(month), day: Int(day),
            hour: Int(secondOfDay / 3600), minute: Int(secondOfDay / 60 % 60), second: Int(secondOfDay % 60),
            millisecond: Int(millisecond))
    }

    /// - Returns: `nil` if a field is outside its calendar range.
    package init?(_ fields: CalendarFields) {
        guard
            (0...9999).contains(fields.year), (1...12).contains(fields.month), (1...31).contains(fields.day),
            (0...23).contains(fields.hour), (0...59).contains(fields.minute), (0...60).contains(fields.second),
            (0...999).contains(fields.millisecond)
        else { return nil }
        let year = Int64(fields.month <= 2 ? fields.year - 1 : fields.year)
        let (era, yearOfEra) = floorDivide(year, 400)
        let monthFromMarch = Int64(fields.month > 2 ? fields.month - 3 : fields.month + 9)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(fields.day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let seconds = days * 86_400 + Int64(fields.hour * 3600 + fields.minute * 60 + fields.second)
        self.init(millisecondsSinceEpoch: seconds * 1000 + Int64(fields.millisecond))
    }

    /// `2023-05-05T21:35:29.339Z`, the form of every vpc-lattice timestamp.
    package var iso8601: String {
        "\(dateAndTime).\(padded(calendarFields.millisecond, 3))Z"
    }

    /// `2025-11-05T10:11:12.123+0000`, the form of Lambda's `LastModified`.
    package var lambdaLastModified: String {
        "\(dateAndTime).\(padded(calendarFields.millisecond, 3))+0000"
    }

    /// `2025-11-05T10:11:12+0000`, the form of the `LastModified` of provisioned concurrency.
    package var lambdaSeconds: String { "\(dateAndTime)+0000" }

    /// `2023-05-05T21:35:29Z`, the form of the query APIs and of the access log.
    package var iso8601Seconds: String { "\(dateAndTime)Z" }

    private var dateAndTime: String {
        let at = calendarFields
        return "\(padded(at.year, 4))-\(padded(at.month, 2))-\(padded(at.day, 2))"
            + "T\(padded(at.hour, 2)):\(padded(at.minute, 2)):\(padded(at.second, 2))"
    }
}

/// Quotient rounded towards minus infinity and the remainder that goes with it (never negative).
private func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
