import Testing
import TrellisModel
import TrellisTraffic

@Suite struct JournalTests {
    private func record(_ name: String, service: Int? = nil, text: Int = 0) -> RequestRecord {
        var record = RequestRecord(
            arrivedAt: Timestamp(millisecondsSinceEpoch: 0), requestID: name, port: 80, status: 200,
            duration: .zero, bytesReceived: 0, bytesSent: 0)
        record.path = service.map { path(service: $0) }
        record.event = text > 0 ? String(repeating: "x", count: text) : nil
        return record
    }

    @Test func theNewestAreFirst() {
        let journal = RequestJournal()
        for number in 1...5 { journal.add(record("r\(number)", service: number % 2), skipped: 2) }
        #expect(journal.records(limit: 3).records.map(\.requestID) == ["r5", "r4", "r3"])
        #expect(journal.records(after: 3, limit: 10).records.map(\.number) == [5, 4])
        #expect(journal.records(of: id(1), limit: 10).records.map(\.requestID) == ["r5", "r3", "r1"])
        #expect(journal.records(after: 99, limit: 10).records.isEmpty)
        #expect(journal.records(limit: -1).records.isEmpty)
        let page = journal.records(limit: 0)
        #expect((page.last, page.skipped) == (5, 10))
    }

    @Test func beyondItsLimitTheOldestGo() {
        let journal = RequestJournal(recordLimit: 3)
        for number in 1...5 { journal.add(record("r\(number)")) }
        #expect(journal.records(limit: 10).records.map(\.number) == [5, 4, 3])
        #expect(journal.record(2) == nil)
        #expect(journal.record(3)?.requestID == "r3")
        #expect(journal.record(5)?.requestID == "r5")
        #expect(journal.record(6) == nil)
        #expect(journal.record(0) == nil)
        #expect(journal.record(.max) == nil)
        #expect(RequestJournal().record(0) == nil)
    }

    @Test func beyondItsBytesTheOldestGo() {
        let journal = RequestJournal(byteLimit: 20_000)
        for number in 1...10 { journal.add(record("r\(number)", text: 6000)) }
        #expect(journal.records(limit: 100).records.map(\.requestID) == ["r10", "r9", "r8"])
        // One that is larger than all room is still there.
        journal.add(record("large", text: 60_000))
        #expect(journal.records(limit: 100).records.map(\.requestID) == ["large"])
        journal.add(record("small"))
        #expect(journal.records(limit: 100).records.map(\.requestID) == ["small"])
    }

    @Test func headersAreMaskedAndBounded() {
        let headers = RequestRecord.Headers([
            (name: "Cookie", value: "secret"), (name: "a", value: String(repeating: "x", count: 8000)),
            (name: "b", value: String(repeating: "y", count: 500)), (name: "c", value: ""),
        ])
        #expect(headers.lines.map(\.name) == ["Cookie", "a"])
        #expect(headers.lines.first?.value == Secrets.mask)
        #expect(headers.omitted == 2)
    }

    @Test func ofABodyTheBeginningIsKept() {
        var body = CapturedBody()
        body.append([1, 2, 3])
        #expect(body.bytes == [1, 2, 3] && !body.isCut)
        body.append([UInt8](repeating: 0, count: CapturedBody.byteLimit))
        body.append([4])
        #expect(body.bytes.count == CapturedBody.byteLimit)
        #expect(body.length == CapturedBody.byteLimit + 4)
        #expect(body.isCut)
    }

    @Test(arguments: [("abc", 3, "abc"), ("abc", 2, "ab"), ("aé", 2, "a"), ("é", 1, ""), ("x", -1, ""), ("", 0, "")])
    func textsAreCutBetweenCharacters(text: String, limit: Int, cut: String) {
        #expect(text.cut(atBytes: limit) == cut)
    }
}
