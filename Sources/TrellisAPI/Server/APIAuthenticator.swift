import NIOCore
import Synchronization
package import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisSignature

/// Decides who signed a control-plane request.
///
/// - Source: identity reference, sections 1 and 3: SigV4 in the `Authorization` header, 15 minutes of clock skew.
package final class APIAuthenticator: Sendable {
    private let policy: AccessKeyPolicy
    private let clock: any WallClock
    /// Derived signing keys; shared by the server's tasks, so behind a lock that is held for a look-up only.
    private let keys = Mutex(SigningKeyCache())

    package init(policy: AccessKeyPolicy, clock: any WallClock) {
        self.policy = policy
        self.clock = clock
    }

    /// Why a request without a readable signature is refused.
    func failure(of head: RequestHead) -> APIError {
        guard let text = head.headers["authorization"] else { return wireError(.missingAuthentication) }
        do {
            _ = try AuthorizationHeader(parsing: text)
            return wireError(.missingAuthentication)
        } catch {
            return wireError(.authorizationHeader(error))
        }
    }

    /// The caller of a request whose signature holds.
    ///
    /// - Throws: The ``APIError`` that AWS answers with.
    func authenticate(_ head: RequestHead, body: ByteBuffer, signingName: String) throws(APIError) -> Caller {
        switch policy {
        case .anyKey(let account, let defaultRegion):
            return anyCaller(head, account: account, defaultRegion: defaultRegion)
        case .known(let find):
            return try knownCaller(head, body: body, signingName: signingName, find)
        }
    }

    private func anyCaller(_ head: RequestHead, account: AccountID, defaultRegion: Region) -> Caller {
        let region = head.authorization.flatMap { Region($0.scope.region) } ?? defaultRegion
        return Caller(
            accessKeyID: head.authorization?.accessKeyID ?? "", account: account, region: region,
            principalARN: account.rootARN, userID: account.rawValue)
    }

    private func knownCaller(
        _ head: RequestHead, body: ByteBuffer, signingName: String, _ find: FindCaller
    ) throws(APIError) -> Caller {
        let verifier = SignatureVerifier(services: [signingName])
        let request = SignableRequest(
            method: head.method, target: head.target, headers: head.headers.fields, authorization: head.authorization)
        let now = SigningTime(secondsSinceEpoch: clock.now().millisecondsSinceEpoch / 1000)
        let hash = PayloadHash(of: body.readableBytesView)
        var cache = keys.withLock { $0 }
        let verified: VerifiedSignature
        var known: KnownCaller?
        do {
            verified = try verifier.verify(request, payload: .signed(hash), now: now, keys: &cache) { id, token in
                known = find(id, token)
                return known?.credential
            }
        } catch {
            throw wireError(error)
        }
        keys.withLock { $0 = cache }
        guard let known, let account = known.caller.account, let region = Region(verified.scope.region)
        else { throw wireError(.unknownAccessKey(verified.accessKeyID)) }
        return Caller(
            accessKeyID: verified.accessKeyID, account: account, region: region, principal: known.caller,
            policies: known.policies, session: known.session)
    }

    /// The JSON services' name of each family of failures; all of them are 403.
    private func wireError(_ failure: SignatureFailure) -> APIError {
        let type =
            switch failure.family {
            case .missingAuthenticationToken: "MissingAuthenticationTokenException"
            case .incompleteSignature: "IncompleteSignatureException"
            case .invalidSignature: "InvalidSignatureException"
            case .unrecognizedClient: "UnrecognizedClientException"
            case .expiredToken: "ExpiredTokenException"
            }
        return APIError(type, status: 403, message: failure.message)
    }
}
