import Testing
import TrellisModel

@testable import TrellisIdentityAPI

@Suite struct IAMGroupTests {
    private func world(users: String..., groups: String...) async throws -> IAMWorld {
        let world = try IAMWorld()
        for name in users { try await expect(world, "CreateUser", ["UserName": name]) }
        for name in groups { try await expect(world, "CreateGroup", ["GroupName": name]) }
        return world
    }

    @discardableResult
    private func expect(_ world: IAMWorld, _ action: String, _ parameters: [String: String]) async throws -> XMLReply {
        let reply = try await world.send(action, parameters)
        try #require(reply.status == 200, "\(action): \(reply.text)")
        return reply
    }

    @Test func aGroupIsMadeReadListedAndDeleted() async throws {
        let world = try IAMWorld()
        let made = try await expect(world, "CreateGroup", ["GroupName": "Staff", "Path": "/team/"])
        #expect(made["Arn"] == "arn:aws:iam::123456789012:group/team/Staff")
        #expect(made["GroupId"]?.hasPrefix("AGPA") == true)
        let read = try await expect(world, "GetGroup", ["GroupName": "staff"])
        #expect(read["Group"] == made["Group"])
        #expect(read["Users"] == "")
        #expect(read["IsTruncated"] == "false")
        #expect(try await world.refusal("CreateGroup", ["GroupName": "STAFF"]) == "409 EntityAlreadyExists")
        try await expect(world, "CreateGroup", ["GroupName": "Other"])
        #expect(try await world.send("ListGroups").all("GroupName") == ["Other", "Staff"])
        #expect(try await world.send("ListGroups", ["PathPrefix": "/team"]).all("GroupName") == ["Staff"])
        for name in ["Staff", "Other"] { try await expect(world, "DeleteGroup", ["GroupName": name]) }
        #expect(try await world.refusal("GetGroup", ["GroupName": "Staff"]) == "404 NoSuchEntity")
        #expect(try await world.keys() == [])
    }

