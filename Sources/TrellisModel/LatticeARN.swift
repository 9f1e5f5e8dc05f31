/// ARNs of vpc-lattice resources: `arn:aws:vpc-lattice:<region>:<account>:<tail>`.
///
/// - Source: reference table "Resources" (ARN tail of each kind).
extension Scope {
    package func arn(_ id: ServiceNetworkID) -> String { latticeARN("servicenetwork/\(id)") }
    package func arn(_ id: ServiceID) -> String { latticeARN("service/\(id)") }
    package func arn(_ id: TargetGroupID) -> String { latticeARN("targetgroup/\(id)") }
    package func arn(_ id: VpcAssociationID) -> String { latticeARN("servicenetworkvpcassociation/\(id)") }
    package func arn(_ id: ServiceAssociationID) -> String { latticeARN("servicenetworkserviceassociation/\(id)") }
    package func arn(_ id: AccessLogSubscriptionID) -> String { latticeARN("accesslogsubscription/\(id)") }
    package func arn(_ id: ResourceGatewayID) -> String { latticeARN("resourcegateway/\(id)") }
    package func arn(_ id: ResourceConfigurationID) -> String { latticeARN("resourceconfiguration/\(id)") }
    package func arn(_ id: ResourceAssociationID) -> String { latticeARN("servicenetworkresourceassociation/\(id)") }
    package func arn(_ id: ResourceEndpointAssociationID) -> String { latticeARN("resourceendpointassociation/\(id)") }
    package func arn(_ id: DomainVerificationID) -> String { latticeARN("domainverification/\(id)") }

    package func arn(_ listener: ListenerID, of service: ServiceID) -> String {
        latticeARN("service/\(service)/listener/\(listener)")
    }

    package func arn(_ rule: RuleID, of listener: ListenerID, of service: ServiceID) -> String {
        latticeARN("service/\(service)/listener/\(listener)/rule/\(rule)")
    }

    private func latticeARN(_ tail: String) -> String {
        "arn:\(ARN.partition):vpc-lattice:\(region):\(account):\(tail)"
    }
}

/// The six colon-separated parts of an ARN; the last one may hold further colons.
package struct ARN: Hashable, Sendable, CustomStringConvertible {
    /// The only partition that Trellis hands out.
    package static let partition = "aws"

    package var partition: String
    package var service: String
    package var region: String
    package var account: String
    package var resource: String

    /// - Returns: `nil` unless the text is `arn:` and five more parts, the last one not empty.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty else {
            return nil
        }
        partition = String(parts[1])
        service = String(parts[2])
        region = String(parts[3])
        account = String(parts[4])
        resource = String(parts[5])
    }

    package var description: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }

    /// The account and Region, where both are well formed.
    package var scope: Scope? {
        guard let account = AccountID(account), let region = Region(region) else { return nil }
        return Scope(account: account, region: region)
    }
}
