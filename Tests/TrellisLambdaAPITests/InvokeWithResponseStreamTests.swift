import NIOCore
import Testing
import TrellisAPI
import TrellisInvoke

@testable import TrellisLambdaAPI

@Suite struct InvokeWithResponseStreamTests {
    private static let path = "/2021-11-15/functions/f/response-streaming-invocations"

    private func server(_ outcome: InvocationOutcome) async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create("f")
        server.invoker.answer(outcome)
        return server
    }

    private struct BrokenFraming: Error {}

    /// The messages of an event stream, with their framing checked: type and payload.
    private func events(_ body: [UInt8]) throws -> [(type: String, payload: String)] {
        var rest = ByteBuffer(bytes: body)
        var events: [(type: String, payload: String)] = []
        while let total = rest.getInteger(at: rest.readerIndex, as: UInt32.self) {
            guard var message = rest.readSlice(length: Int(total)),
                let prelude = message.getBytes(at: 0, length: 8),
                let everything = message.getBytes(at: 0, length: Int(total) - 4)
            else { throw BrokenFraming() }
            #expect(message.getInteger(at: 8, as: UInt32.self) == CRC32.checksum(prelude))
            #expect(message.getInteger(at: Int(total) - 4, as: UInt32.self) == CRC32.checksum(everything))
            message.moveReaderIndex(forwardBy: 4)
            guard let length = message.readInteger(as: UInt32.self) else { throw BrokenFraming() }
            message.moveReaderIndex(forwardBy: 4)
            guard var headers = message.readSlice(length: Int(length)) else { throw BrokenFraming() }
            let fields = try fields(&headers)
            guard let type = fields[":event-type"], let payload = message.readString(length: message.readableBytes - 4)
            else { throw BrokenFraming() }
            #expect(fields[":message-type"] == "event")
            #expect(
                fields[":content-type"] == (type == "PayloadChunk" ? "application/octet-stream" : "application/json"))
            events.append((type, payload))
        }
        #expect(rest.readableBytes == 0)
        return events
    }

    private func fields(_ headers: inout ByteBuffer) throws -> [String: String] {
        var fields: [String: String] = [:]
        while let nameLength = headers.readInteger(as: UInt8.self) {
            guard let name = headers.readString(length: Int(nameLength)), headers.readInteger(as: UInt8.self) == 7,
                let valueLength = headers.readInteger(as: UInt16.self),
                let value = headers.readString(length: Int(valueLength))
            else { throw BrokenFraming() }
            fields[name] = value
        }
        return fields
    }

    /// The check value of the checksum, and the one of the empty message in the specification.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xCBF4_3926), ([], 0),
            (Array("12345678".utf8), 0x9AE0_DAAF), ([0, 0, 0, 16, 0, 0, 0, 0], 0x05C2_48EB),
        ] as [([UInt8], UInt32)])
    func theChecksumIsThatOfTheSpecification(_ bytes: [UInt8], _ checksum: UInt32) {
        #expect(CRC32.checksum(bytes) == checksum)
    }

    static let sizes: [(Int, [Int])] = [
        (0, []), (1, [1]), (65_536, [65_536]), (65_537, [65_536, 1]), (200_000, [65_536, 65_536, 65_536, 3392]),
    ]

    @Test(arguments: sizes)
    func theAnswerComesInChunks(_ size: Int, _ chunks: [Int]) async throws {
        let payload = String(repeating: "x", count: size)
        let server = try await server(.success(ScriptedInvoker.result(payload, version: "3")))
        let answer = await server.send("POST", Self.path)
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "application/vnd.amazon.eventstream")
        #expect(answer.headers["x-amz-executed-version"] == "3")
        let events = try events(answer.body)
        #expect(events.dropLast().allSatisfy { $0.type == "PayloadChunk" })
        #expect(events.dropLast().map(\.payload.utf8.count) == chunks)
        #expect(events.dropLast().map(\.payload).joined() == payload)
        #expect(events.last?.type == "InvokeComplete")
        #expect(events.last?.payload == "{}")
    }

    @Test func aFunctionErrorEndsTheStream() async throws {
        let error = #"{"errorMessage":"boom"}"#
        let server = try await server(.functionError(ScriptedInvoker.result(error, log: "log"), .reported))
        let answer = await server.send("POST", Self.path, headers: [(name: "X-Amz-Log-Type", value: "Tail")])
        #expect(answer.status == 200)
        let events = try events(answer.body)
        #expect(events.map(\.type) == ["InvokeComplete"])
        #expect(
            try JSONValue(parsing: Array(try #require(events.last).payload.utf8))
                == .object(["ErrorCode": "Unhandled", "ErrorDetails": .string(error), "LogResult": "bG9n"]))
    }

    @Test func aStreamedResponseIsHandedOn() async throws {
        let server = try LambdaServer()
        try await server.create("f")
        let chunks = ["first", String(repeating: "x", count: 70_000), "", "last"]
        server.invoker.stream(chunks, then: .success(ScriptedInvoker.result("", version: "7", log: "log")))
        let answer = await server.send("POST", Self.path, headers: [(name: "X-Amz-Log-Type", value: "Tail")])
        #expect(answer.status == 200)
        #expect(answer.headers["x-amz-executed-version"] == "7")
        let events = try events(answer.body)
        #expect(events.dropLast().map(\.payload.utf8.count) == [5, 65_536, 4464, 4])
        #expect(events.dropLast().map(\.payload).joined() == chunks.joined())
        #expect(events.last?.payload == #"{"LogResult":"bG9n"}"#)
    }

    @Test func aStreamThatFailsHalfWayEndsWithTheError() async throws {
        let server = try LambdaServer()
        try await server.create("f")
        let error = #"{"errorType":"Late"}"#
        server.invoker.stream(["half"], then: .functionError(ScriptedInvoker.result(error), .reported))
        let events = try events(await server.send("POST", Self.path).body)
        #expect(events.map(\.type) == ["PayloadChunk", "InvokeComplete"])
        #expect(events.first?.payload == "half")
        #expect(
            try JSONValue(parsing: Array(try #require(events.last).payload.utf8))
                == .object(["ErrorCode": "Unhandled", "ErrorDetails": .string(error)]))
    }

    @Test func aBufferedInvokeTakesNoStream() async throws {
        let server = try LambdaServer()
        try await server.create("f")
        server.invoker.stream(["half"], then: .success(ScriptedInvoker.result("1")))
        #expect(await server.send("POST", "/functions/f/invocations").text == "1")
        #expect(server.invoker.invocations.map { $0.responseStream == nil } == [true])
    }

    @Test(arguments: [("DryRun", 204, nil), ("Event", 400, "ValidationException")] as [(String, Int, String?)])
    func otherTypes(_ type: String, _ status: Int, _ error: String?) async throws {
        let server = try await server(.success(ScriptedInvoker.result("1")))
        let answer = await server.send(
            "POST", Self.path, headers: [(name: "X-Amz-Invocation-Type", value: type)])
        #expect(answer.status == status)
        #expect(answer.errorType == error)
        #expect(server.invoker.invocations.isEmpty)
        guard error != nil else { return }
        #expect(
            answer.message
                == "1 validation error detected: Value 'Event' at 'invocationType' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [RequestResponse, DryRun]")
    }

    @Test func aRefusalIsNoStream() async throws {
        let server = try await server(.rejected(.throttled(reason: "ConcurrentInvocationLimitExceeded")))
        let answer = await server.send("POST", Self.path)
        #expect(answer.status == 429)
        #expect(answer.errorType == "TooManyRequestsException")
    }
}
