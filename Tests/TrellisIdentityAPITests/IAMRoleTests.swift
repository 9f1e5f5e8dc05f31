import Testing
import TrellisAPI

@testable import TrellisIdentityAPI

@Suite struct IAMRoleTests {
    @Test func createdRoleIsReadBackInEveryRegion() async throws {
        let world = try IAMWorld()
        let created = try await world.send(
            "CreateRole",
            [
                "RoleName": "Orders", "Path": "/team/", "AssumeRolePolicyDocument": IAMWorld.trust,
                "Description": "Serves <orders>", "MaxSessionDuration": "7200", "Tags.member.1.Key": "team",
                "Tags.member.1.Value": "a b", "Tags.member.2.Key": "Stage", "Tags.member.2.Value": "",
            ])
        #expect(created.status == 200)
        #expect(
            created.text.hasPrefix(
                "<CreateRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateRoleResult><Role>"))
        #expect(created["Arn"] == "arn:aws:iam::123456789012:role/team/Orders")
        let id = try #require(created["RoleId"])
        #expect(id.hasPrefix("AROA"))
        #expect(id.count == 21)
        #expect(created["CreateDate"] == "2023-11-14T22:13:20Z")
        #expect(created["MaxSessionDuration"] == "7200")
        #expect(created["Description"] == "Serves &lt;orders&gt;")
        // RFC 3986: everything but letters, digits and -._~ is escaped.
        let document = try #require(created["AssumeRolePolicyDocument"])
        #expect(document.hasPrefix("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B"))
        #expect(percentDecoded(document, plusIsSpace: false) == IAMWorld.trust)

