import TrellisAPI
import TrellisModel

extension InputReader {
    /// Reads `healthCheck`: members that are given replace those of `current`, the others stay.
    ///
    /// A number of 0, an empty path and an empty matcher bring the default back.
    func healthCheck(changing current: HealthCheck) -> HealthCheck {
        guard let input = object("healthCheck") else { return current }
        var check = current
        if let isEnabled = input.boolean("enabled") { check.isEnabled = isEnabled }
        if let checkProtocol = input.healthCheckProtocol() { check.protocol = checkProtocol }
        if let version: HealthCheck.ProtocolVersion = input.enumeration("protocolVersion") {
            check.protocolVersion = version
        }
        if let port = input.integer("port", in: LatticeShapes.healthCheckPort) { check.port = port == 0 ? nil : port }
        if let path = input.string("path", as: LatticeShapes.healthCheckPath) {
            check.path = path.isEmpty ? HealthCheck.defaultPath : path
        }
        input.readHealthCheckNumbers(into: &check)
        if let matcher = input.statusCodeMatcher() { check.matcher = matcher }
        return check
    }

    private func readHealthCheckNumbers(into check: inout HealthCheck) {
        read(
            "healthCheckIntervalSeconds", into: &check.intervalSeconds, LatticeShapes.healthCheckInterval,
            LatticeShapes.healthCheckIntervalInUse, default: HealthCheck.defaultIntervalSeconds)
        read(
            "healthCheckTimeoutSeconds", into: &check.timeoutSeconds, LatticeShapes.healthCheckTimeout,
            LatticeShapes.healthCheckTimeoutInUse, default: HealthCheck.defaultTimeoutSeconds)
        read(
            "healthyThresholdCount", into: &check.healthyThreshold, LatticeShapes.healthyThreshold,
            LatticeShapes.healthThresholdInUse, default: HealthCheck.defaultHealthyThreshold)
        read(
            "unhealthyThresholdCount", into: &check.unhealthyThreshold, LatticeShapes.unhealthyThreshold,
            LatticeShapes.healthThresholdInUse, default: HealthCheck.defaultUnhealthyThreshold)
    }

    /// - Parameters:
    ///   - shape: What the model allows.
    ///   - range: What is used; 0 stands for the default.
    private func read(
        _ name: String, into setting: inout Int, _ shape: ClosedRange<Int>, _ range: ClosedRange<Int>,
        default defaultValue: Int
    ) {
        guard let number = integer(name, in: shape) else { return }
        guard number == 0 || range.contains(number) else {
            report(
                name, value: String(number),
                "Member must be 0 or have value greater than or equal to \(range.lowerBound)")
            return
        }
        setting = number == 0 ? defaultValue : number
    }

    /// TCP is in the enumeration but no protocol of a check.
    private func healthCheckProtocol() -> TargetGroupProtocol? {
        guard let checkProtocol: TargetGroupProtocol = enumeration("protocol") else { return nil }
        guard checkProtocol != .tcp else {
            report("protocol", value: checkProtocol.rawValue, "Member must satisfy enum value set: [HTTP, HTTPS]")
            return nil
        }
        return checkProtocol
    }

    private func statusCodeMatcher() -> StatusCodeMatcher? {
        guard let (matcher, _) = union("matcher", of: ["httpCode"]),
            let text = matcher.string("httpCode", as: LatticeShapes.httpCodeMatcher)
        else { return nil }
        if text.isEmpty { return .ok }
        guard let codes = StatusCodeMatcher(text) else {
            let allowed = StatusCodeMatcher.allowed
            matcher.report(
                "httpCode", value: text,
                "Member must be codes or ranges of codes from \(allowed.lowerBound) to \(allowed.upperBound) with"
                    + " commas between them, such as 200,301 or 200-299")
            return nil
        }
        return codes
    }
}

extension HealthCheck {
    /// The port is absent where it is the one that the target gets requests on.
    var json: JSONValue {
        .object(omittingNil: [
            "enabled": .boolean(isEnabled), "protocol": .raw(`protocol`), "protocolVersion": .raw(protocolVersion),
            "port": port.map(JSONValue.number), "path": .string(path),
            "healthCheckIntervalSeconds": .number(intervalSeconds),
            "healthCheckTimeoutSeconds": .number(timeoutSeconds),
            "healthyThresholdCount": .number(healthyThreshold),
            "unhealthyThresholdCount": .number(unhealthyThreshold),
            "matcher": .object(["httpCode": .string(matcher.description)]),
        ])
    }
}
