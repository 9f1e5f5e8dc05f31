import TrellisAPI
import TrellisFunctionHost
import TrellisModel
import TrellisStore

/// `PUT /2015-03-31/functions/{FunctionName}/code`
extension LambdaService {
    func updateFunctionCode(_ call: APICall) async throws -> APIResponse {
        let input = try call.read { UpdateFunctionCodeInput($0, in: call.scope) }
        let arn = try input.identifier.resolveUnqualified(in: call.scope)
        guard !input.hasImage else { throw LambdaError.imageForZip }
        try input.unsupported.check()
        guard let upload = input.upload else { throw LambdaError.noCode }
        let architecture = try input.architecture.map { try checkArchitecture($0) }
        // A function that is missing or has changed is told before the package is kept.
        try await store.transaction { session in
            try input.checkRevision(of: try await session.function(arn))
        }
        guard !input.dryRun else {
            let package = try await upload.check(with: packages)
            let function = try await store.transaction { try await $0.function(arn) }
            let changed = Self.replaceCode(of: function, package, architecture)
            try await checkSize(of: changed.latest)
            return .json(FunctionView(changed).json(.settled))
        }
        return try await upload.store(in: packages) { package in
            try await replaceCode(of: arn, package, architecture, input)
        }
    }

    private func replaceCode(
        of arn: FunctionARN, _ package: PackageStore.StoredPackage, _ architecture: String?,
        _ input: UpdateFunctionCodeInput
    ) async throws -> APIResponse {
        let now = clock.now()
        let revisionID = random.uuid()
        let publication = VersionPublication(description: nil, at: now, random: random)
        return try await store.transaction { session in
            let before = try await session.function(arn)
            try input.checkRevision(of: before)
            var function = Self.replaceCode(of: before, package, architecture)
            try await checkSize(of: function.latest)
            function.lastModified = now
            function.revisionID = revisionID
            function.wasUpdated = true
            let version = input.publish ? try await publication.publish(&function, in: session) : nil
            try session.put(function)
            guard let version else { return .json(FunctionView(function).json(.updating)) }
            return .json(FunctionView(version, shownAs: .version(version.version)).json(.creating))
        }
    }

    private static func replaceCode(
        of function: FunctionRecord, _ package: PackageStore.StoredPackage, _ architecture: String?
    ) -> FunctionRecord {
        var function = function
        function.latest.codeSHA256 = package.sha256
        function.latest.codeSize = package.size
        function.latest.unzippedSize = package.unzippedSize
        if let architecture { function.latest.architecture = architecture }
        return function
    }
}

private struct UpdateFunctionCodeInput {
    var identifier: FunctionIdentifier
    var upload: PackageUpload?
    var hasImage: Bool
    var architecture: String?
    var publish: Bool
    var dryRun: Bool
    var revisionID: String?
    var unsupported = UnsupportedMembers()

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.function, in: scope)
        upload = PackageUpload(reader)
        hasImage = reader.string("ImageUri").map { !$0.isEmpty } ?? false
        architecture = reader.architecture()
        publish = reader.boolean("Publish") ?? false
        dryRun = reader.boolean("DryRun") ?? false
        revisionID = reader.string("RevisionId")
        for name in ["S3Bucket", "S3Key", "S3ObjectVersion", "SourceKMSKeyArn", "PublishTo"] {
            unsupported.addText(name, in: reader)
        }
    }

    func checkRevision(of function: FunctionRecord) throws(LambdaError) {
        guard revisionID == nil || revisionID == function.revisionID else { throw .staleRevision }
    }
}
