import TrellisAPI
import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisStore

/// One action of the API.
protocol IAMAction: SendableMetatype {
    static var name: String { get }

    /// - Returns: What is in the result element; `nil` for an action without output.
    static func respond(to call: IAMCall) async throws -> [XMLElement]?
}

/// What every action works with.
struct IAMContext: Sendable {
    var store: any Store
    var clock: any WallClock
    var random: any RandomSource
    /// Keeps the secrets of access keys.
    var seal: ServerSeal
}

/// A request for one action.
struct IAMCall: Sendable {
    var account: AccountID
    var caller: PolicyCaller
    var parameters: QueryItems
    var context: IAMContext

    var store: any Store { context.store }
    var now: Timestamp { context.clock.now() }

    /// Reads the whole input, then throws if anything in it was wrong.
    ///
    /// - Throws: ``TrellisAPI/InvalidInput`` with every problem.
    func read<Input>(_ build: (IAMParameters) -> Input) throws -> Input { try parameters.read(build) }

    /// - Throws: MalformedPolicyDocument, or LimitExceeded in the words of `tooLarge`.
    func check(
        _ document: String, as grammar: PolicyGrammar, limit: Int, orSay tooLarge: @autoclosure () -> String
    ) throws {
        do {
            _ = try PolicyParser(grammar).parse(document)
        } catch {
            throw IAMError.malformedPolicyDocument(error.message)
        }
        guard PolicySize.characters(of: document) <= limit else { throw IAMError.limitExceeded(tooLarge()) }
    }

    /// A unique id: the prefix and 17 characters of `A-Z2-7`.
    func uniqueID(_ prefix: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        let words = [context.random.next(), context.random.next()]
        let digits = (0..<17).map { position in
            // Twelve digits of five bits in the first word, the rest in the second.
            alphabet[Int(truncatingIfNeeded: words[position / 12] >> UInt64(5 * (position % 12))) & 31]
        }
        return prefix + String(decoding: digits, as: UTF8.self)
    }
}

/// The size of a policy as its quotas count it.
enum PolicySize {
    /// - Returns: The number of characters that are not white space.
    static func characters(of document: String) -> Int {
        document.unicodeScalars.count { !$0.properties.isWhitespace }
    }
}
