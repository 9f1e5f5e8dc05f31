import Testing
import TrellisModel
import TrellisPrincipals

@testable import TrellisIdentityAPI

/// Roles and users have boundaries in the same way.
@Suite struct PermissionsBoundaryTests {
    private static let aws = "arn:aws:iam::aws:policy/VPCLatticeReadOnlyAccess"

    private func create(_ kind: String, _ name: String, _ boundary: String?, in world: IAMWorld) async throws
        -> XMLReply
    {
        var parameters = ["\(kind)Name": name]
        parameters["PermissionsBoundary"] = boundary
        if kind == "Role" { parameters["AssumeRolePolicyDocument"] = IAMWorld.trust }
        return try await world.send("Create\(kind)", parameters)
    }

    @Test(arguments: ["Role", "User"])
    func itIsPutShownCountedAndDeleted(kind: String) async throws {
        let world = try IAMWorld()
        let policy = try await world.createPolicy("limit")
        let name = ["\(kind)Name": "x"]
        let made = try await create(kind, "x", policy, in: world)
        #expect(made["PermissionsBoundaryArn"] == policy)
        #expect(made["PermissionsBoundaryType"] == "Policy")
        #expect(try await world.send("Get\(kind)", name)["PermissionsBoundaryArn"] == policy)
        #expect(!(try await world.send("List\(kind)s")).text.contains("PermissionsBoundary"))
        let used = try await world.send("GetPolicy", ["PolicyArn": policy])
        #expect(used["PermissionsBoundaryUsageCount"] == "1")
        #expect(used["AttachmentCount"] == "0")
        #expect(try await world.refusal("DeletePolicy", ["PolicyArn": policy]) == "409 DeleteConflict")
        let entities = try await world.send("ListEntitiesForPolicy", ["PolicyArn": policy])
        #expect(entities.all("\(kind)Name") == ["x"])
        let attached = ["PolicyArn": policy, "PolicyUsageFilter": "PermissionsPolicy"]
        #expect(try await world.send("ListEntitiesForPolicy", attached).all("\(kind)Name") == [])
        for (usage, found) in [("PermissionsBoundary", ["limit"]), ("PermissionsPolicy", [])] {
            #expect(try await world.send("ListPolicies", ["PolicyUsageFilter": usage]).all("PolicyName") == found)
        }

        let put = "Put\(kind)PermissionsBoundary"
        #expect(try await world.send(put, name.merging(["PermissionsBoundary": Self.aws]) { $1 }).status == 200)
        #expect(try await world.send("Get\(kind)", name)["PermissionsBoundaryArn"] == Self.aws)
        #expect(try await world.send("GetPolicy", ["PolicyArn": policy])["PermissionsBoundaryUsageCount"] == "0")
        for _ in 1...2 {
            #expect(try await world.send("Delete\(kind)PermissionsBoundary", name).status == 200)
            #expect(try await world.send("Get\(kind)", name)["PermissionsBoundaryArn"] == nil)
        }
        #expect(try await world.send(put, name.merging(["PermissionsBoundary": policy]) { $1 }).status == 200)
        #expect(try await world.send("Delete\(kind)", name).status == 200)
        #expect(try await world.send("DeletePolicy", ["PolicyArn": policy]).status == 200)
        #expect(try await world.keys() == [])
    }

    @Test(
        arguments: ["Role", "User"],
        [
            ("arn:aws:iam::123456789012:policy/none", "404 NoSuchEntity"),
            ("arn:aws:iam::210987654321:policy/limit", "404 NoSuchEntity"),
            ("arn:aws:iam::123456789012:role/limit", "400 InvalidInput"), ("short", "400 ValidationError"),
        ])
    func whatIsNoPolicyIsRefused(kind: String, row: (arn: String, refusal: String)) async throws {
        let world = try IAMWorld()
        _ = try await world.createPolicy("limit")
        let reply = try await create(kind, "x", row.arn, in: world)
        #expect("\(reply.status) \(reply["Code"] ?? "")" == row.refusal)
        _ = try await create(kind, "x", nil, in: world)
        #expect(
            try await world.refusal(
                "Put\(kind)PermissionsBoundary", ["\(kind)Name": "x", "PermissionsBoundary": row.arn]) == row.refusal)
    }

    @Test func aRenamedUserKeepsIt() async throws {
        let world = try IAMWorld()
        let policy = try await world.createPolicy("limit")
        _ = try await create("User", "ann", policy, in: world)
        _ = try await world.send("UpdateUser", ["UserName": "ann", "NewUserName": "anna"])
        #expect(try await world.send("ListEntitiesForPolicy", ["PolicyArn": policy]).all("UserName") == ["anna"])
        #expect(try await world.send("DeleteUser", ["UserName": "anna"]).status == 200)
        #expect(try await world.send("DeletePolicy", ["PolicyArn": policy]).status == 200)
    }

    @Test func theDefaultVersionIsChosen() async throws {
        let world = try IAMWorld()
        let policy = try await world.createPolicy("p")
        _ = try await world.send("CreatePolicyVersion", ["PolicyArn": policy, "PolicyDocument": IAMWorld.document])
        let set = ["PolicyArn": policy, "VersionId": "v2"]
        #expect(try await world.send("SetDefaultPolicyVersion", set).status == 200)
        #expect(try await world.send("GetPolicy", ["PolicyArn": policy])["DefaultVersionId"] == "v2")
        #expect(
            try await world.refusal("SetDefaultPolicyVersion", ["PolicyArn": policy, "VersionId": "v3"])
                == "404 NoSuchEntity")
    }

    /// Credentials of GetSessionToken are none for this API, those of a role are.
    @Test func sessionsOfUsersAndTheRootUserMayNotCall() async throws {
        let world = try IAMWorld()
        let account = try #require(AccountID(IAMWorld.account))
        for subject in [SessionClaims.Subject.root(account: account), .user(account: account, id: "AIDA1")] {
            let reply = try await world.send("ListUsers", session: subject)
            #expect(reply.status == 403)
            #expect(reply["Code"] == "InvalidClientTokenId")
        }
        let role = SessionClaims.Subject.role(account: account, name: "r", id: "AROA1", session: "s")
        #expect(try await world.send("ListUsers", session: role).status == 200)
    }
}
