extension Timestamp {
    /// - Returns: `nil` unless the text is `YYYY-MM-DDThh:mm:ssZ` with up to three decimals before `Z`, from 1970 on.
    package init?(iso8601 text: String) {
        let form = /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?Z/.asciiOnlyDigits()
        guard let match = text.wholeMatch(of: form), let year = Int(match.1), let month = Int(match.2),
            let day = Int(match.3), let hour = Int(match.4), let minute = Int(match.5), let second = Int(match.6)
        else { return nil }
        let decimals = match.7.map(String.init) ?? ""
        let millisecond = Int(decimals + String(repeating: "0", count: 3 - decimals.count)) ?? 0
        self.init(
            CalendarFields(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second,
                millisecond: millisecond))
        // A day that its month does not have comes out as another one.
        guard calendarFields.day == day, year >= 1970 else { return nil }
    }
}
