import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

/// Each operation against the published model: address, status and what the answer consists of.
@Suite(.enabled(if: BotocoreModel.isAvailable, "there is no botocore for python3 on this machine"))
struct ModelOperationTests {
    /// Members that are newer than the model on this machine may be.
    private static let newerMembers: [String: Set<String>] = [
        "CreateService": ["idleTimeoutSeconds"], "GetService": ["idleTimeoutSeconds"],
        "UpdateService": ["idleTimeoutSeconds"],
    ]

    @Test(arguments: LatticeOperations.all.map { $0.name })
    func operationHasTheAddressOfTheModel(_ name: String) throws {
        let http = try #require(BotocoreModel.service?["operations"]?[name]?["http"])
        let operation = try #require(LatticeOperations.all.first { $0.name == name })
        #expect(http["method"]?.text == operation.method)
        #expect(http["requestUri"]?.text == operation.path)
    }

    @Test func everyOperationHasAnExample() {
        #expect(Set(ValidRequest.all.map(\.operation)) == Set(LatticeOperations.all.map { $0.name }))
    }

    @Test(arguments: ValidRequest.all)
    func answerHasTheStatusAndShapeOfTheModel(_ request: ValidRequest) async throws {
        let example = try await ServedExample()
        for (method, path, body) in request.before {
            let reply = await example.send(method, path, body)
            try #require(reply.status < 300)
            try await example.world.settle()
        }
        let model = try #require(BotocoreModel.service?["operations"]?[request.operation])
        let operation = try #require(LatticeOperations.all.first { $0.name == request.operation })

        let reply = await example.send(operation.method, request.target, request.body)

        #expect(reply.status == model["http"]?["responseCode"]?.number)
        guard let output = model["output"]?["shape"]?.text, reply.status != 204 else {
            #expect(reply.bodyLength == 0)
            return
        }
        let problems = ModelShape(name: output).problems(
            with: try #require(reply.json), at: request.operation,
            newer: Self.newerMembers[request.operation] ?? [])
        #expect(problems == [], "\(String(describing: reply.json))")
        #expect(reply.members.isSuperset(of: request.expectedMembers))
    }
}

/// A valid request for each operation, with what must be in its answer.
struct ValidRequest: Sendable, CustomTestStringConvertible {
    var operation: String
    var target: String
    var body: String
    /// Besides those that the model requires.
    var expectedMembers: Set<String>
    var before: [(String, String, String)] = []

    var testDescription: String { operation }

    init(
        _ operation: String, _ target: String, _ body: String = "", expect: Set<String> = [],
        after before: [(String, String, String)] = []
    ) {
        self.operation = operation
        self.target = target
        self.body = body
        expectedMembers = expect
        self.before = before
    }

    private static let unassociate = [
        ("DELETE", "/servicenetworkserviceassociations/{serviceAssociation}", ""),
        ("DELETE", "/servicenetworkvpcassociations/{vpcAssociation}", ""),
    ]
    private static let rules = "/services/{service}/listeners/{listener}/rules"
    private static let serviceAssociation = "/servicenetworkserviceassociations/{serviceAssociation}"
    private static let vpcAssociation = "/servicenetworkvpcassociations/{vpcAssociation}"
    private static let match =
        #"{"httpMatch":{"method":"PUT","pathMatch":{"match":{"exact":"/a"},"caseSensitive":true},"headerMatches":["#
        + #"{"name":"x","match":{"contains":"y"}},{"name":"z","match":{"prefix":"y"},"caseSensitive":true}]}}"#
    private static let authPolicy =
        #"{"policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}}"}"#
    private static let resourcePolicy = authPolicy
    private static let resourcePolicyPath =
        "/resourcepolicy/" + TestWorld.encoded(TestWorld.arn("service/")) + "{service}"
    private static let target = #"{"targets":[{"id":"{function}"}]}"#
    private static let otherTarget = #"{"targets":[{"id":"{function}"},{"id":"other"}]}"#

