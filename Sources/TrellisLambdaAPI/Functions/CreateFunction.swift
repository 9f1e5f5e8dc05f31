import TrellisAPI
import TrellisFunctionHost
import TrellisModel
import TrellisStore

/// `POST /2015-03-31/functions`
extension LambdaService {
    func createFunction(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { CreateFunctionInput($0, in: call.scope) }
        let arn = try input.name.resolve(in: call.scope)
        try input.unsupported.check()
        guard let runtime = input.settings.runtime, let handler = input.settings.handler else {
            throw LambdaError.runtimeAndHandlerMandatory
        }
        try input.settings.check()
        guard let upload = input.upload else { throw LambdaError.noCode }
        let architecture = try checkArchitecture(input.architecture)

        // Asked before the package is kept, and again by the transaction.
        guard try await store.get(.function(arn.name, in: arn.scope)) == nil else {
            throw LambdaError.functionAlreadyExists(arn.name)
        }
        let view = try await upload.store(in: packages) { package in
            var configuration = FunctionConfiguration(
                runtime: runtime, handler: handler, role: "", description: "", timeoutSeconds: 3, memorySizeMB: 128,
                ephemeralStorageMB: 512, environment: [:], architecture: architecture, codeSHA256: package.sha256,
                codeSize: package.size)
            configuration.unzippedSize = package.unzippedSize
            input.settings.apply(to: &configuration)
            let now = clock.now()
            let new = FunctionRecord(
                scope: arn.scope, name: arn.name, latest: configuration, revisionID: random.uuid(), createdAt: now,
                lastModified: now, wasUpdated: false, nextVersion: 1, tags: input.tags)
            return try await create(new, input.settings.layers, for: call.caller, publish: input.publish)
        }
        return .json(view.json(.creating), status: 201)
    }

    /// With `publish`, version 1 is what the answer shows, under the unqualified ARN.
    private func create(
        _ new: FunctionRecord, _ layers: RequestedLayers?, for caller: Caller, publish: Bool
    ) async throws -> FunctionView {
        let publication = VersionPublication(description: nil, at: new.lastModified, random: random)
        return try await store.transaction { session in
            guard try await !session.exists(.function(new.name, in: new.scope)) else {
                throw LambdaError.functionAlreadyExists(new.name)
            }
            var function = new
            if let layers { function.latest.layers = try await layers.find(for: caller, in: session) }
            try await checkSize(of: function.latest)
            let version = publish ? try await publication.publish(&function, in: session) : nil
            try session.put(function)
            return version.map { FunctionView($0, shownAs: nil) } ?? FunctionView(function)
        }
    }

    /// The architecture of a new package: what was given, else the host's own.
    func checkArchitecture(_ given: String?) throws(LambdaError) -> String {
        let host = configuration.architecture
        guard let given else { return host }
        // x86_64 is what clients send for "no matter"; interpreted code runs anywhere.
        guard given == host || given == "x86_64" else { throw .unsupportedArchitecture(given, host: host) }
        return given
    }
}

private struct CreateFunctionInput {
    var name: NewFunctionName
    var settings: FunctionSettings
    var upload: PackageUpload?
    var architecture: String?
    var publish: Bool
    var tags: [String: String]
    var unsupported = UnsupportedMembers()

    init(_ reader: InputReader, in scope: Scope) {
        name = NewFunctionName(reader, in: scope)
        settings = FunctionSettings(reader, roleIsRequired: true)
        let code = reader.requiredObject("Code")
        upload = PackageUpload(code)
        architecture = reader.architecture()
        publish = reader.boolean("Publish") ?? false
        tags = reader.tags() ?? [:]
        let packageType: PackageType? = reader.enumeration("PackageType")
        for name in ["S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri", "SourceKMSKeyArn"] {
            unsupported.addText(name, in: code, as: "Code.\(name)")
        }
        if packageType == .image { unsupported.add("PackageType Image") }
        for name in ["CodeSigningConfigArn", "PublishTo"] { unsupported.addText(name, in: reader) }
        unsupported.addSettings(reader)
    }
}

private enum PackageType: String, CaseIterable {
    case zip = "Zip"
    case image = "Image"
}
