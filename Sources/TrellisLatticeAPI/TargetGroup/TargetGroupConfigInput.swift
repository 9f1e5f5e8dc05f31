import TrellisAPI
import TrellisModel

extension TargetGroupType {
    /// The members of `config` that a group of this type may have.
    ///
    /// - Source: reference table "Types and config".
    fileprivate var configMembers: Set<String> {
        switch self {
        case .lambda: ["lambdaEventStructureVersion"]
        case .alb: ["port", "protocol", "protocolVersion", "vpcIdentifier"]
        case .instance: ["port", "protocol", "protocolVersion", "vpcIdentifier", "healthCheck"]
        case .ip: ["port", "protocol", "protocolVersion", "vpcIdentifier", "healthCheck", "ipAddressType"]
        }
    }

    fileprivate static let allConfigMembers = [
        "port", "protocol", "protocolVersion", "ipAddressType", "vpcIdentifier", "healthCheck",
        "lambdaEventStructureVersion",
    ]

    /// The constraint on a member that groups of this type do not have.
    var forbidsMember: String { "Member is not allowed for target groups of type \(rawValue)" }

    fileprivate var allowedProtocolVersions: [TargetGroupProtocolVersion] {
        // gRPC is for INSTANCE and IP targets only.
        self == .alb ? [.http1, .http2] : TargetGroupProtocolVersion.allCases
    }
}

/// What `config` says, by the type of the group.
enum TargetGroupConfigInput {
    case lambda(EventStructureVersion?)
    case network(TargetGroupConfig)
}

extension InputReader {
    /// Reads `config` of a group to be created, which only a LAMBDA group may go without.
    ///
    /// - Returns: `nil` if a problem was reported.
    func targetGroupConfig(of type: TargetGroupType) -> TargetGroupConfigInput? {
        guard type != .lambda else {
            return .lambda(object("config").flatMap { $0.lambdaTargetGroupConfig() })
        }
        guard has("config") else {
            reportMissing("config")
            return nil
        }
        return object("config").flatMap { $0.networkTargetGroupConfig(of: type) }.map { .network($0) }
    }

    /// Reads a `config` structure as the one of a LAMBDA group and reports every member that such a group has not.
    func lambdaTargetGroupConfig() -> EventStructureVersion? {
        reportMembersForbidden(to: .lambda)
        return enumeration("lambdaEventStructureVersion")
    }

    private func networkTargetGroupConfig(of type: TargetGroupType) -> TargetGroupConfig? {
        reportMembersForbidden(to: type)
        let present = presentMembers.intersection(type.configMembers)
        let vpc = requiredString("vpcIdentifier", as: LatticeShapes.vpcID)
        let groupProtocol = requiredEnumeration("protocol", placeholder: TargetGroupProtocol.http)
        let version = protocolVersion(of: type, groupProtocol)
        let addressType: TargetAddressType? = present.contains("ipAddressType") ? enumeration("ipAddressType") : nil
        return TargetGroupConfig(
            port: port(for: groupProtocol), protocol: groupProtocol, protocolVersion: version,
            ipAddressType: type == .ip ? addressType ?? .ipv4 : nil, vpc: vpc,
            healthCheck: type == .alb
                ? nil : healthCheck(changing: HealthCheck(defaultFor: groupProtocol, version)))
    }

    private func reportMembersForbidden(to type: TargetGroupType) {
        let present = presentMembers
        for member in TargetGroupType.allConfigMembers
        where present.contains(member) && !type.configMembers.contains(member) {
            report(member, type.forbidsMember)
        }
    }

    /// 80 for HTTP and 443 for HTTPS; TCP has no default.
    private func port(for groupProtocol: TargetGroupProtocol) -> Int {
        if !has("port"), groupProtocol == .tcp { reportMissing("port") }
        let port = integer("port", in: LatticeShapes.port)
        return port ?? (groupProtocol == .https ? 443 : 80)
    }

    private func protocolVersion(
        of type: TargetGroupType, _ groupProtocol: TargetGroupProtocol
    ) -> TargetGroupProtocolVersion? {
        guard groupProtocol != .tcp else {
            if has("protocolVersion") { report("protocolVersion", "Member is not allowed for the protocol TCP") }
            return nil
        }
        guard let version: TargetGroupProtocolVersion = enumeration("protocolVersion") else { return .http1 }
        if !type.allowedProtocolVersions.contains(version) {
            let allowed = type.allowedProtocolVersions.map(\.rawValue).joined(separator: ", ")
            report(
                "protocolVersion", value: version.rawValue,
                "Member must be one of [\(allowed)] for target groups of type \(type.rawValue)")
        }
        return version
    }
}
