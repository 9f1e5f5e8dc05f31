import NIOHTTP1
import TrellisLambdaEvent
import TrellisModel
import TrellisPolicy
import TrellisRouting

extension ConnectionHandler {
    /// *Authorize*: network policy, service policy, identity policies.
    ///
    /// - Throws: ``Failure/accessDenied(layer:message:)``.
    func authorize(_ head: HTTPRequestHead, _ route: Route, _ caller: RequestCaller) throws(Failure) {
        let authorization = route.authorization
        guard authorization.isNeeded else { return }
        let request = ServicePolicyRequest(
            head: head, route: route, caller: caller.caller, port: binding.port, isSecure: tls != nil,
            sourceIP: peer.address, endpoint: peer.endpoint, now: loop.environment.clock.now())
        guard let denial = authorization.denial(of: request, identity: caller.policies) else { return }
        throw .accessDenied(
            layer: denial.layer,
            message: denial.message(
                caller: caller.caller, action: request.action,
                resource: request.resourceText))
    }
}

/// A request to a service, or a connection that is passed on to one, as policies look at it.
///
/// - Source: reference lattice.md, "Policy grammar" and "Condition keys", and identity.md, "Condition keys for Lattice
///   requests". That the resource of a connection has the path `/` is chosen.
final class ServicePolicyRequest: PolicyRequest {
    /// `nil` for a connection, of which nothing is read.
    let head: HTTPRequestHead?
    let route: Route
    let caller: PolicyCaller
    let port: Int
    let isSecure: Bool
    let sourceIP: String
    /// The VPC endpoint that the client came by.
    let endpoint: VpcEndpoint?
    let now: Timestamp
    private lazy var currentTime = now.iso8601Seconds
    /// The path as it is forwarded: a signature also covers spellings of a path that mean the same.
    private let path: Substring

    init(
        head: HTTPRequestHead?, route: Route, caller: PolicyCaller, port: Int, isSecure: Bool, sourceIP: String,
        endpoint: VpcEndpoint?, now: Timestamp
    ) {
        self.head = head
        self.route = route
        self.caller = caller
        self.port = port
        self.isSecure = isSecure
        self.sourceIP = sourceIP
        self.endpoint = endpoint
        self.now = now
        let target = head?.uri ?? "/"
        path = target[..<(target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex)]
    }

    var action: String { head == nil ? "vpc-lattice-svcs:Connect" : "vpc-lattice-svcs:Invoke" }

    func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        let length = route.service.arn.utf8.count + path.utf8.count
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { buffer in
            var end = buffer.initialize(fromContentsOf: route.service.arn.utf8)
            end = buffer[end...].initialize(fromContentsOf: path.utf8)
            body(UnsafeBufferPointer(rebasing: buffer[..<end]))
        }
    }

    func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        switch key {
        case .requestPath: if head != nil { _ = path.withBytes(visit) }
        case .requestHeader(let name): forEachHeader(name, visit)
        case .userAgent: forEachHeader("user-agent", visit)
        case .referer: forEachHeader("referer", visit)
        case .requestQueryString(let name): forEachParameter(name, visit)
        default: if let value = value(of: key) { _ = value.withBytes(visit) }
        }
    }

    private func value(of key: ConditionKey) -> String? {
        switch key {
        case .port: String(port)
        case .requestMethod: head?.method.rawValue
        case .serviceNetworkARN: route.network.arn
        case .serviceARN: route.service.arn
        case .sourceVPC: route.sourceVPC?.id
        case .sourceVPCOwnerAccount: route.sourceVPC?.account
        case .sourceIP: sourceIP.isEmpty ? nil : sourceIP
        case .endpointVPC: endpoint?.vpc
        case .vpcEndpoint: endpoint?.id.rawValue
        case .vpcSourceIP: endpoint == nil || sourceIP.isEmpty ? nil : sourceIP
        case .resourceTag(let key): route.service.resourceTags[key]
        case .currentTime: currentTime
        case .epochTime: String(now.millisecondsSinceEpoch / 1000)
        case .secureTransport: isSecure ? "true" : "false"
        case .requestedRegion: route.service.scope.region.rawValue
        default: nil
        }
    }

    /// One value for each line.
    private func forEachHeader(_ wanted: String, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        guard let head else { return }
        for (name, value) in head.headers where name.isEqualASCIICaseInsensitively(to: wanted) {
            guard value.withBytes(visit) else { return }
        }
    }

    /// One value for each occurrence, decoded as events show it.
    private func forEachParameter(_ wanted: String, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        guard let head else { return }
        QueryParameters.withParameters(of: head.uri) { parameters in
            for index in 0..<parameters.count
            where parameters.key(index).lazy.map(asciiLowercase).elementsEqual(wanted.utf8) {
                guard visit(parameters.value(index).bindMemory(to: UInt8.self)) else { return }
            }
        }
    }
}

extension String {
    /// - Parameter other: In lower case.
    fileprivate func isEqualASCIICaseInsensitively(to other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.lazy.map(asciiLowercase).elementsEqual(other.utf8)
    }
}
