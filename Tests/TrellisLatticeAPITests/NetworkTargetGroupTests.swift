import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

/// Target groups of the types INSTANCE, IP and ALB.
@Suite struct NetworkTargetGroupTests {
    private static let vpc = #""vpcIdentifier":"vpc-01234567""#
    private static let defaultCheck =
        #"{"enabled":true,"healthCheckIntervalSeconds":30,"healthCheckTimeoutSeconds":5,"healthyThresholdCount":5,"#
        + #""unhealthyThresholdCount":2,"path":"/","protocol":"HTTP","protocolVersion":"HTTP1","#
        + #""matcher":{"httpCode":"200"}}"#

    private static func check(_ changes: (String, JSONValue?)...) -> JSONValue {
        guard case .object(var members)? = try? JSONValue(parsing: defaultCheck.utf8) else { return .null }
        for (name, value) in changes { members[name] = value }
        return .object(members)
    }

    /// What CreateTargetGroup, GetTargetGroup and the list say about a config.
    @Test(
        arguments: [
            (
                "INSTANCE", #""protocol":"HTTP""#, ["port": 80, "protocol": "HTTP", "protocolVersion": "HTTP1"],
                check()
            ),
            (
                "INSTANCE", #""protocol":"HTTPS","port":8443"#,
                ["port": 8443, "protocol": "HTTPS", "protocolVersion": "HTTP1"], check(("protocol", "HTTPS"))
            ),
            (
                "INSTANCE", #""protocol":"HTTPS","protocolVersion":"GRPC""#,
                ["port": 443, "protocol": "HTTPS", "protocolVersion": "GRPC"],
                check(("protocol", "HTTPS"), ("enabled", false))
            ),
            (
                "INSTANCE", #""protocol":"TCP","port":5432"#, ["port": 5432, "protocol": "TCP"],
                check(("enabled", false))
            ),
            (
                "IP", #""protocol":"HTTP","protocolVersion":"HTTP2""#,
                ["port": 80, "protocol": "HTTP", "protocolVersion": "HTTP2", "ipAddressType": "IPV4"],
                check(("enabled", false))
            ),
            (
                "IP",
                #""protocol":"HTTP","ipAddressType":"IPV6","healthCheck":{"path":"/ok?x=1","port":81,"enabled":true,"#
                    + #""matcher":{"httpCode":"200-299,404"},"protocol":"HTTPS","protocolVersion":"HTTP2","#
                    + #""healthCheckIntervalSeconds":300,"healthCheckTimeoutSeconds":1,"healthyThresholdCount":2,"#
                    + #""unhealthyThresholdCount":10}"#,
                ["port": 80, "protocol": "HTTP", "protocolVersion": "HTTP1", "ipAddressType": "IPV6"],
                check(
                    ("path", "/ok?x=1"), ("port", 81), ("matcher", .object(["httpCode": "200-299,404"])),
                    ("protocol", "HTTPS"), ("protocolVersion", "HTTP2"), ("healthCheckIntervalSeconds", 300),
                    ("healthCheckTimeoutSeconds", 1), ("healthyThresholdCount", 2), ("unhealthyThresholdCount", 10))
            ),
            (
                "IP",
                #""protocol":"HTTP","healthCheck":{"port":0,"path":"","matcher":{"httpCode":""},"#
                    + #""healthCheckIntervalSeconds":0,"healthCheckTimeoutSeconds":0,"healthyThresholdCount":0,"#
                    + #""unhealthyThresholdCount":0}"#,
                ["port": 80, "protocol": "HTTP", "protocolVersion": "HTTP1", "ipAddressType": "IPV4"], check()
            ),
            (
                "ALB", #""protocol":"HTTPS","protocolVersion":"HTTP2""#,
                ["port": 443, "protocol": "HTTPS", "protocolVersion": "HTTP2"], nil
            ),
        ] as [(String, String, [String: JSONValue], JSONValue?)])
    func groupShowsTheMembersOfItsType(
        _ type: String, _ config: String, _ members: [String: JSONValue], _ check: JSONValue?
    ) async throws {
        let world = try TestWorld()
        var shown = members
        shown["vpcIdentifier"] = "vpc-01234567"
        shown["healthCheck"] = check
        let created = await world.send(
            "POST", "/targetgroups", #"{"name":"group","type":"\#(type)","config":{\#(Self.vpc),\#(config)}}"#)
        #expect(created.status == 201)
        #expect(created.members == ["id", "arn", "name", "type", "config", "status"])
        #expect(created["config"] == .object(shown))
        let read = await world.send("GET", "/targetgroups/\(created.id)")
        #expect(read["config"] == .object(shown))
        #expect(
            read.members == [
                "id", "arn", "name", "type", "config", "status", "serviceArns", "createdAt", "lastUpdatedAt",
            ])
        let item = await world.send("GET", "/targetgroups").elements("items")[0]
        for member in ["port", "protocol", "vpcIdentifier", "ipAddressType"] { #expect(item[member] == shown[member]) }
        #expect(
            item.memberNames.subtracting(["ipAddressType"]) == [
                "id", "arn", "name", "type", "status", "serviceArns", "createdAt", "lastUpdatedAt", "port", "protocol",
                "vpcIdentifier",
            ])
    }

