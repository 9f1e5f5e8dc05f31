import TrellisAPI
import TrellisFunctionHost
import TrellisModel
import TrellisStore

/// `POST /2018-10-31/layers/{LayerName}/versions`
///
/// The first version makes the layer. Every call makes a version, also of what the last one holds.
extension LambdaService {
    func publishLayerVersion(_ call: APICall) async throws -> APIResponse {
        let input = try call.read(PublishLayerVersionInput.init)
        guard let layer = input.layer.resolve(in: call.scope) else { throw LambdaError.layerNameInvalid }
        guard layer.scope == call.scope else { throw LambdaError.otherAccount }
        try input.unsupported.check()
        guard let upload = input.upload else { throw LambdaError.noLayerContent }
        let now = clock.now()
        let record = try await upload.store(in: packages) { package in
            try await store.transaction { session in
                var owner =
                    try await session.get(LayerRecord.self, at: .layer(layer.name, in: layer.scope))
                    ?? LayerRecord(scope: layer.scope, name: layer.name, nextVersion: 1)
                let record = LayerVersionRecord(
                    scope: layer.scope, name: layer.name, version: owner.nextVersion, codeSHA256: package.sha256,
                    codeSize: package.size, unzippedSize: package.unzippedSize, description: input.description,
                    licenseInfo: input.licenseInfo, compatibleRuntimes: input.compatibleRuntimes,
                    compatibleArchitectures: input.compatibleArchitectures, createdAt: now)
                owner.nextVersion += 1
                try session.put(owner, at: owner.key)
                try session.put(record, at: record.key)
                return record
            }
        }
        return answer(record, status: 201)
    }
}

private struct PublishLayerVersionInput {
    var layer: LayerIdentifier
    var upload: PackageUpload?
    var description: String
    var licenseInfo: String?
    var compatibleRuntimes: [String]?
    var compatibleArchitectures: [String]?
    var unsupported = UnsupportedMembers()

    init(_ reader: InputReader) {
        layer = LayerIdentifier(reader)
        let content = reader.requiredObject("Content")
        upload = PackageUpload(content)
        description = reader.descriptionText() ?? ""
        licenseInfo = reader.string("LicenseInfo", length: 0...512).flatMap { $0.isEmpty ? nil : $0 }
        compatibleRuntimes = Self.choices("CompatibleRuntimes", of: FunctionRuntimes.known, most: 15, reader) {
            "Member must satisfy enum value set: [\($0)]"
        }
        compatibleArchitectures = Self.choices("CompatibleArchitectures", of: ["x86_64", "arm64"], most: 2, reader) {
            "Member must satisfy constraint: [Member must satisfy enum value set: [\($0)]]"
        }
        for name in ["S3Bucket", "S3Key", "S3ObjectVersion"] {
            unsupported.addText(name, in: content, as: "Content.\(name)")
        }
    }

    /// - Parameter constraint: From the allowed values to what is said where others are given.
    private static func choices(
        _ name: String, of allowed: [String], most: Int, _ reader: InputReader, constraint: (String) -> String
    ) -> [String]? {
        guard let values = reader.strings(name, count: 0...most) else { return nil }
        if !values.allSatisfy(allowed.contains) {
            let shown = "[\(values.joined(separator: ", "))]"
            reader.report(name, value: shown, constraint(allowed.joined(separator: ", ")))
        }
        return values
    }
}