    static let all: [ValidRequest] =
        [
            ValidRequest(
                "CreateServiceNetwork", "/servicenetworks", #"{"name":"new","sharingConfig":{"enabled":false}}"#,
                expect: ["id", "name", "arn", "sharingConfig", "authType"]),
            ValidRequest(
                "GetServiceNetwork", "/servicenetworks/{network}",
                expect: [
                    "id", "name", "createdAt", "lastUpdatedAt", "arn", "authType", "sharingConfig",
                    "numberOfAssociatedVPCs", "numberOfAssociatedServices",
                ]),
            ValidRequest("ListServiceNetworks", "/servicenetworks"),
            ValidRequest(
                "UpdateServiceNetwork", "/servicenetworks/{network}", #"{"authType":"NONE"}"#,
                expect: ["id", "name", "arn", "authType"]),
            ValidRequest("DeleteServiceNetwork", "/servicenetworks/{network}", after: unassociate),
            ValidRequest(
                "CreateService", "/services",
                #"{"name":"new","customDomainName":"a.example","certificateArn":"arn:aws:acm:r:1:certificate/0"}"#,
                expect: ["id", "arn", "name", "customDomainName", "certificateArn", "status", "authType", "dnsEntry"]),
            ValidRequest(
                "GetService", "/services/{service}",
                expect: ["id", "name", "arn", "createdAt", "lastUpdatedAt", "dnsEntry", "status", "authType"]),
            ValidRequest("ListServices", "/services", expect: ["items"]),
            ValidRequest(
                "UpdateService", "/services/{service}", #"{"authType":"NONE"}"#,
                expect: ["id", "arn", "name", "authType"]),
            ValidRequest(
                "DeleteService", "/services/{service}", expect: ["id", "arn", "name", "status"], after: unassociate),
            ValidRequest(
                "CreateListener", "/services/{service}/listeners",
                #"{"name":"new","protocol":"HTTP","port":81,"defaultAction":{"fixedResponse":{"statusCode":500}}}"#,
                expect: ["arn", "id", "name", "protocol", "port", "serviceArn", "serviceId", "defaultAction"]),
            ValidRequest(
                "GetListener", "/services/{service}/listeners/{listener}",
                expect: [
                    "arn", "id", "name", "protocol", "port", "serviceArn", "serviceId", "defaultAction", "createdAt",
                    "lastUpdatedAt",
                ]),
            ValidRequest("ListListeners", "/services/{service}/listeners"),
            ValidRequest(
                "UpdateListener", "/services/{service}/listeners/{listener}",
                #"{"defaultAction":{"forward":{"targetGroups":[{"targetGroupIdentifier":"{group}"}]}}}"#,
                expect: ["arn", "id", "name", "protocol", "port", "serviceArn", "serviceId", "defaultAction"]),
            ValidRequest("DeleteListener", "/services/{service}/listeners/{listener}"),
            ValidRequest(
                "CreateRule", rules,
                #"{"name":"new","priority":7,"match":\#(match),"action":{"fixedResponse":{"statusCode":404}}}"#,
                expect: ["arn", "id", "name", "match", "priority", "action"]),
            ValidRequest(
                "GetRule", rules + "/{rule}",
                expect: [
                    "arn", "id", "name", "isDefault", "match", "priority", "action", "createdAt", "lastUpdatedAt",
                ]),
            ValidRequest("ListRules", rules),
            ValidRequest(
                "UpdateRule", rules + "/{rule}", #"{"priority":9,"match":\#(match)}"#,
                expect: ["arn", "id", "name", "isDefault", "match", "priority", "action"]),
            ValidRequest(
                "BatchUpdateRule", rules,
                #"{"rules":[{"ruleIdentifier":"{rule}","priority":9,"match":\#(match)},"#
                    + #"{"ruleIdentifier":"rule-0123456789abcdef0"}]}"#,
                expect: ["successful", "unsuccessful"]),
            ValidRequest("DeleteRule", rules + "/{rule}"),
            ValidRequest(
                "CreateTargetGroup", "/targetgroups", #"{"name":"new","type":"LAMBDA"}"#,
                expect: ["id", "arn", "name", "type", "config", "status"]),
            ValidRequest(
                "GetTargetGroup", "/targetgroups/{group}",
                expect: [
                    "id", "arn", "name", "type", "config", "createdAt", "lastUpdatedAt", "status", "serviceArns",
                ]),
            ValidRequest("ListTargetGroups", "/targetgroups", expect: ["items"]),
            ValidRequest(
                "UpdateTargetGroup", "/targetgroups/{group}", #"{"config":{"lambdaEventStructureVersion":"V2"}}"#,
                expect: ["id", "arn", "name", "type", "config", "status"]),
            ValidRequest(
                "DeleteTargetGroup", "/targetgroups/{group}", expect: ["id", "arn", "status"],
                after: [("DELETE", rules + "/{rule}", "")]),
            ValidRequest(
                "RegisterTargets", "/targetgroups/{group}/registertargets", otherTarget,
                expect: ["successful", "unsuccessful"]),
            ValidRequest(
                "DeregisterTargets", "/targetgroups/{group}/deregistertargets", otherTarget,
                expect: ["successful", "unsuccessful"]),
            ValidRequest("ListTargets", "/targetgroups/{group}/listtargets", target),
            ValidRequest(
                "CreateServiceNetworkServiceAssociation", "/servicenetworkserviceassociations",
                #"{"serviceIdentifier":"{service}","serviceNetworkIdentifier":"{network}"}"#,
                expect: ["id", "status", "arn", "createdBy", "dnsEntry"], after: unassociate),
            ValidRequest(
                "GetServiceNetworkServiceAssociation", serviceAssociation,
                expect: [
                    "id", "status", "arn", "createdBy", "createdAt", "serviceId", "serviceName", "serviceArn",
                    "serviceNetworkId", "serviceNetworkName", "serviceNetworkArn", "dnsEntry",
                ]),
            ValidRequest(
                "ListServiceNetworkServiceAssociations",
                "/servicenetworkserviceassociations?serviceIdentifier={service}"),
            ValidRequest(
                "DeleteServiceNetworkServiceAssociation", serviceAssociation, expect: ["id", "status", "arn"]),
            ValidRequest(
                "CreateServiceNetworkVpcAssociation", "/servicenetworkvpcassociations",
                #"{"vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"{network}","#
                    + #""securityGroupIds":["sg-01234567"],"privateDnsEnabled":true,"dnsOptions":{"privateDnsPreference":"#
                    + #""SPECIFIED_DOMAINS_ONLY","privateDnsSpecifiedDomains":["a.example"]}}"#,
                expect: ["id", "status", "arn", "createdBy", "securityGroupIds", "privateDnsEnabled", "dnsOptions"]),
            ValidRequest(
                "GetServiceNetworkVpcAssociation", vpcAssociation,
                expect: [
                    "id", "status", "arn", "createdBy", "createdAt", "serviceNetworkId", "serviceNetworkName",
                    "serviceNetworkArn", "vpcId", "securityGroupIds", "privateDnsEnabled", "lastUpdatedAt",
                ]),
            ValidRequest(
                "ListServiceNetworkVpcAssociations",
                "/servicenetworkvpcassociations?serviceNetworkIdentifier={network}"),
            ValidRequest(
                "UpdateServiceNetworkVpcAssociation", vpcAssociation, #"{"securityGroupIds":["sg-01234567"]}"#,
                expect: ["id", "arn", "status", "createdBy", "securityGroupIds"]),
            ValidRequest("DeleteServiceNetworkVpcAssociation", vpcAssociation, expect: ["id", "status", "arn"]),
            ValidRequest(
                "CreateAccessLogSubscription", "/accesslogsubscriptions",
                #"{"resourceIdentifier":"{service}","destinationArn":"arn:aws:s3:::access-logs","tags":{"a":"b"}}"#),
            ValidRequest(
                "GetAccessLogSubscription", "/accesslogsubscriptions/{accessLog}", expect: ["serviceNetworkLogType"]),
            ValidRequest("ListAccessLogSubscriptions", "/accesslogsubscriptions?resourceIdentifier={network}"),
            ValidRequest(
                "UpdateAccessLogSubscription", "/accesslogsubscriptions/{accessLog}",
                #"{"destinationArn":"arn:aws:s3:::access-logs"}"#),
            ValidRequest("DeleteAccessLogSubscription", "/accesslogsubscriptions/{accessLog}"),
            ValidRequest("PutAuthPolicy", "/authpolicy/{service}", authPolicy, expect: ["policy", "state"]),
            ValidRequest(
                "GetAuthPolicy", "/authpolicy/{service}", expect: ["policy", "state", "createdAt", "lastUpdatedAt"],
                after: [("PUT", "/authpolicy/{service}", authPolicy)]),
            ValidRequest("DeleteAuthPolicy", "/authpolicy/{network}"),
            ValidRequest("PutResourcePolicy", resourcePolicyPath, resourcePolicy),
            ValidRequest(
                "GetResourcePolicy", resourcePolicyPath, expect: ["policy"],
                after: [("PUT", resourcePolicyPath, resourcePolicy)]),
            ValidRequest("DeleteResourcePolicy", resourcePolicyPath),
            ValidRequest("TagResource", "/tags/{arn}", #"{"tags":{"a":"b"}}"#),
            ValidRequest("UntagResource", "/tags/{arn}?tagKeys=a&tagKeys=b%20c"),
            ValidRequest("ListTagsForResource", "/tags/{arn}", expect: ["tags"]),
        ] + vpcResources
}
