import NIOCore
import Testing
import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore

@testable import TrellisLatticeAPI

/// What users need to be allowed, by what the API refuses them and what policies see.
@Suite struct LatticePermissionTests {
    private static let all = statement("vpc-lattice:*")

    private static func statement(_ action: String, effect: String = "Allow", _ condition: String = "") -> String {
        let end = condition.isEmpty ? "" : #","Condition":\#(condition)"#
        return #"{"Effect":"\#(effect)","Action":"\#(action)","Resource":"*"\#(end)}"#
    }

    /// A denial of an action under one condition.
    private static func deny(_ action: String, _ key: String, _ value: String) -> String {
        statement(action, effect: "Deny", #"{"ForAnyValue:StringEquals":{"\#(key)":"\#(value)"}}"#)
    }

    private func send(
        _ world: TestWorld, _ method: String, _ path: String, _ body: String = "", allowed: String...
    ) async throws -> Reply {
        let account = TestWorld.account
        let policy = try CompiledPolicy(
            parsing: #"{"Version":"2012-10-17","Statement":[\#(allowed.joined(separator: ","))]}"#,
            as: .identityPolicy)
        let caller = Caller(
            accessKeyID: "AKIA", account: account, region: TestWorld.region,
            principal: PolicyCaller(
                kind: .user(name: "ann"), arn: "arn:aws:iam::\(account):user/ann", account: account, userID: "AIDA1"),
            policies: .policies([policy]))
        return Reply(
            await world.api.respond(
                to: AuthenticatedRequest(
                    method: method, path: path, query: "", headers: APIHeaders(), body: ByteBuffer(string: body),
                    caller: caller, requestID: "request", client: IPAddress("192.0.2.7"))))
    }

    /// A network, a service in it with a listener and a rule, a target group and two associations.
    private struct Made {
        var network: Reply
        var service: Reply
        var group: Reply
        var listener: Reply
        var rule: Reply
        var association: Reply
        var vpcAssociation: Reply
    }

    private func make(in world: TestWorld) async throws -> Made {
        let network = await world.send("POST", "/servicenetworks", #"{"name":"net","authType":"AWS_IAM"}"#)
        let service = await world.send("POST", "/services", #"{"name":"orders","tags":{"Owner":"bob"}}"#)
        let group = await world.send(
            "POST", "/targetgroups",
            #"{"name":"group","type":"IP","config":{"port":80,"protocol":"HTTP","vpcIdentifier":"vpc-0a1b2c3d"}}"#)
        try await world.settle()
        let forward = #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"\#(group.text("id"))"}]}}"#
        let listener = await world.send(
            "POST", "/services/\(service.text("id"))/listeners",
            #"{"name":"http","protocol":"HTTP","defaultAction":\#(forward)}"#)
        let rule = await world.send(
            "POST", "/services/\(service.text("id"))/listeners/\(listener.text("id"))/rules",
            #"{"name":"rule","priority":1,"match":{"httpMatch":{"method":"GET"}},"action":\#(forward)}"#)
        let association = await world.send(
            "POST", "/servicenetworkserviceassociations",
            #"{"serviceNetworkIdentifier":"\#(network.text("id"))","serviceIdentifier":"\#(service.text("id"))"}"#)
        let vpcAssociation = await world.send(
            "POST", "/servicenetworkvpcassociations",
            #"{"serviceNetworkIdentifier":"\#(network.text("id"))","vpcIdentifier":"vpc-0a1b2c3d","#
                + #""securityGroupIds":["sg-0a1b2c3d"]}"#)
        for reply in [network, service, group, listener, rule, association, vpcAssociation] {
            try #require(reply.status < 300, "\(String(describing: reply.json))")
        }
        try await world.settle()
        return Made(
            network: network, service: service, group: group, listener: listener, rule: rule,
            association: association, vpcAssociation: vpcAssociation)
    }

    @Test func storedResourcesHaveKeysThatPoliciesAskFor() async throws {
        let world = try TestWorld()
        let made = try await make(in: world)
        let service = "/services/\(made.service.text("id"))"
        let listener = "\(service)/listeners/\(made.listener.text("id"))"
        let rows: [(method: String, path: String, action: String, key: String, value: String)] = [
            ("GET", service, "GetService", "aws:ResourceTag/owner", "bob"),
            ("DELETE", service, "DeleteService", "vpc-lattice:AuthType", "NONE"),
            (
                "GET", "/servicenetworks/\(made.network.text("id"))", "GetServiceNetwork", "vpc-lattice:AuthType",
                "AWS_IAM"
            ),
            ("DELETE", listener, "DeleteListener", "vpc-lattice:Protocol", "HTTP"),
            ("GET", listener, "GetListener", "vpc-lattice:TargetGroupArns", made.group.text("arn")),
            (
                "GET", "\(listener)/rules/\(made.rule.text("id"))", "GetRule", "vpc-lattice:TargetGroupArns",
                made.group.text("arn")
            ),
            (
                "GET", listener, "GetListener", "vpc-lattice:ServiceArn",
                "arn:aws:vpc-lattice:us-west-2:111122223333:service/\(made.service.text("id"))"
            ),
            ("GET", "/targetgroups/\(made.group.text("id"))", "GetTargetGroup", "vpc-lattice:VpcId", "vpc-0a1b2c3d"),
            (
                "DELETE", "/servicenetworkserviceassociations/\(made.association.text("id"))",
                "DeleteServiceNetworkServiceAssociation", "vpc-lattice:ServiceArn", made.service.text("arn")
            ),
            (
                "DELETE", "/servicenetworkserviceassociations/\(made.association.text("id"))",
                "DeleteServiceNetworkServiceAssociation", "vpc-lattice:ServiceNetworkArn", made.network.text("arn")
            ),
            (
                "DELETE", "/servicenetworkvpcassociations/\(made.vpcAssociation.text("id"))",
                "DeleteServiceNetworkVpcAssociation", "vpc-lattice:SecurityGroupIds", "sg-0a1b2c3d"
            ),
            (
                "DELETE", "/servicenetworkvpcassociations/\(made.vpcAssociation.text("id"))",
                "DeleteServiceNetworkVpcAssociation", "vpc-lattice:VpcId", "vpc-0a1b2c3d"
            ),
            ("GET", service, "GetService", "aws:SourceIp", "192.0.2.7"),
        ]
        for row in rows {
            let denied = try await send(
                world, row.method, row.path, allowed: Self.all,
                Self.deny("vpc-lattice:\(row.action)", row.key, row.value))
            #expect(denied.status == 403, "\(row)")
            #expect(denied.text("message").contains("vpc-lattice:\(row.action)"), "\(row)")
            // Another value is not meant; a read that is not denied succeeds.
            guard row.method == "GET" else { continue }
            let other = Self.deny("vpc-lattice:\(row.action)", row.key, "other")
            #expect(try await send(world, row.method, row.path, allowed: Self.all, other).status == 200, "\(row)")
        }
    }

    @Test func anAssociationNeedsItsEnds() async throws {
        let world = try TestWorld()
        let made = try await make(in: world)
        let other = await world.send("POST", "/services", #"{"name":"other","tags":{"owner":"ann"}}"#)
        try await world.settle()
        let body =
            #"{"serviceNetworkIdentifier":"\#(made.network.text("id"))","serviceIdentifier":"\#(other.text("id"))"}"#
        let action = "vpc-lattice:CreateServiceNetworkServiceAssociation"
        let path = "/servicenetworkserviceassociations"
        for arn in [made.network.text("arn"), other.text("arn")] {
            let deny = #"{"Effect":"Deny","Action":"\#(action)","Resource":"\#(arn)"}"#
            let reply = try await send(world, "POST", path, body, allowed: Self.all, deny)
            #expect(reply.status == 403 && reply.text("message").contains(arn))
        }
        let tagged = Self.deny(action, "aws:ResourceTag/owner", "ann")
        #expect(try await send(world, "POST", path, body, allowed: Self.all, tagged).status == 403)
        #expect(try await send(world, "POST", path, body, allowed: Self.all).status == 200)
    }

    @Test func whoMakesSomethingWithTagsMustBeAllowedToTagIt() async throws {
        let world = try TestWorld()
        let create = Self.statement("vpc-lattice:CreateService")
        let tag = Self.statement(
            "vpc-lattice:TagResource", #"{"StringEquals":{"vpc-lattice:CreateAction":"CreateService"}}"#)
        let tagged = #"{"name":"tagged","tags":{"a":"b"}}"#
        let refused = try await send(world, "POST", "/services", tagged, allowed: create)
        #expect(refused.status == 403)
        #expect(refused.text("message").contains("vpc-lattice:TagResource"))
        #expect(try await send(world, "POST", "/services", #"{"name":"plain"}"#, allowed: create).status == 201)
        let made = try await send(world, "POST", "/services", tagged, allowed: create, tag)
        #expect(made.status == 201)
        // That permission is not one to tag what is there.
        let later = try await send(
            world, "POST", "/tags/\(made.text("arn").replacing("/", with: "%2F"))", #"{"tags":{"a":"c"}}"#,
            allowed: create, tag)
        #expect(later.status == 403)
    }

    @Test func registeringAFunctionMayNeedToAddAPermission() async throws {
        let world = try TestWorld()
        let group = await world.send("POST", "/targetgroups", #"{"name":"functions","type":"LAMBDA"}"#)
        try await world.settle()
        let function = try #require(FunctionARN("arn:aws:lambda:us-west-2:111122223333:function:f"))
        let body = #"{"targets":[{"id":"\#(function)"}]}"#
        let path = "/targetgroups/\(group.text("id"))/registertargets"
        let get = Self.statement("lambda:GetFunction")
        let refused = try await send(world, "POST", path, body, allowed: Self.all, get)
        #expect(refused.status == 403)
        #expect(refused.text("message").contains("lambda:AddPermission on resource: \(function)"))
        let add = Self.statement(
            "lambda:AddPermission", #"{"StringEquals":{"lambda:Principal":"vpc-lattice.amazonaws.com"}}"#)
        #expect(try await send(world, "POST", path, body, allowed: Self.all, add).status == 403)
        #expect(try await send(world, "POST", path, body, allowed: Self.all, get, add).status == 200)
        // The function's policy lets the group in already.
        let id = try #require(TargetGroupID(group.text("id")))
        let statement = FunctionPolicyStatement.latticeInvoke(function: function, from: id, in: TestWorld.scope)
        let record = FunctionPolicyRecord(statements: [statement], revisionID: "r")
        try await world.store.transaction { session in
            try session.put(record, at: .functionPolicy(nil, of: function.name, in: function.scope))
        }
        #expect(try await send(world, "POST", path, body, allowed: Self.all, get).status == 200)
        // That of a function elsewhere is not ours to change.
        let remote = try TestWorld(remoteFunctions: RemoteFunctions { _ in .exists })
        let other = await remote.send("POST", "/targetgroups", #"{"name":"functions","type":"LAMBDA"}"#)
        try await remote.settle()
        #expect(
            try await send(
                remote, "POST", "/targetgroups/\(other.text("id"))/registertargets", body, allowed: Self.all, get
            ).status == 200)
    }
}
