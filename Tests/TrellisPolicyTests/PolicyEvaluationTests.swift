import Testing
import TrellisModel
import TrellisPolicy

@Suite("Evaluation of one policy")
struct PolicyEvaluationTests {
    func verdict(_ text: String, _ request: TestRequest) throws -> PolicyVerdict {
        try CompiledPolicy(parsing: text, as: .authPolicy).verdict(on: request)
    }

    func allows(_ text: String, _ request: TestRequest) throws -> Bool {
        try verdict(text, request) == .allowed(statement: 0)
    }

    @Test(
        "principals",
        arguments: [
            (#""*""#, "anonymous root user session federated stranger lattice"),
            (#"{"AWS":"*"}"#, "anonymous root user session federated stranger lattice"),
            (#"{"AWS":"123456789012"}"#, "root user session federated"),
            (#"{"AWS":"arn:aws:iam::123456789012:root"}"#, "root user session federated"),
            (#"{"AWS":"\#(Callers.userARN)"}"#, "user"),
            (#"{"AWS":"\#(Callers.roleARN)"}"#, "session"),
            (#"{"AWS":"\#(Callers.sessionARN)"}"#, "session"),
            (#"{"AWS":"arn:aws:sts::123456789012:assumed-role/Reader/other"}"#, ""),
            (#"{"AWS":"arn:aws:iam::123456789012:role/Reader"}"#, ""),
            (#"{"AWS":"arn:aws:sts::123456789012:federated-user/carol"}"#, "federated"),
            (#"{"Federated":"arn:aws:iam::123456789012:saml-provider/corp"}"#, "federated"),
            (#"{"Service":"vpc-lattice.amazonaws.com"}"#, "lattice"),
            (#"{"Service":"ec2.amazonaws.com"}"#, ""), (#"{"CanonicalUser":"abc"}"#, ""),
            (#"{"AWS":["\#(Callers.userARN)","999999999999"]}"#, "user stranger"),
        ])
    func principals(json: String, expected: String) throws {
        for (name, caller) in Callers.byName {
            let isMeant = expected.split(separator: " ").contains { $0 == name }
            #expect(
                try allows(document(principal: #""Principal":\#(json)"#), TestRequest(caller)) == isMeant, "\(name)")
        }
    }

    @Test(
        "NotPrincipal spares from a Deny only who is listed with account, role and session",
        arguments: [
            (#"{"AWS":"123456789012"}"#, "root"),
            (#"{"AWS":"\#(Callers.roleARN)"}"#, ""),
            (#"{"AWS":["\#(Callers.roleARN)","123456789012"]}"#, "root"),
            (#"{"AWS":["\#(Callers.roleARN)","\#(Callers.sessionARN)","123456789012"]}"#, "root session"),
            (#"{"AWS":["\#(Callers.userARN)","123456789012"]}"#, "root user"),
            (#"{"Service":"vpc-lattice.amazonaws.com"}"#, "lattice"),
            (#""*""#, "anonymous root user session federated stranger lattice"),
        ])
    func notPrincipalDeny(json: String, spared: String) throws {
        let text = document(effect: "Deny", principal: #""NotPrincipal":\#(json)"#)
        for (name, caller) in Callers.byName {
            let isSpared = spared.split(separator: " ").contains { $0 == name }
            #expect(try verdict(text, TestRequest(caller)) == (isSpared ? .silent : .denied(statement: 0)), "\(name)")
        }
    }

    @Test("NotPrincipal keeps out of an Allow whoever is listed in any way")
    func notPrincipalAllow() throws {
        let text = document(principal: #""NotPrincipal":{"AWS":"\#(Callers.roleARN)"}"#)
        #expect(try !allows(text, TestRequest(Callers.session)))
        #expect(try allows(text, TestRequest(Callers.user)))
        let account = document(principal: #""NotPrincipal":{"AWS":"123456789012"}"#)
        #expect(try !allows(account, TestRequest(Callers.user)))
        #expect(try allows(account, TestRequest(Callers.stranger)))
    }

    @Test(
        "actions",
        arguments: [
            (#""Action":"vpc-lattice-svcs:Invoke""#, true), (#""Action":"vpc-lattice-svcs:invoke""#, true),
            (#""Action":"*""#, true), (#""Action":"vpc-lattice-svcs:I*""#, true),
            (#""Action":"vpc-lattice-svcs:Connect""#, false), (#""NotAction":"vpc-lattice-svcs:Connect""#, true),
            (#""NotAction":"vpc-lattice-svcs:In*""#, false), (#""NotAction":"*""#, false),
            (#""Action":["vpc-lattice-svcs:Connect","vpc-lattice-svcs:??voke"]"#, true),
        ])
    func actions(action: String, expected: Bool) throws {
        #expect(try allows(document(action: action), TestRequest()) == expected)
    }

    @Test(
        "resources",
        arguments: [
            ("*", true), (TestRequest.service + "/orders/1", true), (TestRequest.service + "/*", true),
            (TestRequest.service + "/orders/?", true), (TestRequest.service + "/orders", false),
            (TestRequest.service, false), ("*/orders/1", true), ("*/orders", false), ("*/Orders/1", false),
            ("arn:aws:vpc-lattice:*:*:service/*", true), ("arn:aws:vpc-lattice:us-west-2:*:service/*/orders/*", true),
            // With fewer than six parts it is a text like any other.
            ("arn:aws:vpc-lattice:*:service/*", true), ("arn:aws:*:service/svc-0123456789abcdef0/orders/1", true),
            // With six, a wildcard does not reach over the first colons.
            ("arn:*:123456789012:service/svc-0123456789abcdef0:orders:x:*", false),
            ("arn:aws:vpc-lattice:us-*:123456789012:other/*", false),
            ("arn:aws:s3:*:*:*", false), ("arn:aws:vpc-lattice:us-west-2:999999999999:service/*", false),
        ])
    func resources(pattern: String, expected: Bool) throws {
        #expect(try allows(document(resource: #""Resource":"\#(pattern)""#), TestRequest()) == expected)
        #expect(try allows(document(resource: #""NotResource":"\#(pattern)""#), TestRequest()) == !expected)
    }

    static let plain = ["aws:a": ["Blue"], "aws:n": ["42"], "aws:arn": ["arn:aws:iam::123456789012:role/x/y"]]

    @Test(
        "operators",
        arguments: [
            (#"{"StringEquals":{"aws:a":"Blue"}}"#, true), (#"{"StringEquals":{"aws:a":"blue"}}"#, false),
            (#"{"StringEquals":{"AWS:A":["red","Blue"]}}"#, true), (#"{"StringEquals":{"aws:a":"B*"}}"#, false),
            (#"{"StringEquals":{"aws:a":[]}}"#, false), (#"{"StringNotEquals":{"aws:a":[]}}"#, true),
            (#"{"StringNotEquals":{"aws:a":"blue"}}"#, true), (#"{"StringNotEquals":{"aws:a":["x","Blue"]}}"#, false),
            (#"{"StringEqualsIgnoreCase":{"aws:a":"bLUE"}}"#, true),
            (#"{"StringNotEqualsIgnoreCase":{"aws:a":"bLUE"}}"#, false),
            (#"{"StringLike":{"aws:a":"B*"}}"#, true), (#"{"StringLike":{"aws:a":"?lue"}}"#, true),
            (#"{"StringLike":{"aws:a":"b*"}}"#, false), (#"{"StringNotLike":{"aws:a":"B*"}}"#, false),
            (#"{"NumericEquals":{"aws:n":42}}"#, true), (#"{"NumericEquals":{"aws:n":"42.0"}}"#, true),
            (#"{"NumericNotEquals":{"aws:n":42}}"#, false), (#"{"NumericLessThan":{"aws:n":42}}"#, false),
            (#"{"NumericLessThan":{"aws:n":43}}"#, true), (#"{"NumericLessThanEquals":{"aws:n":42}}"#, true),
            (#"{"NumericGreaterThan":{"aws:n":41.5}}"#, true), (#"{"NumericGreaterThan":{"aws:n":42}}"#, false),
            (#"{"NumericGreaterThanEquals":{"aws:n":["1000","42"]}}"#, true),
            // A value that is no number fails an operator and its negation.
            (#"{"NumericEquals":{"aws:a":1}}"#, false), (#"{"NumericNotEquals":{"aws:a":1}}"#, false),
            (#"{"DateNotEquals":{"aws:a":"2026-01-01"}}"#, false), (#"{"NotIpAddress":{"aws:a":"10.0.0.0/8"}}"#, false),
            (#"{"ArnLike":{"aws:arn":"arn:aws:iam::*:role/*"}}"#, true),
            (#"{"ArnEquals":{"aws:arn":"arn:aws:iam::*:role/*"}}"#, true),
            (#"{"ArnLike":{"aws:arn":"arn:aws:iam:*:role/x/y:*"}}"#, false),
            (#"{"ArnNotLike":{"aws:arn":"arn:aws:iam::*:user/*"}}"#, true),
            (#"{"ArnNotEquals":{"aws:arn":"arn:*:iam::*:*"}}"#, false),
            (#"{"ArnLike":{"aws:a":"arn:*:*:*:*:*"}}"#, false),
            (#"{"ArnLike":{"aws:arn":"*"}}"#, true),
            (#"{"Null":{"aws:a":"true"}}"#, false), (#"{"Null":{"aws:a":false}}"#, true),
            (#"{"Null":{"aws:z":"true"}}"#, true), (#"{"Null":{"aws:z":"false"}}"#, false),
            (#"{"StringEquals":{"aws:a":"Blue"},"NumericEquals":{"aws:n":42}}"#, true),
            (#"{"StringEquals":{"aws:a":"Blue"},"NumericEquals":{"aws:n":41}}"#, false),
            (#"{"StringEquals":{"aws:a":"Blue","aws:n":"41"}}"#, false), ("{}", true),
        ])
    func operators(condition: String, expected: Bool) throws {
        #expect(try allows(document(condition: condition), TestRequest(.anonymous, Self.plain)) == expected)
    }

    @Test(
        "an absent key",
        arguments: [
            ("StringEquals", "x", false), ("StringNotEquals", "x", true), ("StringEqualsIfExists", "x", true),
            ("StringNotEqualsIfExists", "x", true), ("StringNotLike", "x", true), ("StringLike", "*", false),
            ("StringNotEqualsIgnoreCase", "x", true), ("NumericNotEquals", "1", true), ("NumericLessThan", "1", false),
            ("NumericLessThanIfExists", "1", true), ("DateNotEquals", "2026-01-01", true),
            ("DateGreaterThan", "2026-01-01", false), ("NotIpAddress", "10.0.0.0/8", true),
            ("IpAddress", "0.0.0.0/0", false), ("ArnNotLike", "arn:*:*:*:*:*", true), ("Bool", "true", false),
            ("BoolIfExists", "true", true), ("BinaryEquals", "QQ==", false),
            ("ForAllValues:StringEquals", "x", true), ("ForAnyValue:StringEquals", "x", false),
            ("ForAnyValue:StringNotEquals", "x", false), ("ForAllValues:StringNotEquals", "x", true),
            ("ForAnyValue:StringEqualsIfExists", "x", true),
        ])
    func absentKey(name: String, value: String, expected: Bool) throws {
        let text = document(condition: #"{"\#(name)":{"aws:absent":"\#(value)"}}"#)
        #expect(try allows(text, TestRequest()) == expected)
    }

    @Test(
        "several values",
        arguments: [
            ("ForAllValues:StringEquals", ["a", "b", "c"], true), ("ForAllValues:StringEquals", ["a"], false),
            ("ForAnyValue:StringEquals", ["b", "x"], true), ("ForAnyValue:StringEquals", ["x"], false),
            ("StringEquals", ["b"], true), ("StringEquals", ["x"], false),
            ("ForAllValues:StringNotEquals", ["x"], true), ("ForAllValues:StringNotEquals", ["a"], false),
            ("ForAnyValue:StringNotEquals", ["a"], true), ("ForAnyValue:StringNotEquals", ["a", "b"], false),
            ("ForAllValues:StringLike", ["?"], true), ("ForAnyValue:StringLike", ["??"], false),
        ] as [(String, [String], Bool)])
    func severalValues(name: String, values: [String], expected: Bool) throws {
        let list = values.map { "\"\($0)\"" }.joined(separator: ",")
        let text = document(condition: #"{"\#(name)":{"aws:many":[\#(list)]}}"#)
        #expect(try allows(text, TestRequest(.anonymous, ["aws:many": ["a", "b"]])) == expected)
    }

    @Test(
        "dates",
        arguments: [
            ("DateEquals", "2026-01-02T03:04:05Z", true), ("DateEquals", "2026-01-02T04:04:05+01:00", true),
            ("DateEquals", "1767323045", true), ("DateLessThan", "2026-01-02T03:04:05.001Z", true),
            ("DateLessThan", "2026-01-02", false), ("DateGreaterThan", "2026-01-02", true),
            ("DateGreaterThanEquals", "2026-01-02T03:04Z", true),
            ("DateLessThanEquals", "2026-01-01T22:04:05-05:00", true),
            ("DateNotEquals", "2026-01-02T03:04:05Z", false),
        ])
    func dates(name: String, value: String, expected: Bool) throws {
        let text = document(condition: #"{"\#(name)":{"aws:CurrentTime":"\#(value)"}}"#)
        #expect(try allows(text, TestRequest(.anonymous, ["aws:CurrentTime": ["2026-01-02T03:04:05Z"]])) == expected)
    }

    @Test(
        "addresses",
        arguments: [
            ("IpAddress", "10.1.0.0/16", "10.1.2.3", true), ("IpAddress", "10.1.2.3", "10.1.2.3", true),
            ("IpAddress", "10.1.2.4", "10.1.2.3", false), ("IpAddress", "10.1.2.3/8", "10.9.9.9", true),
            ("NotIpAddress", "10.1.0.0/16", "10.1.2.3", false), ("NotIpAddress", "10.1.0.0/16", "10.2.2.3", true),
            ("IpAddress", "2001:db8::/32", "2001:db8::1", true), ("IpAddress", "0.0.0.0/0", "2001:db8::1", false),
            ("IpAddress", "::/0", "10.0.0.1", false), ("IpAddress", "0.0.0.0/0", "10.0.0.1", true),
        ])
    func addresses(name: String, block: String, address: String, expected: Bool) throws {
        let text = document(condition: #"{"\#(name)":{"aws:SourceIp":"\#(block)"}}"#)
        #expect(try allows(text, TestRequest(.anonymous, ["aws:SourceIp": [address]])) == expected)
    }

    @Test(
        "keys of the caller",
        arguments: [
            (
                "aws:PrincipalType",
                "anonymous:Anonymous root:Account user:User session:AssumedRole federated:FederatedUser"
            ),
            (
                "aws:userid",
                "anonymous:anonymous root:123456789012 user:AIDAEXAMPLE session:AROAEXAMPLE:alice "
                    + "federated:123456789012:carol"
            ),
            ("aws:username", "user:bob"), ("aws:PrincipalTag/team", "user:blue"),
            ("aws:principaltag/TEAM", "user:blue"),
            ("aws:PrincipalAccount", "root:123456789012 user:123456789012 session:123456789012 stranger:999999999999"),
            (
                "aws:PrincipalArn",
                "root:arn:aws:iam::123456789012:root user:\(Callers.userARN) session:\(Callers.roleARN)"
            ),
            ("aws:PrincipalOrgID", "session:o-a1b2c3d4e5"),
            ("aws:PrincipalOrgPaths", "session:o-a1b2c3d4e5/r-ab12/ou-2/"),
            ("aws:SourceIdentity", "session:alice@example.com"), ("aws:MultiFactorAuthPresent", "session:false"),
            ("aws:FederatedProvider", "federated:arn:aws:iam::123456789012:saml-provider/corp"),
            ("aws:TokenIssueTime", "session:2026-01-01T00:00:00Z"),
            ("aws:PrincipalIsAWSService", "lattice:true user:false anonymous:false"),
            ("aws:PrincipalServiceName", "lattice:vpc-lattice.amazonaws.com"),
        ])
    func callerKeys(key: String, expected: String) throws {
        for pair in expected.split(separator: " ") {
            let parts = pair.split(separator: ":", maxSplits: 1).map(String.init)
            let text = document(condition: #"{"ForAnyValue:StringEquals":{"\#(key)":"\#(parts[1])"}}"#)
            #expect(try allows(text, TestRequest(try #require(Callers.byName[parts[0]]))), "\(parts[0])")
        }
    }

    @Test("an anonymous caller has no account, no ARN, no tags and no organisation")
    func anonymousKeys() throws {
        for key in ["PrincipalAccount", "PrincipalArn", "PrincipalOrgID", "PrincipalTag/team", "username"] {
            #expect(try allows(document(condition: #"{"Null":{"aws:\#(key)":"true"}}"#), TestRequest()), "\(key)")
        }
    }

    @Test(
        "variables",
        arguments: [
            ("StringEquals", "${aws:username}", "2012-10-17", true),
            ("StringEquals", "${aws:username}", "2008-10-17", false),
            ("StringEquals", "x${aws:username}", "2012-10-17", false),
            ("StringLike", "${aws:username}*", "2012-10-17", true),
            ("StringEquals", "${aws:absent}", "2012-10-17", false),
            ("StringNotEquals", "${aws:absent}", "2012-10-17", true),
            ("StringEquals", "${aws:absent, 'bob'}", "2012-10-17", true),
            ("StringEquals", "${aws:username, 'x'}", "2012-10-17", true),
            // The value of a variable is no pattern.
            ("StringLike", "${aws:PrincipalTag/wild}", "2012-10-17", false),
            ("StringEqualsIgnoreCase", "B${aws:absent, 'O'}b", "2012-10-17", true),
        ])
    func variables(name: String, value: String, version: String, expected: Bool) throws {
        let text = document(condition: #"{"\#(name)":{"aws:a":"\#(value)"}}"#, version: version)
        #expect(try allows(text, TestRequest(Callers.user, ["aws:a": ["bob"]])) == expected)
    }

    @Test("literals in place of variables")
    func literals() throws {
        for (literal, value) in [("${*}", "*"), ("${?}", "?"), ("${$}", "$")] {
            let text = document(condition: #"{"StringLike":{"aws:a":"\#(literal)"}}"#)
            #expect(try allows(text, TestRequest(.anonymous, ["aws:a": [value]])))
            #expect(try !allows(text, TestRequest(.anonymous, ["aws:a": ["x"]])))
        }
    }

    @Test("variables in resources and ARNs")
    func variableResources() throws {
        let text = document(resource: #""Resource":"\#(TestRequest.service)/home/${aws:username}/*""#)
        #expect(try allows(text, TestRequest(Callers.user, resource: TestRequest.service + "/home/bob/x")))
        #expect(try !allows(text, TestRequest(Callers.user, resource: TestRequest.service + "/home/eve/x")))
        #expect(try !allows(text, TestRequest(.anonymous, resource: TestRequest.service + "/home//x")))
        let arn = document(condition: #"{"ArnLike":{"aws:arn":"arn:aws:iam::${aws:PrincipalAccount}:role/*"}}"#)
        let values = ["aws:arn": ["arn:aws:iam::123456789012:role/x"]]
        #expect(try allows(arn, TestRequest(Callers.user, values)))
        #expect(try !allows(arn, TestRequest(Callers.stranger, values)))
    }

    @Test("a deny wins wherever it stands, and is named")
    func denyWins() throws {
        let allow = #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#
        let deny = #"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*/orders/*"}"#
        #expect(try verdict(#"{"Statement":[\#(allow),\#(deny)]}"#, TestRequest()) == .denied(statement: 1))
        #expect(try verdict(#"{"Statement":[\#(deny),\#(allow)]}"#, TestRequest()) == .denied(statement: 0))
        let other = TestRequest(resource: TestRequest.service + "/other")
        #expect(try verdict(#"{"Statement":[\#(deny),\#(allow)]}"#, other) == .allowed(statement: 1))
        #expect(try verdict(#"{"Statement":[\#(deny)]}"#, other) == .silent)
    }
}
