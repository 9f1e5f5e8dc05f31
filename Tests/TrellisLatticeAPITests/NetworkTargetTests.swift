import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

/// Targets of groups of the types INSTANCE, IP and ALB.
@Suite struct NetworkTargetTests {
    private static let balancer =
        "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/my-balancer/0123456789abcdef"

    private let world: TestWorld

    init() throws {
        world = try TestWorld(targets: Self.whereabouts)
    }

    private static let whereabouts = TargetWhereabouts(
        addresses: TargetAddresses(
            Dictionary(
                uniqueKeysWithValues: [
                    "i-01234567", "i-0123456789abcdef0", balancer, balancer.replacing("my-", with: "your-"),
                ].map { ($0, .v4(0x0A00_0001)) }))
    ) { id, port, _ in
        // As if the checks had found this.
        switch (id, port) {
        case ("10.0.0.2", _): .healthy
        case ("10.0.0.3", 80): .unhealthy
        case ("10.0.0.4", _): .initial
        default: nil
        }
    }

    private func send(_ operation: String, _ group: String, _ targets: String = "[]") async -> Reply {
        await world.send("POST", "/targetgroups/\(group)/\(operation)", #"{"targets":\#(targets)}"#)
    }

    private func register(_ targets: String, with group: String) async -> Reply {
        await send("registertargets", group, targets)
    }

    private func listed(_ group: String, _ targets: String = "[]") async -> [String] {
        await send("listtargets", group, targets).elements("items").map {
            "\($0["id"]?.text ?? ""):\($0["port"]?.number ?? 0)"
        }
    }

    @Test func targetWithoutAPortIsAtThePortOfTheGroup() async throws {
        let group = try await world.makeTargetGroup(type: "IP", config: #""protocol":"HTTP","port":8080"#)
        let targets = #"[{"id":"10.0.0.1"},{"id":"10.0.0.1","port":81},{"id":"10.0.0.1","port":8080}]"#
        let registered = await register(targets, with: group)
        #expect(registered.status == 200)
        #expect(registered.elements("successful").map { $0["port"] } == [8080, 81, 8080])
        #expect(registered.elements("unsuccessful").isEmpty)
        // The first and the last are one target.
        #expect(Set(await listed(group)) == ["10.0.0.1:8080", "10.0.0.1:81"])
        #expect(await listed(group, #"[{"id":"10.0.0.1","port":81}]"#) == ["10.0.0.1:81"])
        #expect(await listed(group, #"[{"id":"10.0.0.1"}]"#).count == 2)
        #expect(await listed(group, #"[{"id":"10.0.0.1","port":82}]"#).isEmpty)

        let deregistered = await send("deregistertargets", group, #"[{"id":"10.0.0.1"}]"#)
        #expect(deregistered.elements("successful").map { $0["port"] } == [8080])
        try await world.settle()
        #expect(await listed(group) == ["10.0.0.1:81"])
        let again = await send("deregistertargets", group, #"[{"id":"10.0.0.1"}]"#)
        #expect(again.texts("unsuccessful", "failureCode") == ["InvalidTarget"])
    }

    @Test func oneIPv6AddressIsOneTargetHoweverItIsSpelt() async throws {
        let group = try await world.makeTargetGroup(
            type: "IP", config: #""protocol":"HTTP","ipAddressType":"IPV6""#)
        _ = await register(#"[{"id":"FD00:0:0::1"},{"id":"fd00::1"}]"#, with: group)
        #expect(await listed(group) == ["fd00::1:80"])
        #expect(await listed(group, #"[{"id":"fd00:0000::0001"}]"#) == ["fd00::1:80"])
        _ = await send("deregistertargets", group, #"[{"id":"fd00:0::1"}]"#)
        try await world.settle()
        #expect(await listed(group).isEmpty)
    }

    @Test(arguments: [
        ("IPV4", "10.0.0.256"), ("IPV4", "10.0.0"), ("IPV4", "010.0.0.1"), ("IPV4", "fd00::1"), ("IPV4", "0.0.0.0"),
        ("IPV4", "224.0.0.1"), ("IPV4", "255.255.255.255"), ("IPV4", "10.0.0.1/32"), ("IPV4", "host.example"),
        ("IPV4", "i-0123456789abcdef0"), ("IPV4", " 10.0.0.1"), ("IPV6", "10.0.0.1"), ("IPV6", "::"),
        ("IPV6", "ff02::1"), ("IPV6", "::ffff:10.0.0.1"), ("IPV6", "fd00::1%eth0"), ("IPV6", ":::"),
    ])
    func addressThatCannotBeATargetIsUnsuccessful(_ family: String, _ id: String) async throws {
        let group = try await world.makeTargetGroup(
            type: "IP", config: #""protocol":"HTTP","ipAddressType":"\#(family)""#)
        let reply = await register(#"[{"id":"\#(id)","port":81}]"#, with: group)
        #expect(reply.status == 200)
        #expect(reply.elements("successful").isEmpty)
        #expect(reply.text("unsuccessful[0].id") == id)
        #expect(reply["unsuccessful[0].port"] == 81)
        #expect(reply.text("unsuccessful[0].failureCode") == "InvalidTarget")
        #expect(!reply.text("unsuccessful[0].failureMessage").isEmpty)
        #expect(await listed(group).isEmpty)
        #expect(await send("deregistertargets", group, #"[{"id":"\#(id)"}]"#).elements("unsuccessful").count == 1)
        #expect(await listed(group, #"[{"id":"\#(id)"}]"#).isEmpty)
    }

    @Test func instancesAreNamedByTheirIds() async throws {
        let group = try await world.makeTargetGroup(type: "INSTANCE")
        let reply = await register(
            #"[{"id":"i-01234567"},{"id":"i-0123456789abcdef0","port":81},{"id":"i-1"},{"id":"10.0.0.1"}]"#,
            with: group)
        #expect(reply.texts("successful", "id") == ["i-01234567", "i-0123456789abcdef0"])
        #expect(reply.texts("unsuccessful", "failureCode") == ["InvalidTarget", "InvalidTarget"])
        #expect(Set(await listed(group)) == ["i-01234567:80", "i-0123456789abcdef0:81"])
    }

    @Test(arguments: [
        ("INSTANCE", "i-00000009"), ("ALB", balancer.replacing("my-", with: "nobodys-")),
    ])
    func targetsThatAreNowhereAreUnsuccessful(_ type: String, _ id: String) async throws {
        let group = try await world.makeTargetGroup(type: type)
        let reply = await register(#"[{"id":"\#(id)"}]"#, with: group)
        #expect(reply.texts("unsuccessful", "failureCode") == ["InvalidTarget"])
        #expect(reply.text("unsuccessful[0].failureMessage").contains("targetAddresses"))
        #expect(await listed(group).isEmpty)
    }

    @Test func loadBalancerGroupHoldsOne() async throws {
        let group = try await world.makeTargetGroup(type: "ALB")
        let other = Self.balancer.replacing("my-", with: "your-")
        let reply = await register(
            #"[{"id":"\#(Self.balancer)"},{"id":"\#(other)"},{"id":"\#(Self.balancer)"}]"#, with: group)
        #expect(reply.texts("successful", "id") == [Self.balancer, Self.balancer])
        #expect(reply.texts("unsuccessful", "failureCode") == ["UnsupportedTarget"])
        #expect(await listed(group) == ["\(Self.balancer):80"])
        _ = await send("deregistertargets", group, #"[{"id":"\#(Self.balancer)"}]"#)
        #expect(await register(#"[{"id":"\#(other)"}]"#, with: group).elements("successful").count == 1)
    }

    @Test(arguments: [
        "balancer", balancer.replacing("us-west-2", with: "eu-west-1"), balancer.replacing("1111", with: "9999"),
        balancer.replacing("/app/", with: "/net/"), balancer.replacing("0123456789abcdef", with: "0123"),
        balancer + "/1", balancer.replacing("my-balancer", with: ""), balancer.replacing("arn:aws:", with: "arn:x:"),
        "arn:aws:lambda:us-west-2:111122223333:function:f",
    ])
    func otherARNsAreNoLoadBalancer(_ id: String) async throws {
        let group = try await world.makeTargetGroup(type: "ALB")
        let reply = await register(#"[{"id":"\#(id)"}]"#, with: group)
        #expect(reply.texts("unsuccessful", "failureCode") == ["InvalidTarget"])
    }

    /// Unused, then in use by a rule, then draining.
    @Test(arguments: [
        ("IP", "10.0.0.1", "", "INITIAL", nil), ("IP", "10.0.0.2", "", "HEALTHY", nil),
        ("IP", "10.0.0.3", "", "UNHEALTHY", "HealthCheckFailed"), ("IP", "10.0.0.4", "", "INITIAL", nil),
        ("INSTANCE", "i-01234567", "", "INITIAL", nil),
        ("IP", "10.0.0.1", #","healthCheck":{"enabled":false}"#, "UNAVAILABLE", "HealthCheckDisabled"),
        ("ALB", balancer, "", "UNAVAILABLE", "HealthCheckNotSupported"),
    ])
    func statusSaysWhatIsKnown(
        _ type: String, _ id: String, _ config: String, _ status: String, _ reason: String?
    ) async throws {
        let group = try await world.makeTargetGroup(type: type, config: #""protocol":"HTTP"\#(config)"#)
        _ = await register(#"[{"id":"\#(id)"}]"#, with: group)
        let unused = await send("listtargets", group)
        #expect(unused.text("items[0].status") == "UNUSED")
        #expect(unused.text("items[0].reasonCode") == "TargetGroupNotInUse")
        let service = try await world.makeService()
        _ = try await world.makeListener(of: service, action: TestWorld.forward(group))
        let used = await send("listtargets", group)
        #expect(used.text("items[0].status") == status)
        #expect(used["items[0].reasonCode"] == reason.map(JSONValue.string))
        _ = await send("deregistertargets", group, #"[{"id":"\#(id)"}]"#)
        let draining = await send("listtargets", group)
        #expect(draining.text("items[0].status") == "DRAINING")
        #expect(draining.text("items[0].reasonCode") == "DeregistrationInProgress")
        try await world.settle()
        #expect(await listed(group).isEmpty)
    }

    @Test func pagesShowEveryPortOfAnAddressOnce() async throws {
        let group = try await world.makeTargetGroup(type: "IP")
        let targets = (1...9).map { #"{"id":"10.0.0.1","port":\#($0)}"# }.joined(separator: ",")
        _ = await register("[\(targets)]", with: group)
        var ports: [Int] = []
        var token = ""
        repeat {
            let query = token.isEmpty ? "" : "&nextToken=\(token)"
            let page = await world.send("POST", "/targetgroups/\(group)/listtargets?maxResults=2\(query)")
            ports += page.elements("items").compactMap { $0["port"]?.number }
            token = page.text("nextToken")
        } while !token.isEmpty
        #expect(ports == Array(1...9))
    }
}
