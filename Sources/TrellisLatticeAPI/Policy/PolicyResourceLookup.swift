import TrellisAPI
import TrellisModel
import TrellisStore

extension APICall {
    /// What a policy operation names, by id or ARN.
    ///
    /// - Throws: AccessDeniedException for an ARN of another account; ResourceNotFoundException for one of another
    ///   Region.
    func policyResource(_ identifier: String) throws -> PolicyResource {
        if let resource = PolicyResource(id: identifier) { return resource }
        guard let arn = ARN(identifier) else {
            throw LatticeError.notFound(LatticeError.ResourceReference(id: identifier, type: "RESOURCE"))
        }
        try requireOwn(arn)
        guard arn.service == "vpc-lattice", isHere(arn),
            let resource = arn.resource.split(separator: "/").last.flatMap({ PolicyResource(id: String($0)) })
        else { throw LatticeError.notFound(LatticeError.ResourceReference(id: identifier, type: "RESOURCE")) }
        return resource
    }
}

extension RecordReader {
    /// The auth type of a resource that is there and is not being deleted.
    ///
    /// - Throws: ResourceNotFoundException: the policy operations have no ConflictException. ValidationException for a
    ///   resource configuration, which has no auth type.
    func authType(of resource: PolicyResource, in scope: Scope) async throws -> AuthType {
        switch resource {
        case .serviceNetwork(let id):
            return try await serviceNetwork(id, in: scope).authType
        case .service(let id):
            let service = try await service(id, in: scope)
            guard service.status != .deleteInProgress else { throw LatticeError.notFound(id) }
            return service.authType
        case .resourceConfiguration(let id):
            throw LatticeError.invalid(
                "resourceIdentifier", "Auth policies do not apply to resource configurations such as \(id)")
        }
    }

    /// - Throws: ResourceNotFoundException for what is not there or is being deleted.
    func requirePresent(_ resource: PolicyResource, in scope: Scope) async throws {
        guard case .resourceConfiguration(let id) = resource else {
            _ = try await authType(of: resource, in: scope)
            return
        }
        guard try await resourceConfiguration(id, in: scope).status != .deleteInProgress else {
            throw LatticeError.notFound(id)
        }
    }
}

extension PolicyResource {
    /// Of the resource itself.
    func key(in scope: Scope) -> StoreKey {
        switch self {
        case .serviceNetwork(let id): .serviceNetwork(id, in: scope)
        case .service(let id): .service(id, in: scope)
        case .resourceConfiguration(let id): .resourceConfiguration(id, in: scope)
        }
    }
}

extension StoreSession {
    /// Policies go away with their resource.
    func deletePolicies(of resource: PolicyResource, in scope: Scope) async throws {
        delete(.authPolicy(of: resource, in: scope))
        try await setResourcePolicy(nil, of: resource, in: scope)
    }
}

extension AuthType {
    /// The `AuthPolicyState`: a policy is kept while nothing asks for it.
    var policyState: String { self == .awsIAM ? "Active" : "Inactive" }
}
