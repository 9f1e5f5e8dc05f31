/// A second in UTC, written `YYYYMMDDTHHMMSSZ` in requests and strings to sign.
///
/// Years 0000 to 9999, so that the text always has 16 characters.
package struct SigningTime: Hashable, Comparable, Sendable {
    package let secondsSinceEpoch: Int64

    /// - Parameter secondsSinceEpoch: Held at the first or last second of the years 0000 to 9999 when outside.
    package init(secondsSinceEpoch: Int64) {
        self.secondsSinceEpoch = min(max(secondsSinceEpoch, Self.first), Self.last)
    }

    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
    private static let first: Int64 = -62_167_219_200
    private static let last: Int64 = 253_402_300_799

    package static func < (left: SigningTime, right: SigningTime) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }

    /// The time some whole seconds later, or earlier for a negative number, held at the ends of the range.
    package func advanced(bySeconds seconds: Int64) -> SigningTime {
        let (sum, overflow) = secondsSinceEpoch.addingReportingOverflow(seconds)
        return SigningTime(secondsSinceEpoch: overflow ? (seconds < 0 ? .min : .max) : sum)
    }
}

extension SigningTime {
    /// - Returns: `nil` unless the text is exactly `YYYYMMDDTHHMMSSZ` and names a real second (no leap second).
    package init?(basicFormat text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = decimal(bytes[0..<4]), let month = decimal(bytes[4..<6]), let day = decimal(bytes[6..<8]),
            let hour = decimal(bytes[9..<11]), let minute = decimal(bytes[11..<13]),
            let second = decimal(bytes[13..<15])
        else { return nil }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// - Returns: `nil` unless the text is an IMF-fixdate (RFC 9110 §5.6.7) whose day of the week is right:
    ///   `Sun, 30 Aug 2015 12:36:00 GMT`. For `GMT`, `+0000` and botocore's `-0000` are taken too.
    package init?(httpDate text: String) {
        let bytes = Array(text.utf8.prefix(32))
        guard bytes.count > 26, Self.zones.contains(where: { $0.utf8.elementsEqual(bytes[26...]) }),
            let month = Self.months.firstIndex(where: { $0.utf8.elementsEqual(bytes[8..<11]) }),
            let year = decimal(bytes[12..<16]), let day = decimal(bytes[5..<7]),
            let hour = decimal(bytes[17..<19]), let minute = decimal(bytes[20..<22]),
            let second = decimal(bytes[23..<25])
        else { return nil }
        self.init(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        guard httpDate.utf8.prefix(26).elementsEqual(bytes[..<26]) else { return nil }
    }

    /// - Returns: `nil` for a day or a time that does not exist.
    private init?(year: Int64, month: some BinaryInteger, day: Int64, hour: Int64, minute: Int64, second: Int64) {
        let month = Int64(month)
        guard (1...12).contains(month), (1...daysInMonth(month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        self.init(secondsSinceEpoch: days * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// `YYYYMMDDTHHMMSSZ`, as in `x-amz-date`.
    package var basicFormat: String {
        let fields = fields
        return String(unsafeUninitializedCapacity: 16) { text in
            write(fields.date, width: 8, to: text, at: 0)
            text[8] = UInt8(ascii: "T")
            write(fields.hour * 10_000 + fields.minute * 100 + fields.second, width: 6, to: text, at: 9)
            text[15] = UInt8(ascii: "Z")
            return 16
        }
    }

    /// `YYYYMMDD`, as in a credential scope.
    package var date: String {
        let fields = fields
        return String(unsafeUninitializedCapacity: 8) { text in
            write(fields.date, width: 8, to: text, at: 0)
            return 8
        }
    }

    /// `Sun, 30 Aug 2015 12:36:00 GMT`, as in the `Date` header.
    package var httpDate: String {
        let fields = fields
        let clock = "\(padded(fields.hour, 2)):\(padded(fields.minute, 2)):\(padded(fields.second, 2))"
        let month = Self.months[Int(fields.month) - 1]
        return "\(Self.weekdays[Int(fields.weekday)]), \(padded(fields.day, 2)) \(month) \(padded(fields.year, 4))"
            + " \(clock) GMT"
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    private static let zones = ["GMT", "+0000", "-0000"]
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
}

extension SigningTime {
    private struct Fields {
        var year, month, day, hour, minute, second: Int64
        /// 0 is Sunday.
        var weekday: Int64

        /// For example 20150830.
        var date: Int64 { year * 10_000 + month * 100 + day }
    }

    /// Days are counted from 0000-03-01, so that a leap day is the last day of its year.
    private var fields: Fields {
        let second = floorRemainder(secondsSinceEpoch, 86_400)
        let days = (secondsSinceEpoch - second) / 86_400
        let shifted = days + daysToEpoch
        let dayOfEra = floorRemainder(shifted, 146_097)
        let era = (shifted - dayOfEra) / 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return Fields(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1,
            hour: second / 3600, minute: second % 3600 / 60, second: second % 60,
            // 1970-01-01 was a Thursday.
            weekday: floorRemainder(days + 4, 7))
    }
}

/// Days from 0000-03-01 to 1970-01-01.
private let daysToEpoch: Int64 = 719_468

private func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let yearFromMarch = month <= 2 ? year - 1 : year
    let yearOfEra = floorRemainder(yearFromMarch, 400)
    let era = (yearFromMarch - yearOfEra) / 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - daysToEpoch
}

private func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

/// - Returns: 0 up to `divisor` - 1, also for a negative value.
private func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
}

/// Writes a number of at most `width` digits with leading zeros.
private func write(_ value: Int64, width: Int, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    var rest = value
    for position in (start..<start + width).reversed() {
        text[position] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
    }
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

/// - Returns: `nil` if a byte is not a digit. At most four digits are asked for, so nothing overflows.
private func decimal(_ digits: ArraySlice<UInt8>) -> Int64? {
    var value: Int64 = 0
    for digit in digits {
        guard digit.isASCIIDigit else { return nil }
        value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return value
}
