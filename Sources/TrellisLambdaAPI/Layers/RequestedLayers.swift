import TrellisAPI
import TrellisFunctionHost
import TrellisModel
import TrellisStore

/// The `Layers` of CreateFunction and UpdateFunctionConfiguration.
struct RequestedLayers {
    /// In order; texts of the pattern's form.
    private var arns: [String]

    /// - Returns: `nil` if the request says nothing about layers.
    init?(_ reader: InputReader) {
        guard let arns = reader.strings("Layers", count: 0...Int.max) else { return nil }
        if !arns.allSatisfy({ (1...140).contains($0.utf8.count) && LambdaPatterns.layerVersion.matches($0) }) {
            reader.report(
                "Layers", value: "[\(arns.joined(separator: ", "))]",
                "Member must satisfy constraint: [Member must have length less than or equal to 140, "
                    + "Member must have length greater than or equal to 1, Member must satisfy regular expression "
                    + "pattern: \(LambdaPatterns.layerVersion.text), Member must not be null]")
        }
        self.arns = arns
    }

    func checkCount() throws(LambdaError) {
        guard arns.count <= LambdaLimits.layers else { throw .tooManyLayers }
    }

    /// The layer versions, each of another layer.
    ///
    /// - Parameter caller: Has to be allowed to use the layers of other accounts.
    /// - Throws: ``LambdaError``
    func find(for caller: Caller, in session: StoreSession) async throws -> [FunctionLayer] {
        var found: [FunctionLayer] = []
        for text in arns {
            guard let arn = LayerVersionARN(text) else { throw LambdaError.layerMissing(text) }
            guard arn.layer.scope.region == caller.region else { throw LambdaError.layersElsewhere(caller.region) }
            try await session.checkAccess(of: caller, to: arn)
            guard let version = try await session.layerVersion(arn) else { throw LambdaError.layerMissing(text) }
            if let other = found.first(where: { $0.arn.layer == arn.layer }) {
                throw LambdaError.twoVersionsOfALayer(other.arn, arn)
            }
            found.append(version.asFunctionLayer)
        }
        return found
    }
}

extension LambdaService {
    /// - Throws: ``LambdaError`` if code and layers together are larger than Lambda allows.
    func checkSize(of configuration: FunctionConfiguration) async throws {
        guard !configuration.layers.isEmpty else { return }
        let ofCode: Int
        if let known = configuration.unzippedSize {
            ofCode = known
        } else {
            ofCode = try await packages.unzippedSize(of: configuration.codeSHA256)
        }
        let size = configuration.layers.reduce(ofCode) { $0 + $1.unzippedSize }
        let limit = packages.limits.unzippedBytes
        guard size <= limit else { throw LambdaError.codeWithLayersTooLarge(size, limit: limit) }
    }
}

extension StoreSession {
    func layerVersion(_ arn: LayerVersionARN) async throws -> LayerVersionRecord? {
        try await get(LayerVersionRecord.self, at: .layerVersion(arn))
    }

    func layerPolicy(_ arn: LayerVersionARN) async throws -> LayerPolicyRecord? {
        try await get(LayerPolicyRecord.self, at: .layerPolicy(arn))
    }

    /// A layer of another account needs a statement that lets the caller's account in.
    ///
    /// There are no organizations here: a statement that asks for one lets nobody in.
    func checkAccess(of caller: Caller, to arn: LayerVersionARN) async throws {
        guard arn.layer.scope.account != caller.account else { return }
        let statements = try await layerPolicy(arn)?.statements ?? []
        let isAllowed = statements.contains { statement in
            guard statement.organization == nil else { return false }
            return statement.principal == .anyone || statement.principal == .aws(caller.account.rootARN)
        }
        guard isAllowed else { throw LambdaError.layerNotPermitted(caller.principalARN, arn) }
    }
}
