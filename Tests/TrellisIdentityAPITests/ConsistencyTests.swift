import Testing
import TrellisModel
import TrellisStore

@testable import TrellisIdentityAPI

/// Roles and policies that the API has made, and what is found after a key was taken away.
@Suite struct ConsistencyTests {
    private func findings(_ entries: [StoreEntry]) -> [String] {
        var check = ConsistencyCheck(
            IdentityConsistency.records, indexKinds: IdentityConsistency.indexKinds, freeKeys: [])
        for entry in entries { check.note(entry) }
        return check.result().map(\.description)
    }

    private func entries() async throws -> [StoreEntry] {
        let world = try IAMWorld()
        try await world.createRole("Reader")
        let policy = try await world.createPolicy("Reading", ["Path": "/a/"])
        for arn in [policy, "arn:aws:iam::aws:policy/ReadOnlyAccess"] {
            let reply = try await world.send("AttachRolePolicy", ["RoleName": "reader", "PolicyArn": arn])
            try #require(reply.status == 200, "\(reply.text)")
        }
        for (action, parameters) in [
            ("CreateUser", ["UserName": "ann", "PermissionsBoundary": policy]), ("CreateGroup", ["GroupName": "staff"]),
            ("AddUserToGroup", ["UserName": "ann", "GroupName": "staff"]),
            ("AttachGroupPolicy", ["GroupName": "staff", "PolicyArn": policy]),
        ] {
            let reply = try await world.send(action, parameters)
            try #require(reply.status == 200, "\(reply.text)")
        }
        return try await world.store.range(under: .root).entries
    }

    @Test func everyKindOfIdentityIsDeclared() {
        let declared = Set(IdentityConsistency.records.map { $0.kind }).union(IdentityConsistency.indexKinds)
        #expect(
            declared == [
                .role, .roleIndex, .user, .userIndex, .group, .groupIndex, .groupMember, .accessKey, .policy,
                .policyIndex, .policyAttachment, .policyBoundary, .trustAnchor, .rolesAnywhereProfile,
                .revocationList, .certificateSubject,
            ])
    }

    @Test func everyKeyIsMissed() async throws {
        let entries = try await entries()
        #expect(entries.count == 12)
        #expect(findings(entries) == [])
        for entry in entries {
            #expect(!findings(entries.filter { $0.key != entry.key }).isEmpty, "nobody misses \(entry.key)")
        }
    }

    @Test func keysThatBelongToNobodyAreSeen() async throws {
        let entries = try await entries()
        for (from, to) in [
            ("/_global/", "/us-east-1/"), ("/iam-role-index/", "/iam-role-index/x"), ("/reading/reader", "/reading/x"),
            ("/iam-role/reader", "/iam-role/writer"),
        ] {
            let moved = entries.map { entry in
                var entry = entry
                entry.key = StoreKey(path: entry.key.path.replacing(from, with: to))
                return entry
            }
            #expect(!findings(moved).isEmpty, "\(from) as \(to)")
        }
    }
}
