import Testing
import TrellisPolicy

@Suite("Policy documents")
struct PolicyParserTests {
    static let minimal = document()

    @Test("everything a document can hold is read")
    func everything() throws {
        let text = #"""
            {
              "Version": "2012-10-17", "Id": "access",
              "Statement": [
                {"Sid": "one", "Effect": "Allow", "Principal": {"AWS": ["123456789012", "*"],
                 "Service": "vpc-lattice.amazonaws.com", "Federated": "cognito-identity.amazonaws.com",
                 "CanonicalUser": "79a59d"},
                 "Action": ["vpc-lattice-svcs:Invoke", "*"], "Resource": ["*", "*/rates"],
                 "Condition": {"StringEquals": {"aws:PrincipalType": ["User", "AssumedRole"]},
                               "NumericLessThan": {"vpc-lattice-svcs:Port": 443}, "Null": {"aws:username": true}}},
                {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/a/b"},
                 "NotAction": "vpc-lattice-svcs:Conn*", "NotResource": "arn:aws:vpc-lattice:*:*:service/*"}
              ]
            }
            """#
        let policy = try PolicyParser(.authPolicy).parse(text)
        #expect(policy.version == .v2012)
        #expect(policy.id == "access")
        let first = try #require(policy.statements.first)
        #expect(first.sid == "one")
        #expect(first.effect == .allow)
        #expect(
            first.principal
                == .including([
                    .account("123456789012"), .everyone, .service("vpc-lattice.amazonaws.com"),
                    .federated("cognito-identity.amazonaws.com"), .canonicalUser("79a59d"),
                ]))
        #expect(first.action == .including(["vpc-lattice-svcs:Invoke", "*"]))
        #expect(first.resource == .including(["*", "*/rates"]))
        #expect(first.conditions.map(\.test.name) == ["StringEquals", "NumericLessThan", "Null"])
        #expect(first.conditions.map(\.values) == [["User", "AssumedRole"], ["443"], ["true"]])
        let second = try #require(policy.statements.last)
        #expect(second.principal == .excluding([.arn("arn:aws:iam::123456789012:role/a/b")]))
        #expect(second.action == .excluding(["vpc-lattice-svcs:Conn*"]))
        #expect(second.resource == .excluding(["arn:aws:vpc-lattice:*:*:service/*"]))
    }

    @Test("a document without a version is of 2008")
    func defaultVersion() throws {
        let text = #"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#
        #expect(try PolicyParser(.authPolicy).parse(text).version == .v2008)
    }

    @Test(
        "principals",
        arguments: [
            (#""*""#, .everyone), (#"{"AWS":"*"}"#, .everyone), (#"{"AWS":"123456789012"}"#, .account("123456789012")),
            (#"{"AWS":"arn:aws:iam::123456789012:root"}"#, .account("123456789012")),
            (#"{"AWS":["arn:aws:iam::123456789012:user/a/b"]}"#, .arn("arn:aws:iam::123456789012:user/a/b")),
            (#"{"AWS":"arn:aws:iam::123456789012:role/r"}"#, .arn("arn:aws:iam::123456789012:role/r")),
            (
                #"{"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"}"#,
                .arn("arn:aws:sts::123456789012:assumed-role/r/s")
            ),
            (
                #"{"AWS":"arn:aws:sts::123456789012:federated-user/f"}"#,
                .arn("arn:aws:sts::123456789012:federated-user/f")
            ),
            (#"{"Service":"ec2.amazonaws.com"}"#, .service("ec2.amazonaws.com")),
            (
                #"{"Federated":"arn:aws:iam::123456789012:saml-provider/x"}"#,
                .federated("arn:aws:iam::123456789012:saml-provider/x")
            ),
            (#"{"CanonicalUser":"abc"}"#, .canonicalUser("abc")),
        ] as [(String, PrincipalPattern)])
    func principals(json: String, expected: PrincipalPattern) throws {
        let policy = try PolicyParser(.authPolicy).parse(document(principal: #""Principal":\#(json)"#))
        #expect(policy.statements.first?.principal == .including([expected]))
        let negated = try PolicyParser(.authPolicy).parse(document(principal: #""NotPrincipal":\#(json)"#))
        #expect(negated.statements.first?.principal == .excluding([expected]))
    }

    @Test(
        "principals that name nobody are refused",
        arguments: [
            #""bob""#, #""""#, "1", "[]", "{}", #"["*"]"#, #"{"AWS":[]}"#, #"{"AWS":1}"#, #"{"AWS":""}"#,
            #"{"AWS":"bob"}"#,
            #"{"aws":"*"}"#, #"{"AWS":"12345678901"}"#, #"{"AWS":"arn:aws:iam::123456789012:group/g"}"#,
            #"{"AWS":"arn:aws:iam::123456789012:role/*"}"#, #"{"AWS":"arn:aws:iam::*:root"}"#,
            #"{"AWS":"arn:aws:iam::123456789012:user/${aws:username}"}"#, #"{"AWS":"arn:aws:iam::123456789012:role/"}"#,
            #"{"AWS":"arn:aws:iam::123456789012:role"}"#, #"{"AWS":"arn:aws:sts::123456789012:assumed-role/r"}"#,
            #"{"AWS":"arn:aws:s3:::bucket"}"#, #"{"AWS":"arn:aws:iam:us-west-2:123456789012:root"}"#,
            #"{"Service":"lattice"}"#, #"{"Service":"*"}"#, #"{"Service":"*.amazonaws.com"}"#, #"{"Federated":""}"#,
            #"{"Federated":"*"}"#, #"{"CanonicalUser":"*"}"#, #"{"Group":"g"}"#, #"{"AWS":null}"#,
        ])
    func badPrincipals(json: String) {
        #expect(throws: PolicyDocumentError.self) {
            try PolicyParser(.authPolicy).parse(document(principal: #""Principal":\#(json)"#))
        }
    }

    @Test(
        "actions",
        arguments: [
            (#""*""#, true), (#""vpc-lattice-svcs:Invoke""#, true), (#""VPC-Lattice-SVCS:invoke""#, true),
            (#""vpc-lattice-svcs:*""#, true), (#""vpc-lattice-svcs:In?oke""#, true), (#"["*"]"#, true),
            (#""""#, false), (#""Invoke""#, false), (#"":Invoke""#, false), (#""vpc-lattice-svcs:""#, false),
            (#""vpc-lattice:GetService""#, false), (#""s3:GetObject""#, false), (#""vpc-*:Invoke""#, false),
            (#""vpc-lattice-svcs:In voke""#, false), (#""vpc-lattice-svcs:a:b""#, false), ("[]", false), ("1", false),
            (#"{"a":"b"}"#, false), (#"[["*"]]"#, false), ("null", false),
            (#""vpc-lattice-svcs:${aws:username}""#, false),
        ])
    func actions(json: String, isAccepted: Bool) {
        for name in ["Action", "NotAction"] {
            let text = document(action: "\"\(name)\":\(json)")
            #expect(((try? PolicyParser(.authPolicy).parse(text)) != nil) == isAccepted)
        }
    }

    @Test(
        "resources",
        arguments: [
            (#""*""#, true), (#""*/rates""#, true),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-1/a""#, true),
            (#""arn:aws:vpc-lattice:*:*:service/*""#, true), (#""arn:*""#, true),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-1/${aws:username}/*""#, true),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-1/${aws:PrincipalTag/team, 'all'}""#, true),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-1/${*}""#, true),
            (#""arn:aws:vpc-lattice:${aws:RequestedRegion}:123456789012:service/x""#, false),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/${aws:username""#, false),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/${}""#, false),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/${username}""#, false),
            (#""arn:aws:vpc-lattice:us-west-2:123456789012:service/${aws:username, all}""#, false),
            (#""svc-0123456789abcdef0""#, false), (#""/rates""#, false), (#""""#, false), ("[]", false), ("1", false),
            (#""arn:aws:vpc-lattice""#, false),
        ])
    func resources(json: String, isAccepted: Bool) {
        for name in ["Resource", "NotResource"] {
            let text = document(resource: "\"\(name)\":\(json)")
            #expect(((try? PolicyParser(.authPolicy).parse(text)) != nil) == isAccepted)
        }
    }

    static let operators = [
        ("String", ["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"], "text"),
        (
            "Numeric",
            ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"], "-1.5e3"
        ),
        (
            "Date", ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"],
            "2026-01-02T03:04:05Z"
        ),
        ("Bool", [""], "true"), ("BinaryEquals", [""], "QmluYXJ5"), ("IpAddress", [""], "10.0.0.0/8"),
        ("NotIpAddress", [""], "2001:db8::1"),
        ("Arn", ["Equals", "NotEquals", "Like", "NotLike"], "arn:aws:iam::*:role/*"),
    ].flatMap { family, names, value in names.map { (family + $0, value) } }

    @Test("every operator, with prefix and suffix", arguments: operators)
    func allOperators(name: String, value: String) throws {
        for prefix in ["", "ForAnyValue:", "ForAllValues:"] {
            for suffix in ["", "IfExists"] {
                let condition = #"{"\#(prefix)\#(name)\#(suffix)":{"aws:SourceIdentity":["\#(value)"]}}"#
                let policy = try PolicyParser(.authPolicy).parse(document(condition: condition))
                let test = try #require(policy.statements.first?.conditions.first?.test)
                #expect(test.quantifier?.rawValue ?? "" == prefix)
                #expect(test.holdsIfAbsent == (suffix == "IfExists"))
                #expect(test.isNegated == name.contains("Not"))
            }
        }
    }

    @Test(
        "conditions that cannot be evaluated are refused, with their place",
        arguments: [
            (#"{"StringEqual":{"aws:a":"b"}}"#, "$.Statement.Condition.StringEqual"),
            (#"{"stringequals":{"aws:a":"b"}}"#, "$.Statement.Condition.stringequals"),
            (#"{"NullIfExists":{"aws:a":"true"}}"#, "$.Statement.Condition.NullIfExists"),
            (#"{"ForAnyValue:Null":{"aws:a":"true"}}"#, "$.Statement.Condition.ForAnyValue:Null"),
            (#"{"Null":{"aws:a":"yes"}}"#, "$.Statement.Condition.Null.aws:a"),
            (#"{"StringEquals":{"a":"b"}}"#, "$.Statement.Condition.StringEquals.a"),
            (#"{"StringEquals":{":a":"b"}}"#, "$.Statement.Condition.StringEquals.:a"),
            (#"{"StringEquals":{"aws:":"b"}}"#, "$.Statement.Condition.StringEquals.aws:"),
            (#"{"StringEquals":{"aws:a":null}}"#, "$.Statement.Condition.StringEquals.aws:a"),
            (#"{"StringEquals":{"aws:a":["b",{}]}}"#, "$.Statement.Condition.StringEquals.aws:a[1]"),
            (#"{"StringEquals":{"aws:a":[["b"]]}}"#, "$.Statement.Condition.StringEquals.aws:a[0]"),
            (#"{"StringEquals":"aws:a"}"#, "$.Statement.Condition.StringEquals"),
            (#"{"StringEquals":{"aws:a":"${aws:b"}}"#, "$.Statement.Condition.StringEquals.aws:a"),
            (#"{"StringEquals":{"aws:a":"${b}"}}"#, "$.Statement.Condition.StringEquals.aws:a"),
            ("[]", "$.Statement.Condition"), (#""x""#, "$.Statement.Condition"),
            (#"{"NumericEquals":{"aws:a":"x"}}"#, "$.Statement.Condition.NumericEquals.aws:a"),
            (#"{"NumericEquals":{"aws:a":"nan"}}"#, "$.Statement.Condition.NumericEquals.aws:a"),
            (#"{"NumericEquals":{"aws:a":"${aws:b}"}}"#, "$.Statement.Condition.NumericEquals.aws:a"),
            (#"{"DateEquals":{"aws:a":"2026-02-30"}}"#, "$.Statement.Condition.DateEquals.aws:a"),
            (#"{"DateEquals":{"aws:a":"today"}}"#, "$.Statement.Condition.DateEquals.aws:a"),
            (#"{"Bool":{"aws:a":"1"}}"#, "$.Statement.Condition.Bool.aws:a"),
            (#"{"BinaryEquals":{"aws:a":"a"}}"#, "$.Statement.Condition.BinaryEquals.aws:a"),
            (#"{"IpAddress":{"aws:a":"10.0.0.0/33"}}"#, "$.Statement.Condition.IpAddress.aws:a"),
            (#"{"IpAddress":{"aws:a":"host"}}"#, "$.Statement.Condition.IpAddress.aws:a"),
            (#"{"ArnLike":{"aws:a":"arn:aws:iam"}}"#, "$.Statement.Condition.ArnLike.aws:a"),
        ])
    func badConditions(json: String, path: String) {
        let error = #expect(throws: PolicyDocumentError.self) {
            try PolicyParser(.authPolicy).parse(document(condition: json))
        }
        #expect(error?.path == path)
    }

    @Test(
        "what is not a policy is refused with its place and reason",
        arguments: [
            ("", "Syntax error in policy: it ends too early", "$", 0),
            ("x", "Syntax error in policy: a value was expected", "$", 0),
            ("[]", "Syntax error in policy: expected an object", "$", 0),
            ("{}", "Missing required field Statement", "$", 0),
            (#"{"Statement":[]}"#, "The policy must have at least one statement", "$.Statement", 13),
            (#"{"Statement":[1]}"#, "Syntax error in policy: expected an object", "$.Statement[0]", 14),
            (#"{"Statement":{}}"#, "Missing required field Effect", "$.Statement", 13),
            (#"{"Statement":{"Effect":"allow"}}"#, "Invalid effect: allow", "$.Statement.Effect", 23),
            (#"{"Statement":{"Effect":"Allow"}}"#, "Missing required field Principal", "$.Statement", 13),
            (
                #"{"Statement":{"Effect":"Allow","Principal":"*"}}"#, "Policy statement must contain actions.",
                "$.Statement", 13
            ),
            (
                #"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#,
                "Policy statement must contain resources.", "$.Statement", 13
            ),
            (#"{"Version":"2013-10-17"}"#, "The policy must be of version 2012-10-17 or 2008-10-17", "$.Version", 11),
            (#"{"Version":2012}"#, "Syntax error in policy: expected a string", "$.Version", 11),
            (#"{"version":"2012-10-17"}"#, "Has unknown field version", "$", 1),
            (#"{"Id":1}"#, "Syntax error in policy: expected a string", "$.Id", 6),
            (#"{"Id":"a","Id":"b"}"#, "Syntax error in policy: the member \"Id\" is repeated", "$", 10),
            (minimal + "x", "Syntax error in policy: unexpected text after the document", "$", minimal.utf8.count),
            (#"{"Id":"a",}"#, "Syntax error in policy: a member's name was expected", "$", 10),
            (#"{"Id" "a"}"#, "Syntax error in policy: ':' was expected", "$", 6),
            (#"{"Id":"a" "b":1}"#, "Syntax error in policy: ',' or '}' was expected", "$", 10),
            (#"{"Id":["a" 1]}"#, "Syntax error in policy: ',' or ']' was expected", "$", 11),
            (#"{"Id":"a"#, "Syntax error in policy: a string does not end", "$", 8),
            ("{\"Id\":\"\n\"}", "Syntax error in policy: a string holds a control character", "$", 7),
            (#"{"Id":"\x"}"#, "Syntax error in policy: a string holds an unknown escape", "$", 7),
            (#"{"Id":"\u12"}"#, "Syntax error in policy: a string holds an unknown escape", "$", 7),
            (#"{"Id":"\ud800"}"#, "Syntax error in policy: a string holds half a surrogate pair", "$", 7),
            (#"{"Id":01}"#, "Syntax error in policy: a number is malformed", "$", 6),
            (#"{"Id":1.}"#, "Syntax error in policy: a number is malformed", "$", 6),
            (#"{"Id":-}"#, "Syntax error in policy: a number is malformed", "$", 6),
            (#"{"Id":1e}"#, "Syntax error in policy: a number is malformed", "$", 6),
            (#"{"Id":tru}"#, "Syntax error in policy: a value was expected", "$", 6),
            (String(repeating: "[", count: 1000), "Syntax error in policy: it is nested too deeply", "$", 16),
        ] as [(String, String, String, Int)])
    func refused(text: String, message: String, path: String, offset: Int) {
        #expect(throws: PolicyDocumentError(message, path: path, offset: offset)) {
            try PolicyParser(.authPolicy).parse(text)
        }
    }

    @Test("elements in both forms, unknown elements and repeated Sids are refused")
    func statements() {
        for extra in [
            #""NotPrincipal":"*""#, #""NotAction":"*""#, #""NotResource":"*""#, #""Extra":1"#, #""effect":"Allow""#,
            #""Sid":1"#,
        ] {
            #expect(throws: PolicyDocumentError.self) {
                try PolicyParser(.authPolicy).parse(document(action: #""Action":"*",\#(extra)"#))
            }
        }
        let statement = #"{"Sid":"a","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#
        let error = #expect(throws: PolicyDocumentError.self) {
            try PolicyParser(.authPolicy).parse(#"{"Statement":[\#(statement),\#(statement)]}"#)
        }
        #expect(error?.path == "$.Statement[1]")
        #expect(error?.message == "Statement IDs (SID) in a single policy must be unique.")
    }

    @Test("escapes are read")
    func escapes() throws {
        let text = document().replacing("{\"Version\"", with: #"{"Id":"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00","Version""#)
        #expect(try PolicyParser(.authPolicy).parse(text).id == "\"\\/\u{8}\u{C}\n\r\tä😀")
    }

    @Test("a policy of 10,240 bytes is read, a longer one is not")
    func size() throws {
        let base = document()
        let padding = String(repeating: " ", count: 10_240 - base.utf8.count)
        _ = try PolicyParser(.authPolicy).parse(base + padding)
        #expect(throws: PolicyDocumentError.self) { try PolicyParser(.authPolicy).parse(base + padding + " ") }
    }

    @Test("what each kind of policy must and must not hold")
    func grammars() {
        let identity = document(principal: nil, action: #""Action":"s3:GetObject""#)
        let withPrincipal = document(action: #""Action":"s3:GetObject""#)
        let trust = document(action: #""Action":"sts:AssumeRole""#, resource: nil)
        let resource = document(action: #""Action":"vpc-lattice:GetServiceNetwork""#)
        func accepts(_ grammar: PolicyGrammar, _ text: String) -> Bool {
            (try? PolicyParser(grammar).parse(text)) != nil
        }
        #expect(accepts(.identityPolicy, identity))
        #expect(!accepts(.identityPolicy, withPrincipal))
        #expect(accepts(.trustPolicy, trust))
        #expect(!accepts(.trustPolicy, document(action: #""Action":"sts:AssumeRole""#)))
        #expect(!accepts(.trustPolicy, document(principal: nil, action: #""Action":"sts:AssumeRole""#, resource: nil)))
        #expect(accepts(.resourcePolicy, resource))
        #expect(!accepts(.resourcePolicy, document()))
        #expect(!accepts(.authPolicy, resource))
        #expect(!accepts(.identityPolicy, identity.replacing(#""Effect""#, with: #""Sid":"a b","Effect""#)))
    }

    @Test("no truncation and no changed byte makes the reader fail")
    func damaged() {
        let text = document(condition: #"{"StringLike":{"aws:a":["\u00e4b*",1,true]}}"#)
        let bytes = Array(text.utf8)
        for count in bytes.indices {
            _ = try? PolicyParser(.authPolicy).parse(String(decoding: bytes[..<count], as: UTF8.self))
            for replacement in [UInt8(ascii: "\""), 0x5C, 0x7B, 0x5D, 0x30, 0, 0xFF] {
                var changed = bytes
                changed[count] = replacement
                _ = try? PolicyParser(.authPolicy).parse(String(decoding: changed, as: UTF8.self))
            }
        }
    }
}
