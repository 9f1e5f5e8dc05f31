import TrellisModel
import TrellisSignature
import TrellisStore

extension IAMCall {
    /// The customer managed policy of an ARN.
    ///
    /// - Throws: NoSuchEntity, also for the policies of AWS and of other accounts, which are not kept here.
    func policy(_ text: String) async throws -> PolicyRecord {
        let key = try policyKey(text)
        guard let policy = try await store.record(PolicyRecord.self, at: key), policy.arn == text else {
            throw IAMError.noPolicy(text)
        }
        return policy
    }

    /// Changes a policy in one transaction; `change` may run several times.
    ///
    /// - Throws: NoSuchEntity, or what `change` throws.
    func changePolicy<Result>(
        _ text: String, _ change: (inout PolicyRecord) throws -> Result
    ) async throws -> Result {
        let key = try policyKey(text)
        return try await store.transaction { session in
            guard var policy = try await session.get(PolicyRecord.self, at: key), policy.arn == text else {
                throw IAMError.noPolicy(text)
            }
            let before = policy
            let result = try change(&policy)
            if policy != before { try session.put(policy, at: key) }
            return result
        }
    }

    private func policyKey(_ text: String) throws -> StoreKey {
        let arn = try PolicyARN(text)
        guard arn.owner == .account(account) else { throw IAMError.noPolicy(text) }
        return .policy(arn.name, of: account)
    }
}

extension PolicyRecord {
    /// The policy as CreatePolicy and GetPolicy show it.
    func element(_ usage: PolicyUsage) -> XMLElement {
        let about = description.map { [XMLElement("Description", $0)] } ?? []
        return XMLElement("Policy", members(usage) + about + IAMTags.elements(tags))
    }

    /// The policy as lists show it: without description and tags.
    func listed(_ usage: PolicyUsage) -> XMLElement { XMLElement("member", members(usage)) }

    private func members(_ usage: PolicyUsage) -> [XMLElement] {
        [
            XMLElement("PolicyName", name), XMLElement("PolicyId", id), XMLElement("Arn", arn),
            XMLElement("Path", path), XMLElement("DefaultVersionId", "v\(defaultVersion)"),
            XMLElement("AttachmentCount", String(usage.attachments)),
            XMLElement("PermissionsBoundaryUsageCount", String(usage.boundaries)),
            XMLElement("IsAttachable", "true"),
            XMLElement("CreateDate", createdAt.iso8601Seconds), XMLElement("UpdateDate", updatedAt.iso8601Seconds),
        ]
    }

    /// - Parameter id: `v1` and so on.
    /// - Throws: NoSuchEntity.
    func version(_ id: String) throws(IAMError) -> Version {
        guard let version = versions.first(where: { $0.id == id }) else { throw .noPolicyVersion(id, of: arn) }
        return version
    }

    func element(_ version: Version, _ name: String, withDocument: Bool) -> XMLElement {
        let document = XMLElement("Document", PercentEncoding.encoded(version.document))
        return XMLElement(
            name,
            (withDocument ? [document] : []) + [
                XMLElement("VersionId", version.id),
                XMLElement("IsDefaultVersion", version.number == defaultVersion ? "true" : "false"),
                XMLElement("CreateDate", version.createdAt.iso8601Seconds),
            ])
    }
}

extension PolicyRecord.Version {
    var id: String { "v\(number)" }
}
