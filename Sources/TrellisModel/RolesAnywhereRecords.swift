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
    /// Which parts of a certificate become session tags, by the field that they stand in; absent for the default.
    package var attributeMappings: [String: [String]]?
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

/// Whoever has asked for sessions with certificates of one subject.
package struct CertificateSubjectRecord: StoredRecord, Equatable {
    package struct Credential: Codable, Hashable, Sendable {
        /// In hexadecimal.
        package var serialNumber: String
        package var issuer: String
        /// In PEM.
        package var certificate: String
        package var seenAt: Timestamp
        package var hasFailed: Bool

        package init(serialNumber: String, issuer: String, certificate: String, seenAt: Timestamp, hasFailed: Bool) {
            self.serialNumber = serialNumber
            self.issuer = issuer
            self.certificate = certificate
            self.seenAt = seenAt
            self.hasFailed = hasFailed
        }
    }

    package struct InstanceProperties: Codable, Hashable, Sendable {
        package var properties: [String: String]
        package var seenAt: Timestamp
        package var hasFailed: Bool
    }

    /// Certificates and sets of properties that are kept, the last ones.
    package static let kept = 10

    package var scope: Scope
    /// A UUID that follows from the name.
    package var id: String
    /// The distinguished name, `CN=device-1,O=Example`.
    package var name: String
    /// The latest first.
    package var credentials: [Credential] = []
    /// The latest first.
    package var instanceProperties: [InstanceProperties] = []
    package var tags: [IdentityTag] = []
    package var createdAt: Timestamp
    package var lastSeenAt: Timestamp

    package init(scope: Scope, id: String, name: String, createdAt: Timestamp) {
        self.scope = scope
        self.id = id
        self.name = name
        self.createdAt = createdAt
        lastSeenAt = createdAt
    }

    package var arn: String { "arn:\(ARN.partition):rolesanywhere:\(scope.region):\(scope.account):subject/\(id)" }

    package mutating func note(_ credential: Credential, _ properties: [String: String], at now: Timestamp) {
        lastSeenAt = now
        credentials.removeAll { $0.serialNumber == credential.serialNumber && $0.issuer == credential.issuer }
        credentials = Array(([credential] + credentials).prefix(Self.kept))
        guard !properties.isEmpty else { return }
        instanceProperties.removeAll { $0.properties == properties }
        let seen = InstanceProperties(properties: properties, seenAt: now, hasFailed: credential.hasFailed)
        instanceProperties = Array(([seen] + instanceProperties).prefix(Self.kept))
    }
}
