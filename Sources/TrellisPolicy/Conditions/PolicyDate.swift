import TrellisModel

/// A date of a condition in milliseconds since 1970: ISO 8601 as W3C narrows it, or seconds since 1970.
///
/// `2026-01-02`, `2026-01-02T03:04Z`, `2026-01-02T03:04:05.678+01:00`, `1767323045`.
///
/// - Source: reference identity.md, "Operators", dates.
func policyDate(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    var reader = DateReader(bytes: text)
    return secondsSinceEpoch(text).map { $0 * 1000 } ?? reader.read()
}

/// - Returns: `nil` unless the text is a whole number, perhaps with a sign, of at most 12 characters.
private func secondsSinceEpoch(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    let isSigned = text.first == UInt8(ascii: "-") || text.first == UInt8(ascii: "+")
    let digits = isSigned ? text.dropFirst() : text[...]
    guard text.count <= 12, !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for digit in digits {
        guard (0x30...0x39).contains(digit) else { return nil }
        value = value * 10 + Int64(digit - 0x30)
    }
    return text.first == UInt8(ascii: "-") ? -value : value
}

private struct DateReader {
    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func read() -> Int64? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2) else {
            return nil
        }
        var fields = CalendarFields(
            year: year, month: month, day: day, hour: 0, minute: 0, second: 0, millisecond: 0)
        var offsetMinutes = 0
        if position < bytes.count {
            guard take("T"), let hour = number(2), take(":"), let minute = number(2) else { return nil }
            fields.hour = hour
            fields.minute = minute
            if take(":") {
                guard let second = number(2) else { return nil }
                fields.second = second
                if take(".") {
                    guard let fraction = fraction() else { return nil }
                    fields.millisecond = fraction
                }
            }
            guard let offset = zone() else { return nil }
            offsetMinutes = offset
        }
        // A day that its month does not have would be taken for one of the next month.
        guard position == bytes.count, let time = Timestamp(fields),
            time.calendarFields.day == day || fields.second == 60
        else { return nil }
        return time.millisecondsSinceEpoch - Int64(offsetMinutes) * 60_000
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func number(_ digits: Int) -> Int? {
        guard bytes.count - position >= digits else { return nil }
        var value = 0
        for byte in bytes[position..<position + digits] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += digits
        return value
    }

    /// The first three digits count.
    private mutating func fraction() -> Int? {
        var value = 0
        var digits = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            if digits < 3 { value = value * 10 + Int(bytes[position] - 0x30) }
            digits += 1
            position += 1
        }
        guard (1...9).contains(digits) else { return nil }
        for _ in digits..<max(3, digits) { value *= 10 }
        return value
    }

    /// In minutes east of UTC.
    private mutating func zone() -> Int? {
        if take("Z") { return 0 }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(2), take(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return (isEast ? 1 : -1) * (hours * 60 + minutes)
    }
}
