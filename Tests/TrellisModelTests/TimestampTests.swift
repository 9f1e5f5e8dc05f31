import Testing
import TrellisModel

@Suite struct TimestampTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_683_322_529_339, "2023-05-05T21:35:29.339Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func isShownAsISO8601(milliseconds: Int64, text: String) {
        #expect(Timestamp(millisecondsSinceEpoch: milliseconds).iso8601 == text)
    }

    @Test func everyAPIHasItsForm() {
        let at = Timestamp(millisecondsSinceEpoch: 1_762_337_472_123)
        #expect(at.lambdaLastModified == "2025-11-05T10:11:12.123+0000")
        #expect(at.iso8601Seconds == "2025-11-05T10:11:12Z")
    }

    @Test func fieldsRoundTripThroughEveryDayOfFourCenturies() {
        for day in stride(from: Int64(-146_097), to: 146_097, by: 1) {
            let at = Timestamp(millisecondsSinceEpoch: day * 86_400_000 + 45_296_789)
            #expect(Timestamp(at.calendarFields) == at)
        }
    }

    @Test func fieldsOutsideTheCalendarAreRefused() {
        var fields = Timestamp(millisecondsSinceEpoch: 0).calendarFields
        fields.month = 13
        #expect(Timestamp(fields) == nil)
    }
}
