/// Whether requests to a service network or a service need an allowing auth policy.
package enum AuthType: String, Codable, Sendable, CaseIterable {
    case none = "NONE"
    case awsIAM = "AWS_IAM"
}

/// The life of a resource that is created and deleted asynchronously.
package enum LifecycleStatus: String, Codable, Sendable {
    case createInProgress = "CREATE_IN_PROGRESS"
    case active = "ACTIVE"
    case updateInProgress = "UPDATE_IN_PROGRESS"
    case deleteInProgress = "DELETE_IN_PROGRESS"
    case createFailed = "CREATE_FAILED"
    case updateFailed = "UPDATE_FAILED"
    case deleteFailed = "DELETE_FAILED"
}

package struct ServiceNetworkRecord: StoredRecord, Equatable {
    package var id: ServiceNetworkID
    package var scope: Scope
    package var name: String
    package var authType: AuthType
    package var isSharingEnabled: Bool
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: ServiceNetworkID, scope: Scope, name: String, authType: AuthType, isSharingEnabled: Bool,
        createdAt: Timestamp, lastUpdatedAt: Timestamp, tags: [String: String]
    ) {
        self.id = id
        self.scope = scope
        self.name = name
        self.authType = authType
        self.isSharingEnabled = isSharingEnabled
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}

package struct ServiceRecord: StoredRecord, Equatable {
    /// The idle timeout of a service that sets none, in seconds.
    package static let defaultIdleTimeoutSeconds = 60

    package var id: ServiceID
    package var scope: Scope
    package var name: String
    package var authType: AuthType
    package var customDomainName: String?
    package var certificateARN: String?
    /// 60 to 600.
    package var idleTimeoutSeconds: Int
    package var status: LifecycleStatus
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: ServiceID, scope: Scope, name: String, authType: AuthType, customDomainName: String?,
        certificateARN: String?, idleTimeoutSeconds: Int, status: LifecycleStatus, createdAt: Timestamp,
        lastUpdatedAt: Timestamp, tags: [String: String]
    ) {
        self.id = id
        self.scope = scope
        self.name = name
        self.authType = authType
        self.customDomainName = customDomainName
        self.certificateARN = certificateARN
        self.idleTimeoutSeconds = idleTimeoutSeconds
        self.status = status
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }

    package var dnsEntry: DNSEntry { DNSEntry(serviceName: name, id: id, region: scope.region) }
}

/// A generated DNS name, or a custom one in a zone that is looked after by the service.
package struct DNSEntry: Hashable, Sendable {
    /// Chosen: one zone for all Regions.
    static let generatedZoneID = "Z09127221KTH2CFUOHIZH"

    package var domainName: String
    package var hostedZoneID: String

    /// Makes `<name>-<17 characters of the id>.7d67968.vpc-lattice-svcs.<region>.on.aws`.
    ///
    /// The partition id `7d67968` is the one seen in every Region.
    package init(serviceName: String, id: ServiceID, region: Region) {
        domainName = "\(serviceName)-\(id.body).7d67968.vpc-lattice-svcs.\(region).on.aws"
        hostedZoneID = Self.generatedZoneID
    }
}

package enum ListenerProtocol: String, Codable, Sendable, CaseIterable {
    case http = "HTTP"
    case https = "HTTPS"
    case tlsPassthrough = "TLS_PASSTHROUGH"

    package var defaultPort: Int {
        switch self {
        case .http: 80
        case .https, .tlsPassthrough: 443
        }
    }
}

/// A listener, its default action and the identity of the rule that shows the default action.
package struct ListenerRecord: StoredRecord, Equatable {
    package var id: ListenerID
    package var service: ServiceID
    package var scope: Scope
    package var name: String
    package var `protocol`: ListenerProtocol
    /// 1 to 65535, as the API shows it; the socket may be bound elsewhere (`--port-offset`).
    package var port: Int
    package var defaultAction: RuleAction
    package var defaultRule: RuleID
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: ListenerID, service: ServiceID, scope: Scope, name: String, protocol: ListenerProtocol, port: Int,
        defaultAction: RuleAction, defaultRule: RuleID, createdAt: Timestamp, lastUpdatedAt: Timestamp,
        tags: [String: String]
    ) {
        self.id = id
        self.service = service
        self.scope = scope
        self.name = name
        self.protocol = `protocol`
        self.port = port
        self.defaultAction = defaultAction
        self.defaultRule = defaultRule
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id, of: service) }
}

