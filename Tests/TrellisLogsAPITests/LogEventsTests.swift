import NIOCore
import Testing
import TrellisAPI
import TrellisLogs
import TrellisModel

@testable import TrellisLogsAPI

@Suite("Log events over the API")
struct LogEventsTests {
    static let place: [String: JSONValue] = ["logGroupName": "g", "logStreamName": "s"]

    @Test("forward tokens lead to the end and stay there; backward tokens lead to the beginning and stay there")
    func tokens() async throws {
        let server = try await LogsServer()
        await server.put((0..<10).map { (Int64($0), "event \($0)") })
        for (fromHead, token, last) in [
            (true, "nextForwardToken", "event 9"), (false, "nextBackwardToken", "event 0"),
        ] {
            var input = Self.place.merging(["limit": 3, "startFromHead": .boolean(fromHead)]) { $1 }
            var seen: [String] = []
            for _ in 0..<10 {
                let answer = await server.call("GetLogEvents", input)
                seen += fromHead ? answer.messages : answer.messages.reversed()
                let next = try #require(answer[token])
                if next == input["nextToken"] {
                    #expect(answer.messages.isEmpty)
                    break
                }
                input["nextToken"] = next
            }
            #expect(seen.count == 10 && seen.last == last)
            #expect(Set(seen).count == 10)
        }
    }

    @Test("the other token of the last page leads back")
    func back() async throws {
        let server = try await LogsServer()
        await server.put((0..<5).map { (Int64($0), "event \($0)") })
        var input = Self.place.merging(["startFromHead": true]) { $1 }
        let all = await server.call("GetLogEvents", input)
        input["nextToken"] = all["nextForwardToken"]
        let end = await server.call("GetLogEvents", input)
        #expect(end.messages.isEmpty)
        #expect(end["nextForwardToken"] == all["nextForwardToken"])
        input["nextToken"] = end["nextBackwardToken"]
        #expect(await server.call("GetLogEvents", input).messages == all.messages)
        await server.put([(9, "late")])
        input["nextToken"] = all["nextForwardToken"]
        #expect(await server.call("GetLogEvents", input).messages == ["late"])
    }

    @Test("end times: exclusive in GetLogEvents, inclusive in FilterLogEvents")
    func endTimes() async throws {
        let server = try await LogsServer()
        await server.put([(0, "a"), (1, "b"), (2, "c")])
        let times: [String: JSONValue] = [
            "startTime": .integer(LogsServer.now + 1), "endTime": .integer(LogsServer.now + 2),
        ]
        #expect(await server.call("GetLogEvents", Self.place.merging(times) { $1 }).messages == ["b"])
        let filtered = await server.call("FilterLogEvents", times.merging(["logGroupName": "g"]) { $1 })
        #expect(filtered.messages == ["b", "c"])
    }

    @Test("FilterLogEvents goes through all streams in the order of time, page by page, each event with its own id")
    func filter() async throws {
        let server = try await LogsServer()
        for index in 0..<20 { await server.put([(Int64(index), "ERROR \(index)")], stream: "s\(index % 3)") }
        await server.put([(30, "fine")], stream: "s1")
        var input: [String: JSONValue] = ["logGroupName": "g", "filterPattern": "ERROR", "limit": 6]
        var messages: [String] = []
        var ids: Set<String> = []
        for _ in 0..<10 {
            let answer = await server.call("FilterLogEvents", input)
            messages += answer.messages
            ids.formUnion((answer["events"]?.elements ?? []).compactMap { $0["eventId"]?.text })
            #expect(answer["searchedLogStreams"] == .array([]))
            guard let next = answer["nextToken"] else { break }
            input["nextToken"] = next
        }
        #expect(messages == (0..<20).map { "ERROR \($0)" })
        #expect(ids.count == 20 && ids.allSatisfy { $0.utf8.count == 56 })
        let some = await server.call("FilterLogEvents", ["logGroupName": "g", "logStreamNames": .array(["s0"])])
        #expect(some.messages.count == 7)
        let prefixed = await server.call("FilterLogEvents", ["logGroupName": "g", "logStreamNamePrefix": "s1"])
        #expect(prefixed.messages.count == 8)
    }

    @Test("too old, expired and too new events are left out and told")
    func rejected() async throws {
        let server = try await LogsServer()
        await server.put([(0, "a")])
        _ = await server.call("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 3])
        let hour: Int64 = 3_600_000
        let times = [-15 * 24 * hour, -4 * 24 * hour, -1 * hour, hour, 3 * hour]
        let events = times.map {
            JSONValue.object(["timestamp": .integer(LogsServer.now + $0), "message": .string("\($0 / hour)")])
        }
        let answer = await server.call("PutLogEvents", Self.place.merging(["logEvents": .array(events)]) { $1 })
        #expect(
            answer["rejectedLogEventsInfo"]
                == .object([
                    "tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2, "tooNewLogEventStartIndex": 4,
                ]))
        #expect(await server.call("GetLogEvents", Self.place).messages == ["-1", "a", "1"])
    }