    @Test func usersJoinAndLeave() async throws {
        let world = try await world(users: "ann", "bob", groups: "staff", "night")
        for user in ["bob", "ann", "ann"] {
            try await expect(world, "AddUserToGroup", ["GroupName": "Staff", "UserName": user])
        }
        try await expect(world, "AddUserToGroup", ["GroupName": "night", "UserName": "ann"])
        #expect(try await world.send("GetGroup", ["GroupName": "staff"]).all("UserName") == ["ann", "bob"])
        let first = try await expect(world, "GetGroup", ["GroupName": "staff", "MaxItems": "1"])
        #expect(first.all("UserName") == ["ann"])
        let marker = try #require(first["Marker"])
        #expect(try await world.send("GetGroup", ["GroupName": "staff", "Marker": marker]).all("UserName") == ["bob"])
        #expect(try await world.send("ListGroupsForUser", ["UserName": "ann"]).all("GroupName") == ["night", "staff"])
        for (action, member) in [
            ("AddUserToGroup", ["GroupName": "none", "UserName": "ann"]),
            ("AddUserToGroup", ["GroupName": "staff", "UserName": "none"]),
            ("RemoveUserFromGroup", ["GroupName": "night", "UserName": "bob"]),
        ] { #expect(try await world.refusal(action, member) == "404 NoSuchEntity") }
        #expect(try await world.refusal("AddUserToGroup", ["GroupName": "staff"]) == "400 ValidationError")
        // Neither goes while they belong together.
        #expect(try await world.refusal("DeleteGroup", ["GroupName": "night"]) == "409 DeleteConflict")
        #expect(try await world.refusal("DeleteUser", ["UserName": "bob"]) == "409 DeleteConflict")
        for (group, user) in [("staff", "ann"), ("staff", "bob"), ("night", "ann")] {
            try await expect(world, "RemoveUserFromGroup", ["GroupName": group, "UserName": user])
        }
        for name in ["ann", "bob"] { try await expect(world, "DeleteUser", ["UserName": name]) }
        for name in ["staff", "night"] { try await expect(world, "DeleteGroup", ["GroupName": name]) }
        #expect(try await world.keys() == [])
    }

    @Test func namesChangeAndMembersStay() async throws {
        let world = try await world(users: "ann", groups: "staff", "taken")
        let policy = try await world.createPolicy()
        try await expect(world, "AddUserToGroup", ["GroupName": "staff", "UserName": "ann"])
        try await expect(world, "AttachGroupPolicy", ["GroupName": "staff", "PolicyArn": policy])
        try await expect(world, "UpdateUser", ["UserName": "ann", "NewUserName": "anna"])
        try await expect(
            world, "UpdateGroup", ["GroupName": "staff", "NewGroupName": "crew", "NewPath": "/new/"])
        let group = try await expect(world, "GetGroup", ["GroupName": "crew"])
        #expect(group["Arn"] == "arn:aws:iam::123456789012:group/new/crew")
        #expect(group.all("UserName") == ["anna"])
        #expect(try await world.send("ListGroupsForUser", ["UserName": "anna"]).all("GroupName") == ["crew"])
        #expect(try await world.refusal("DeletePolicy", ["PolicyArn": policy]) == "409 DeleteConflict")
        #expect(
            try await world.send("ListEntitiesForPolicy", ["PolicyArn": policy]).all("GroupName") == ["crew"])
        #expect(
            try await world.refusal("UpdateGroup", ["GroupName": "crew", "NewGroupName": "Taken"])
                == "409 EntityAlreadyExists")
        #expect(try await world.refusal("UpdateGroup", ["GroupName": "none"]) == "404 NoSuchEntity")
    }

    @Test func groupsHavePoliciesAndNoTags() async throws {
        let world = try await world(groups: "staff")
        let own = ["GroupName": "staff", "PolicyName": "own"]
        try await expect(world, "PutGroupPolicy", own.merging(["PolicyDocument": IAMWorld.document]) { $1 })
        #expect(try await world.send("ListGroupPolicies", ["GroupName": "staff"]).all("member") == ["own"])
        #expect(try await world.send("GetGroupPolicy", own)["PolicyName"] == "own")
        #expect(try await world.refusal("DeleteGroup", ["GroupName": "staff"]) == "409 DeleteConflict")
        let large = IAMWorld.document.replacing(
            #""Resource":"*""#, with: #""Resource":"arn:aws:s3:::\#(String(repeating: "x", count: 5120))""#)
        #expect(
            try await world.refusal(
                "PutGroupPolicy", ["GroupName": "staff", "PolicyName": "large", "PolicyDocument": large])
                == "409 LimitExceeded")
        try await expect(world, "DeleteGroupPolicy", own)
        let tag = ["GroupName": "staff", "Tags.member.1.Key": "a", "Tags.member.1.Value": "b"]
        #expect(try await world.refusal("TagGroup", tag) == "400 InvalidAction")
        try await expect(world, "DeleteGroup", ["GroupName": "staff"])
    }

    @Test func aUserBelongsToTenGroups() async throws {
        let world = try await world(users: "ann")
        for number in 1...11 {
            try await expect(world, "CreateGroup", ["GroupName": "group\(number)"])
            let reply = try await world.send("AddUserToGroup", ["GroupName": "group\(number)", "UserName": "ann"])
            #expect(reply["Code"] == (number > 10 ? "LimitExceeded" : nil))
        }
    }

    @Test(arguments: MFAActions.all.map { $0.name })
    func devicesAreRefusedInWords(action: String) async throws {
        let reply = try await IAMWorld().send(action, ["UserName": "ann", "SerialNumber": "arn:aws:iam::1:mfa/x"])
        guard action != "ListVirtualMFADevices" else { return #expect(reply["VirtualMFADevices"] == "") }
        #expect(reply.status == 400)
        #expect(reply["Code"] == "InvalidInput")
        #expect(reply["Message"] == "This Trellis does not support MFA devices.")
    }
}
