import NIOCore
import Testing
import TrellisAPI
import TrellisModel

@Suite struct InputReaderTests {
    enum Colour: String, CaseIterable { case red = "RED", blue = "BLUE" }

    static func call(_ body: String, query: String = "", labels: [String: String] = [:]) throws -> APICall {
        APICall(
            operation: "Test", caller: try TestCaller.make(), requestID: "r", labels: labels,
            query: QueryItems(query) ?? QueryItems(), body: ByteBuffer(string: body))
    }

    static func problems<Input>(_ body: String, _ read: (InputReader) -> Input) -> [InputProblem] {
        do {
            _ = try call(body).read(read)
            return []
        } catch let error as InvalidInput {
            return error.problems
        } catch {
            Issue.record("unexpected \(error)")
            return []
        }
    }

    @Test func everyWrongFieldIsReportedAtOnce() {
        let lower = TextPattern("[a-z]+") { $0.allSatisfy { $0.isLowercase } }
        let found = Self.problems(#"{"a": "UPPER", "b": 0, "c": "GREEN", "e": [{"f": 1}], "g": "toolong"}"#) { input in
            _ = input.requiredString("a", pattern: lower)
            _ = input.requiredInteger("b", in: 1...5)
            _ = input.enumeration("c", of: Colour.self)
            _ = input.requiredString("d")
            for item in input.requiredObjects("e", count: 1...2) { _ = item.requiredString("f") }
            _ = input.string("g", length: 1...3)
        }
        #expect(found.map(\.field) == ["a", "b", "c", "d", "e[0].f", "g"])
        #expect(
            found[0].sentence
                == "Value 'UPPER' at 'a' failed to satisfy constraint: Member must satisfy regular expression "
                + "pattern: [a-z]+")
        #expect(found[1].constraintText == "Member must have value greater than or equal to 1")
        #expect(found[2].constraintText == "Member must satisfy enum value set: [RED, BLUE]")
        #expect(found[3].sentence == "Value null at 'd' failed to satisfy constraint: Member must not be null")
        #expect(found[4].kind == .wrongType(expected: "a string"))
        #expect(found[5].constraintText == "Member must have length less than or equal to 3")
    }

    @Test(arguments: [
        #"{"n": 3}"#: 3, #"{"n": 3.0}"#: 3, #"{"n": null}"#: nil, "{}": nil, "": nil,
    ])
    func anOptionalInteger(body: String, expected: Int?) throws {
        #expect(try Self.call(body).read { $0.integer("n", in: 0...10) } == expected)
    }

    @Test(arguments: [#"{"n": "3"}"#, #"{"n": 3.5}"#, #"{"n": true}"#, #"{"n": 1e300}"#, #"{"n": [3]}"#])
    func aWrongTypeIsNoInteger(body: String) {
        #expect(Self.problems(body) { $0.integer("n", in: 0...10) }.map(\.kind) == [.wrongType(expected: "an integer")])
    }

    @Test(arguments: [#"{"a": "#, "[1]", "7", #"{"a": "\ud800"}"#, "{'a': 1}", #"{"a": 1} trailing"#])
    func aBodyThatIsNoObjectIsMalformed(body: String) {
        #expect(throws: ProtocolError.self) { try Self.call(body).read { _ in } }
    }

    @Test func deepNestingIsRefusedNotFollowed() {
        let body = String(repeating: "[", count: 200_000)
        #expect(throws: ProtocolError.self) { try Self.call(body).read { _ in } }
    }

    @Test func queryAndLabelsAreReadToo() throws {
        let call = try Self.call("", query: "maxResults=5&tagKeys=a&tagKeys=b%20c", labels: ["id": "x"])
        try call.read { input in
            #expect(input.queryInteger("maxResults", in: 1...100) == 5)
            #expect(input.queryStrings("tagKeys") == ["a", "b c"])
            #expect(input.label("id") == "x")
        }
    }

    @Test func maps() {
        let found = Self.problems(#"{"tags": {"a": "1", "b": 2}}"#) {
            $0.stringMap("tags", count: 0...1)
        }
        #expect(found.map(\.constraintText) == ["Member must have length less than or equal to 1"])
        let typed = Self.problems(#"{"tags": {"b": 2}}"#) { $0.stringMap("tags", count: 0...1) }
        #expect(typed.map(\.field) == ["tags.b"])
    }
}