        let read = try await world.send("GetRole", ["RoleName": "Orders"], region: "eu-west-3")
        #expect(read["Role"] == created["Role"])
        let tags = try await world.send("ListRoleTags", ["RoleName": "Orders"])
        #expect(tags.all("Key") == ["team", "Stage"])
        #expect(tags["IsTruncated"] == "false")
        // Another account has roles of its own.
        #expect(try await world.send("GetRole", ["RoleName": "Orders"], account: "444455556666").status == 404)
    }

    @Test func nameIsUniqueWithoutCase() async throws {
        let world = try IAMWorld()
        try await world.createRole("Orders")
        let again = try await world.send(
            "CreateRole", ["RoleName": "orders", "AssumeRolePolicyDocument": IAMWorld.trust])
        #expect(again.status == 409)
        #expect(again["Code"] == "EntityAlreadyExists")
        #expect(again["Message"] == "Role with name orders already exists.")
        #expect(again["Type"] == "Sender")
        #expect(try await world.send("DeleteRole", ["RoleName": "Orders"]).status == 200)
        #expect(try await world.keys() == [])
        try await world.createRole("orders")
    }

    @Test func rolesAreChangedInPlace() async throws {
        let world = try IAMWorld()
        try await world.createRole("role", ["Description": "old"])
        let updated = try await world.send("UpdateRole", ["RoleName": "role", "MaxSessionDuration": "43200"])
        #expect(updated.text.contains("<UpdateRoleResult></UpdateRoleResult>"))
        var role = try await world.send("GetRole", ["RoleName": "role"])
        #expect(role["MaxSessionDuration"] == "43200")
        #expect(role["Description"] == "old")
        let described = try await world.send("UpdateRoleDescription", ["RoleName": "role", "Description": "new"])
        #expect(described["Description"] == "new")
        let trust = IAMWorld.trust.replacing("lambda", with: "vpc-lattice")
        let changed = try await world.send(
            "UpdateAssumeRolePolicy", ["RoleName": "role", "PolicyDocument": trust])
        #expect(!changed.text.contains("Result>"))
        role = try await world.send("GetRole", ["RoleName": "role"])
        #expect(percentDecoded(role["AssumeRolePolicyDocument"] ?? "", plusIsSpace: false) == trust)
    }

    @Test func rolesAreListedByNameAndPath() async throws {
        let world = try IAMWorld()
        for (name, path) in [("delta", "/a/"), ("Alpha", "/"), ("charlie", "/a/b/"), ("bravo", "/ab/")] {
            try await world.createRole(name, ["Path": path])
        }
        #expect(try await world.send("ListRoles").all("RoleName") == ["Alpha", "bravo", "charlie", "delta"])
        let below = try await world.send("ListRoles", ["PathPrefix": "/a/"])
        #expect(below.all("RoleName") == ["charlie", "delta"])
        let first = try await world.send("ListRoles", ["MaxItems": "3"])
        #expect(first.all("RoleName") == ["Alpha", "bravo", "charlie"])
        #expect(first["IsTruncated"] == "true")
        let rest = try await world.send("ListRoles", ["Marker": try #require(first["Marker"])])
        #expect(rest.all("RoleName") == ["delta"])
        #expect(rest["Marker"] == nil)
    }

    @Test func inlinePoliciesHoldARoleBack() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        let document = IAMWorld.document + "\n"
        let put = ["RoleName": "role", "PolicyName": "inline", "PolicyDocument": document]
        #expect(try await world.send("PutRolePolicy", put).status == 200)
        let read = try await world.send("GetRolePolicy", ["RoleName": "role", "PolicyName": "inline"])
        #expect(percentDecoded(read["PolicyDocument"] ?? "", plusIsSpace: false) == document)
        #expect(read["RoleName"] == "role")
        #expect(
            try await world.send("ListRolePolicies", ["RoleName": "role"]).all("member") == ["inline"])
        let refused = try await world.send("DeleteRole", ["RoleName": "role"])
        #expect(refused.status == 409)
        #expect(refused["Code"] == "DeleteConflict")
        #expect(refused["Message"] == "Cannot delete entity, must delete policies first.")
        let delete = ["RoleName": "role", "PolicyName": "inline"]
        #expect(try await world.send("DeleteRolePolicy", delete).status == 200)
        #expect(try await world.refusal("DeleteRolePolicy", delete) == "404 NoSuchEntity")
        #expect(try await world.refusal("GetRolePolicy", delete) == "404 NoSuchEntity")
        #expect(try await world.send("DeleteRole", ["RoleName": "role"]).status == 200)
    }

    @Test func attachedPoliciesHoldRoleAndPolicyBack() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        let own = try await world.createPolicy("own", ["Path": "/team/"])
        let ofAWS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        for arn in [own, ofAWS, own] {
            #expect(try await world.send("AttachRolePolicy", ["RoleName": "role", "PolicyArn": arn]).status == 200)
        }
        let attached = try await world.send("ListAttachedRolePolicies", ["RoleName": "role"])
        #expect(Set(attached.all("PolicyArn")) == [own, ofAWS])
        #expect(Set(attached.all("PolicyName")) == ["own", "AWSLambdaBasicExecutionRole"])
        let below = try await world.send("ListAttachedRolePolicies", ["RoleName": "role", "PathPrefix": "/team/"])
        #expect(below.all("PolicyArn") == [own])
        #expect(try await world.send("GetPolicy", ["PolicyArn": own])["AttachmentCount"] == "1")
        let role = try await world.send("DeleteRole", ["RoleName": "role"])
        #expect(role["Message"] == "Cannot delete entity, must detach all policies first.")
        #expect(try await world.refusal("DeletePolicy", ["PolicyArn": own]) == "409 DeleteConflict")
        for arn in [own, ofAWS] {
            let detach = ["RoleName": "role", "PolicyArn": arn]
            #expect(try await world.send("DetachRolePolicy", detach).status == 200)
            #expect(try await world.refusal("DetachRolePolicy", detach) == "404 NoSuchEntity")
        }
        #expect(try await world.send("GetPolicy", ["PolicyArn": own])["AttachmentCount"] == "0")
        #expect(try await world.send("DeletePolicy", ["PolicyArn": own]).status == 200)
        #expect(try await world.send("DeleteRole", ["RoleName": "role"]).status == 200)
        #expect(try await world.keys() == [])
    }

    @Test func tenManagedPoliciesFit() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        for number in 1...10 {
            let arn = "arn:aws:iam::aws:policy/Policy\(number)"
            #expect(try await world.send("AttachRolePolicy", ["RoleName": "role", "PolicyArn": arn]).status == 200)
        }
        let last = try await world.send(
            "AttachRolePolicy", ["RoleName": "role", "PolicyArn": "arn:aws:iam::aws:policy/Policy11"])
        #expect(last["Code"] == "LimitExceeded")
        #expect(last["Message"] == "Cannot exceed quota for PoliciesPerRole: 10")
    }

    @Test(arguments: [
        "arn:aws:iam::123456789012:policy/none", "arn:aws:iam::444455556666:policy/theirs",
        "arn:aws:iam::123456789012:policy/other/own",
    ])
    func policiesThatAreNotThereCannotBeAttached(_ arn: String) async throws {
        let world = try IAMWorld()
        try await world.createRole()
        _ = try await world.createPolicy("own")
        let reply = try await world.send("AttachRolePolicy", ["RoleName": "role", "PolicyArn": arn])
        #expect(reply["Code"] == "NoSuchEntity")
        #expect(reply["Message"] == "Policy \(arn) does not exist or is not attachable.")
    }

    @Test func tagsAreComparedWithoutCase() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        let tags = ["Tags.member.1.Key": "Team", "Tags.member.1.Value": "a"]
        #expect(try await world.send("TagRole", tags.merging(["RoleName": "role"]) { $1 }).status == 200)
        let again = ["RoleName": "role", "Tags.member.1.Key": "team", "Tags.member.1.Value": "b"]
        #expect(try await world.send("TagRole", again).status == 200)
        let listed = try await world.send("GetRole", ["RoleName": "role"])
        #expect(listed.all("Key") == ["team"])
        #expect(listed.all("Value") == ["b"])
        let twice = [
            "RoleName": "role", "Tags.member.1.Key": "x", "Tags.member.1.Value": "", "Tags.member.2.Key": "X",
            "Tags.member.2.Value": "",
        ]
        #expect(try await world.refusal("TagRole", twice) == "400 InvalidInput")
        let removal = ["RoleName": "role", "TagKeys.member.1": "TEAM", "TagKeys.member.2": "none"]
        #expect(try await world.send("UntagRole", removal).status == 200)
        #expect(try await world.send("ListRoleTags", ["RoleName": "role"]).all("Key") == [])
    }

    @Test func fiftyTagsFit() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        var fifty = ["RoleName": "role"]
        for number in 1...50 {
            fifty["Tags.member.\(number).Key"] = "k\(number)"
            fifty["Tags.member.\(number).Value"] = "v"
        }
        #expect(try await world.send("TagRole", fifty).status == 200)
        let one = ["RoleName": "role", "Tags.member.1.Key": "more", "Tags.member.1.Value": "v"]
        #expect(try await world.refusal("TagRole", one) == "409 LimitExceeded")
        var pages: [String] = []
        var marker: [String: String] = [:]
        repeat {
            let page = try await world.send(
                "ListRoleTags", ["RoleName": "role", "MaxItems": "20"].merging(marker) { $1 })
            pages += page.all("Key")
            marker = page["Marker"].map { ["Marker": $0] } ?? [:]
        } while !marker.isEmpty && pages.count < 100
        #expect(pages == (1...50).map { "k\($0)" })
    }

    @Test func thereAreNoInstanceProfiles() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        let reply = try await world.send("ListInstanceProfilesForRole", ["RoleName": "role"])
        #expect(reply["InstanceProfiles"] == "")
        #expect(reply["IsTruncated"] == "false")
    }

    @Test(arguments: [
        "GetRole", "DeleteRole", "UpdateRole", "ListRolePolicies", "ListAttachedRolePolicies", "ListRoleTags",
        "TagRole",
        "UntagRole", "ListInstanceProfilesForRole",
    ])
    func unknownRoleIsNotFound(_ action: String) async throws {
        let reply = try await IAMWorld().send(action, ["RoleName": "none"])
        #expect(reply.status == 404)
        #expect(reply["Code"] == "NoSuchEntity")
        #expect(reply["Message"] == "The role with name none cannot be found.")
    }
}
