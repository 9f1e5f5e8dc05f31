import TrellisAPI
import TrellisModel

/// A string shape of the service model: its length in characters and its pattern.
struct TextShape: Sendable {
    /// The shape's name in the model.
    var name: String
    var length: ClosedRange<Int>
    var pattern: TextPattern?

    init(_ name: String, _ length: ClosedRange<Int>, pattern: TextPattern? = nil) {
        self.name = name
        self.length = length
        self.pattern = pattern
    }
}

/// The constraints of every input shape, once.
///
/// A test compares names, lengths and patterns with the published model, and what the code of a pattern decides with
/// what the model's regular expression decides.
///
/// - Source: vpc-lattice service model 2022-11-30.
enum LatticeShapes {
    // MARK: Names

    static let serviceName = TextShape("ServiceName", 3...40, pattern: .name(not: "svc-"))
    static let serviceNetworkName = TextShape("ServiceNetworkName", 3...63, pattern: .name(not: nil))
    static let listenerName = TextShape("ListenerName", 3...63, pattern: .name(not: "listener-"))
    static let ruleName = TextShape("RuleName", 3...63, pattern: .name(not: "rule-"))
    static let targetGroupName = TextShape("TargetGroupName", 3...128, pattern: .name(not: "tg-"))

    // MARK: Identifiers

    static let serviceIdentifier = TextShape(
        "ServiceIdentifier", 17...2048, pattern: .identifier(ServiceKind.self, tail: "service/"))
    static let serviceNetworkIdentifier = TextShape(
        "ServiceNetworkIdentifier", 3...2048, pattern: .identifier(ServiceNetworkKind.self, tail: "servicenetwork/"))
    static let listenerIdentifier = TextShape(
        "ListenerIdentifier", 20...2048, pattern: .identifier(below: "service/svc", ListenerKind.self))
    static let ruleIdentifier = TextShape(
        "RuleIdentifier", 20...2048, pattern: .identifier(below: "service/svc/listener/listener", RuleKind.self))
    static let targetGroupIdentifier = TextShape(
        "TargetGroupIdentifier", 17...2048, pattern: .identifier(TargetGroupKind.self, tail: "targetgroup/"))
    static let serviceAssociationIdentifier = TextShape(
        "ServiceNetworkServiceAssociationIdentifier", 17...2048,
        pattern: .identifier(ServiceAssociationKind.self, tail: "servicenetworkserviceassociation/"))
    static let vpcAssociationIdentifier = TextShape(
        "ServiceNetworkVpcAssociationIdentifier", 17...2048,
        pattern: .identifier(VpcAssociationKind.self, tail: "servicenetworkvpcassociation/"))
    static let accessLogSubscriptionIdentifier = TextShape(
        "AccessLogSubscriptionIdentifier", 17...2048,
        pattern: .identifier(AccessLogSubscriptionKind.self, tail: "accesslogsubscription/"))
    static let accessLogOwnerIdentifier = TextShape("ResourceIdentifier", 17...200, pattern: .policyResource)
    static let arn = TextShape("Arn", 0...1224, pattern: .latticeARN)

    static let policyResourceIdentifier = TextShape("ResourceIdentifier", 17...200, pattern: .policyResource)
    static let policyResourceARN = TextShape("ResourceArn", 20...200, pattern: .policyResourceARN)

    // MARK: Other strings

    static let authPolicy = TextShape("AuthPolicyString", 0...36_864)
    static let resourcePolicy = TextShape("PolicyString", 1...10_000, pattern: .notBlank)

    static let clientToken = TextShape("ClientToken", 1...64, pattern: .clientToken)
    static let nextToken = TextShape("NextToken", 1...2048)
    static let certificateARN = TextShape("CertificateArn", 0...2048, pattern: .certificateARN)
    static let accessLogDestinationARN = TextShape(
        "AccessLogDestinationArn", 20...2048, pattern: .accessLogDestinationARN)
    static let customDomainName = TextShape("ServiceCustomDomainName", 3...255)
    static let vpcID = TextShape("VpcId", 5...50, pattern: .ec2ID("vpc"))
    static let securityGroupID = TextShape("SecurityGroupId", 5...200, pattern: .ec2ID("sg"))
    static let targetID = TextShape("TargetIdString", 1...200)
    static let httpMethod = TextShape("HttpMethod", 0...16)
    static let pathExact = TextShape("PathMatchExact", 1...200, pattern: .path)
    static let pathPrefix = TextShape("PathMatchPrefix", 1...200, pattern: .path)
    static let headerName = TextShape("HeaderMatchName", 1...100)
    static let headerExact = TextShape("HeaderMatchExact", 1...200)
    static let headerPrefix = TextShape("HeaderMatchPrefix", 1...200)
    static let headerContains = TextShape("HeaderMatchContains", 1...200)
    static let healthCheckPath = TextShape("HealthCheckPath", 0...2048, pattern: .emptyOrPath)
    static let httpCodeMatcher = TextShape("HttpCodeMatcher", 0...2000, pattern: .emptyOrCodes)
    static let privateDNSDomain = TextShape("PrivateDnsSpecifiedDomain", 1...255)
    static let tagKey = TextShape("TagKey", 1...128)
    static let tagValue = TextShape("TagValue", 0...256)

