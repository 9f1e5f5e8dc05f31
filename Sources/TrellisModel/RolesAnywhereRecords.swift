/// A certificate authority whose certificates may be exchanged for sessions.
package struct TrustAnchorRecord: StoredRecord, Equatable {
    package var scope: Scope
    /// A UUID.
    package var id: String
    package var name: String
    /// One or more certificates in PEM.
    package var certificates: String
    package var isEnabled: Bool
    package var tags: [IdentityTag]
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        scope: Scope, id: String, name: String, certificates: String, isEnabled: Bool, tags: [IdentityTag],
        createdAt: Timestamp
    ) {
        self.scope = scope
        self.id = id
        self.name = name
        self.certificates = certificates
        self.isEnabled = isEnabled
        self.tags = tags
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    package var arn: String { "arn:\(ARN.partition):rolesanywhere:\(scope.region):\(scope.account):trust-anchor/\(id)" }
}

/// Which roles sessions may be of, and what limits them.
package struct RolesAnywhereProfileRecord: StoredRecord, Equatable {
    package var scope: Scope
    /// A UUID.
    package var id: String
    package var name: String
    package var roleARNs: [String]
    /// As it was written.
    package var sessionPolicy: String?
    package var managedPolicyARNs: [String]
    package var durationSeconds: Int
    package var isEnabled: Bool
    package var requiresInstanceProperties: Bool
    package var acceptsRoleSessionName: Bool
    package var createdBy: String
    package var tags: [IdentityTag]
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        scope: Scope, id: String, name: String, roleARNs: [String], durationSeconds: Int, isEnabled: Bool,
        createdBy: String, tags: [IdentityTag], createdAt: Timestamp
    ) {
        self.scope = scope
        self.id = id
        self.name = name
        self.roleARNs = roleARNs
        managedPolicyARNs = []
        self.durationSeconds = durationSeconds
        self.isEnabled = isEnabled
        requiresInstanceProperties = false
        acceptsRoleSessionName = false
        self.createdBy = createdBy
        self.tags = tags
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    package var arn: String { "arn:\(ARN.partition):rolesanywhere:\(scope.region):\(scope.account):profile/\(id)" }
}

/// A certificate revocation list of a trust anchor.
package struct RevocationListRecord: StoredRecord, Equatable {
    package var scope: Scope
    /// A UUID.
    package var id: String
    package var name: String
    /// PEM or DER, in base64.
    package var data: String
    package var trustAnchorARN: String
    package var isEnabled: Bool
    package var tags: [IdentityTag]
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        scope: Scope, id: String, name: String, data: String, trustAnchorARN: String, isEnabled: Bool,
        tags: [IdentityTag], createdAt: Timestamp
    ) {
        self.scope = scope
        self.id = id
        self.name = name
        self.data = data
        self.trustAnchorARN = trustAnchorARN
        self.isEnabled = isEnabled
        self.tags = tags
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    package var arn: String { "arn:\(ARN.partition):rolesanywhere:\(scope.region):\(scope.account):crl/\(id)" }
}
