import TrellisAPI
import TrellisModel

/// The `config` of a LAMBDA target group.
///
/// - Source: reference table of `config` members by type; all but the event structure version are forbidden.
enum LambdaTargetGroupConfig {
    static let forbiddenMembers = [
        "port", "protocol", "protocolVersion", "ipAddressType", "vpcIdentifier", "healthCheck",
    ]

    static let forbidden = "Member is not allowed for target groups of type LAMBDA"
}

extension InputReader {
    /// Reads a `config` structure as the one of a LAMBDA group and reports every member that such a group has not.
    func lambdaTargetGroupConfig() -> EventStructureVersion? {
        let present = presentMembers
        for member in LambdaTargetGroupConfig.forbiddenMembers where present.contains(member) {
            report(member, LambdaTargetGroupConfig.forbidden)
        }
        return enumeration("lambdaEventStructureVersion")
    }
}
