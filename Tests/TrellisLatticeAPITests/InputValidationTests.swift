import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

/// Inputs that break a constraint, and the fields that the answer must name: all of them, and no others.
struct BadInput: Sendable, CustomTestStringConvertible {
    var method: String
    var target: String
    var body: String
    var fields: Set<String>

    init(_ method: String, _ target: String, _ body: String = "", names fields: Set<String>) {
        self.method = method
        self.target = target
        self.body = body
        self.fields = fields
    }

    var testDescription: String { "\(method) \(target.prefix(80)) \(body.prefix(100)) → \(fields.sorted())" }
}

@Suite struct InputValidationTests {
    @Test(
        arguments: BadInput.networks + BadInput.services + BadInput.listeners + BadInput.rules + BadInput.targetGroups
            + BadInput.targets + BadInput.associations + BadInput.tags + BadInput.pages)
    func everyWrongFieldIsNamed(_ input: BadInput) async throws {
        let example = try await ServedExample()
        let before = try await example.world.keys()

        let reply = await example.send(input.method, input.target, input.body)

        #expect(reply.status == 400)
        #expect(reply.errorType == "ValidationException")
        #expect(reply.text("reason") == "fieldValidationFailed")
        #expect(reply.fields == input.fields, "\(reply.text("message"))")
        #expect(reply.texts("fieldList", "message").allSatisfy { !$0.isEmpty })
        #expect(try await example.world.keys() == before)
    }

    @Test(arguments: ["{", "[]", "\"x\"", "nul", "{\"name\":}", "\u{0}"])
    func bodyThatIsNoJSONObjectCannotBeParsed(_ body: String) async throws {
        let world = try TestWorld()
        let reply = await world.send("POST", "/services", body)
        #expect(reply.status == 400)
        #expect(reply.errorType == "ValidationException")
        #expect(reply.text("reason") == "cannotParse")
    }

    @Test func unknownOperationIsNamedByMethodAndPath() async throws {
        let world = try TestWorld()
        for (method, path) in [("GET", "/nothing"), ("PUT", "/services"), ("GET", "/services/a/b/c/d/e/f")] {
            let reply = await world.send(method, path)
            #expect(reply.status == 400)
            #expect(reply.text("reason") == "unknownOperation")
            #expect(reply.text("message").contains("\(method) \(path)"))
        }
    }

    @Test func brokenPercentSequenceInQueryCannotBeParsed() async throws {
        let world = try TestWorld()
        #expect(await world.send("GET", "/services?nextToken=%G0").text("reason") == "cannotParse")
    }
}

private let long = String(repeating: "a", count: 3000)

