import TrellisAPI
import TrellisModel

/// An alias in an answer.
enum AliasView {
    static func json(_ alias: FunctionAliasRecord) -> JSONValue {
        let routing = alias.additionalVersion.map { additional -> JSONValue in
            .object([
                "AdditionalVersionWeights": .object([String(additional.version): .double(additional.weight)])
            ])
        }
        return .object(omittingNil: [
            "AliasArn": .string(alias.arn.description),
            "Name": .string(alias.name),
            "FunctionVersion": .string(alias.version.map(String.init) ?? "$LATEST"),
            "Description": .string(alias.description),
            "RevisionId": .string(alias.revisionID),
            "RoutingConfig": routing,
        ])
    }
}
