import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

/// HTTPS and TLS_PASSTHROUGH listeners, and which target groups go with which listener.
@Suite struct ListenerProtocolTests {
    private let world: TestWorld
    private let service: String

    init() async throws {
        world = try TestWorld()
        service = try await world.makeService(extra: #","customDomainName":"api.example""#)
    }

    private func create(
        _ listenerProtocol: String, action: String, extra: String = "", of service: String? = nil
    ) async -> Reply {
        await world.send(
            "POST", "/services/\(service ?? self.service)/listeners",
            #"{"name":"new","protocol":"\#(listenerProtocol)","defaultAction":\#(action)\#(extra)}"#)
    }

    private func makeGroup(_ sort: String) async throws -> String {
        switch sort {
        case "LAMBDA": try await world.makeTargetGroup()
        case "TCP": try await world.makeTargetGroup(type: "IP", config: #""protocol":"TCP","port":5432"#)
        default: try await world.makeTargetGroup(type: "IP", config: #""protocol":"HTTP","protocolVersion":"\#(sort)""#)
        }
    }

    @Test func defaultPortsOfTLSAre443() async throws {
        let https = await create("HTTPS", action: TestWorld.notFoundAction)
        #expect(https.status == 201)
        #expect(https["port"] == 443)
        #expect(https.text("protocol") == "HTTPS")
        let group = try await makeGroup("TCP")
        // The port is taken, whatever the protocol.
        #expect(await create("TLS_PASSTHROUGH", action: TestWorld.forward(group)).status == 409)
        _ = await world.send("DELETE", "/services/\(service)/listeners/\(https.id)")
        let passthrough = await create("TLS_PASSTHROUGH", action: TestWorld.forward(group))
        #expect(passthrough.status == 201)
        #expect(passthrough["port"] == 443)
        let read = await world.send("GET", "/services/\(service)/listeners/\(passthrough.id)")
        #expect(read.text("protocol") == "TLS_PASSTHROUGH")
    }

    /// The sorts of groups that a listener takes; it refuses the others at each place that has an action.
    @Test(
        arguments: [
            ("HTTP", ["LAMBDA", "HTTP1"]), ("HTTPS", ["LAMBDA", "HTTP1", "HTTP2", "GRPC"]),
            ("TLS_PASSTHROUGH", ["TCP"]),
        ], ["LAMBDA", "HTTP1", "HTTP2", "GRPC", "TCP"])
    func groupsGoWithTheirListeners(_ listener: (name: String, takes: [String]), _ sort: String) async throws {
        let isTaken = listener.takes.contains(sort)
        let group = try await makeGroup(sort)
        let created = await create(listener.name, action: TestWorld.forward(group))
        #expect(created.status == (isTaken ? 201 : 400))
        if !isTaken {
            #expect(created.errorType == "ValidationException")
            #expect(created.fields == ["defaultAction.forward.targetGroups[0].targetGroupIdentifier"])
            #expect(created.text("message").contains(group))
        }
        guard listener.name != "TLS_PASSTHROUGH" else { return }
        let id = try await world.makeListener(of: service, "other", port: 81, protocol: listener.name)
        let path = "/services/\(service)/listeners/\(id)"
        let forward = TestWorld.forward(group)
        let updated = await world.send("PATCH", path, #"{"defaultAction":\#(forward)}"#)
        #expect(updated.status == (isTaken ? 200 : 400))
        let rule = await world.send(
            "POST", path + "/rules",
            #"{"name":"new","priority":1,"match":\#(TestWorld.getMatch),"action":\#(forward)}"#)
        #expect(rule.status == (isTaken ? 201 : 400))
        let other = try await world.makeRule(of: id, in: service, "plain", priority: 2)
        let changed = await world.send("PATCH", "\(path)/rules/\(other)", #"{"action":\#(forward)}"#)
        #expect(changed.status == (isTaken ? 200 : 400))
        #expect(changed.fields == (isTaken ? [] : ["action.forward.targetGroups[0].targetGroupIdentifier"]))
        let batch = await world.send(
            "PATCH", "\(path)/rules", #"{"rules":[{"ruleIdentifier":"\#(other)","action":\#(forward)}]}"#)
        #expect(batch.elements(isTaken ? "successful" : "unsuccessful").count == 1)
    }

    @Test func passthroughNeedsACustomDomain() async throws {
        let plain = try await world.makeService("plain")
        let group = try await makeGroup("TCP")
        let reply = await create("TLS_PASSTHROUGH", action: TestWorld.forward(group), of: plain)
        #expect(reply.status == 400)
        #expect(reply.fields == ["protocol"])
        #expect(await world.send("GET", "/services/\(plain)/listeners").elements("items").isEmpty)
        // HTTPS needs neither a domain nor a certificate.
        #expect(await create("HTTPS", action: TestWorld.notFoundAction, of: plain).status == 201)
    }

    @Test func passthroughForwardsAndHasItsDefaultRuleOnly() async throws {
        let fixed = await create("TLS_PASSTHROUGH", action: TestWorld.notFoundAction)
        #expect(fixed.status == 400)
        #expect(fixed.fields == ["defaultAction.fixedResponse"])
        let group = try await makeGroup("TCP")
        let listener = await create("TLS_PASSTHROUGH", action: TestWorld.forward(group)).id
        let path = "/services/\(service)/listeners/\(listener)"
        let rule = await world.send(
            "POST", path + "/rules",
            #"{"name":"new","priority":1,"match":\#(TestWorld.getMatch),"action":\#(TestWorld.forward(group))}"#)
        #expect(rule.status == 400)
        #expect(rule.fields == ["listenerIdentifier"])
        #expect(await world.send("GET", path + "/rules").elements("items").count == 1)
        let update = #"{"defaultAction":\#(TestWorld.notFoundAction)}"#
        #expect(await world.send("PATCH", path, update).status == 400)
    }
}
