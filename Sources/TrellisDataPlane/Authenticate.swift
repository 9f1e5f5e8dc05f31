import NIOHTTP1
import TrellisModel
import TrellisPolicy
import TrellisPrincipals
import TrellisRouting
import TrellisSignature

/// The caller of a request, with what their own policies allow.
struct RequestCaller {
    let caller: PolicyCaller
    let policies: IdentityPolicies

    static let anonymous = RequestCaller(caller: .anonymous, policies: .policies([]))
}

extension ConnectionHandler {
    /// *Authenticate*: who signed the request, whatever the auth types say; nobody if it is not signed.
    ///
    /// SigV4 and SigV4A, in the `Authorization` header or in the query.
    ///
    /// - Throws: ``Failure/signatureRefused(type:message:)``.
    /// - Source: reference lattice.md, "Signing", and identity.md, "Lattice specifics".
    func authenticate(_ head: HTTPRequestHead, _ facts: RequestFacts, _ route: Route) throws(Failure) -> RequestCaller {
        guard facts.claimsSignature || facts.mayHaveQuerySignature else { return .anonymous }
        let request = SignableRequest(
            method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) })
        guard facts.claimsSignature || request.hasQuerySignature else { return .anonymous }
        switch loop.environment.callers {
        case .unverified(let caller, let policies): return RequestCaller(caller: caller, policies: policies)
        case .verified: return try verify(request, route, loop.findCaller)
        }
    }

    private func verify(
        _ request: SignableRequest, _ route: Route, _ find: FindCaller
    ) throws(Failure) -> RequestCaller {
        var verifier = SignatureVerifier(
            services: [Self.signingName], region: .exactly(route.service.scope.region.rawValue),
            allowedSkewSeconds: Self.allowedSkewSeconds)
        verifier.algorithms = [.hmacSHA256, .ecdsaP256SHA256]
        verifier.acceptsQuerySignature = true
        let now = SigningTime(secondsSinceEpoch: loop.environment.clock.now().millisecondsSinceEpoch / 1000)
        var known: KnownCaller?
        do {
            _ = try verifier.verify(request, payload: .unsigned, now: now, keys: &loop.signingKeys) { id, token in
                known = find(id, token)
                return known?.credential
            }
        } catch {
            throw Failure(error)
        }
        // The verifier has asked for the key: without one there is no valid signature.
        guard let known else { throw Failure(SignatureFailure.missingAuthentication) }
        return RequestCaller(caller: known.caller, policies: known.policies)
    }

    private static let signingName = "vpc-lattice-svcs"
    /// - Source: reference lattice.md, "Signing": chosen, 5 minutes either way.
    private static let allowedSkewSeconds: Int64 = 300
}

extension Failure {
    /// A signature that does not hold, under the names that JSON services give the families.
    fileprivate init(_ failure: SignatureFailure) {
        let type =
            switch failure.family {
            case .missingAuthenticationToken: "MissingAuthenticationTokenException"
            case .incompleteSignature: "IncompleteSignatureException"
            case .invalidSignature: "InvalidSignatureException"
            case .unrecognizedClient: "UnrecognizedClientException"
            case .expiredToken: "ExpiredTokenException"
            }
        self = .signatureRefused(type: type, message: failure.message)
    }
}
