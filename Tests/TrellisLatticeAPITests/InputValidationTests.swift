import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

/// Inputs that break a constraint, and the fields that the answer must name: all of them, and no others.
struct BadInput: Sendable, CustomTestStringConvertible {
    var method: String
    var target: String
    var body: String
    var fields: Set<String>

    init(_ method: String, _ target: String, _ body: String = "", names fields: Set<String>) {
        self.method = method
        self.target = target
        self.body = body
        self.fields = fields
    }

    var testDescription: String { "\(method) \(target.prefix(80)) \(body.prefix(100)) → \(fields.sorted())" }
}

@Suite struct InputValidationTests {
    @Test(
        arguments: BadInput.networks + BadInput.services + BadInput.listeners + BadInput.rules + BadInput.targetGroups
            + BadInput.networkTargetGroups + BadInput.ruleBatches
            + BadInput.targets + BadInput.associations + BadInput.tags + BadInput.pages + BadInput.accessLogs
            + BadInput.vpcResources)
    func everyWrongFieldIsNamed(_ input: BadInput) async throws {
        let example = try await ServedExample()
        let before = try await example.world.keys()

        let reply = await example.send(input.method, input.target, input.body)

        #expect(reply.status == 400)
        #expect(reply.errorType == "ValidationException")
        #expect(reply.text("reason") == "fieldValidationFailed")
        #expect(reply.fields == input.fields, "\(reply.text("message"))")
        #expect(reply.texts("fieldList", "message").allSatisfy { !$0.isEmpty })
        #expect(try await example.world.keys() == before)
    }

    @Test(arguments: ["{", "[]", "\"x\"", "nul", "{\"name\":}", "\u{0}"])
    func bodyThatIsNoJSONObjectCannotBeParsed(_ body: String) async throws {
        let world = try TestWorld()
        let reply = await world.send("POST", "/services", body)
        #expect(reply.status == 400)
        #expect(reply.errorType == "ValidationException")
        #expect(reply.text("reason") == "cannotParse")
    }

    @Test func unknownOperationIsNamedByMethodAndPath() async throws {
        let world = try TestWorld()
        for (method, path) in [("GET", "/nothing"), ("PUT", "/services"), ("GET", "/services/a/b/c/d/e/f")] {
            let reply = await world.send(method, path)
            #expect(reply.status == 400)
            #expect(reply.text("reason") == "unknownOperation")
            #expect(reply.text("message").contains("\(method) \(path)"))
        }
    }

    @Test func brokenPercentSequenceInQueryCannotBeParsed() async throws {
        let world = try TestWorld()
        #expect(await world.send("GET", "/services?nextToken=%G0").text("reason") == "cannotParse")
    }
}

extension BadInput {
    static let long = String(repeating: "a", count: 3000)

    /// Names that no resource of the kind may have.
    static func names(
        _ path: String, longest: Int, _ rest: String = "", prefix: String?, _ method: String = "POST"
    ) -> [BadInput] {
        let bad = [
            "ab", String(repeating: "a", count: longest + 1), "-abc", "abc-", "a--b", "Abc", "a_b", "a b", "äbc", "a/b",
        ]
        return (bad + (prefix.map { ["\($0)abc"] } ?? [])).map {
            BadInput(method, path, #"{"name":"\#($0)"\#(rest)}"#, names: ["name"])
        } + [
            BadInput(method, path, #"{"name":7\#(rest)}"#, names: ["name"]),
            BadInput(method, path, #"{"name":null\#(rest)}"#, names: ["name"]),
        ]
    }

    /// Client tokens that no request may have.
    static func tokens(_ path: String, _ rest: String) -> [BadInput] {
        ["\"\"", "\" \"", "\"\(long.prefix(65))\"", "7"].map {
            BadInput("POST", path, #"{"clientToken":\#($0),\#(rest)}"#, names: ["clientToken"])
        }
    }
}
