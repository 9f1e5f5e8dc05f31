import TrellisLambdaEvent
import TrellisModel
import TrellisRouting

/// What `trellis event` is told about the request besides its bytes, checked.
struct EventContextOptions {
    static let serviceARN = "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-0123456789abcdef0"
    static let serviceNetworkARN = "arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-0123456789abcdef0"
    static let targetGroupARN = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0123456789abcdef0"

    private(set) var clientAddress = "127.0.0.1"
    private(set) var port: Int?
    private(set) var scheme: ForwardedHeaders.Scheme?
    private(set) var context: LambdaEventContext
    private(set) var requestID: String

    /// - Parameters:
    ///   - now: Microseconds since 1970, for requests without `--time`.
    ///   - newRequestID: For requests without `--request-id`.
    init(_ arguments: EventArguments, now: Int64, newRequestID: String) throws(EventUsageError) {
        if let text = arguments.last(.clientAddress) {
            guard IPAddress(text) != nil else { throw EventUsageError("--client-address '\(text)' is not an address.") }
            clientAddress = text
        }
        if let text = arguments.last(.port) {
            guard let number = Int(text), (1...65_535).contains(number) else {
                throw EventUsageError("--port takes 1 to 65535, not '\(text)'.")
            }
            port = number
        }
        if let text = arguments.last(.protocol) {
            guard let known = ForwardedHeaders.Scheme(rawValue: text) else {
                throw EventUsageError("--protocol takes http or https, not '\(text)'.")
            }
            scheme = known
        }
        let service = try Self.arn(of: .serviceARN, in: arguments, "service/svc-…", as: ServiceID.self)
        let network = try Self.network(in: arguments)
        let group = try Self.arn(of: .targetGroupARN, in: arguments, "targetgroup/tg-…", as: TargetGroupID.self)
        requestID = try Self.requestID(in: arguments) ?? newRequestID
        context = LambdaEventContext(
            serviceNetworkARN: network, serviceARN: service ?? Self.serviceARN,
            targetGroupARN: group ?? Self.targetGroupARN,
            region: try Self.region(in: arguments, serviceARN: service ?? Self.serviceARN),
            identity: try IdentityOption(
                arguments.values(.identity), sourceVpcARN: try Self.sourceVpc(in: arguments)
            ).identity,
            timeEpoch: try Self.time(in: arguments) ?? now)
    }

    /// - Parameters:
    ///   - scheme: The request's own, which `--protocol` overrides.
    ///   - port: The request's own, which `--port` overrides.
    func forwarding(scheme: ForwardedHeaders.Scheme, port: Int?) -> ForwardedHeaders {
        let scheme = self.scheme ?? scheme
        return ForwardedHeaders(
            context: context, peerAddress: clientAddress,
            listenerPort: self.port ?? port ?? (scheme == .https ? 443 : 80), scheme: scheme, requestID: requestID)
    }

    private static func network(in arguments: EventArguments) throws(EventUsageError) -> String? {
        if arguments.last(.serviceNetworkARN) == "none" { return nil }
        return try arn(of: .serviceNetworkARN, in: arguments, "servicenetwork/sn-…", as: ServiceNetworkID.self)
            ?? serviceNetworkARN
    }

    private static func arn<Kind>(
        of option: EventOption, in arguments: EventArguments, _ form: String,
        as _: ResourceID<Kind>.Type
    ) throws(EventUsageError) -> String? {
        guard let text = arguments.last(option) else { return nil }
        let parts = ARN(text)?.resource.split(separator: "/", omittingEmptySubsequences: false) ?? []
        guard let arn = ARN(text), arn.service == "vpc-lattice", arn.scope != nil, parts.count == 2,
            form.hasPrefix(parts[0] + "/"), ResourceID<Kind>(String(parts[1])) != nil
        else {
            throw EventUsageError(
                "\(option.name) '\(text)' is not an ARN of the form "
                    + "arn:aws:vpc-lattice:<region>:<account>:\(form) (17 characters of 0-9a-z after the hyphen).")
        }
        return text
    }

    private static func sourceVpc(in arguments: EventArguments) throws(EventUsageError) -> String? {
        guard let text = arguments.last(.sourceVpcARN) else { return nil }
        guard let arn = ARN(text), arn.service == "ec2", arn.scope != nil, arn.resource.hasPrefix("vpc/vpc-") else {
            throw EventUsageError(
                "--source-vpc-arn '\(text)' is not an ARN of the form arn:aws:ec2:<region>:<account>:vpc/vpc-….")
        }
        return text
    }

    private static func region(
        in arguments: EventArguments, serviceARN: String
    ) throws(EventUsageError) -> String {
        guard let text = arguments.last(.region) else { return ARN(serviceARN)?.region ?? Region.usEast1.rawValue }
        guard let region = Region(text) else { throw EventUsageError("--region '\(text)' is not a Region.") }
        return region.rawValue
    }

    private static func requestID(in arguments: EventArguments) throws(EventUsageError) -> String? {
        guard let text = arguments.last(.requestID) else { return nil }
        guard !text.isEmpty, text.utf8.count <= 512, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw EventUsageError("--request-id takes 1 to 512 bytes without control characters.")
        }
        return text
    }

    private static func time(in arguments: EventArguments) throws(EventUsageError) -> Int64? {
        guard let text = arguments.last(.time) else { return nil }
        if let microseconds = Int64(text), microseconds >= 0, text.utf8.first != UInt8(ascii: "+") {
            return microseconds
        }
        guard let time = Timestamp(iso8601: text) else {
            throw EventUsageError(
                "--time '\(text)' is neither a time such as 2026-01-31T12:00:00Z nor microseconds since 1970.")
        }
        return time.millisecondsSinceEpoch * 1000
    }
}
