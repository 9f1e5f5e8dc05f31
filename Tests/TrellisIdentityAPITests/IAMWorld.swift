import Foundation
import NIOCore
import Synchronization
import Testing
import TrellisAPI
import TrellisIdentityAPI
import TrellisModel
import TrellisPrincipals
import TrellisStore

/// The iam API over a store of its own, with a clock that stands still.
struct IAMWorld: Sendable {
    static let trust =
        #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"#
        + #""Action":"sts:AssumeRole"}}"#
    static let document =
        #"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:Get*"],"Resource":"*"}]}"#
    static let account = "123456789012"

    let store: any Store
    let sts: STSAPI
    private let api: IAMAPI

    init() throws {
        store = try SQLiteStore.inMemory()
        let clock = StandingClock()
        let seal = ServerSeal(.fresh(at: clock.now(), random: CountingRandom()))
        api = IAMAPI(store: store, seal: seal, clock: clock, random: CountingRandom()) { _, _, error in
            Issue.record("an action failed: \(error)")
        }
        sts = STSAPI(
            store: store, principals: PrincipalDirectory(rootKeys: [], seal: seal),
            issuer: SessionIssuer(seal: seal, clock: clock, random: CountingRandom()), clock: clock
        ) { _, _, error in
            Issue.record("an action failed: \(error)")
        }
    }

    func send(
        _ action: String, _ parameters: [String: String] = [:], account: String = Self.account,
        region: String = "us-east-1", session: SessionClaims.Subject? = nil
    ) async throws -> XMLReply {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        let all = parameters.merging(["Action": action, "Version": "2010-05-08"]) { given, _ in given }
        let form = try all.map { name, value in
            let encoded = try #require(value.addingPercentEncoding(withAllowedCharacters: allowed))
            return "\(name)=\(encoded)"
        }
        var caller = Caller(
            accessKeyID: "AKIATEST", account: try #require(AccountID(account)), region: try #require(Region(region)),
            principalARN: "arn:aws:iam::\(account):root", userID: account)
        caller.session = session.map { SessionClaims(subject: $0, secret: "", issuedAt: 0, expiresAt: 0) }
        let response = await api.respond(
            to: AuthenticatedRequest(
                method: "POST", path: "/", query: "", headers: APIHeaders(),
                body: ByteBuffer(string: form.joined(separator: "&")), caller: caller, requestID: "req-1"))
        return XMLReply(status: response.status, text: String(buffer: response.body))
    }

    /// The error code of an answer, and its status before it.
    func refusal(_ action: String, _ parameters: [String: String]) async throws -> String {
        let reply = try await send(action, parameters)
        return "\(reply.status) \(reply["Code"] ?? "")"
    }

    func createRole(_ name: String = "role", _ more: [String: String] = [:]) async throws {
        let parameters = ["RoleName": name, "AssumeRolePolicyDocument": Self.trust]
        let reply = try await send("CreateRole", parameters.merging(more) { $1 })
        try #require(reply.status == 200, "\(reply.text)")
    }

    /// - Returns: The ARN.
    func createPolicy(_ name: String = "policy", _ more: [String: String] = [:]) async throws -> String {
        let parameters = ["PolicyName": name, "PolicyDocument": Self.document]
        let reply = try await send("CreatePolicy", parameters.merging(more) { $1 })
        return try #require(reply["Arn"], "\(reply.text)")
    }

    func keys() async throws -> [String] { try await store.range(under: .root).entries.map(\.key.path) }
}

/// An answer in XML whose elements have no attributes but the namespace.
struct XMLReply: Sendable {
    var status: Int
    var text: String

    /// The text of the first element of a name.
    subscript(name: String) -> String? { all(name).first }

    /// The texts of all elements of a name.
    func all(_ name: String) -> [String] {
        text.components(separatedBy: "<\(name)>").dropFirst().compactMap {
            $0.components(separatedBy: "</\(name)>").first
        }
    }
}

private struct StandingClock: WallClock {
    func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: 1_700_000_000_000) }
}

private final class CountingRandom: RandomSource {
    private let count = Mutex<UInt64>(0)

    func next() -> UInt64 {
        count.withLock { count in
            count += 1
            return count &* 0x9E37_79B9_7F4A_7C15
        }
    }
}