    @Test(
        "batches that are refused as a whole",
        arguments: [
            [(1, "a"), (0, "b")], [(-90_000_000, "a"), (0, "b")], [(0, String(repeating: "x", count: 1_048_577))],
            (0..<5).map { ($0, String(repeating: "x", count: 209_690)) },
        ] as [[(Int64, String)]])
    func refusedBatches(events: [(Int64, String)]) async throws {
        let server = try await LogsServer()
        await server.put([(0, "one")])
        let values = events.map {
            JSONValue.object(["timestamp": .integer(LogsServer.now + $0), "message": .string($1)])
        }
        let input = Self.place.merging(["logEvents": .array(values)]) { $1 }
        #expect(await server.refusal("PutLogEvents", input) == "InvalidParameterException")
    }

    @Test("bytes that are not UTF-8 are shown repaired")
    func strangeBytes() async throws {
        let server = try await LogsServer()
        await server.put([(0, "one")])
        let id = LogStreamID(
            scope: Scope(account: try #require(AccountID("123456789012")), region: .usEast1),
            group: try #require(LogGroupName("g")), stream: try #require(LogStreamName("s")))
        try await server.store.put(
            [LogChunk(.event, .init(bytes: [0x61, 0xFF, 0x00, 0x0A, 0x62]), at: server.clock.now())], to: id)
        #expect(await server.call("GetLogEvents", Self.place).messages.last == "a\u{FFFD}\0\nb")
    }

    @Test("groups and streams as they are described, page by page")
    func describe() async throws {
        let server = try await LogsServer()
        for index in 0..<7 {
            await server.put([(Int64(10 - index), "x")], group: "/g/\(index % 2)", stream: "s\(index)")
        }
        let groups = await server.call("DescribeLogGroups", ["logGroupNamePrefix": "/g/"])["logGroups"]?.elements ?? []
        #expect(groups.compactMap { $0["logGroupName"]?.text } == ["/g/0", "/g/1"])
        #expect(groups.first?["arn"] == "arn:aws:logs:us-east-1:123456789012:log-group:/g/0:*")
        #expect(groups.first?["retentionInDays"] == nil)
        let pattern = await server.call("DescribeLogGroups", ["logGroupNamePattern": "/1"])["logGroups"]?.elements ?? []
        #expect(pattern.compactMap { $0["logGroupName"]?.text } == ["/g/1"])
        for (order, isDescending, expected) in [
            ("LogStreamName", false, ["s0", "s2", "s4", "s6"]), ("LogStreamName", true, ["s6", "s4", "s2", "s0"]),
            ("LastEventTime", false, ["s6", "s4", "s2", "s0"]), ("LastEventTime", true, ["s0", "s2", "s4", "s6"]),
        ] {
            var input: [String: JSONValue] = [
                "logGroupName": "/g/0", "orderBy": .string(order), "descending": .boolean(isDescending), "limit": 3,
            ]
            var names: [String] = []
            for _ in 0..<4 {
                let answer = await server.call("DescribeLogStreams", input)
                names += (answer["logStreams"]?.elements ?? []).compactMap { $0["logStreamName"]?.text }
                guard let next = answer["nextToken"] else { break }
                input["nextToken"] = next
            }
            #expect(names == expected)
        }
    }

    @Test("tags come back, also by the older operations")
    func tags() async throws {
        let server = try await LogsServer()
        let arn: JSONValue = "arn:aws:logs:us-east-1:123456789012:log-group:t"
        _ = await server.call("CreateLogGroup", ["logGroupName": "t", "tags": .object(["a": "1"])])
        _ = await server.call("TagResource", ["resourceArn": arn, "tags": .object(["b": "2"])])
        _ = await server.call("TagLogGroup", ["logGroupName": "t", "tags": .object(["c": "3"])])
        _ = await server.call("UntagResource", ["resourceArn": arn, "tagKeys": .array(["a"])])
        let listed = await server.call("ListTagsForResource", ["resourceArn": arn])
        #expect(listed["tags"] == .object(["b": "2", "c": "3"]))
        _ = await server.call("UntagLogGroup", ["logGroupName": "t", "tags": .array(["b"])])
        #expect(await server.call("ListTagsLogGroup", ["logGroupName": "t"])["tags"] == .object(["c": "3"]))
        let many = JSONValue.object(Dictionary(uniqueKeysWithValues: (0..<50).map { ("k\($0)", "v") }))
        #expect(await server.refusal("TagLogGroup", ["logGroupName": "t", "tags": many]) == "TooManyTagsException")
        #expect(await server.call("ListTagsLogGroup", ["logGroupName": "t"])["tags"] == .object(["c": "3"]))
    }

    @Test("a protected group is not deleted")
    func protection() async throws {
        let server = try await LogsServer()
        _ = await server.call("CreateLogGroup", ["logGroupName": "p", "deletionProtectionEnabled": true])
        #expect(await server.refusal("DeleteLogGroup", ["logGroupName": "p"]) == "ValidationException")
        let off: [String: JSONValue] = ["logGroupIdentifier": "p", "deletionProtectionEnabled": false]
        #expect(await server.refusal("PutLogGroupDeletionProtection", off) == nil)
        #expect(await server.refusal("DeleteLogGroup", ["logGroupName": "p"]) == nil)
    }
}
