import TrellisAPI
import TrellisDataPlane
import TrellisPolicy
import TrellisSignature

extension CallerSource {
    /// The keys that the AWS APIs accept, for requests to services.
    ///
    /// Every key is the root user's of its account today, whom no policy of their own limits.
    init(_ accessKeys: AccessKeyPolicy) {
        switch accessKeys {
        case .anyKey(let account, _):
            self = .unverified(.root(of: account), .everything)
        case .known(let keys):
            let callers = Dictionary(
                keys.map { key in
                    let caller = KnownCaller(
                        credential: StoredCredential(secretAccessKey: SecretAccessKey(key.secret)),
                        caller: .root(of: key.account), policies: .everything)
                    return (key.id, caller)
                }, uniquingKeysWith: { first, _ in first })
            self = .verified { callers[$0] }
        }
    }
}