/// A rule other than the default one, which lives in its ``ListenerRecord``.
package struct RuleRecord: StoredRecord, Equatable {
    package var id: RuleID
    package var listener: ListenerID
    package var service: ServiceID
    package var scope: Scope
    package var name: String
    /// 1 to 2000, unique in the listener; the lowest number is tried first.
    package var priority: Int
    package var match: HTTPMatch
    package var action: RuleAction
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: RuleID, listener: ListenerID, service: ServiceID, scope: Scope, name: String, priority: Int,
        match: HTTPMatch, action: RuleAction, createdAt: Timestamp, lastUpdatedAt: Timestamp, tags: [String: String]
    ) {
        self.id = id
        self.listener = listener
        self.service = service
        self.scope = scope
        self.name = name
        self.priority = priority
        self.match = match
        self.action = action
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id, of: listener, of: service) }
}

/// What a rule looks at; every given part must hold.
package struct HTTPMatch: Codable, Hashable, Sendable {
    /// Compared exactly, with case.
    package var method: String?
    package var path: PathMatch?
    /// At most 5.
    package var headers: [HeaderMatch]

    package init(method: String? = nil, path: PathMatch? = nil, headers: [HeaderMatch] = []) {
        self.method = method
        self.path = path
        self.headers = headers
    }
}

package struct PathMatch: Codable, Hashable, Sendable {
    package enum Comparison: Codable, Hashable, Sendable {
        case exact(String)
        case prefix(String)
    }

    package var comparison: Comparison
    package var isCaseSensitive: Bool

    package init(_ comparison: Comparison, isCaseSensitive: Bool = false) {
        self.comparison = comparison
        self.isCaseSensitive = isCaseSensitive
    }
}

package struct HeaderMatch: Codable, Hashable, Sendable {
    package enum Comparison: Codable, Hashable, Sendable {
        case exact(String)
        case prefix(String)
        case contains(String)
    }

    /// Compared without case, whatever ``isCaseSensitive`` says.
    package var name: String
    package var comparison: Comparison
    package var isCaseSensitive: Bool

    package init(name: String, _ comparison: Comparison, isCaseSensitive: Bool = false) {
        self.name = name
        self.comparison = comparison
        self.isCaseSensitive = isCaseSensitive
    }
}

package enum RuleAction: Codable, Hashable, Sendable {
    /// 1 to 10 groups.
    case forward([WeightedTargetGroup])
    /// 404 or 500.
    case fixedResponse(statusCode: Int)

    package var targetGroups: [WeightedTargetGroup] {
        switch self {
        case .forward(let groups): groups
        case .fixedResponse: []
        }
    }
}

package struct WeightedTargetGroup: Codable, Hashable, Sendable {
    package var targetGroup: TargetGroupID
    /// 0 to 999; the group's share of requests is its weight divided by the sum of all.
    package var weight: Int

    package init(targetGroup: TargetGroupID, weight: Int) {
        self.targetGroup = targetGroup
        self.weight = weight
    }
}

package enum TargetGroupType: String, Codable, Sendable, CaseIterable {
    case ip = "IP"
    case lambda = "LAMBDA"
    case instance = "INSTANCE"
    case alb = "ALB"
}

/// The shape of the event that a function behind a LAMBDA target group receives.
public enum EventStructureVersion: String, Codable, Sendable, CaseIterable {
    case v1 = "V1"
    case v2 = "V2"
}

package struct TargetGroupRecord: StoredRecord, Equatable {
    package var id: TargetGroupID
    package var scope: Scope
    package var name: String
    package var type: TargetGroupType
    /// Of a LAMBDA group; V1 for the others, which have no events.
    package var eventStructureVersion: EventStructureVersion
    /// How requests reach the targets; `nil` for a LAMBDA group.
    package var config: TargetGroupConfig?
    package var status: LifecycleStatus
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: TargetGroupID, scope: Scope, name: String, type: TargetGroupType,
        eventStructureVersion: EventStructureVersion, config: TargetGroupConfig? = nil, status: LifecycleStatus,
        createdAt: Timestamp, lastUpdatedAt: Timestamp, tags: [String: String]
    ) {
        self.id = id
        self.scope = scope
        self.name = name
        self.type = type
        self.eventStructureVersion = eventStructureVersion
        self.config = config
        self.status = status
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}

