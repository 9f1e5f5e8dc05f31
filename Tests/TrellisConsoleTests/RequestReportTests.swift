import Testing
import TrellisAPI
import TrellisModel
import TrellisTraffic

@testable import TrellisConsole

@Suite struct RequestReportTests {
    private func text(_ record: RequestRecord) -> String { RequestReport(record: record).page.content.text }

    @Test func aRequestSaysWhichRuleMatchedAndWhyOthersDidNot() {
        var record = trafficRecord()
        record.path = shopPath(rule: 2)
        record.verdicts = [
            .init(rule: trafficID(1), mismatch: "the method is not PUT"), .init(rule: trafficID(2), mismatch: nil),
        ]
        let html = text(record)
        #expect(html.contains("the method is not PUT"))
        #expect(html.contains("matches"))
        #expect(!html.contains("the default action decided"))
        #expect(html.contains("/console/service-networks/sn-00000000000000001/map"))
        record.verdicts.removeLast()
        #expect(text(record).contains("the default action decided"))
    }

    @Test func whatIsMissingIsSaid() {
        let html = text(trafficRecord())
        for words in ["No service was found", "None was tried", "Nobody was asked", "No event was sent", "No headers."]
        {
            #expect(html.contains(words))
        }
    }

    @Test func whateverARequestHoldsIsText() {
        let hostile = "</pre><script>alert(1)</script>\"'"
        var record = trafficRecord()
        record.method = hostile
        record.target = hostile
        record.requestID = hostile
        record.host = hostile
        record.detail = hostile
        record.decision = [hostile]
        record.event = hostile
        record.path = shopPath()
        record.verdicts = [.init(rule: trafficID(1), mismatch: hostile)]
        record.request.headers = .init([(name: hostile, value: hostile)])
        var body = CapturedBody()
        body.append(hostile.utf8)
        record.response.body = body
        #expect(!text(record).contains("<script>"))
        #expect(!HTML(RequestRow(record).cells).text.contains("<script>"))
    }

    @Test func bodiesAreTextWhereTheyAre() {
        var body = CapturedBody()
        body.append([0xC3])
        #expect(body.text == nil)
        var cut = CapturedBody()
        cut.append([UInt8](repeating: 0x61, count: CapturedBody.byteLimit - 1) + Array("é".utf8))
        #expect(cut.isCut)
        #expect(cut.text?.count == CapturedBody.byteLimit - 1)
        #expect(RequestReport.hexadecimal([0, 255, 16]) == "00 ff 10")
    }

    @Test(arguments: [
        (
            #"{"a":[1,{"b":"x,{}\":\\"}],"c":""}"#,
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x,{}\\\":\\\\\"\n    }\n  ],\n  \"c\": \"\"\n}"
        ),
        ("", ""), ("}]", "\n}\n]"),
    ]) func jsonIsIndented(json: String, lines: String) { #expect(RequestReport.indented(json) == lines) }

    @Test func rowsNameTheFunction() {
        var record = trafficRecord()
        record.method = "GET"
        record.target = "/a"
        record.host = "shop.localhost"
        record.path = shopPath()
        #expect(
            RequestRow(record).texts
                == ["/console/requests/0", "22:13:20.000Z", "GET /a", "shop.localhost", "200", "2 ms", "orders:live"])
        #expect(RequestRow(record).texts.count == RequestRow.columns.count + 1)
        #expect(RequestRow(trafficRecord()).texts[2] == "no HTTP request")
    }

    @Test func theHourIsDrawnAndSaid() {
        var minutes = (0..<60).map { TrafficHistory.Minute(number: Int64($0), counts: TrafficCounts()) }
        let empty = HourChart(minutes: minutes).html.text
        #expect(empty.contains("There were no requests in the last hour."))
        #expect(!empty.contains("<rect"))
        minutes[59].counts = trafficCounts(7)
        minutes[59].counts.add(trafficCounts(2, status: 404))
        minutes[30].counts = trafficCounts(1, status: 500)
        let html = HourChart(minutes: minutes).html.text
        #expect(html.contains("<dt>Requests</dt><dd>10</dd>"))
        #expect(html.contains(#"<rect class="ok" x="649""#))
        #expect(html.contains(#"<rect class="client" x="649""#))
        #expect(html.contains(#"<rect class="server" x="330""#))
        #expect(html.contains(#"<th scope="row">29</th>"#))
        #expect(HourChart(minutes: []).html.text.contains("no requests"))
    }
}
