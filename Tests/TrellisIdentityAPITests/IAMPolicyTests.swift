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

    static let malformed: [(String, PolicyDocumentKind, String)] = [
        ("{", .identity, "This policy contains invalid Json"),
        ("[]", .identity, "Syntax errors in policy."),
        ("{}", .trust, "Missing required field Statement"),
        (#"{"Statement":[]}"#, .trust, "Syntax errors in policy."),
        (#"{"Statement":["x"]}"#, .trust, "Syntax errors in policy."),
        (#"{"Version":"2020-01-01","Statement":[]}"#, .trust, "Syntax errors in policy."),
        (#"{"Statement":{},"Extra":1}"#, .trust, "Unknown field Extra"),
        (#"{"Statement":{"Action":"*"}}"#, .trust, "Missing required field Effect"),
        (
            #"{"Statement":{"Effect":"allow","Action":"*"}}"#, .trust,
            "Invalid effect: the effect must be Allow or Deny"
        ),
        (#"{"Statement":{"Effect":"Allow","Principal":"*"}}"#, .trust, "Missing required field Action"),
        (#"{"Statement":{"Effect":"Allow","Action":"a:b"}}"#, .trust, "Missing required field Principal"),
        (
            #"{"Statement":{"Effect":"Allow","Action":"a:b","Principal":"*","Resource":"*"}}"#, .trust,
            "Has prohibited field Resource"
        ),
        (#"{"Statement":{"Effect":"Allow","Action":"a:b"}}"#, .identity, "Missing required field Resource"),
        (
            #"{"Statement":{"Effect":"Allow","Action":"a:b","Principal":"*","Resource":"*"}}"#, .identity,
            "Has prohibited field Principal"
        ),
        (
            #"{"Statement":{"Effect":"Allow","Action":"a:b","NotAction":"c:d","Resource":"*"}}"#, .identity,
            "Syntax errors in policy."
        ),
        (#"{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}"#, .identity, "Syntax errors in policy."),
        (#"{"Statement":{"Effect":"Allow","Action":[1],"Resource":"*"}}"#, .identity, "Syntax errors in policy."),
        (
            #"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":[]}}"#, .identity,
            "Syntax errors in policy."
        ),
        (#"{"Statement":{"Effect":"Allow","Action":"*","Principal":"me"}}"#, .trust, "Syntax errors in policy."),
        (#"{"Statement":{"Effect":"Allow","Action":"*","Principal":{"AWS":[]}}}"#, .trust, "Syntax errors in policy."),
    ]

    @Test(arguments: malformed)
    func malformedDocumentsAreRefused(_ document: String, _ kind: PolicyDocumentKind, _ message: String) async throws {
        let world = try IAMWorld()
        try await world.createRole()
        let parameters = ["RoleName": "role", "PolicyName": "p", "PolicyDocument": document]
        let action = kind == .trust ? "UpdateAssumeRolePolicy" : "PutRolePolicy"
        let reply = try await world.send(action, parameters)
        #expect(reply.status == 400)
        #expect(reply["Code"] == "MalformedPolicyDocument")
        #expect(reply["Message"] == message)
    }

    @Test func sizesAreCountedWithoutWhiteSpace() async throws {
        let world = try IAMWorld()
        try await world.createRole()
        func document(_ size: Int) -> String {
            let frame = #"{"Statement":{"Effect":"Allow","Action":"","Resource":"*"}}"#
            return frame.replacing(#""""#, with: "\"" + String(repeating: "a", count: size - frame.count) + "\" \n\t")
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
