package import TrellisModel
import TrellisPolicy

/// Whether a role's trust policy lets an AWS service assume it.
package enum ServiceTrust {
    /// - Parameters:
    ///   - service: For example `lambda.amazonaws.com`.
    ///   - source: The ARN of the resource that the service acts for, `aws:SourceArn`.
    package static func allows(_ service: String, _ role: RoleRecord, on source: String, at now: Timestamp) -> Bool {
        guard let trust = try? TrustPolicy(role.trustPolicy) else { return false }
        let request = ActionRequest(
            caller: .service(service, sourceARN: source, sourceAccount: role.account), action: "sts:AssumeRole",
            resource: role.arn, keys: ["aws:currenttime": [now.iso8601Seconds]])
        if case .allowed = trust.verdict(on: request) { return true }
        return false
    }
}
