import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisStore

/// A kind of resource that can be shared with other accounts.
protocol ShareableKind: ResourceKind {
    static func policyResource(_ id: ResourceID<Self>) -> PolicyResource
    static func arn(_ id: ResourceID<Self>, in scope: Scope) -> String
}

extension ServiceNetworkKind: ShareableKind {
    static func policyResource(_ id: ServiceNetworkID) -> PolicyResource { .serviceNetwork(id) }
    static func arn(_ id: ServiceNetworkID, in scope: Scope) -> String { scope.arn(id) }
}

extension ServiceKind: ShareableKind {
    static func policyResource(_ id: ServiceID) -> PolicyResource { .service(id) }
    static func arn(_ id: ServiceID, in scope: Scope) -> String { scope.arn(id) }
}

extension ResourceConfigurationKind: ShareableKind {
    static func policyResource(_ id: ResourceConfigurationID) -> PolicyResource { .resourceConfiguration(id) }
    static func arn(_ id: ResourceConfigurationID, in scope: Scope) -> String { scope.arn(id) }
}

/// A resource of the caller's account, or of another one that shares it.
struct LocatedID<Kind: ResourceKind> {
    var id: ResourceID<Kind>
    /// Of the owner.
    var scope: Scope
}

extension APICall {
    /// Where a resource is: the caller's own by id or ARN, another account's by ARN if its resource policy lets the
    /// caller carry out this operation.
    ///
    /// - Throws: AccessDeniedException for what is not shared, whether it exists or not.
    func locate<Kind: ShareableKind>(
        _ identifier: String, of kind: Kind.Type, in reader: some RecordReader
    ) async throws -> LocatedID<Kind> {
        guard let foreign = foreign(identifier, of: kind) else {
            return LocatedID(id: try id(identifier, of: kind), scope: scope)
        }
        guard
            try await reader.isShared(
                Kind.policyResource(foreign.id), arn: Kind.arn(foreign.id, in: foreign.scope), in: foreign.scope,
                with: caller, allowing: "vpc-lattice:\(operation)")
        else { throw denied(identifier) }
        return foreign
    }

    /// What an identifier names if it is the ARN of another account in this Region.
    func foreign<Kind: ResourceKind>(_ identifier: String, of kind: Kind.Type) -> LocatedID<Kind>? {
        guard let arn = ARN(identifier), isHere(arn), let owner = arn.scope, owner.account != scope.account,
            let last = arn.resource.split(separator: "/").last, let id = ResourceID<Kind>(String(last))
        else { return nil }
        return LocatedID(id: id, scope: owner)
    }
}

extension RecordReader {
    /// Whether the owner of a resource lets a caller of another account do something with it.
    ///
    /// - Source: reference lattice.md, "RAM" and "Resource policy API".
    func isShared(
        _ resource: PolicyResource, arn: String, in owner: Scope, with caller: Caller, allowing action: String
    ) async throws -> Bool {
        guard
            let record = try await get(ResourcePolicyRecord.self, at: .resourcePolicy(of: resource, in: owner)),
            let policy = try? CompiledPolicy(parsing: record.policy, as: .resourcePolicy)
        else { return false }
        if case .serviceNetwork(let id) = resource {
            let network = try await get(ServiceNetworkRecord.self, at: .serviceNetwork(id, in: owner))
            guard network?.isSharingEnabled == true else { return false }
        }
        let request = SharingRequest(caller: caller.principal, action: action, resource: arn)
        if case .allowed = policy.verdict(on: request) { return true }
        return false
    }
}

/// The use of a resource by a caller of another account.
private struct SharingRequest: PolicyRequest {
    let caller: PolicyCaller
    let action: String
    let resource: String

    func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) { resource.withBytes(body) }

    func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {}
}
