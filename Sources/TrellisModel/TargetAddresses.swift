/// Where targets are that have no address of their own: instances and load balancers, by id or ARN.
///
/// There is no EC2 here to ask, so the operator says it.
package struct TargetAddresses: Hashable, Sendable {
    private var addresses: [String: IPAddress]

    /// - Parameter addresses: By the id of an instance, or the ARN of a load balancer, as it is registered.
    package init(_ addresses: [String: IPAddress] = [:]) {
        self.addresses = addresses
    }

    package subscript(id: String) -> IPAddress? { addresses[id] }
}
