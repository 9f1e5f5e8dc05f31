import TrellisAPI

/// The identifiers in paths.
extension InputReader {
    func serviceNetworkLabel() -> String {
        label("serviceNetworkIdentifier", as: LatticeShapes.serviceNetworkIdentifier)
    }

    func serviceLabel() -> String { label("serviceIdentifier", as: LatticeShapes.serviceIdentifier) }

    func listenerLabel() -> String { label("listenerIdentifier", as: LatticeShapes.listenerIdentifier) }

    func ruleLabel() -> String { label("ruleIdentifier", as: LatticeShapes.ruleIdentifier) }

    func targetGroupLabel() -> String { label("targetGroupIdentifier", as: LatticeShapes.targetGroupIdentifier) }

    func serviceAssociationLabel() -> String {
        label("serviceNetworkServiceAssociationIdentifier", as: LatticeShapes.serviceAssociationIdentifier)
    }

    func vpcAssociationLabel() -> String {
        label("serviceNetworkVpcAssociationIdentifier", as: LatticeShapes.vpcAssociationIdentifier)
    }

    func accessLogSubscriptionLabel() -> String {
        label("accessLogSubscriptionIdentifier", as: LatticeShapes.accessLogSubscriptionIdentifier)
    }

    func arnLabel() -> String { label("resourceArn", as: LatticeShapes.arn) }
}
