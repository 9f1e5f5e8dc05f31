import TrellisAPI
import TrellisModel
import TrellisPrincipals
import TrellisStore

/// One action of the API.
protocol STSAction: SendableMetatype {
    static var name: String { get }

    /// - Returns: What is in the result element.
    static func respond(to call: STSCall) async throws -> [XMLElement]
}

/// What every action works with.
struct STSContext: Sendable {
    var store: any Store
    var principals: PrincipalDirectory
    var issuer: SessionIssuer
    var clock: any WallClock
    /// Whose tokens are exchanged for sessions.
    var providers: [WebIdentityProvider]
}

/// A request for one action.
struct STSCall: Sendable {
    var caller: Caller
    var parameters: QueryItems
    var context: STSContext
    /// The condition keys that every request has.
    var conditions: RequestConditions

    /// Reads the whole input, then throws if anything in it was wrong.
    ///
    /// - Throws: ``TrellisAPI/InvalidInput`` with every problem.
    func read<Input>(_ build: (IAMParameters) -> Input) throws -> Input { try parameters.read(build) }
}

extension QueryItems {
    /// Reads the whole input, then throws if anything in it was wrong.
    ///
    /// - Throws: ``TrellisAPI/InvalidInput`` with every problem.
    func read<Input>(_ build: (IAMParameters) -> Input) throws -> Input {
        let reader = IAMParameters(self)
        let input = build(reader)
        guard reader.problems.isEmpty else { throw InvalidInput(problems: reader.problems) }
        return input
    }
}

extension IssuedSession {
    var credentials: XMLElement {
        XMLElement(
            "Credentials",
            [
                XMLElement("AccessKeyId", accessKeyID), XMLElement("SecretAccessKey", secretAccessKey),
                XMLElement("SessionToken", sessionToken), XMLElement("Expiration", expiration.iso8601Seconds),
            ])
    }
}
