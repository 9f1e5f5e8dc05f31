/// One tag of a user, role or policy; keys are compared without case.
package struct IdentityTag: Codable, Hashable, Sendable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// An IAM role with its inline policies and the ARNs of the managed policies attached to it.
package struct RoleRecord: StoredRecord, Equatable {
    /// The longest session of a role that does not say.
    package static let defaultMaximumSessionSeconds = 3600

    package var account: AccountID
    /// Unique in the account without case; ``StoreKey/role(_:of:)`` is made of it.
    package var name: String
    /// `AROA` and 17 characters, never used again.
    package var id: String
    /// Begins and ends with a slash.
    package var path: String
    /// As it was written.
    package var trustPolicy: String
    package var description: String?
    /// 3,600 to 43,200.
    package var maximumSessionSeconds: Int
    /// Documents by policy name, as they were written.
    package var inlinePolicies: [String: String]
    /// ARNs in the order of attachment, each once.
    package var attachedPolicies: [String]
    /// The ARN of the managed policy that limits what the others allow.
    package var permissionsBoundary: String?
    package var createdAt: Timestamp
    package var tags: [IdentityTag]

    package init(
        account: AccountID, name: String, id: String, path: String, trustPolicy: String, description: String?,
        maximumSessionSeconds: Int, createdAt: Timestamp, tags: [IdentityTag]
    ) {
        self.account = account
        self.name = name
        self.id = id
        self.path = path
        self.trustPolicy = trustPolicy
        self.description = description
        self.maximumSessionSeconds = maximumSessionSeconds
        inlinePolicies = [:]
        attachedPolicies = []
        self.createdAt = createdAt
        self.tags = tags
    }

    package var arn: String { "arn:\(ARN.partition):iam::\(account):role\(path)\(name)" }
}

/// An IAM user with its inline policies and the ARNs of the managed policies attached to it.
package struct UserRecord: StoredRecord, Equatable {
    package var account: AccountID
    /// Unique in the account without case; ``StoreKey/user(_:of:)`` is made of it.
    package var name: String
    /// `AIDA` and 17 characters, never used again; a user that is renamed keeps it.
    package var id: String
    /// Begins and ends with a slash.
    package var path: String
    /// Documents by policy name, as they were written.
    package var inlinePolicies: [String: String]
    /// ARNs in the order of attachment, each once.
    package var attachedPolicies: [String]
    /// The ARN of the managed policy that limits what the others, also those of groups, allow.
    package var permissionsBoundary: String?
    /// Absent from records that were written before there were groups.
    private var groups: [String]?
    package var createdAt: Timestamp
    package var tags: [IdentityTag]

    /// The unique ids of the user's groups in the order of joining, each once.
    package var groupIDs: [String] {
        get { groups ?? [] }
        set { groups = newValue.isEmpty ? nil : newValue }
    }

    package init(
        account: AccountID, name: String, id: String, path: String, createdAt: Timestamp, tags: [IdentityTag]
    ) {
        self.account = account
        self.name = name
        self.id = id
        self.path = path
        inlinePolicies = [:]
        attachedPolicies = []
        self.createdAt = createdAt
        self.tags = tags
    }

    package var arn: String { "arn:\(ARN.partition):iam::\(account):user\(path)\(name)" }
}

/// A group of users, who may do what its policies allow; the users say which groups they belong to.
package struct GroupRecord: StoredRecord, Equatable {
    package var account: AccountID
    /// Unique in the account without case; ``StoreKey/group(_:of:)`` is made of it.
    package var name: String
    /// `AGPA` and 17 characters, never used again; a group that is renamed keeps it.
    package var id: String
    /// Begins and ends with a slash.
    package var path: String
    /// Documents by policy name, as they were written.
    package var inlinePolicies: [String: String]
    /// ARNs in the order of attachment, each once.
    package var attachedPolicies: [String]
    package var createdAt: Timestamp

    package init(account: AccountID, name: String, id: String, path: String, createdAt: Timestamp) {
        self.account = account
        self.name = name
        self.id = id
        self.path = path
        inlinePolicies = [:]
        attachedPolicies = []
        self.createdAt = createdAt
    }

    package var arn: String { "arn:\(ARN.partition):iam::\(account):group\(path)\(name)" }
}

/// A user's access key; its secret is sealed.
package struct AccessKeyRecord: StoredRecord, Equatable {
    package var account: AccountID
    /// `AKIA` and 16 characters.
    package var id: String
    package var userID: String
    /// With the server's key at rest, for the key's id.
    package var sealedSecret: String
    package var isActive: Bool
    package var createdAt: Timestamp

    package init(account: AccountID, id: String, userID: String, sealedSecret: String, createdAt: Timestamp) {
        self.account = account
        self.id = id
        self.userID = userID
        self.sealedSecret = sealedSecret
        isActive = true
        self.createdAt = createdAt
    }
}

