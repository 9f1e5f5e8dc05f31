import Foundation
import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@Suite struct PermissionTests {
    private static let function = LambdaServer.arnPrefix + "f"

    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        _ = await server.send("POST", "/functions/f/aliases", .object(["Name": "live", "FunctionVersion": "1"]))
        return server
    }

    static func permission(_ sid: String = "s", _ more: [String: JSONValue] = [:]) -> JSONValue {
        var members: [String: JSONValue] = [
            "StatementId": .string(sid), "Action": "lambda:InvokeFunction", "Principal": "vpc-lattice.amazonaws.com",
        ]
        for (key, value) in more { members[key] = value == .null ? nil : value }
        return .object(members)
    }

    private static let targetGroup = "arn:aws:vpc-lattice:us-west-2:123456789012:targetgroup/tg-0123456789abcdef0"

    /// What AddPermission is given, and the part of the statement that it makes of it, letter for letter.
    static let statements: [([String: JSONValue], String)] = [
        (
            ["SourceArn": .string(targetGroup), "SourceAccount": "123456789012"],
            #""Principal":{"Service":"vpc-lattice.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"RESOURCE","#
                + #""Condition":{"ArnLike":{"AWS:SourceArn":"\#(targetGroup)"},"#
                + #""StringEquals":{"AWS:SourceAccount":"123456789012"}}}"#
        ),
        (
            ["Principal": "210987654321"],
            #""Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"lambda:InvokeFunction","Resource":"RESOURCE"}"#
        ),
        (
            ["Principal": "arn:aws:iam::123456789012:role/path/name", "Action": "lambda:*"],
            #""Principal":{"AWS":"arn:aws:iam::123456789012:role/path/name"},"Action":"lambda:*","Resource":"RESOURCE"}"#
        ),
        (
            ["Principal": "arn:aws:sts::123456789012:assumed-role/name/session", "Action": "*"],
            #""Principal":{"AWS":"arn:aws:sts::123456789012:assumed-role/name/session"},"Action":"*","#
                + #""Resource":"RESOURCE"}"#
        ),
        (
            ["Principal": "*", "PrincipalOrgID": "o-1234567890"],
            #""Principal":"*","Action":"lambda:InvokeFunction","Resource":"RESOURCE","#
                + #""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}}"#
        ),
        (
            [
                "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE",
                "InvokedViaFunctionUrl": true,
            ],
            #""Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"RESOURCE","#
                + #""Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"},"#
                + #""StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}"#
        ),
        (
            ["EventSourceToken": "amzn1.ask.skill.xx-xx", "SourceArn": "arn:aws:s3:::bucket"],
            #""Principal":{"Service":"vpc-lattice.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"RESOURCE","#
                + #""Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"},"#
                + #""StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.xx-xx"}}}"#
        ),
    ]

    @Test(arguments: statements, ["", ":1", ":live"])
    func writesTheStatement(_ statement: ([String: JSONValue], String), qualifier: String) async throws {
        let server = try await server()
        let expected =
            #"{"Sid":"s","Effect":"Allow","#
            + statement.1.replacingOccurrences(of: "RESOURCE", with: Self.function + qualifier)
        let added = await server.send("POST", "/functions/f\(qualifier)/policy", Self.permission("s", statement.0))
        #expect(added.status == 201)
        #expect(added.json == .object(["Statement": .string(expected)]))
        let read = await server.send("GET", "/functions/f\(qualifier)/policy")
        #expect(read.status == 200)
        #expect(
            read["Policy"] == .string(#"{"Version":"2012-10-17","Id":"default","Statement":[\#(expected)]}"#))
        #expect(read["RevisionId"]?.text?.utf8.count == 36)
    }

    @Test func policiesOfQualifiersAreSeparate() async throws {
        let server = try await server()
        for (sid, path) in [("a", "f/policy"), ("b", "f/policy?Qualifier=1"), ("a", "f/policy?Qualifier=live")] {
            #expect(await server.send("POST", "/functions/\(path)", Self.permission(sid)).status == 201)
        }
        func sids(_ path: String) async -> String? { await server.send("GET", "/functions/\(path)")["Policy"]?.text }
        #expect(await sids("f/policy")?.contains(#""Sid":"a""#) == true)
        #expect(await sids("f/policy?Qualifier=1")?.contains(#""Sid":"b""#) == true)
        #expect(await server.send("DELETE", "/functions/f/policy/a").status == 204)
        #expect(await sids("f/policy") == nil)
        #expect(await sids("f:live/policy")?.contains(#""Sid":"a""#) == true)
    }

    /// A policy and what it is attached to have one revision.
    @Test(arguments: ["", ":1", ":live"])
    func sharesTheRevisionOfItsSubject(_ qualifier: String) async throws {
        let server = try await server()
        let subjectPath = qualifier == ":live" ? "/functions/f/aliases/live" : "/functions/f\(qualifier)/configuration"
        func subject() async -> JSONValue? { await server.send("GET", subjectPath)["RevisionId"] }
        func policy() async -> JSONValue? { await server.send("GET", "/functions/f\(qualifier)/policy")["RevisionId"] }
        let before = try #require(await subject())
        let path = "/functions/f\(qualifier)/policy"
        let first = await server.send("POST", path, Self.permission("s", ["RevisionId": before]))
        #expect(first.status == 201)
        let after = try #require(await subject())
        #expect(after != before)
        #expect(await policy() == after)
        let stale = await server.send("POST", path, Self.permission("s2", ["RevisionId": before]))
        #expect(stale.status == 412)
        #expect(
            stale.json
                == .object([
                    "Type": "User",
                    "message":
                        "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
                ]))
        let staleRemoval = await server.send("DELETE", "\(path)/s?RevisionId=\(before.text ?? "")")
        #expect(staleRemoval.status == 412)
        #expect(await server.send("DELETE", "\(path)/s?RevisionId=\(after.text ?? "")").status == 204)
        #expect(await subject() != after)
    }

    static let sourcePattern =
        #"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)"#

    static func invalid(_ member: String, _ value: JSONValue, _ field: String, _ shown: String, _ constraint: String)
        -> Refusal
    {
        Refusal(
            permission("s", [member: value]), 400, "ValidationException",
            "1 validation error detected: Value \(shown) at '\(field)' failed to satisfy constraint: \(constraint)")
    }

    static let invalidPrincipals = [
        "principal", "12345", "vpc-lattice.example.com", ".amazonaws.com", "arn:aws:s3:::bucket",
        "arn:aws:iam::123456789012:group/g", "arn:aws:iam::12345:root", "arn:aws:iam::123456789012:role/", "**",
    ]

    static let refusals: [Refusal] =
        invalidPrincipals.map {
            Refusal(
                permission("s", ["Principal": .string($0)]), 400, "InvalidParameterValueException",
                "The provided principal was invalid. Please check the principal and try again.")
        } + [
            invalid(
                "StatementId", "a.b", "statementId", "'a.b'",
                "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"),
            invalid(
                "StatementId", .string(String(repeating: "s", count: 101)), "statementId",
                "'\(String(repeating: "s", count: 101))'", "Member must have length less than or equal to 100"),
            invalid("StatementId", .null, "statementId", "null", "Member must not be null"),
            invalid("Action", .null, "action", "null", "Member must not be null"),
            invalid("Principal", .null, "principal", "null", "Member must not be null"),
            invalid(
                "Action", "s3:GetObject", "action", "'s3:GetObject'",
                "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])"),
            invalid(
                "Principal", "a b", "principal", "'a b'",
                #"Member must satisfy regular expression pattern: [^\s]+"#),
            invalid(
                "SourceArn", "bucket", "sourceArn", "'bucket'",
                "Member must satisfy regular expression pattern: \(sourcePattern)"),
            invalid(
                "SourceArn", "arn:aws:s3:anywhere::bucket", "sourceArn", "'arn:aws:s3:anywhere::bucket'",
                "Member must satisfy regular expression pattern: \(sourcePattern)"),
            invalid(
                "SourceAccount", "12345678901a", "sourceAccount", "'12345678901a'",
                #"Member must satisfy regular expression pattern: \d{12}"#),
            invalid(
                "SourceAccount", "1234567890123", "sourceAccount", "'1234567890123'",
                "Member must have length less than or equal to 12"),
            invalid(
                "PrincipalOrgID", "o-12345678901234567890123456789012x", "principalOrgID",
                "'o-12345678901234567890123456789012x'", "Member must have length less than or equal to 34"),
            invalid(
                "PrincipalOrgID", "p-1234567890", "principalOrgID", "'p-1234567890'",
                "Member must satisfy regular expression pattern: o-[a-z0-9]{10,32}"),
            invalid(
                "EventSourceToken", "a b", "eventSourceToken", "'a b'",
                #"Member must satisfy regular expression pattern: [a-zA-Z0-9._\-]+"#),
            invalid(
                "FunctionUrlAuthType", "ALL", "functionUrlAuthType", "'ALL'",
                "Member must satisfy enum value set: [NONE, AWS_IAM]"),
            Refusal(
                permission("taken"), 409, "ResourceConflictException",
                "The statement id (taken) provided already exists. Please provide a new statement id, or remove the "
                    + "existing statement."),
        ]

    @Test(arguments: refusals)
    func badPermissionsAreRefused(_ refusal: Refusal) async throws {
        let server = try await server()
        _ = await server.send("POST", "/functions/f/policy", Self.permission("taken"))
        let before = await server.send("GET", "/functions/f/policy")
        let answer = await server.send("POST", "/functions/f/policy", refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
        #expect(await server.send("GET", "/functions/f/policy").json == before.json)
    }

    static let targets: [(String, String, Int, String)] = [
        ("POST", "f/policy?Qualifier=$LATEST", 400, "We currently do not support adding policies for $LATEST."),
        ("POST", "f:$LATEST/policy", 400, "We currently do not support adding policies for $LATEST."),
        ("GET", "f:$LATEST/policy", 400, "We currently do not support adding policies for $LATEST."),
        ("DELETE", "f:$LATEST/policy/s", 400, "We currently do not support adding policies for $LATEST."),
        ("POST", "nope/policy", 404, "Function not found: \(LambdaServer.arnPrefix)nope"),
        ("POST", "f:7/policy", 404, "Function not found: \(function):7"),
        ("POST", "f:nope/policy", 404, "Cannot find alias arn: \(function):nope"),
        ("GET", "nope/policy", 404, "Function not found: \(LambdaServer.arnPrefix)nope"),
        ("GET", "f/policy", 404, "The resource you requested does not exist."),
        ("GET", "f:7/policy", 404, "The resource you requested does not exist."),
        ("GET", "f:live/policy", 404, "The resource you requested does not exist."),
        ("DELETE", "nope/policy/s", 404, "Function not found: \(LambdaServer.arnPrefix)nope"),
        ("DELETE", "f/policy/s", 404, "No policy is associated with the given resource."),
        ("DELETE", "f:1/policy/other", 404, "Statement other is not found in resource policy."),
    ]

    @Test(arguments: targets)
    func saysWhatIsNotThere(_ method: String, _ path: String, _ status: Int, _ message: String) async throws {
        let server = try await server()
        _ = await server.send("POST", "/functions/f:1/policy", Self.permission("s"))
        let answer = await server.send(method, "/functions/\(path)", method == "POST" ? Self.permission() : nil)
        #expect(answer.status == status)
        #expect(answer.message == message)
    }

    @Test func theLastStatementTakesThePolicyWithIt() async throws {
        let server = try await server()
        for sid in ["a", "b"] { _ = await server.send("POST", "/functions/f/policy", Self.permission(sid)) }
        #expect(await server.send("DELETE", "/functions/f/policy/a").status == 204)
        #expect(await server.send("GET", "/functions/f/policy").status == 200)
        #expect(await server.send("DELETE", "/functions/f/policy/b").status == 204)
        #expect(await server.send("GET", "/functions/f/policy").message == "The resource you requested does not exist.")
        let key = StoreKey.functionPolicy(nil, of: try #require(FunctionName("f")), in: server.scope)
        #expect(try await server.store.get(key) == nil)
    }

    @Test func aPolicyMayNotGrowPastTwentyKilobytes() async throws {
        let server = try await server()
        var answer = await server.send("POST", "/functions/f/policy", Self.permission("s0"))
        var count = 1
        while answer.status == 201, count < 1000 {
            answer = await server.send(
                "POST", "/functions/f/policy",
                Self.permission(
                    "s\(count)", ["SourceArn": .string("arn:aws:s3:::" + String(repeating: "b", count: 1000))]))
            count += 1
        }
        #expect(answer.status == 400)
        #expect(answer.errorType == "PolicyLengthExceededException")
        #expect(answer.message?.hasPrefix("The final policy size (2") == true, "\(answer)")
        #expect(answer.message?.hasSuffix(") is bigger than the limit (20480).") == true)
        let kept = try #require(await server.send("GET", "/functions/f/policy")["Policy"]?.text)
        #expect((19_000...20_480).contains(kept.utf8.count))
    }

    /// RegisterTargets writes its grant through the same record.
    @Test func showsAGrantThatLatticeHasWritten() async throws {
        let server = try await server()
        let name = try #require(FunctionName("f"))
        let group = try #require(TargetGroupID("tg-0123456789abcdef0"))
        let arn = FunctionARN(scope: server.scope, name: name)
        let statement = FunctionPolicyStatement.latticeInvoke(function: arn, from: group, in: server.scope)
        try await server.store.transaction { session in
            try session.put(
                FunctionPolicyRecord(statements: [statement], revisionID: "r"),
                at: .functionPolicy(nil, of: name, in: server.scope))
        }
        let policy = await server.send("GET", "/functions/f/policy")["Policy"]?.text
        #expect(
            policy == #"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"vpc-lattice-tg-0123456789abcdef0","#
                + #""Effect":"Allow","Principal":{"Service":"vpc-lattice.amazonaws.com"},"#
                + #""Action":"lambda:InvokeFunction","Resource":"\#(Self.function)","#
                + #""Condition":{"ArnLike":{"AWS:SourceArn":"\#(Self.targetGroup)"}}}]}"#)
        #expect(await server.send("DELETE", "/functions/f/policy/vpc-lattice-tg-0123456789abcdef0").status == 204)
    }
}
