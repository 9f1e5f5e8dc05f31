import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLatticeAPI

/// When RegisterTargets adds a statement to a function's policy.
@Suite struct InvokePermissionTests {
    private let world: TestWorld
    private let group: String
    private let function: String

    init() async throws {
        world = try TestWorld()
        group = try await world.makeTargetGroup()
        function = try await world.makeFunction()
    }

    private func statement(
        _ sid: String = "mine", principal: FunctionPolicyStatement.Principal = .service("vpc-lattice.amazonaws.com"),
        action: String = "lambda:InvokeFunction", qualifier: Qualifier? = nil,
        conditions: FunctionPolicyStatement.Conditions = [:]
    ) throws -> FunctionPolicyStatement {
        var resource = try #require(FunctionARN(function))
        resource.qualifier = qualifier
        return FunctionPolicyStatement(
            sid: sid, principal: principal, action: action, resource: resource, conditions: conditions)
    }

    private func register(after existing: FunctionPolicyStatement) async throws -> FunctionPolicyRecord {
        try await world.setPolicy(
            FunctionPolicyRecord(statements: [existing], revisionID: "before"), of: "function")
        let reply = await world.register(function, with: group)
        #expect(reply.texts("successful", "id") == [function])
        return try #require(try await world.policy(of: "function"))
    }

    @Test(arguments: [
        [:], ["ArnLike": ["AWS:SourceArn": "arn:aws:vpc-lattice:us-west-2:111122223333:targetgroup/*"]],
        ["ArnLike": ["aws:sourcearn": "arn:*:vpc-lattice:*:1111?2223333:targetgroup/tg-*"]],
        ["ArnEquals": ["AWS:SourceArn": "arn:aws:vpc-lattice:us-west-2:111122223333:*-*"]],
        ["StringEquals": ["AWS:SourceAccount": "111122223333"]],
        ["StringLike": ["AWS:SourceAccount": "1111*"], "ArnLike": ["AWS:SourceArn": "arn:aws:vpc-lattice:*:*:*"]],
    ])
    func statementThatLetsTheGroupInvokeIsEnough(_ conditions: FunctionPolicyStatement.Conditions) async throws {
        let policy = try await register(after: statement(conditions: conditions))
        #expect(policy.statements.map(\.sid) == ["mine"])
        #expect(policy.revisionID == "before")
    }

    @Test(arguments: [
        ["ArnLike": ["AWS:SourceArn": "arn:aws:vpc-lattice:us-west-2:111122223333:targetgroup/tg-0123456789abcdef0"]],
        ["ArnLike": ["AWS:SourceArn": "arn:aws:*"]], ["ArnLike": ["AWS:SourceArn": "*"]],
        ["ArnLike": ["AWS:SourceArn": "arn:aws:vpc-lattice:us-west-2:111122223333:targetgroup/?"]],
        ["StringEquals": ["AWS:SourceAccount": "444455556666"]],
        ["StringEquals": ["aws:PrincipalOrgID": "o-1"]], ["StringNotEquals": ["AWS:SourceAccount": "444455556666"]],
        ["StringEquals": ["AWS:SourceAccount": "111122223333"], "Bool": ["aws:SecureTransport": "true"]],
    ])
    func statementWithAnotherConditionIsNotEnough(_ conditions: FunctionPolicyStatement.Conditions) async throws {
        let policy = try await register(after: statement(conditions: conditions))
        #expect(policy.statements.map(\.sid) == ["mine", "vpc-lattice-\(group)"])
        #expect(policy.revisionID != "before")
    }

    @Test func anyonesPermissionIsEnoughAndAnotherPrincipalsIsNot() async throws {
        #expect(try await register(after: statement(principal: .anyone)).statements.count == 1)
        #expect(try await register(after: statement(action: "lambda:*")).statements.count == 1)
        let other = try await world.makeTargetGroup("other")
        for existing in [
            try statement(principal: .service("apigateway.amazonaws.com")),
            try statement(principal: .aws(TestWorld.account.rootARN)),
            try statement(action: "lambda:GetFunction"), try statement(qualifier: .version(1)),
        ] {
            try await world.setPolicy(FunctionPolicyRecord(statements: [existing], revisionID: "x"), of: "function")
            _ = await world.send(
                "POST", "/targetgroups/\(other)/deregistertargets", #"{"targets":[{"id":"\#(function)"}]}"#)
            #expect(await world.register(function, with: other).elements("successful").count == 1)
            #expect(try await world.policy(of: "function")?.statements.count == 2)
        }
    }

    @Test func statementIdThatIsTakenIsNotOverwritten() async throws {
        let existing = try statement("vpc-lattice-\(group)", action: "lambda:GetFunction")
        let policy = try await register(after: existing)
        #expect(policy.statements.map(\.sid) == ["vpc-lattice-\(group)", "vpc-lattice-\(group)-2"])
        #expect(policy.statements.first == existing)
    }

    @Test(arguments: [(19_800, true), (20_200, false)])
    func policyStaysWithinTwentyKilobytes(_ size: Int, _ isRegistered: Bool) async throws {
        let padding = String(repeating: "x", count: size - 250)
        let existing = try statement(conditions: ["StringEquals": ["AWS:SourceAccount": padding]])
        try await world.setPolicy(FunctionPolicyRecord(statements: [existing], revisionID: "before"), of: "function")
        let reply = await world.register(function, with: group)
        #expect(reply.elements("successful").count == (isRegistered ? 1 : 0))
        #expect(try await world.policy(of: "function")?.statements.count == (isRegistered ? 2 : 1))
        if !isRegistered {
            #expect(reply.text("unsuccessful[0].failureMessage").contains("20480"))
            let listed = await world.send("POST", "/targetgroups/\(group)/listtargets")
            #expect(listed.elements("items").isEmpty)
        }
    }
}
