import TrellisModel
import TrellisStore

/// Limits a role or user to what a managed policy allows, in place of the limit there is.
enum PutPermissionsBoundary<Holder: PrincipalHolder>: IAMAction {
    static var name: String { "Put\(Holder.kindName)PermissionsBoundary" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (name, boundary) = try call.read { parameters in
            (parameters.name(of: Holder.self), parameters.required("PermissionsBoundary", as: .arn))
        }
        try await call.change(Holder.self, name) { holder, session in
            try await call.setBoundary(boundary, of: &holder, session)
        }
        return nil
    }
}

/// Takes the limit away; without one nothing changes.
enum DeletePermissionsBoundary<Holder: PrincipalHolder>: IAMAction {
    static var name: String { "Delete\(Holder.kindName)PermissionsBoundary" }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let name = try call.read { $0.name(of: Holder.self) }
        try await call.change(Holder.self, name) { holder, session in
            try await call.setBoundary(nil, of: &holder, session)
        }
        return nil
    }
}

extension IAMCall {
    /// Sets the boundary of a record that is about to be written.
    ///
    /// - Parameter text: The ARN of a customer managed policy, which must exist, or of one of AWS; `nil` for none.
    /// - Throws: NoSuchEntity or InvalidInput.
    func setBoundary<Holder: PrincipalHolder>(
        _ text: String?, of holder: inout Holder, _ session: StoreSession
    ) async throws {
        if let name = holder.boundaryPolicy { session.delete(holder.boundaryKey(name, of: account)) }
        holder.permissionsBoundary = text
        guard let text else { return }
        let arn = try PolicyARN(text)
        guard arn.owner != .aws else { return }
        guard arn.owner == .account(account),
            try await session.get(PolicyRecord.self, at: .policy(arn.name, of: account))?.arn == text
        else { throw IAMError.noSuchEntity("Scope ARN: \(text) does not exist or is not attachable.") }
        try session.put(IdentityIndexRecord(name: holder.name), at: holder.boundaryKey(arn.name, of: account))
    }
}

extension PrincipalHolder {
    /// The name of the boundary if it is a policy of the account.
    var boundaryPolicy: String? {
        guard let arn = permissionsBoundary.flatMap({ try? PolicyARN($0) }), arn.owner != .aws else { return nil }
        return arn.name
    }

    /// `PermissionsBoundary` as answers about one role or user have it; lists do not.
    var boundaryElements: [XMLElement] {
        guard let permissionsBoundary else { return [] }
        return [
            XMLElement(
                "PermissionsBoundary",
                [
                    // The model's enumeration has another word, which AWS does not answer.
                    XMLElement("PermissionsBoundaryType", "Policy"),
                    XMLElement("PermissionsBoundaryArn", permissionsBoundary),
                ])
        ]
    }
}
