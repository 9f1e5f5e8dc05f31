import Testing
import TrellisAPI

@testable import TrellisIdentityAPI

@Suite struct IAMPolicyTests {
    @Test func createdPolicyIsReadBack() async throws {
        let world = try IAMWorld()
        let created = try await world.send(
            "CreatePolicy",
            [
                "PolicyName": "Read", "Path": "/team/", "PolicyDocument": IAMWorld.document, "Description": "reads",
                "Tags.member.1.Key": "a", "Tags.member.1.Value": "b",
            ])
        let arn = try #require(created["Arn"])
        #expect(arn == "arn:aws:iam::123456789012:policy/team/Read")
        #expect(created["PolicyId"]?.hasPrefix("ANPA") == true)
        #expect(created["DefaultVersionId"] == "v1")
        #expect(created["IsAttachable"] == "true")
        #expect(try await world.send("GetPolicy", ["PolicyArn": arn])["Policy"] == created["Policy"])
        let version = try await world.send("GetPolicyVersion", ["PolicyArn": arn, "VersionId": "v1"])
        #expect(percentDecoded(version["Document"] ?? "", plusIsSpace: false) == IAMWorld.document)
        #expect(version["IsDefaultVersion"] == "true")
        let again = try await world.send(
            "CreatePolicy", ["PolicyName": "read", "PolicyDocument": IAMWorld.document])
        #expect(again["Code"] == "EntityAlreadyExists")
        #expect(
            again["Message"] == "A policy called read already exists. Duplicate names are not allowed.")
    }

    @Test func policyHasAtMostFiveVersions() async throws {
        let world = try IAMWorld()
        let arn = try await world.createPolicy()
        for number in 2...5 {
            let isDefault = number == 3 ? "true" : "false"
            let created = try await world.send(
                "CreatePolicyVersion",
                ["PolicyArn": arn, "PolicyDocument": IAMWorld.document, "SetAsDefault": isDefault])
            #expect(created["VersionId"] == "v\(number)")
            #expect(created["IsDefaultVersion"] == isDefault)
        }
        let sixth = ["PolicyArn": arn, "PolicyDocument": IAMWorld.document]
        #expect(try await world.refusal("CreatePolicyVersion", sixth) == "409 LimitExceeded")
        #expect(try await world.send("GetPolicy", ["PolicyArn": arn])["DefaultVersionId"] == "v3")
        #expect(
            try await world.refusal("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": "v3"])
                == "409 DeleteConflict")
        #expect(try await world.refusal("DeletePolicy", ["PolicyArn": arn]) == "409 DeleteConflict")
        #expect(try await world.send("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": "v5"]).status == 200)
        // A number is never used again.
        #expect(try await world.send("CreatePolicyVersion", sixth)["VersionId"] == "v6")
        let listed = try await world.send("ListPolicyVersions", ["PolicyArn": arn])
        #expect(listed.all("VersionId") == ["v1", "v2", "v3", "v4", "v6"])
        for version in ["v1", "v2", "v4", "v6"] {
            #expect(
                try await world.send("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": version]).status == 200)
        }
        #expect(try await world.send("DeletePolicy", ["PolicyArn": arn]).status == 200)
        #expect(try await world.keys() == [])
    }

    @Test func policyTakesTags() async throws {
        let world = try IAMWorld()
        let arn = try await world.createPolicy()
        let tags = ["PolicyArn": arn, "Tags.member.1.Key": "a", "Tags.member.1.Value": "b"]
        #expect(try await world.send("TagPolicy", tags).status == 200)
        #expect(try await world.send("GetPolicy", ["PolicyArn": arn])["Tags"]?.contains("<Key>a</Key>") == true)
        #expect(try await world.send("ListPolicyTags", ["PolicyArn": arn]).all("Value") == ["b"])
        #expect(
            try await world.send("UntagPolicy", ["PolicyArn": arn, "TagKeys.member.1": "a"]).status == 200)
        #expect(try await world.send("ListPolicyTags", ["PolicyArn": arn]).all("Value") == [])
    }

    @Test(arguments: ["GetPolicy", "DeletePolicy", "ListPolicyVersions", "ListPolicyTags", "TagPolicy"])
    func unknownPolicyIsNotFound(_ action: String) async throws {
        let world = try IAMWorld()
        _ = try await world.createPolicy("own")
        for arn in [
            "arn:aws:iam::123456789012:policy/none", "arn:aws:iam::123456789012:policy/path/own",
            "arn:aws:iam::444455556666:policy/own", "arn:aws:iam::aws:policy/AdministratorAccess",
        ] {
            let reply = try await world.send(action, ["PolicyArn": arn])
            #expect(reply["Code"] == "NoSuchEntity")
            #expect(reply["Message"] == "Policy \(arn) was not found.")
        }
    }

    @Test(arguments: [
        "arn:aws:iam::123456789012:role/own-role", "arn:aws:iam:us-east-1:123456789012:policy/own",
        "arn:aws:iam::123456789012:policy/", "arn:aws:iam::123456789012:policy//own",
        "arn:aws:iam::1:policy/own-policy",
        "arn:aws:s3::123456789012:policy/own", "not-an-arn-but-long-enough",
    ])
    func textThatIsNoPolicyARNIsInvalid(_ arn: String) async throws {
        #expect(try await IAMWorld().refusal("GetPolicy", ["PolicyArn": arn]) == "400 InvalidInput")
    }

    /// Documents, whether they are of identities, and the message.
    static let malformed: [(String, isIdentity: Bool, String)] = [
        ("{", true, "Syntax error in policy: "), ("[]", true, "Syntax error in policy: expected an object"),
        ("{}", false, "Missing required field Statement"),
        (#"{"Statement":[]}"#, false, "The policy must have at least one statement"),
        (#"{"Statement":{},"Extra":1}"#, false, "Has unknown field Extra"),
        (#"{"Statement":{"Action":"*"}}"#, false, "Missing required field Effect"),
        (#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}"#, false, "Missing required field Principal"),
        (
            #"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}}"#, false,
            "Has prohibited field Resource"
        ),
        (
            #"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Principal":"*"}}"#, false,
            "Invalid action: s3:GetObject"
        ),
        (#"{"Statement":{"Effect":"Allow","Action":"a:b"}}"#, true, "Policy statement must contain resources."),
        (
            #"{"Statement":{"Effect":"Allow","Action":"a:b","Principal":"*","Resource":"*"}}"#, true,
            "Has prohibited field Principal"
        ),
        (#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"bucket"}}"#, true, ""),
        (
            #"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Like":{"a:b":"c"}}}}"#, true,
            "Invalid Condition type : Like."
        ),
        (IAMWorld.trust, true, ""), (IAMWorld.document, false, ""),
    ]

    @Test(arguments: malformed)
    func malformedDocumentsAreRefused(_ document: String, isIdentity: Bool, _ message: String) async throws {
        let world = try IAMWorld()
        try await world.createRole()
        let parameters = ["RoleName": "role", "PolicyName": "p", "PolicyDocument": document]
        let action = isIdentity ? "PutRolePolicy" : "UpdateAssumeRolePolicy"
        let reply = try await world.send(action, parameters)
        #expect(reply.status == 400)
        #expect(reply["Code"] == "MalformedPolicyDocument")
        #expect(reply["Message"]?.hasPrefix(message) == true, "\(reply.text)")
    }

    @Test func sizesAreCountedWithoutWhiteSpace() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        func document(_ size: Int) -> String {
            let frame = #"{"Statement":{"Effect":"Allow","Action":"","Resource":"*"}}"#
            let action = "s3:" + String(repeating: "a", count: size - frame.count - 3)
            return frame.replacing(#""""#, with: "\"\(action)\" \n\t")
        }
        let put = ["RoleName": "role", "PolicyName": "one"]
        #expect(
            try await world.send("PutRolePolicy", put.merging(["PolicyDocument": document(10_240)]) { $1 }).status
                == 200)
        let large = try await world.send("PutRolePolicy", put.merging(["PolicyDocument": document(10_241)]) { $1 })
        #expect(large["Code"] == "LimitExceeded")
        #expect(large["Message"] == "Maximum policy size of 10240 bytes exceeded for role role")
        // All inline policies count together.
        let second = ["RoleName": "role", "PolicyName": "two", "PolicyDocument": IAMWorld.document]
        #expect(try await world.refusal("PutRolePolicy", second) == "409 LimitExceeded")
        let managed = ["PolicyName": "managed", "PolicyDocument": document(6145)]
        #expect(try await world.refusal("CreatePolicy", managed) == "409 LimitExceeded")
        let trust = IAMWorld.trust.replacing("lambda", with: String(repeating: "l", count: 2048))
        let role = ["RoleName": "role", "PolicyDocument": trust]
        #expect(try await world.refusal("UpdateAssumeRolePolicy", role) == "409 LimitExceeded")
    }
}
