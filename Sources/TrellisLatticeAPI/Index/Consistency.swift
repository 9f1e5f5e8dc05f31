import TrellisModel
package import TrellisStore

/// What a check of the store has to know about vpc-lattice; each kind declares itself beside its operations.
package enum LatticeConsistency {
    package static let records: [any CheckedRecord.Type] = [
        ServiceNetworkRecord.self, ServiceRecord.self, ListenerRecord.self, RuleRecord.self, TargetGroupRecord.self,
        TargetRecord.self, ServiceAssociationRecord.self, VpcAssociationRecord.self, AccessLogSubscriptionRecord.self,
        AuthPolicyRecord.self, ResourcePolicyRecord.self, ResourceGatewayRecord.self, ResourceConfigurationRecord.self,
        ResourceAssociationRecord.self, DomainVerificationRecord.self, VpcEndpointRecord.self,
    ]

    /// A token may outlive the resource it made; declared endpoints are of every account and Region.
    package static let freeKeys = [
        FreeKeys(path: "index/\(IndexKeys.clientToken)") { entry in
            let token = try StoredRecordCoding.decode(ClientTokenRecord.self, from: entry.value, at: entry.key)
            guard !token.resourceID.isEmpty else { throw ConsistencyProblem("is a client token that made nothing") }
            return []
        },
        FreeKeys(key: VpcEndpointDeclarations.key, references: VpcEndpointDeclarations.endpoints),
    ]
}

extension LifecycleStatus {
    /// The status, if it is one that has to end.
    var progress: String? { pendingDelay == nil ? nil : rawValue }
}

extension RulePlace {
    /// The references from a rule to the target groups of its action, in both directions.
    func claims(of action: RuleAction) throws -> [KeyClaim] {
        let keys = IndexKeys(scope)
        return try action.targetGroupIDs.flatMap { group in
            let use = TargetGroupUse(targetGroup: group, service: service, listener: listener, rule: rule)
            return [
                try KeyClaim(keys.use(of: group, by: rule), use),
                try KeyClaim(keys.use(by: service, of: group, rule: rule), use),
            ]
        }
    }
}