/// A customer managed policy with its versions.
package struct PolicyRecord: StoredRecord, Equatable {
    package struct Version: Codable, Hashable, Sendable {
        /// 1 for the version that answers call `v1`; never used again.
        package var number: Int
        /// As it was written.
        package var document: String
        package var createdAt: Timestamp

        package init(number: Int, document: String, createdAt: Timestamp) {
            self.number = number
            self.document = document
            self.createdAt = createdAt
        }
    }

    package var account: AccountID
    /// Unique in the account without case, whatever the path.
    package var name: String
    /// `ANPA` and 17 characters.
    package var id: String
    package var path: String
    package var description: String?
    /// By number; the default version is one of them.
    package var versions: [Version]
    package var defaultVersion: Int
    package var nextVersion: Int
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var tags: [IdentityTag]

    /// A policy whose only version is its first.
    package init(
        account: AccountID, name: String, id: String, path: String, description: String?, document: String,
        createdAt: Timestamp, tags: [IdentityTag]
    ) {
        self.account = account
        self.name = name
        self.id = id
        self.path = path
        self.description = description
        versions = [Version(number: 1, document: document, createdAt: createdAt)]
        defaultVersion = 1
        nextVersion = 2
        self.createdAt = createdAt
        updatedAt = createdAt
        self.tags = tags
    }

    package var arn: String { "arn:\(ARN.partition):iam::\(account):policy\(path)\(name)" }
}

/// The name of a user, role or policy under a key that leads to it.
package struct IdentityIndexRecord: StoredRecord, Equatable {
    package var name: String

    package init(name: String) {
        self.name = name
    }
}

/// IAM belongs to an account, not to one of its Regions: `/<account>/_global/<kind>/<name in lower case>`.
///
/// No Region can be spelled `_global`.
extension StoreKey {
    package static func role(_ name: String, of account: AccountID) -> StoreKey {
        global(.role, account, name.lowercased())
    }

    package static func policy(_ name: String, of account: AccountID) -> StoreKey {
        global(.policy, account, name.lowercased())
    }

    package static func user(_ name: String, of account: AccountID) -> StoreKey {
        global(.user, account, name.lowercased())
    }

    /// Leads from a user's unique id to its name.
    package static func userIndex(_ id: String, of account: AccountID) -> StoreKey {
        global(.userIndex, account, id)
    }

    package static func group(_ name: String, of account: AccountID) -> StoreKey {
        global(.group, account, name.lowercased())
    }

    /// Leads from a group's unique id to its name.
    package static func groupIndex(_ id: String, of account: AccountID) -> StoreKey {
        global(.groupIndex, account, id)
    }

    /// That a user belongs to a group, by the ids of both; leads to the user's name.
    package static func groupMember(_ userID: String, ofGroup groupID: String, of account: AccountID) -> StoreKey {
        global(.groupMember, account, groupID, userID)
    }

    package static func groupMembers(ofGroup groupID: String, of account: AccountID) -> StoreKey {
        global(.groupMember, account, groupID, "")
    }

    /// By the user's id, which stays when the user is renamed.
    package static func accessKey(_ id: String, ofUser userID: String, of account: AccountID) -> StoreKey {
        global(.accessKey, account, userID, id)
    }

    package static func accessKeys(ofUser userID: String, of account: AccountID) -> StoreKey {
        global(.accessKey, account, userID, "")
    }

    /// Whether the key is of something that an account has in no Region.
    package var isGlobal: Bool {
        // After the account's slash and twelve digits.
        path.utf8.dropFirst(13).starts(with: "/\(Self.globalRegion)/".utf8)
    }

    /// Leads from a role's unique id to its name, for principals that are named by id.
    package static func roleIndex(_ id: String, of account: AccountID) -> StoreKey {
        global(.roleIndex, account, id)
    }

    package static func policyIndex(_ id: String, of account: AccountID) -> StoreKey {
        global(.policyIndex, account, id)
    }

    /// That a customer managed policy is attached to a role.
    package static func policyAttachment(
        _ policy: String, to role: String, of account: AccountID
    ) -> StoreKey {
        global(.policyAttachment, account, policy.lowercased(), role.lowercased())
    }

    /// That a customer managed policy is attached to a user; no role's name has a colon.
    package static func policyAttachment(
        _ policy: String, toUser user: String, of account: AccountID
    ) -> StoreKey {
        global(.policyAttachment, account, policy.lowercased(), "user:\(user.lowercased())")
    }

    /// That a customer managed policy is attached to a group; no role's name has a colon.
    package static func policyAttachment(
        _ policy: String, toGroup group: String, of account: AccountID
    ) -> StoreKey {
        global(.policyAttachment, account, policy.lowercased(), "group:\(group.lowercased())")
    }

    /// That a customer managed policy is the permissions boundary of a role.
    package static func policyBoundary(_ policy: String, of role: String, in account: AccountID) -> StoreKey {
        global(.policyBoundary, account, policy.lowercased(), role.lowercased())
    }

    /// That a customer managed policy is the permissions boundary of a user; no role's name has a colon.
    package static func policyBoundary(_ policy: String, ofUser user: String, in account: AccountID) -> StoreKey {
        global(.policyBoundary, account, policy.lowercased(), "user:\(user.lowercased())")
    }

    /// Everything that a customer managed policy is the permissions boundary of.
    package static func policyBoundaries(_ policy: String, of account: AccountID) -> StoreKey {
        global(.policyBoundary, account, policy.lowercased(), "")
    }

    /// Everything that a customer managed policy is attached to.
    package static func policyAttachments(_ policy: String, of account: AccountID) -> StoreKey {
        global(.policyAttachment, account, policy.lowercased(), "")
    }

    /// Every key of a kind of an account's identities.
    package static func all(_ kind: RecordKind, of account: AccountID) -> StoreKey {
        global(kind, account, "")
    }

    /// What stands in place of the Region.
    package static let globalRegion = "_global"

    private static func global(_ kind: RecordKind, _ account: AccountID, _ parts: String...) -> StoreKey {
        StoreKey(path: "/\(account)/\(globalRegion)/\(kind.rawValue)/" + parts.joined(separator: "/"))
    }
}
