import TrellisAPI
import TrellisModel
import TrellisStore

/// `{"AdditionalVersionWeights": {"2": 0.1}}`: the versions beside an alias's main one, as a request gives them.
struct AliasRouting {
    /// By version number, as text.
    private var weights: [String: Double] = [:]

    /// - Returns: `nil` if the request has no `RoutingConfig`; an empty one asks for no additional version.
    init?(_ reader: InputReader) {
        guard let routing = reader.object("RoutingConfig") else { return nil }
        guard let map = routing.object("AdditionalVersionWeights") else { return }
        for version in map.presentMembers {
            // Any number is read here, so that the error is worded as the map's.
            weights[version] = map.number(version, in: -Double.infinity...Double.infinity)
        }
        reportConstraints(routing)
    }

    private func reportConstraints(_ routing: InputReader) {
        let shown =
            "{" + weights.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ") + "}"
        if !weights.keys.allSatisfy({ ASCIIText.isAll($0, ASCIIText.isDigit) && $0.utf8.count <= 1024 }) {
            routing.report(
                "AdditionalVersionWeights", value: shown,
                "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
                    + "Member must have length greater than or equal to 1, "
                    + "Member must satisfy regular expression pattern: [0-9]+, Member must not be null]")
        }
        if !weights.values.allSatisfy({ (0.0...1.0).contains($0) }) {
            routing.report(
                "AdditionalVersionWeights", value: shown,
                "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
                    + "Member must have value greater than or equal to 0.0, Member must not be null]")
        }
    }

    /// The additional version, checked against the main one and the versions there are.
    ///
    /// - Parameter main: `nil` is `$LATEST`.
    func additionalVersion(
        beside main: FunctionVersionRecord?, of arn: FunctionARN, in session: StoreSession
    ) async throws -> FunctionAliasRecord.AdditionalVersion? {
        guard weights.count <= 1 else { throw LambdaError.tooManyWeights }
        guard let (text, weight) = weights.first else { return nil }
        guard let main else { throw LambdaError.latestWithRouting }
        let version = try await session.publishedVersion(text, of: arn)
        try AliasRouting.check(version, beside: main)
        return .init(version: version.version, weight: weight)
    }

    /// - Source: reference lambda.md §6.5.
    static func check(_ additional: FunctionVersionRecord, beside main: FunctionVersionRecord) throws(LambdaError) {
        guard additional.version != main.version else {
            throw .versionAlreadyInRouting(String(additional.version))
        }
        guard additional.configuration.role == main.configuration.role else { throw .routingAcrossRoles }
    }
}

extension StoreSession {
    /// - Throws: ``LambdaError/functionNotFound(arn:)`` with the number as it was given.
    func publishedVersion(_ text: String, of arn: FunctionARN) async throws -> FunctionVersionRecord {
        guard let number = Int(text), String(number) == text, let version = try await version(number, of: arn) else {
            throw LambdaError.functionNotFound(arn: "\(arn.unqualified):\(text)")
        }
        return version
    }

    /// What the `FunctionVersion` of an alias names; `nil` is `$LATEST`.
    func aliasTarget(_ text: String, of arn: FunctionARN) async throws -> FunctionVersionRecord? {
        text == "$LATEST" ? nil : try await publishedVersion(text, of: arn)
    }
}
