/// The name of a layer inside its account and Region: 1 to 64 characters of `a-zA-Z0-9-_`.
package struct LayerName: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        guard FunctionName(rawValue) != nil else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

extension LayerName: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a layer name", LayerName.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// A layer's ARN, `arn:aws:lambda:<region>:<account>:layer:<name>`.
package struct LayerARN: Hashable, Sendable, CustomStringConvertible {
    package var scope: Scope
    package var name: LayerName

    package init(scope: Scope, name: LayerName) {
        self.scope = scope
        self.name = name
    }

    package var description: String {
        "arn:\(ARN.partition):lambda:\(scope.region):\(scope.account):layer:\(name)"
    }
}

/// The ARN of a layer version, `arn:aws:lambda:<region>:<account>:layer:<name>:<version>`.
package struct LayerVersionARN: Hashable, Sendable, CustomStringConvertible {
    package var layer: LayerARN
    /// At least 1.
    package var version: Int

    package init(layer: LayerARN, version: Int) {
        self.layer = layer
        self.version = version
    }

    /// - Returns: `nil` unless the text is the full ARN of a layer version.
    package init?(_ text: String) {
        guard let arn = ARN(text), arn.service == "lambda", let scope = arn.scope else { return nil }
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "layer", let name = LayerName(String(parts[1])),
            let version = Int(parts[2]), version > 0
        else { return nil }
        self.init(layer: LayerARN(scope: scope, name: name), version: version)
    }

    package var description: String { "\(layer):\(version)" }
}

extension LayerVersionARN: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "the ARN of a layer version", LayerVersionARN.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A layer version as a function refers to it, with what an environment needs of it.
///
/// A copy, so that functions keep working when the layer version is deleted.
package struct FunctionLayer: Codable, Hashable, Sendable {
    package var arn: LayerVersionARN
    /// Lower-case hexadecimal SHA-256 of the zip, the package's name in the package directory.
    package var codeSHA256: String
    /// Size of the zip in bytes.
    package var codeSize: Int
    /// Size of all files in bytes.
    package var unzippedSize: Int

    package init(arn: LayerVersionARN, codeSHA256: String, codeSize: Int, unzippedSize: Int) {
        self.arn = arn
        self.codeSHA256 = codeSHA256
        self.codeSize = codeSize
        self.unzippedSize = unzippedSize
    }
}

/// A layer; stays when its versions are deleted, so that numbers are never used again.
package struct LayerRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var name: LayerName
    /// The number the next published version gets.
    package var nextVersion: Int

    package init(scope: Scope, name: LayerName, nextVersion: Int) {
        self.scope = scope
        self.name = name
        self.nextVersion = nextVersion
    }
}

/// A published version of a layer; never changes.
package struct LayerVersionRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var name: LayerName
    package var version: Int
    package var codeSHA256: String
    package var codeSize: Int
    package var unzippedSize: Int
    package var description: String
    package var licenseInfo: String?
    /// For people: nothing is refused because of them; `nil` if none were given.
    package var compatibleRuntimes: [String]?
    package var compatibleArchitectures: [String]?
    package var createdAt: Timestamp

    package init(
        scope: Scope, name: LayerName, version: Int, codeSHA256: String, codeSize: Int, unzippedSize: Int,
        description: String, licenseInfo: String?, compatibleRuntimes: [String]?,
        compatibleArchitectures: [String]?, createdAt: Timestamp
    ) {
        self.scope = scope
        self.name = name
        self.version = version
        self.codeSHA256 = codeSHA256
        self.codeSize = codeSize
        self.unzippedSize = unzippedSize
        self.description = description
        self.licenseInfo = licenseInfo
        self.compatibleRuntimes = compatibleRuntimes
        self.compatibleArchitectures = compatibleArchitectures
        self.createdAt = createdAt
    }

    package var arn: LayerVersionARN {
        LayerVersionARN(layer: LayerARN(scope: scope, name: name), version: version)
    }

    package var asFunctionLayer: FunctionLayer {
        FunctionLayer(arn: arn, codeSHA256: codeSHA256, codeSize: codeSize, unzippedSize: unzippedSize)
    }
}

/// Who may use a version of a layer besides the account that owns it.
package struct LayerPolicyRecord: StoredRecord, Equatable {
    package struct Statement: Codable, Hashable, Sendable {
        package var sid: String
        /// `*` or the root of an account.
        package var principal: FunctionPolicyStatement.Principal
        /// Only for members of this organization.
        package var organization: String?

        package init(sid: String, principal: FunctionPolicyStatement.Principal, organization: String?) {
            self.sid = sid
            self.principal = principal
            self.organization = organization
        }
    }

    package var layer: LayerVersionARN
    /// In the order in which they were added.
    package var statements: [Statement]
    package var revisionID: String

    package init(layer: LayerVersionARN, statements: [Statement], revisionID: String) {
        self.layer = layer
        self.statements = statements
        self.revisionID = revisionID
    }
}

extension StoreKey {
    package static func layer(_ name: LayerName, in scope: Scope) -> StoreKey {
        StoreKey(scope, .layer, name.rawValue)
    }

    package static func layerVersion(_ arn: LayerVersionARN) -> StoreKey {
        StoreKey(arn.layer.scope, .layerVersion, arn.layer.name.rawValue, padded(arn.version))
    }

    package static func layerPolicy(_ arn: LayerVersionARN) -> StoreKey {
        StoreKey(arn.layer.scope, .layerPolicy, arn.layer.name.rawValue, padded(arn.version))
    }
}
