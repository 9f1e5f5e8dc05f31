import Foundation
import TrellisModel
import TrellisPolicy

/// One question of a test in another language: who asks for what under which policies.
struct Cell: Decodable {
    struct Caller: Decodable {
        var kind: String
        var arn: String
        var account: String?
        var userID: String
        var userName: String?
        var roleARN: String?
        var tags: [String: String]?
        var organizationID: String?
        var organizationPaths: [String]?
        var sourceIdentity: String?
        var federatedProvider: String?
    }

    /// Documents as text; a missing one is an auth type of NONE, an empty one AWS_IAM without a policy.
    var network: String?
    var service: String?
    /// `nil` for a root user.
    var identity: [String]?
    var boundary: String?
    var session: [String]?
    var caller: Caller
    var resource: String
    /// The values of the request's condition keys.
    var keys: [String: [String]]
}

/// What Trellis says about a cell.
struct Verdict: Encodable {
    /// `nil` if the request may pass.
    var layer: String?
    var isExplicit: Bool?
    /// Of a document that cannot be evaluated.
    var refused: String?
}

extension Cell {
    func verdict() -> Verdict {
        do {
            let authorization = Authorization(
                network: try Self.authPolicy(network), service: try Self.authPolicy(service))
            let request = CellRequest(cell: self, caller: try caller.policyCaller())
            let own = try ownPolicies()
            let denial = authorization.denial(of: request, identity: own)
            guard authorization.explain(request, identity: own).denial == denial else {
                return Verdict(refused: "the explanation says something else")
            }
            return Verdict(layer: denial?.layer.rawValue, isExplicit: denial?.isExplicit)
        } catch {
            return Verdict(refused: "\(error)")
        }
    }

    private static func authPolicy(_ text: String?) throws -> AuthPolicy {
        guard let text else { return .none }
        return .iam(text.isEmpty ? nil : try CompiledPolicy(parsing: text, as: .authPolicy))
    }

    private func ownPolicies() throws -> IdentityPolicies {
        func compiled(_ text: String) throws -> CompiledPolicy {
            try CompiledPolicy(parsing: text, as: .identityPolicy)
        }
        guard let identity else { return .everything }
        var limits: [PolicyLimit] = []
        if let boundary { limits.append(.boundary([try compiled(boundary)])) }
        if let session { limits.append(.session(try session.map(compiled))) }
        return .policies(try identity.map(compiled), limits: limits)
    }
}

extension Cell.Caller {
    private struct UnknownKind: Error {
        let kind: String
    }

    fileprivate func policyCaller() throws -> PolicyCaller {
        var details = PolicyCaller.Details()
        details.tags = tags ?? [:]
        details.organizationID = organizationID
        details.organizationPaths = organizationPaths ?? []
        details.sourceIdentity = sourceIdentity
        details.federatedProvider = federatedProvider
        let known: PolicyCaller.Kind =
            switch kind {
            case "anonymous": .anonymous
            case "root": .account
            case "user": .user(name: userName ?? "")
            case "session": .assumedRole(roleARN: roleARN ?? "")
            case "federated": .federatedUser
            default: throw UnknownKind(kind: kind)
            }
        return PolicyCaller(
            kind: known, arn: arn, account: account.flatMap(AccountID.init), userID: userID, details: details)
    }
}

private struct CellRequest: PolicyRequest {
    let caller: PolicyCaller
    let action = "vpc-lattice-svcs:Invoke"
    private let resource: String
    private let values: [ConditionKey: [String]]

    init(cell: Cell, caller: PolicyCaller) {
        self.caller = caller
        resource = cell.resource
        values = Dictionary(
            cell.keys.map { (ConditionKey($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) { resource.withBytes(body) }

    func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        for value in values[key] ?? [] where !value.withBytes(visit) { return }
    }
}
