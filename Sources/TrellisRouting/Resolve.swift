import TrellisModel
package import TrellisPolicy

/// How a request got to a service: through which listener of the service and which service network.
package struct Route: Sendable {
    package let service: CompiledService
    package let listener: CompiledListener
    package let network: CompiledNetwork
    /// `nil` if it is not known.
    package let sourceVPC: CompiledVPC?

    /// What a request by this route has to pass.
    package var authorization: Authorization {
        Authorization(network: network.authPolicy, service: service.authPolicy)
    }
}

/// Why a request is answered with 404, in the words of `x-trellis-reason`.
package enum NotFoundReason: String, Error, Hashable, Sendable, CaseIterable {
    case unknownHost = "unknown host"
    case serviceNotActive = "service not active"
    case noServiceNetwork = "service is in no service network"
    case vpcNotAssociated = "the client's VPC is not associated with a service network of the service"
    case noListener = "service has no listener on this port"
}

extension Snapshot {
    /// Finds the service by host, the service network the client came by, and the listener by port.
    ///
    /// Of several service networks the one with the oldest association counts: the oldest of all for an unrestricted
    /// client, the oldest that the client's VPC is associated with for one that has a VPC.
    ///
    /// - Parameter host: The value of `Host`; its port, if any, is ignored, and so is case.
    /// - Source: design table rows "Service lookup" and "Source VPC"; reference table "Rules", last row.
    package func resolve(
        host: String, on binding: ListenerBinding, from source: SourceVPC
    ) -> Result<Route, NotFoundReason> {
        guard let service = host.withBytes({ self.service(host: withoutPort($0)) }) else {
            return .failure(.unknownHost)
        }
        guard service.isActive else { return .failure(.serviceNotActive) }
        let entry: (network: CompiledNetwork, vpc: CompiledVPC?)
        switch self.entry(to: service, from: source) {
        case .success(let found): entry = found
        case .failure(let reason): return .failure(reason)
        }
        guard let listener = service.listener(on: binding) else { return .failure(.noListener) }
        return .success(Route(service: service, listener: listener, network: entry.network, sourceVPC: entry.vpc))
    }

    private func entry(
        to service: CompiledService, from source: SourceVPC
    ) -> Result<(network: CompiledNetwork, vpc: CompiledVPC?), NotFoundReason> {
        var isInNetwork = false
        for slot in service.networkSlots {
            guard let network = network(slot: slot) else { continue }
            isInNetwork = true
            switch source {
            case .unrestricted: return .success((network, network.onlyVPC))
            case .vpc(let id, let owner):
                if let vpc = network.vpcs[id], owner == nil || owner?.rawValue == vpc.account {
                    return .success((network, vpc))
                }
            case .endpoint(let endpoint):
                if endpoint.target == .serviceNetwork(network.id) { return .success((network, CompiledVPC(endpoint))) }
            case .unknown: break
            }
        }
        return .failure(isInNetwork ? .vpcNotAssociated : .noServiceNetwork)
    }
}

extension CompiledVPC {
    /// The VPC that an endpoint is in.
    fileprivate init(_ endpoint: VpcEndpoint) {
        self.init(
            id: endpoint.vpc,
            arn: "arn:\(ARN.partition):ec2:\(endpoint.scope.region):\(endpoint.owner):vpc/\(endpoint.vpc)")
    }
}

/// The host of `host`, `host:port`, `[address]` or `[address]:port`.
private func withoutPort(_ host: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    guard host.first != UInt8(ascii: "[") else {
        let end = host.firstIndex(of: UInt8(ascii: "]")) ?? host.endIndex - 1
        return UnsafeBufferPointer(rebasing: host[...end])
    }
    guard let colon = host.firstIndex(of: UInt8(ascii: ":")) else { return host }
    return UnsafeBufferPointer(rebasing: host[..<colon])
}