extension BadInput {
    private static func names(
        _ path: String, longest: Int, _ rest: String = "", prefix: String?, _ method: String = "POST"
    ) -> [BadInput] {
        let bad = [
            "ab", String(repeating: "a", count: longest + 1), "-abc", "abc-", "a--b", "Abc", "a_b", "a b", "äbc", "a/b",
        ]
        return (bad + (prefix.map { ["\($0)abc"] } ?? [])).map {
            BadInput(method, path, #"{"name":"\#($0)"\#(rest)}"#, names: ["name"])
        } + [
            BadInput(method, path, #"{"name":7\#(rest)}"#, names: ["name"]),
            BadInput(method, path, #"{"name":null\#(rest)}"#, names: ["name"]),
        ]
    }

    private static func tokens(_ path: String, _ rest: String) -> [BadInput] {
        ["\"\"", "\" \"", "\"\(long.prefix(65))\"", "7"].map {
            BadInput("POST", path, #"{"clientToken":\#($0),\#(rest)}"#, names: ["clientToken"])
        }
    }

    // MARK: Service networks and services

    static let networks: [BadInput] =
        names("/servicenetworks", longest: 63, prefix: nil) + tokens("/servicenetworks", #""name":"new""#) + [
            BadInput("POST", "/servicenetworks", names: ["name"]),
            BadInput("POST", "/servicenetworks", #"{"name":"new","authType":"IAM"}"#, names: ["authType"]),
            BadInput("POST", "/servicenetworks", #"{"name":"new","authType":true}"#, names: ["authType"]),
            BadInput("POST", "/servicenetworks", #"{"name":"new","sharingConfig":[]}"#, names: ["sharingConfig"]),
            BadInput(
                "POST", "/servicenetworks", #"{"name":"new","sharingConfig":{"enabled":"yes"}}"#,
                names: ["sharingConfig.enabled"]),
            BadInput(
                "POST", "/servicenetworks", #"{"name":"-","authType":"X","tags":{"aws:a":"b"},"clientToken":""}"#,
                names: ["name", "authType", "tags", "clientToken"]),
            BadInput("GET", "/servicenetworks/network", names: ["serviceNetworkIdentifier"]),
            BadInput("GET", "/servicenetworks/{service}", names: ["serviceNetworkIdentifier"]),
            BadInput("DELETE", "/servicenetworks/sn-1", names: ["serviceNetworkIdentifier"]),
            BadInput("PATCH", "/servicenetworks/{network}", "{}", names: ["authType"]),
            BadInput(
                "PATCH", "/servicenetworks/x", #"{"authType":"none"}"#,
                names: ["serviceNetworkIdentifier", "authType"]),
        ]

    static let services: [BadInput] =
        names("/services", longest: 40, prefix: "svc-") + tokens("/services", #""name":"new""#) + [
            BadInput("POST", "/services", names: ["name"]),
            BadInput("POST", "/services", #"{"name":"new","customDomainName":"ab"}"#, names: ["customDomainName"]),
            BadInput(
                "POST", "/services", #"{"name":"new","customDomainName":"\#(long.prefix(256))"}"#,
                names: ["customDomainName"]),
            BadInput("POST", "/services", #"{"name":"new","certificateArn":"x"}"#, names: ["certificateArn"]),
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":59}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":601}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":60.5}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":"60"}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","authType":""}"#, names: ["authType"]),
            BadInput("GET", "/services/service", names: ["serviceIdentifier"]),
            BadInput("GET", "/services/\(long)", names: ["serviceIdentifier"]),
            BadInput("DELETE", "/services/{network}", names: ["serviceIdentifier"]),
            BadInput(
                "PATCH", "/services/x",
                #"{"certificateArn":7,"authType":"X","idleTimeoutSeconds":0}"#,
                names: ["serviceIdentifier", "certificateArn", "authType", "idleTimeoutSeconds"]),
        ]

    // MARK: Actions and matches

    /// Each pair: an action and the fields that are wrong in it, below the name of the action.
    private static let actions: [(String, [String])] = [
        ("7", [""]), ("[]", [""]), ("{}", [""]), (#"{"redirect":{}}"#, [""]),
        (#"{"forward":{"targetGroups":[]},"fixedResponse":{"statusCode":404}}"#, [""]),
        (#"{"forward":7}"#, [".forward"]), (#"{"forward":{}}"#, [".forward.targetGroups"]),
        (#"{"forward":{"targetGroups":[]}}"#, [".forward.targetGroups"]),
        (#"{"forward":{"targetGroups":{}}}"#, [".forward.targetGroups"]),
        (#"{"forward":{"targetGroups":["{group}"]}}"#, [".forward.targetGroups[0]"]),
        (#"{"forward":{"targetGroups":[{}]}}"#, [".forward.targetGroups[0].targetGroupIdentifier"]),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"group"}]}}"#,
            [".forward.targetGroups[0].targetGroupIdentifier"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":-1}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":1000}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":"1"}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        // Several groups need weights.
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}"},"#
                + #"{"targetGroupIdentifier":"tg-0123456789abcdef0","weight":1}]}}"#,
            [".forward.targetGroups[0].weight"]
        ),
        (
            #"{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}","weight":1},"#
                + #"{"targetGroupIdentifier":"{group}","weight":2}]}}"#,
            [".forward.targetGroups[1].targetGroupIdentifier"]
        ),
        (
            #"{"forward":{"targetGroups":["#
                + Array(repeating: #"{"targetGroupIdentifier":"{group}","weight":1}"#, count: 11)
                .joined(separator: ",") + "]}}",
            [".forward.targetGroups"]
        ),
        (#"{"fixedResponse":{}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":99}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":200}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":503}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":600}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":{"statusCode":"404"}}"#, [".fixedResponse.statusCode"]),
        (#"{"fixedResponse":404}"#, [".fixedResponse"]),
    ]

    private static let headers = ".httpMatch.headerMatches"
    private static let matches: [(String, [String])] = [
        ("7", [""]), ("{}", [""]), (#"{"grpcMatch":{}}"#, [""]), (#"{"httpMatch":[]}"#, [".httpMatch"]),
        (#"{"httpMatch":{}}"#, [".httpMatch"]), (#"{"httpMatch":{"method":""}}"#, [".httpMatch"]),
        (#"{"httpMatch":{"queryMatch":{}}}"#, [".httpMatch"]),
        (#"{"httpMatch":{"method":"\#(long.prefix(17))"}}"#, [".httpMatch.method"]),
        (#"{"httpMatch":{"method":1}}"#, [".httpMatch.method"]),
        (#"{"httpMatch":{"pathMatch":"/a"}}"#, [".httpMatch.pathMatch"]),
        (#"{"httpMatch":{"pathMatch":{}}}"#, [".httpMatch.pathMatch.match"]),
        (#"{"httpMatch":{"pathMatch":{"match":{}}}}"#, [".httpMatch.pathMatch.match"]),
        (
            #"{"httpMatch":{"pathMatch":{"match":{"exact":"/a","prefix":"/a"}}}}"#, [".httpMatch.pathMatch.match"]
        ),
        (#"{"httpMatch":{"pathMatch":{"match":{"exact":"a"}}}}"#, [".httpMatch.pathMatch.match.exact"]),
        (#"{"httpMatch":{"pathMatch":{"match":{"exact":""}}}}"#, [".httpMatch.pathMatch.match.exact"]),
        (#"{"httpMatch":{"pathMatch":{"match":{"prefix":"/a b"}}}}"#, [".httpMatch.pathMatch.match.prefix"]),
        (#"{"httpMatch":{"pathMatch":{"match":{"prefix":"/*"}}}}"#, [".httpMatch.pathMatch.match.prefix"]),
        (
            #"{"httpMatch":{"pathMatch":{"match":{"prefix":"/\#(long.prefix(200))"}}}}"#,
            [".httpMatch.pathMatch.match.prefix"]
        ),
        (
            #"{"httpMatch":{"pathMatch":{"caseSensitive":1,"match":{"exact":"/a"}}}}"#,
            [".httpMatch.pathMatch.caseSensitive"]
        ),
        (#"{"httpMatch":{"headerMatches":[]}}"#, [headers]),
        (#"{"httpMatch":{"headerMatches":{}}}"#, [headers]),
        (
            #"{"httpMatch":{"headerMatches":["#
                + Array(repeating: #"{"name":"x","match":{"exact":"y"}}"#, count: 6).joined(separator: ",") + "]}}",
            [headers]
        ),
        (#"{"httpMatch":{"headerMatches":[7]}}"#, [headers + "[0]"]),
        (#"{"httpMatch":{"headerMatches":[{}]}}"#, [headers + "[0].name", headers + "[0].match"]),
        (#"{"httpMatch":{"headerMatches":[{"name":"","match":{"exact":"y"}}]}}"#, [headers + "[0].name"]),
        (
            #"{"httpMatch":{"headerMatches":[{"name":"\#(long.prefix(101))","match":{"exact":"y"}}]}}"#,
            [headers + "[0].name"]
        ),
        (#"{"httpMatch":{"headerMatches":[{"name":"x","match":{"exact":""}}]}}"#, [headers + "[0].match.exact"]),
        (
            #"{"httpMatch":{"headerMatches":[{"name":"x","match":{"contains":"\#(long.prefix(201))"}}]}}"#,
            [headers + "[0].match.contains"]
        ),
        (#"{"httpMatch":{"headerMatches":[{"name":"x","match":{"regex":"y"}}]}}"#, [headers + "[0].match"]),
        (
            #"{"httpMatch":{"headerMatches":[{"name":"x","match":{"prefix":"y"},"caseSensitive":"no"}]}}"#,
            [headers + "[0].caseSensitive"]
        ),
        (
            #"{"httpMatch":{"method":7,"pathMatch":{"match":{"exact":"a"}},"headerMatches":[{"name":"x"}]}}"#,
            [".httpMatch.method", ".httpMatch.pathMatch.match.exact", headers + "[0].match"]
        ),
    ]

    private static let listenersPath = "/services/{service}/listeners"
    private static let rulesPath = "/services/{service}/listeners/{listener}/rules"
    private static let action = #"{"fixedResponse":{"statusCode":404}}"#
    private static let match = #"{"httpMatch":{"method":"GET"}}"#

    static let listeners: [BadInput] =
        names(listenersPath, longest: 63, #","protocol":"HTTP","defaultAction":\#(action)"#, prefix: "listener-")
        + tokens(listenersPath, #""name":"new","protocol":"HTTP","defaultAction":\#(action)"#)
        + actions.flatMap { action, fields in
            let names = Set(fields.map { "defaultAction\($0)" })
            return [
                BadInput(
                    "POST", listenersPath, #"{"name":"new","protocol":"HTTP","port":81,"defaultAction":\#(action)}"#,
                    names: names),
                BadInput("PATCH", listenersPath + "/{listener}", #"{"defaultAction":\#(action)}"#, names: names),
            ]
        } + [
            BadInput("POST", listenersPath, "{}", names: ["name", "protocol", "defaultAction"]),
            BadInput(
                "POST", listenersPath, #"{"name":"new","protocol":"TCP","port":0,"defaultAction":\#(action)}"#,
                names: ["protocol", "port"]),
            BadInput(
                "POST", listenersPath, #"{"name":"new","protocol":"HTTP","port":65536,"defaultAction":\#(action)}"#,
                names: ["port"]),
            BadInput(
                "POST", listenersPath, #"{"name":"new","protocol":"HTTP","port":"80","defaultAction":\#(action)}"#,
                names: ["port"]),
            BadInput(
                "POST", "/services/x/listeners", #"{"name":"new","protocol":"HTTP","defaultAction":\#(action)}"#,
                names: ["serviceIdentifier"]),
            BadInput("GET", "/services/x/listeners/y", names: ["serviceIdentifier", "listenerIdentifier"]),
            BadInput("GET", "/services/x/listeners", names: ["serviceIdentifier"]),
            BadInput("DELETE", listenersPath + "/{rule}", names: ["listenerIdentifier"]),
            BadInput("PATCH", listenersPath + "/{listener}", "{}", names: ["defaultAction"]),
        ]

    static let rules: [BadInput] =
        names(rulesPath, longest: 63, #","priority":7,"match":\#(match),"action":\#(action)"#, prefix: "rule-")
        + tokens(rulesPath, #""name":"new","priority":7,"match":\#(match),"action":\#(action)"#)
        + actions.flatMap { action, fields in
            let names = Set(fields.map { "action\($0)" })
            return [
                BadInput(
                    "POST", rulesPath, #"{"name":"new","priority":7,"match":\#(match),"action":\#(action)}"#,
                    names: names),
                BadInput("PATCH", rulesPath + "/{rule}", #"{"action":\#(action)}"#, names: names),
            ]
        }
        + matches.flatMap { match, fields in
            let names = Set(fields.map { "match\($0)" })
            return [
                BadInput(
                    "POST", rulesPath, #"{"name":"new","priority":7,"match":\#(match),"action":\#(action)}"#,
                    names: names),
                BadInput("PATCH", rulesPath + "/{rule}", #"{"match":\#(match)}"#, names: names),
            ]
        }
        + ["0", "2001", "-1", "1.5", "\"7\"", "99999999999999999999", "true"].flatMap { priority in
            [
                BadInput(
                    "POST", rulesPath,
                    #"{"name":"new","priority":\#(priority),"match":\#(match),"action":\#(action)}"#,
                    names: ["priority"]),
                BadInput("PATCH", rulesPath + "/{rule}", #"{"priority":\#(priority)}"#, names: ["priority"]),
            ]
        } + [
            BadInput("POST", rulesPath, "{}", names: ["name", "priority", "match", "action"]),
            BadInput(
                "GET", "/services/x/listeners/y/rules/z",
                names: ["serviceIdentifier", "listenerIdentifier", "ruleIdentifier"]),
            BadInput("DELETE", rulesPath + "/default", names: ["ruleIdentifier"]),
            BadInput("GET", "/services/{service}/listeners/{group}/rules", names: ["listenerIdentifier"]),
        ]

    // MARK: Target groups and targets

    private static let lambda = #","type":"LAMBDA""#

    static let targetGroups: [BadInput] =
        names("/targetgroups", longest: 128, lambda, prefix: "tg-")
        + tokens("/targetgroups", #""name":"new","type":"LAMBDA""#)
        + ["port", "protocol", "protocolVersion", "ipAddressType", "vpcIdentifier", "healthCheck"].flatMap { member in
            [
                BadInput(
                    "POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":{"\#(member)":1}}"#,
                    names: ["config.\(member)"]),
                BadInput(
                    "PATCH", "/targetgroups/{group}",
                    #"{"config":{"\#(member)":1,"lambdaEventStructureVersion":"V2"}}"#, names: ["config.\(member)"]),
            ]
        } + [
            BadInput("POST", "/targetgroups", "{}", names: ["name", "type"]),
            BadInput("POST", "/targetgroups", #"{"name":"new","type":"FUNCTION"}"#, names: ["type"]),
            BadInput(
                "POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":{"lambdaEventStructureVersion":"V3"}}"#,
                names: ["config.lambdaEventStructureVersion"]),
            BadInput("POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":"V1"}"#, names: ["config"]),
            BadInput(
                "POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":{"port":1,"vpcIdentifier":"vpc-1"}}"#,
                names: ["config.port", "config.vpcIdentifier"]),
            BadInput("GET", "/targetgroups/group", names: ["targetGroupIdentifier"]),
            BadInput("DELETE", "/targetgroups/{service}", names: ["targetGroupIdentifier"]),
            BadInput("PATCH", "/targetgroups/{group}", "{}", names: ["healthCheck"]),
            BadInput("PATCH", "/targetgroups/{group}", #"{"healthCheck":{}}"#, names: ["healthCheck"]),
            BadInput(
                "PATCH", "/targetgroups/{group}",
                #"{"healthCheck":{"enabled":true},"config":{"lambdaEventStructureVersion":"V2"}}"#,
                names: ["healthCheck"]),
            BadInput(
                "PATCH", "/targetgroups/{group}", #"{"config":{}}"#, names: ["config.lambdaEventStructureVersion"]),
            BadInput(
                "PATCH", "/targetgroups/{group}", #"{"config":{"lambdaEventStructureVersion":2}}"#,
                names: ["config.lambdaEventStructureVersion"]),
            BadInput("GET", "/targetgroups?targetGroupType=X", names: ["targetGroupType"]),
            BadInput("GET", "/targetgroups?vpcIdentifier=vpc", names: ["vpcIdentifier"]),
        ]

    static let targets: [BadInput] = ["registertargets", "deregistertargets"].flatMap { operation in
        let path = "/targetgroups/{group}/\(operation)"
        let tooMany = Array(repeating: #"{"id":"x"}"#, count: 101).joined(separator: ",")
        return [
            BadInput("POST", path, "{}", names: ["targets"]),
            BadInput("POST", path, #"{"targets":[]}"#, names: ["targets"]),
            BadInput("POST", path, #"{"targets":"x"}"#, names: ["targets"]),
            BadInput("POST", path, #"{"targets":[\#(tooMany)]}"#, names: ["targets"]),
            BadInput("POST", path, #"{"targets":[{}]}"#, names: ["targets[0].id"]),
            BadInput("POST", path, #"{"targets":[{"id":""}]}"#, names: ["targets[0].id"]),
            BadInput("POST", path, #"{"targets":[{"id":"\#(long.prefix(201))"}]}"#, names: ["targets[0].id"]),
            BadInput("POST", path, #"{"targets":[{"id":"x"},{"id":7}]}"#, names: ["targets[1].id"]),
            BadInput("POST", path, #"{"targets":[{"id":"x","port":0}]}"#, names: ["targets[0].port"]),
            BadInput("POST", path, #"{"targets":[{"id":"x","port":65536}]}"#, names: ["targets[0].port"]),
            BadInput(
                "POST", "/targetgroups/x/\(operation)", #"{"targets":[{"id":"x","port":"80"}]}"#,
                names: ["targetGroupIdentifier", "targets[0].port"]),
        ]
    } + [
        BadInput(
            "POST", "/targetgroups/{group}/listtargets",
            #"{"targets":[\#(Array(repeating: #"{"id":"x"}"#, count: 21).joined(separator: ","))]}"#,
            names: ["targets"]),
        BadInput("POST", "/targetgroups/{group}/listtargets", #"{"targets":[{"port":80}]}"#, names: ["targets[0].id"]),
    ]

    // MARK: Associations and tags

    private static let vpc = #""vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"{network}""#

    static let associations: [BadInput] =
        tokens(
            "/servicenetworkserviceassociations",
            #""serviceIdentifier":"{service}","serviceNetworkIdentifier":"{network}""#)
        + tokens("/servicenetworkvpcassociations", vpc) + [
            BadInput(
                "POST", "/servicenetworkserviceassociations", "{}",
                names: ["serviceIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "POST", "/servicenetworkserviceassociations",
                #"{"serviceIdentifier":"service","serviceNetworkIdentifier":7}"#,
                names: ["serviceIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "GET", "/servicenetworkserviceassociations/x", names: ["serviceNetworkServiceAssociationIdentifier"]),
            BadInput(
                "DELETE", "/servicenetworkserviceassociations/{vpcAssociation}",
                names: ["serviceNetworkServiceAssociationIdentifier"]),
            BadInput("GET", "/servicenetworkserviceassociations", names: ["serviceNetworkIdentifier"]),
            BadInput(
                "GET", "/servicenetworkserviceassociations?serviceIdentifier=x&serviceNetworkIdentifier=y",
                names: ["serviceIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations", "{}", names: ["vpcIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations",
                #"{"vpcIdentifier":"vpc-1","serviceNetworkIdentifier":"{network}"}"#, names: ["vpcIdentifier"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations", #"{\#(vpc),"securityGroupIds":["sg-1","sg-01234567",7]}"#,
                names: ["securityGroupIds[0]", "securityGroupIds[2]"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations",
                #"{\#(vpc),"securityGroupIds":["sg-01234567","sg-01234567"]}"#, names: ["securityGroupIds[1]"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations",
                #"{\#(vpc),"securityGroupIds":["a","b","c","d","e","f"]}"#, names: ["securityGroupIds"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations", #"{\#(vpc),"privateDnsEnabled":"true"}"#,
                names: ["privateDnsEnabled"]),
            BadInput("POST", "/servicenetworkvpcassociations", #"{\#(vpc),"dnsOptions":7}"#, names: ["dnsOptions"]),
            BadInput("GET", "/servicenetworkvpcassociations", names: ["serviceNetworkIdentifier"]),
            BadInput("GET", "/servicenetworkvpcassociations?vpcIdentifier=x", names: ["vpcIdentifier"]),
            BadInput("GET", "/servicenetworkvpcassociations/x", names: ["serviceNetworkVpcAssociationIdentifier"]),
            BadInput("PATCH", "/servicenetworkvpcassociations/{vpcAssociation}", "{}", names: ["securityGroupIds"]),
            BadInput(
                "PATCH", "/servicenetworkvpcassociations/{vpcAssociation}", #"{"securityGroupIds":[]}"#,
                names: ["securityGroupIds"]),
            BadInput(
                "PATCH", "/servicenetworkvpcassociations/x", #"{"securityGroupIds":["sg"]}"#,
                names: ["serviceNetworkVpcAssociationIdentifier", "securityGroupIds[0]"]),
        ]

    private static let tooManyTags = (0...200).map { #""k\#($0)":"v""# }.joined(separator: ",")
    private static let tagsOverTheLimit = (0...50).map { #""k\#($0)":"v""# }.joined(separator: ",")

    static let tags: [BadInput] =
        [
            (#"{"aws:a":"v"}"#, "tags"), (#"{"AWS:a":"v"}"#, "tags"), (#"{"":"v"}"#, "tags"),
            (#"{"\#(long.prefix(129))":"v"}"#, "tags"), (#"{"a":"\#(long.prefix(257))"}"#, "tags.a"),
            (#"{"a":7}"#, "tags.a"), (#"{"a":"v!"}"#, "tags.a"), (#"{"a!":"v"}"#, "tags"), (#"{" a":"v"}"#, "tags"),
            (#"{"a ":"v"}"#, "tags"), (#"{"a":" v"}"#, "tags.a"), ("[]", "tags"), ("{\(tooManyTags)}", "tags"),
            ("{\(tagsOverTheLimit)}", "tags"),
        ].flatMap { tags, field in
            [
                BadInput("POST", "/services", #"{"name":"new","tags":\#(tags)}"#, names: [field]),
                BadInput("POST", "/tags/{arn}", #"{"tags":\#(tags)}"#, names: [field]),
            ]
        } + [
            BadInput("POST", "/tags/{arn}", "{}", names: ["tags"]),
            BadInput("POST", "/tags/{service}", #"{"tags":{"a":"b"}}"#, names: ["resourceArn"]),
            BadInput("GET", "/tags/arn%3Aaws%3As3%3A%3A%3Abucket", names: ["resourceArn"]),
            BadInput("DELETE", "/tags/{arn}", names: ["tagKeys"]),
            BadInput("DELETE", "/tags/{arn}?tagKeys=", names: ["tagKeys[0]"]),
            BadInput("DELETE", "/tags/{arn}?tagKeys=a&tagKeys=\(long.prefix(129))", names: ["tagKeys[1]"]),
            BadInput(
                "DELETE", "/tags/{arn}?" + (0...200).map { "tagKeys=\($0)" }.joined(separator: "&"),
                names: ["tagKeys"]),
        ]

    // MARK: Pages

    static let pages: [BadInput] = [
        "/services", "/servicenetworks", "/targetgroups", "/services/{service}/listeners",
        "/services/{service}/listeners/{listener}/rules",
    ].flatMap { path in
        [
            BadInput("GET", "\(path)?maxResults=0", names: ["maxResults"]),
            BadInput("GET", "\(path)?maxResults=101", names: ["maxResults"]),
            BadInput("GET", "\(path)?maxResults=x&nextToken=", names: ["maxResults", "nextToken"]),
            BadInput("GET", "\(path)?nextToken=\(long)", names: ["nextToken"]),
            BadInput("GET", "\(path)?nextToken=zzz", names: ["nextToken"]),
        ]
    } + [
        BadInput("POST", "/targetgroups/{group}/listtargets?maxResults=0", names: ["maxResults"]),
        BadInput("POST", "/targetgroups/{group}/listtargets?nextToken=0", names: ["nextToken"]),
    ]
}
