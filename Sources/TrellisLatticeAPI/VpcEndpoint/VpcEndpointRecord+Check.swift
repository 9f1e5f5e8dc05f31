package import TrellisModel
import TrellisStore

/// An endpoint is declared for a target whether that is there or not.
extension VpcEndpointRecord: CheckedRecord {
    package static let kind = RecordKind.vpcEndpoint

    package var key: StoreKey { .vpcEndpoint(endpoint.id, in: endpoint.scope) }

    package var references: [StoreKey] { [VpcEndpointDeclarations.key] }

    package var changedAt: Timestamp? { createdAt }
}
