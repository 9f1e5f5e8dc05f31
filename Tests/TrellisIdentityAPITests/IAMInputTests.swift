import Testing

@testable import TrellisIdentityAPI

@Suite struct IAMInputTests {
    private static let long = String(repeating: "a", count: 2049)

    static let bad: [(String, [String: String], String)] = [
        ("GetRole", [:], "roleName"), ("GetRole", ["RoleName": ""], "roleName"),
        ("GetRole", ["RoleName": "a/b"], "roleName"), ("GetRole", ["RoleName": "a b"], "roleName"),
        ("GetRole", ["RoleName": "ä"], "roleName"), ("GetRole", ["RoleName": String(long.prefix(65))], "roleName"),
        ("CreateRole", ["RoleName": "r"], "assumeRolePolicyDocument"),
        ("CreateRole", ["Path": "a"], "path"), ("CreateRole", ["Path": "//"], "path"),
        ("CreateRole", ["Path": "/a"], "path"), ("CreateRole", ["Path": "/ä/"], "path"),
        ("CreateRole", ["Description": String(long.prefix(1001))], "description"),
        ("CreateRole", ["Description": "\u{7F}"], "description"),
        ("CreateRole", ["MaxSessionDuration": "3599"], "maxSessionDuration"),
        ("CreateRole", ["MaxSessionDuration": "43201"], "maxSessionDuration"),
        ("CreateRole", ["MaxSessionDuration": "x"], "maxSessionDuration"),
        ("CreateRole", ["Tags.member.1.Value": "v"], "tags.1.member.key"),
        ("CreateRole", ["Tags.member.1.Key": "k"], "tags.1.member.value"),
        ("CreateRole", ["Tags.member.1.Key": "k!", "Tags.member.1.Value": "v"], "tags.1.member.key"),
        (
            "CreateRole", ["Tags.member.1.Key": "k", "Tags.member.1.Value": String(long.prefix(257))],
            "tags.1.member.value"
        ),
        ("UntagRole", ["RoleName": "r", "TagKeys.member.1": ""], "tagKeys.1.member"),
        ("ListRoles", ["PathPrefix": "a"], "pathPrefix"), ("ListRoles", ["MaxItems": "0"], "maxItems"),
        ("ListRoles", ["MaxItems": "1001"], "maxItems"), ("ListRoles", ["Marker": "zzz"], "marker"),
        ("PutRolePolicy", ["RoleName": "r", "PolicyName": "p/", "PolicyDocument": "{}"], "policyName"),
        ("PutRolePolicy", ["RoleName": "r", "PolicyName": "p", "PolicyDocument": "\u{1}"], "policyDocument"),
        ("PutRolePolicy", ["RoleName": "r", "PolicyName": "p", "PolicyDocument": "\u{100}"], "policyDocument"),
        ("AttachRolePolicy", ["RoleName": "r", "PolicyArn": "short"], "policyArn"),
        ("AttachRolePolicy", ["RoleName": "r", "PolicyArn": long], "policyArn"),
        ("CreatePolicy", ["PolicyName": "p", "PolicyDocument": "{}", "Path": "/a//"], "path"),
        ("CreatePolicy", ["PolicyName": "p", "PolicyDocument": "{}", "Path": "/!/"], "path"),
        (
            "GetPolicyVersion", ["PolicyArn": "arn:aws:iam::123456789012:policy/p", "VersionId": "v0"],
            "versionId"
        ),
        (
            "CreatePolicyVersion",
            [
                "PolicyArn": "arn:aws:iam::123456789012:policy/p", "PolicyDocument": "{}", "SetAsDefault": "yes",
            ], "setAsDefault"
        ),
    ]

    @Test(arguments: bad)
    func wrongParameterIsNamed(_ action: String, _ parameters: [String: String], _ field: String) async throws {
        let world = try IAMWorld()
        let reply = try await world.send(action, parameters)
        #expect(reply.status == 400)
        #expect(reply["Code"] == "ValidationError")
        #expect(reply["Message"]?.contains("at &apos;\(field)&apos; failed to satisfy constraint") == true)
        #expect(try await world.keys() == [])
    }

    @Test func everyProblemIsCounted() async throws {
        let reply = try await IAMWorld().send("CreateRole")
        #expect(
            reply["Message"]
                == "2 validation errors detected: Value null at &apos;roleName&apos; failed to satisfy constraint: "
                + "Member must not be null; Value null at &apos;assumeRolePolicyDocument&apos; failed to satisfy "
                + "constraint: Member must not be null")
    }

    @Test(arguments: [
        ("CreateLoginProfile", "2010-05-08"), ("Nothing", "2010-05-08"), ("GetRole", "2011-06-15"),
        ("getRole", "2010-05-08"),
    ])
    func otherActionsAreUnknown(_ action: String, _ version: String) async throws {
        let reply = try await IAMWorld().send(action, ["Version": version])
        #expect(reply.status == 400)
        #expect(reply["Code"] == "InvalidAction")
        #expect(reply["Message"] == "Could not find operation \(action) for version \(version)")
    }
}