    @Test func updateChangesTheGivenSettingsOfTheHealthCheck() async throws {
        let world = try TestWorld()
        let group = try await world.makeTargetGroup(
            type: "IP", config: #""protocol":"HTTP","healthCheck":{"path":"/a","healthyThresholdCount":3}"#)
        world.clock.advance(by: .seconds(1))
        let path = "/targetgroups/\(group)"
        let updated = await world.send(
            "PATCH", path, #"{"healthCheck":{"enabled":false,"healthyThresholdCount":0,"port":8080}}"#)
        #expect(updated.status == 200)
        #expect(updated.members == ["id", "arn", "name", "type", "config", "status"])
        #expect(updated.text("status") == "ACTIVE")
        #expect(
            updated["config.healthCheck"]
                == Self.check(("path", "/a"), ("enabled", false), ("port", 8080)))
        let read = await world.send("GET", path)
        #expect(read["config"] == updated["config"])
        #expect(read.text("lastUpdatedAt") == "2023-11-14T22:13:21.000Z")
    }

    @Test(arguments: [
        ("ALB", #"{"healthCheck":{"enabled":true}}"#, "healthCheck"), ("ALB", "{}", "healthCheck"),
        ("IP", "{}", "healthCheck"), ("IP", #"{"healthCheck":[]}"#, "healthCheck"),
        ("IP", #"{"healthCheck":{},"config":{"port":81}}"#, "config"),
        ("INSTANCE", #"{"healthCheck":{"healthCheckIntervalSeconds":4}}"#, "healthCheck.healthCheckIntervalSeconds"),
        ("INSTANCE", #"{"healthCheck":{"protocol":"TCP"}}"#, "healthCheck.protocol"),
    ])
    func updateThatATypeDoesNotHaveIsRefused(_ type: String, _ body: String, _ field: String) async throws {
        let world = try TestWorld()
        let group = try await world.makeTargetGroup(type: type)
        let before = await world.send("GET", "/targetgroups/\(group)")
        let reply = await world.send("PATCH", "/targetgroups/\(group)", body)
        #expect(reply.status == 400)
        #expect(reply.fields == [field])
        #expect(await world.send("GET", "/targetgroups/\(group)").json == before.json)
    }

    @Test func sameTokenWithAnotherConfigIsAConflict() async throws {
        let world = try TestWorld()
        func create(_ port: Int) async -> Reply {
            await world.send(
                "POST", "/targetgroups",
                #"{"name":"group","type":"IP","clientToken":"t","config":{\#(Self.vpc),"protocol":"HTTP","#
                    + #""port":\#(port)}}"#)
        }
        let first = await create(80)
        #expect(first.status == 201)
        #expect(await create(80).id == first.id)
        #expect(await create(81).status == 409)
    }
}