    static let texts: [TextShape] =
        [
            serviceName, serviceNetworkName, listenerName, ruleName, targetGroupName,
            serviceIdentifier, serviceNetworkIdentifier, listenerIdentifier, ruleIdentifier, targetGroupIdentifier,
            serviceAssociationIdentifier, vpcAssociationIdentifier, arn,
            accessLogSubscriptionIdentifier, accessLogOwnerIdentifier, accessLogDestinationARN,
            clientToken, nextToken, certificateARN, customDomainName, vpcID, securityGroupID, targetID,
            policyResourceIdentifier, policyResourceARN, authPolicy, resourcePolicy,
            httpMethod, pathExact, pathPrefix, headerName, headerExact, headerPrefix, headerContains,
            healthCheckPath, httpCodeMatcher, privateDNSDomain, tagKey, tagValue,
        ] + resourceTexts

    // MARK: Numbers, lists and maps

    static let port = 1...65_535
    static let rulePriority = 1...2000
    static let weight = 0...999
    static let httpStatusCode = 100...599
    static let maxResults = 1...100
    static let ruleUpdates = 1...10
    static let healthCheckPort = 0...65_535
    static let healthCheckInterval = 0...300
    static let healthCheckTimeout = 0...120
    static let healthyThreshold = 0...10
    static let unhealthyThreshold = 0...10
    static let privateDNSDomains = 1...10
    static let targetGroups = 1...10
    static let headerMatches = 1...5
    static let tags = 0...200
    static let tagKeys = 0...200
    static let registeredTargets = 1...100
    static let deregisteredTargets = 1...100
    static let listedTargets = 0...20
    static let securityGroupsOnCreate = 0...5
    static let securityGroupsOnUpdate = 1...5

    /// Bounds by the name of their shape in the model.
    static let bounds: [String: ClosedRange<Int>] = [
        "Port": port, "RulePriority": rulePriority, "TargetGroupWeight": weight, "HttpStatusCode": httpStatusCode,
        "MaxResults": maxResults, "WeightedTargetGroupList": targetGroups, "HeaderMatchList": headerMatches,
        "TagMap": tags, "TagKeys": tagKeys, "RegisterTargetsRequestTargetsList": registeredTargets,
        "DeregisterTargetsRequestTargetsList": deregisteredTargets, "ListTargetsRequestTargetsList": listedTargets,
        "CreateServiceNetworkVpcAssociationRequestSecurityGroupIdsList": securityGroupsOnCreate,
        "UpdateServiceNetworkVpcAssociationRequestSecurityGroupIdsList": securityGroupsOnUpdate,
        "RuleUpdateList": ruleUpdates, "HealthCheckPort": healthCheckPort,
        "HealthCheckIntervalSeconds": healthCheckInterval, "HealthCheckTimeoutSeconds": healthCheckTimeout,
        "HealthyThresholdCount": healthyThreshold, "UnhealthyThresholdCount": unhealthyThreshold,
        "PrivateDnsSpecifiedDomainsList": privateDNSDomains,
    ].merging(resourceBounds) { bounds, _ in bounds }

    // MARK: Newer than the model, or narrower than it

    /// - Source: API page of CreateService (`idleTimeoutSeconds`).
    static let idleTimeoutSeconds = 60...600
    /// What the settings of a health check are narrowed to; 0 is below all of them and means the default.
    ///
    /// - Source: reference table "Health checks".
    static let healthCheckIntervalInUse = 5...300
    static let healthCheckTimeoutInUse = 1...120
    static let healthThresholdInUse = 2...10
    /// The only status codes of a fixed response, whatever the range of the shape.
    static let fixedResponseStatusCodes = [404, 500]
    /// User tags of one resource.
    static let tagLimit = 50
}