/// A target registered with a group.
///
/// Its identity in the group is ``id`` and ``port``.
package struct TargetRecord: StoredRecord, Equatable {
    /// By the type of the group: the function's ARN as registered, an address in canonical form, an instance id, or
    /// the ARN of a load balancer.
    package var id: String
    /// 1 to 65535, the group's port where none was given; `nil` in a LAMBDA group.
    package var port: Int?
    package var targetGroup: TargetGroupID
    package var scope: Scope
    package var registeredAt: Timestamp
    /// Set by DeregisterTargets: the target gets no request any more and disappears soon after.
    package var isDraining: Bool

    package init(
        id: String, port: Int? = nil, targetGroup: TargetGroupID, scope: Scope, registeredAt: Timestamp,
        isDraining: Bool
    ) {
        self.id = id
        self.port = port
        self.targetGroup = targetGroup
        self.scope = scope
        self.registeredAt = registeredAt
        self.isDraining = isDraining
    }
}

/// The association of a VPC with a service network.
package struct VpcAssociationRecord: StoredRecord, Equatable {
    package var id: VpcAssociationID
    package var scope: Scope
    package var createdBy: AccountID
    package var serviceNetwork: ServiceNetworkID
    /// The owner of the service network, if it is not the association's own account.
    package var serviceNetworkScope: Scope?
    package var vpc: String
    package var securityGroups: [String]
    /// `nil` if private DNS is not enabled.
    package var privateDNS: PrivateDNSOptions?
    package var status: LifecycleStatus
    package var createdAt: Timestamp
    package var lastUpdatedAt: Timestamp
    package var tags: [String: String]

    package init(
        id: VpcAssociationID, scope: Scope, createdBy: AccountID, serviceNetwork: ServiceNetworkID, vpc: String,
        securityGroups: [String], privateDNS: PrivateDNSOptions? = nil, status: LifecycleStatus,
        createdAt: Timestamp, lastUpdatedAt: Timestamp, tags: [String: String], serviceNetworkScope: Scope? = nil
    ) {
        self.id = id
        self.scope = scope
        self.createdBy = createdBy
        self.serviceNetwork = serviceNetwork
        self.serviceNetworkScope = serviceNetworkScope
        self.vpc = vpc
        self.securityGroups = securityGroups
        self.privateDNS = privateDNS
        self.status = status
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }

    /// The VPC as `arn:aws:ec2:<region>:<account>:vpc/<id>`.
    package var vpcARN: String { "arn:\(ARN.partition):ec2:\(scope.region):\(createdBy):vpc/\(vpc)" }
}

/// The association of a service with a service network.
package struct ServiceAssociationRecord: StoredRecord, Equatable {
    package var id: ServiceAssociationID
    package var scope: Scope
    package var createdBy: AccountID
    package var serviceNetwork: ServiceNetworkID
    package var service: ServiceID
    /// The owners of the service network and the service, if they are not the association's own account.
    package var serviceNetworkScope: Scope?
    package var serviceScope: Scope?
    package var status: LifecycleStatus
    package var createdAt: Timestamp
    package var tags: [String: String]

    package init(
        id: ServiceAssociationID, scope: Scope, createdBy: AccountID, serviceNetwork: ServiceNetworkID,
        service: ServiceID, status: LifecycleStatus, createdAt: Timestamp, tags: [String: String],
        serviceNetworkScope: Scope? = nil, serviceScope: Scope? = nil
    ) {
        self.id = id
        self.scope = scope
        self.createdBy = createdBy
        self.serviceNetwork = serviceNetwork
        self.service = service
        self.serviceNetworkScope = serviceNetworkScope
        self.serviceScope = serviceScope
        self.status = status
        self.createdAt = createdAt
        self.tags = tags
    }

    package var arn: String { scope.arn(id) }
}
