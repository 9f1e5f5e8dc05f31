import NIOCore
import Testing
import TrellisInvoke

@testable import TrellisDataPlane

/// Bytes that a client may send, and what becomes of them, from the files in `Tests/Corpus/http1`.
@Suite(.timeLimit(.minutes(5))) struct CorpusHTTP1Tests {
    /// What takes long byte by byte.
    private static let manyBytes = 2048
    /// What a socket does not hold while nobody reads.
    private static let moreThanASocketHolds = 700_000

    /// A server that is waiting for more where it should have answered says so soon.
    private static var configuration: DataPlaneConfiguration {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.times.head = .seconds(60)
        configuration.times.idle = .seconds(20)
        // For a client that is still sending much.
        configuration.times.linger = .seconds(20)
        return configuration
    }

    private func bytes(of test: Corpus.Case) throws -> [UInt8] { try Corpus.bytes(test.lines.joined()) }

    private func expectAnswers(_ client: RawClient, _ test: Corpus.Case) async {
        do {
            for expected in test.responses { expect(try await client.response(), expected, test) }
            try await expectEnd(client, test)
        } catch {
            Issue.record("\(test.testDescription): \(error)")
            await client.close()
        }
    }

    private func expect(_ response: RawClient.Response, _ expected: String, _ test: Corpus.Case) {
        let words = expected.split(separator: " ", maxSplits: 1)
        #expect("\(response.status)" == words.first ?? "", "\(test.testDescription)")
        #expect(response.body == words.dropFirst().first ?? "", "\(test.testDescription)")
        guard response.status >= 400 else { return }
        #expect(response["connection"] == "close", "\(test.testDescription)")
        #expect(response["content-type"] == "text/plain; charset=utf-8")
        #expect(response["x-amzn-requestid"].map(isUUID) == true)
    }

    private func expectEnd(_ client: RawClient, _ test: Corpus.Case) async throws {
        if test.staysOpen {
            try await client.send("GET /after HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            #expect(try await client.response().body == "first", "\(test.testDescription)")
        } else {
            #expect(await client.rest() == "", "\(test.testDescription)")
        }
        await client.close()
    }

    @Test func atOnce() async throws {
        let invoker = ImmediateInvoker()
        try await withDataPlane(invoker: invoker, configuration: Self.configuration) { running in
            var before = 0
            for test in try Corpus.cases(in: "http1") {
                let client = try await running.connect()
                await client.sendIgnoringErrors(ByteBuffer(bytes: try bytes(of: test)))
                await expectAnswers(client, test)
                let events = invoker.invocations.dropFirst(before).map(\.event)
                before += events.count
                expect(events.filter { !$0.hasPrefix(#"{"version":"2.0","path":"/after""#) }, test)
            }
            #expect(try await running.get().body == "first")
        }
    }

    private func expect(_ events: [String], _ test: Corpus.Case) {
        if test.events.isEmpty {
            let answered = test.responses.count { $0.hasPrefix("200") }
            #expect(events.count == answered, "\(test.testDescription)")
        } else {
            #expect(events.count == test.events.count, "\(test.testDescription)")
            for (event, expected) in zip(events, test.events) {
                #expect(Corpus.matches(event, expected), "\(test.testDescription): \(event)")
            }
        }
    }

    /// How the bytes are cut makes no difference.
    @Test func byteByByte() async throws {
        try await withDataPlane(configuration: Self.configuration) { running in
            for test in try Corpus.cases(in: "http1") {
                let bytes = try bytes(of: test)
                guard bytes.count <= Self.manyBytes else { continue }
                let client = try await running.connect()
                for byte in bytes { await client.sendIgnoringErrors(ByteBuffer(bytes: [byte])) }
                await expectAnswers(client, test)
            }
        }
    }

    /// A good request in front is answered first, however long that takes.
    @Test func behindAGoodRequest() async throws {
        let invoker = HeldInvoker()
        try await withDataPlane(invoker: invoker, configuration: Self.configuration) { running in
            for test in try Corpus.cases(in: "http1") where test.responses.allSatisfy({ !$0.hasPrefix("200") }) {
                let bytes = try bytes(of: test)
                guard bytes.count <= Self.moreThanASocketHolds else { continue }
                let client = try await running.connect()
                await client.sendIgnoringErrors(
                    ByteBuffer(bytes: Array("GET /good HTTP/1.1\r\nHost: shop.localhost\r\n\r\n".utf8) + bytes))
                try await invoker.next().answer(body: "good")
                #expect(try await client.response().body == "good", "\(test.testDescription)")
                await expectAnswers(client, test)
            }
        }
    }
}
