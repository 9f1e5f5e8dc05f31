import Testing
import TrellisModel
import TrellisPolicy

@Suite("Resource policies of functions")
struct FunctionPolicyTests {
    static let account = "123456789012"
    static let targetGroupARN = "arn:aws:vpc-lattice:us-west-2:\(account):targetgroup/tg-0123456789abcdef0"
    static let lattice = "vpc-lattice.amazonaws.com"

    let function: FunctionARN
    let request: FunctionPolicyRequest

    init() throws {
        function = try #require(FunctionARN("arn:aws:lambda:us-west-2:\(Self.account):function:f:live"))
        request = FunctionPolicyRequest(
            resource: function, servicePrincipal: Self.lattice, sourceARN: Self.targetGroupARN,
            sourceAccount: try #require(AccountID(Self.account)))
    }

    func statement(
        sid: String = "s", principal: FunctionPolicyStatement.Principal = .service(lattice),
        action: String = "lambda:InvokeFunction", resource: FunctionARN? = nil,
        conditions: FunctionPolicyStatement.Conditions = [:]
    ) -> FunctionPolicyStatement {
        FunctionPolicyStatement(
            sid: sid, principal: principal, action: action, resource: resource ?? function, conditions: conditions)
    }

    func allows(_ statement: FunctionPolicyStatement) -> Bool {
        FunctionPolicy([statement]).statementAllowing(request) != nil
    }

    @Test("the grant that RegisterTargets adds lets its own target group in and no other")
    func latticeGrant() throws {
        let scope = function.scope
        let own = try #require(TargetGroupID("tg-0123456789abcdef0"))
        let other = try #require(TargetGroupID("tg-0123456789abcdef1"))
        #expect(allows(.latticeInvoke(function: function, from: own, in: scope)))
        #expect(!allows(.latticeInvoke(function: function, from: other, in: scope)))
    }

    @Test("no statement means no")
    func empty() {
        #expect(FunctionPolicy([]).statementAllowing(request) == nil)
    }

    @Test("the statement that allows is named")
    func namesStatement() {
        let statements = [
            statement(sid: "other-service", principal: .service("s3.amazonaws.com")),
            statement(sid: "first"), statement(sid: "second"),
        ]
        #expect(FunctionPolicy(statements).statementAllowing(request)?.sid == "first")
    }

    @Test(
        "principals",
        arguments: [
            (.service(lattice), true), (.anyone, true), (.service("apigateway.amazonaws.com"), false),
            (.service("VPC-LATTICE.amazonaws.com"), false), (.aws("arn:aws:iam::123456789012:root"), false),
        ] as [(FunctionPolicyStatement.Principal, Bool)])
    func principals(principal: FunctionPolicyStatement.Principal, expected: Bool) {
        #expect(allows(statement(principal: principal)) == expected)
    }

    @Test(
        "actions",
        arguments: [
            ("lambda:InvokeFunction", true), ("lambda:*", true), ("*", true), ("lambda:invokefunction", true),
            ("lambda:InvokeFunctionUrl", false), ("lambda:GetFunction", false), ("s3:*", false), ("", false),
        ] as [(String, Bool)])
    func actions(action: String, expected: Bool) {
        #expect(allows(statement(action: action)) == expected)
    }

    @Test(
        "a grant on one way to call a function does not cover another",
        arguments: [("live", true), ("", false), ("$LATEST", false), ("1", false), ("other", false)]
            as [(String, Bool)])
    func resource(qualifier: String, expected: Bool) {
        var resource = function
        resource.qualifier = Qualifier(qualifier)
        #expect(allows(statement(resource: resource)) == expected)
    }

    @Test(
        "conditions",
        arguments: [
            (["ArnLike": ["AWS:SourceArn": targetGroupARN]], true),
            (["ArnLike": ["aws:sourcearn": "arn:aws:vpc-lattice:*:*:targetgroup/*"]], true),
            (["ArnEquals": ["aws:SourceArn": targetGroupARN]], true),
            (["ArnLike": ["AWS:SourceArn": "arn:aws:vpc-lattice:*"]], false),
            (["ArnLike": ["AWS:SourceArn": targetGroupARN + "0"]], false),
            (["StringEquals": ["AWS:SourceAccount": account]], true),
            (["StringEquals": ["AWS:SourceAccount": "123456789013"]], false),
            (["StringEquals": ["AWS:SourceArn": "arn:aws:vpc-lattice:*:*:targetgroup/*"]], false),
            (["StringLike": ["AWS:SourceArn": "arn:*targetgroup/tg-*"]], true),
            (["StringLike": ["aws:PrincipalServiceName": "vpc-?attice.*"]], true),
            (["StringEquals": ["AWS:PRINCIPALSERVICENAME": lattice]], true),
            (["Bool": ["aws:PrincipalIsAWSService": "True"]], true),
            (["Bool": ["aws:PrincipalIsAWSService": "false"]], false),
            (["Bool": ["lambda:InvokedViaFunctionUrl": "true"]], false),
            (["StringEquals": ["aws:PrincipalOrgID": "o-abcdefghij"]], false),
            (["StringNotEquals": ["AWS:SourceAccount": "123456789013"]], true),
            (["Null": ["aws:SourceVpc": "true"]], true),
            (["StringSomehow": ["AWS:SourceAccount": account]], false),
            (["StringEquals": ["AWS:SourceAccount": account], "ArnLike": ["AWS:SourceArn": targetGroupARN]], true),
            (["StringEquals": ["AWS:SourceAccount": account], "ArnLike": ["AWS:SourceArn": "arn:x"]], false),
            (["StringEquals": ["AWS:SourceAccount": account, "aws:PrincipalServiceName": "other"]], false),
        ] as [(FunctionPolicyStatement.Conditions, Bool)])
    func conditions(conditions: FunctionPolicyStatement.Conditions, expected: Bool) {
        #expect(allows(statement(conditions: conditions)) == expected)
    }
}
