import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore

/// A resource of another account that its owner's policy names this account for.
///
/// Kept with the consumer, so that its lists need not look through every account. What the policy allows is asked
/// again when it is used.
struct SharedResourceRecord: StoredRecord, Equatable {
    var resource: PolicyResource
    var owner: Scope
}

extension StoreSession {
    /// Replaces the resource policy and what the accounts that it names see of it.
    ///
    /// - Parameter policy: `nil` takes it away.
    func setResourcePolicy(_ policy: String?, of resource: PolicyResource, in scope: Scope) async throws {
        let key = StoreKey.resourcePolicy(of: resource, in: scope)
        if let earlier = try await get(ResourcePolicyRecord.self, at: key) {
            for consumer in earlier.consumers { delete(IndexKeys(consumer).shared(resource)) }
            delete(key)
        }
        guard let policy else { return }
        let record = ResourcePolicyRecord(resource: resource, scope: scope, policy: policy)
        try put(record, at: key)
        for consumer in record.consumers {
            try put(
                SharedResourceRecord(resource: resource, owner: scope), at: IndexKeys(consumer).shared(resource))
        }
    }
}

extension ResourcePolicyRecord {
    /// The other accounts whose lists show the resource; a policy for everybody names none.
    var consumers: [Scope] {
        accountsNamed.subtracting([scope.account]).map { Scope(account: $0, region: scope.region) }
    }

    private var accountsNamed: Set<AccountID> {
        guard let document = try? PolicyParser(.resourcePolicy).parse(policy) else { return [] }
        var accounts: Set<AccountID> = []
        for statement in document.statements where statement.effect == .allow {
            guard case .including(let principals)? = statement.principal else { continue }
            for principal in principals {
                switch principal {
                case .account(let account): if let account = AccountID(account) { accounts.insert(account) }
                case .arn(let arn):
                    if let account = ARN(arn).flatMap({ AccountID($0.account) }) { accounts.insert(account) }
                case .everyone, .service, .federated, .canonicalUser: break
                }
            }
        }
        return accounts
    }
}

extension RecordReader {
    /// The service networks of other accounts that the caller may look at.
    func sharedServiceNetworks(with call: APICall) async throws -> [ServiceNetworkRecord] {
        try await shared(ServiceNetworkKind.self, with: call, allowing: "GetServiceNetwork")
    }

    /// The services of other accounts that the caller may look at.
    func sharedServices(with call: APICall) async throws -> [ServiceRecord] {
        try await shared(ServiceKind.self, with: call, allowing: "GetService")
    }

    /// The resource configurations of other accounts that the caller may look at.
    func sharedResourceConfigurations(with call: APICall) async throws -> [ResourceConfigurationRecord] {
        try await shared(ResourceConfigurationKind.self, with: call, allowing: "GetResourceConfiguration")
    }

    private func shared<Kind: ShareableKind, Record: StoredRecord>(
        _ kind: Kind.Type, with call: APICall, allowing operation: String
    ) async throws -> [Record] {
        var records: [Record] = []
        for shared in try await list(SharedResourceRecord.self, under: IndexKeys(call.scope).sharedResources) {
            guard let id = ResourceID<Kind>(shared.resource.id),
                try await isShared(
                    shared.resource, arn: Kind.arn(id, in: shared.owner), in: shared.owner, with: call.caller,
                    allowing: "vpc-lattice:\(operation)"),
                let record = try await get(Record.self, at: shared.resource.key(in: shared.owner))
            else { continue }
            records.append(record)
        }
        return records
    }
}
