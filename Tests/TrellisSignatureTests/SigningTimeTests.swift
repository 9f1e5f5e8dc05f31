import Testing
import TrellisSignature

@Suite struct SigningTimeTests {
    @Test(
        arguments: [
            (0, "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_440_938_160, "20150830T123600Z", "Sun, 30 Aug 2015 12:36:00 GMT"),
            (951_782_399, "20000228T235959Z", "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "20000229T000000Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_164_800, "20240229T000000Z", "Thu, 29 Feb 2024 00:00:00 GMT"),
            (-1, "19691231T235959Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
            (4_107_542_400, "21000301T000000Z", "Mon, 01 Mar 2100 00:00:00 GMT"),
            (-62_167_219_200, "00000101T000000Z", "Sat, 01 Jan 0000 00:00:00 GMT"),
            (253_402_300_799, "99991231T235959Z", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String, String)])
    func writesAndReads(_ seconds: Int64, basic: String, http: String) {
        let time = SigningTime(secondsSinceEpoch: seconds)
        #expect(time.basicFormat == basic)
        #expect(time.date == String(basic.prefix(8)))
        #expect(time.httpDate == http)
        #expect(SigningTime(basicFormat: basic) == time)
        #expect(SigningTime(httpDate: http) == time)
    }

    @Test func readsWhatItWritesOnEveryDayOfFourCenturies() {
        var seconds: Int64 = -4_000_000_000
        while seconds < 9_000_000_000 {
            let time = SigningTime(secondsSinceEpoch: seconds)
            #expect(SigningTime(basicFormat: time.basicFormat) == time)
            seconds += 86_400 + 37
        }
    }

    @Test(
        arguments: [
            "", "20150830T123600", "20150830T123600Z ", " 20150830T123600Z", "20150830t123600Z", "20150830T123600z",
            "2015-08-30T12:36:00Z", "20150830 123600Z", "20151330T123600Z", "20150030T123600Z", "20150832T123600Z",
            "20150800T123600Z", "20150229T000000Z", "21000229T000000Z", "20150431T000000Z", "20150830T240000Z",
            "20150830T126000Z", "20150830T123660Z", "2015083OT123600Z", "+0150830T123600Z", "20150830T1236-1Z",
            "２０１５0830T123600Z", "20150830T123600.0Z", "Sun, 30 Aug 2015 12:36:00 GMT",
        ])
    func refusesOtherForms(_ text: String) {
        #expect(SigningTime(basicFormat: text) == nil)
    }

    @Test(arguments: ["GMT", "+0000", "-0000"])
    func readsTheZonesThatMeanUTC(_ zone: String) {
        #expect(SigningTime(httpDate: "Sun, 30 Aug 2015 12:36:00 " + zone) == Example.time)
    }

    @Test(
        arguments: [
            "", "Mon, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 CET", "Sun, 30 Aug 2015 12:36:00 +0100",
            "Sun, 31 Feb 2016 12:36:00 GMT", "Sun, 30 aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:60 GMT",
            "Sun, 30 Aug 2015 12.36.00 GMT", "Sunday, 30-Aug-15 12:36:00 GMT", "Sun Aug 30 12:36:00 2015",
            "Sun, 30 Aug 2015 12:36:00 GMTGMTGMT", "Sun, 30 Aug 2015 12:36:00  GMT", "Sun, 30 Aug 2015 12:36:00",
            "Sun, 30 Aug 2015 12:36:00 ", "Sun, 30 Ａug 2015 12:36:00 GM", "20150830T123600Z",
        ])
    func refusesOtherHTTPDates(_ text: String) {
        #expect(SigningTime(httpDate: text) == nil)
    }

    @Test func staysInItsRange() {
        #expect(SigningTime(secondsSinceEpoch: .max).basicFormat == "99991231T235959Z")
        #expect(SigningTime(secondsSinceEpoch: .min).basicFormat == "00000101T000000Z")
        #expect(Example.time.advanced(bySeconds: .max).basicFormat == "99991231T235959Z")
        #expect(Example.time.advanced(bySeconds: .min).basicFormat == "00000101T000000Z")
        #expect(Example.time.advanced(bySeconds: -3600).basicFormat == "20150830T113600Z")
    }
}
