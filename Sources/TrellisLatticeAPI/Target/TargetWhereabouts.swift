package import TrellisModel

/// What the API has to ask others about targets that have addresses: where they are, and how they are.
package struct TargetWhereabouts: Sendable {
    /// Of instances and load balancers.
    package var addresses: TargetAddresses
    /// What the health checks say of a target by its id and port; `nil` if they do not know it yet.
    package var checkStatus: @Sendable (_ id: String, _ port: Int, TargetGroupID) -> TargetCheckStatus?

    package init(
        addresses: TargetAddresses = TargetAddresses(),
        checkStatus: @escaping @Sendable (_ id: String, _ port: Int, TargetGroupID) -> TargetCheckStatus? = { _, _, _ in
            nil
        }
    ) {
        self.addresses = addresses
        self.checkStatus = checkStatus
    }
}
