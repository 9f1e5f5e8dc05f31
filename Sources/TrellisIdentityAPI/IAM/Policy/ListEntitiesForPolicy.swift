import TrellisAPI
import TrellisModel
import TrellisStore

/// The groups, users and roles that a managed policy is attached to, or is the permissions boundary of.
enum ListEntitiesForPolicy: IAMAction {
    static let name = "ListEntitiesForPolicy"

    /// One user, group or role of the answer.
    private struct Entity {
        enum Kind: String, CaseIterable {
            case group = "Group"
            case user = "User"
            case role = "Role"
        }

        var kind: Kind
        var name: String
        var id: String

        var element: XMLElement {
            XMLElement(
                "member", [XMLElement("\(kind.rawValue)Name", name), XMLElement("\(kind.rawValue)Id", id)])
        }
    }

    static func respond(to call: IAMCall) async throws -> [XMLElement]? {
        let (arn, filter, use, prefix, page) = try call.read { parameters in
            (
                parameters.policyARN(), parameters.string("EntityFilter", as: .entityFilter),
                parameters.string("PolicyUsageFilter", as: .policyUsage),
                parameters.string("PathPrefix", as: .pathPrefix) ?? "/", parameters.page()
            )
        }
        if try PolicyARN(arn).owner != .aws { _ = try await call.policy(arn) }
        var found: [Entity] = []
        func collect<Holder: PolicyHolder>(
            _ holders: [Holder], _ kind: Entity.Kind, _ path: (Holder) -> String, id: (Holder) -> String,
            boundary: (Holder) -> String?
        ) {
            guard filter == nil || filter == kind.rawValue else { return }
            for holder in holders where path(holder).hasPrefix(prefix) {
                let isAttached = use != "PermissionsBoundary" && holder.attachedPolicies.contains(arn)
                let isBoundary = use != "PermissionsPolicy" && boundary(holder) == arn
                if isAttached || isBoundary { found.append(Entity(kind: kind, name: holder.name, id: id(holder))) }
            }
        }
        let store = call.store
        collect(
            try await store.records(GroupRecord.self, under: .all(.group, of: call.account)), .group, \.path,
            id: \.id, boundary: { _ in nil })
        collect(
            try await store.records(UserRecord.self, under: .all(.user, of: call.account)), .user, \.path,
            id: \.id, boundary: \.permissionsBoundary)
        collect(
            try await store.records(RoleRecord.self, under: .all(.role, of: call.account)), .role, \.path,
            id: \.id, boundary: \.permissionsBoundary)
        let part = try page.part(of: found) { "\($0.kind.rawValue):\($0.name.lowercased())" }
        return Entity.Kind.allCases.map { kind in
            XMLElement("Policy\(kind.rawValue)s", part.items.filter { $0.kind == kind }.map(\.element))
        } + IAMPage.ending(of: part)
    }
}
