import NIOSSL
import Synchronization
package import TrellisModel
import TrellisRouting
import _CryptoExtras

/// The certificates of all services: those that the local authority issues for generated names, and the user's own for
/// custom domains.
package final class ServerCertificates: Sendable {
    /// What there is for a name now.
    enum Lookup {
        case ready(NIOSSLContext)
        /// To be made away from the event loop.
        case make(@Sendable () throws -> NIOSSLContext)
        case none(NoCertificate)
    }

    private struct Issued {
        let identity: TLSIdentity
        let names: [String]
        var lastUse: UInt64
    }

    private struct State {
        var imported = ImportedCertificates()
        var identities: [String: TLSIdentity] = [:]
        var issued: [ServiceID: Issued] = [:]
        var uses: UInt64 = 0
    }

    /// The most services whose issued certificates are kept ready; the one used longest ago gives way.
    static let issuedLimit = 1024
    /// What is issued is replaced when a third of its time is left.
    private static let renewal = LocalAuthority.leafValidity / 3

    private let authority: LocalAuthority?
    private let clock: any WallClock
    private let random: any RandomSource
    private let state = Mutex(State())
    /// The key of all certificates that are issued, made with the first one: that takes a tenth of a second.
    private let key = Mutex<_RSA.Signing.PrivateKey?>(nil)

    /// - Parameter authority: Without one, generated names have no certificate.
    package init(authority: LocalAuthority?, clock: any WallClock, random: any RandomSource) {
        self.authority = authority
        self.clock = clock
        self.random = random
    }

    /// Shows the user's own certificates to handshakes from now on.
    package func replaceImported(_ imported: ImportedCertificates) {
        state.withLock { state in
            state.imported = imported
            state.identities = [:]
        }
    }

    /// - Parameters:
    ///   - host: The name that the client asks for, in lower case; one of the service's.
    ///   - suite: As ``TLSIdentity/knownContext(for:)`` takes it.
    func lookup(_ host: String, of service: CompiledService, suite: CipherSuite?) -> Lookup {
        if let custom = service.customDomainName, custom == host {
            return imported(for: custom, service, suite)
        }
        return issued(for: service, suite)
    }

    // MARK: The user's own

    private func imported(for domain: String, _ service: CompiledService, _ suite: CipherSuite?) -> Lookup {
        guard let arn = service.certificateARN else { return .none(.serviceHasNoCertificate) }
        let found: Result<TLSIdentity, NoCertificate> = state.withLock { state in
            if let known = state.identities[arn] { return .success(known) }
            switch state.imported.find(arn) {
            case nil: return .failure(.unknownCertificate(arn: arn))
            case .failure(let problem): return .failure(.unusable(arn: arn, problem.description))
            case .success(let certificate):
                let identity = TLSIdentity(certificate)
                state.identities[arn] = identity
                return .success(identity)
            }
        }
        switch found {
        case .failure(let problem): return .none(problem)
        case .success(let identity):
            let now = clock.now()
            guard identity.certificate.covers(domain) else {
                return .none(.otherNames(arn: arn, identity.certificate.names))
            }
            guard now < identity.certificate.notAfter else { return .none(.expired(arn: arn)) }
            guard now >= identity.certificate.notBefore else { return .none(.notYetValid(arn: arn)) }
            return lookup(identity, suite)
        }
    }

    // MARK: Issued

    private func issued(for service: CompiledService, _ suite: CipherSuite?) -> Lookup {
        guard let authority else { return .none(.noAuthority) }
        let now = clock.now()
        let names = [service.dnsName, service.localName]
        let known = state.withLock { state -> TLSIdentity? in
            guard var entry = state.issued[service.id], entry.names == names else { return nil }
            state.uses += 1
            entry.lastUse = state.uses
            state.issued[service.id] = entry
            return entry.identity
        }
        if let known, now < known.certificate.notAfter.minus(Self.renewal) { return lookup(known, suite) }
        guard now < authority.notAfter else { return .none(.authorityExpired) }
        if let known, known.certificate.notAfter >= authority.notAfter { return lookup(known, suite) }
        let id = service.id
        return .make { [self] in
            let identity = try issue(names, for: id, by: authority, now)
            return try identity.context(for: suite)
        }
    }

    private func issue(
        _ names: [String], for service: ServiceID, by authority: LocalAuthority, _ now: Timestamp
    ) throws -> TLSIdentity {
        let key = try issuingKey()
        let certificate = try authority.issue(
            names: names, subject: service.rawValue, publicKey: key.publicKey, now: now, random: random)
        let identity = TLSIdentity(try ServerCertificate([certificate], key))
        state.withLock { state in
            state.uses += 1
            state.issued[service] = Issued(identity: identity, names: names, lastUse: state.uses)
            if state.issued.count > Self.issuedLimit,
                let oldest = state.issued.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                state.issued[oldest.key] = nil
            }
        }
        return identity
    }

    private func issuingKey() throws -> _RSA.Signing.PrivateKey {
        try key.withLock { key in
            if let key { return key }
            let made = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            key = made
            return made
        }
    }

    private func lookup(_ identity: TLSIdentity, _ suite: CipherSuite?) -> Lookup {
        if let context = identity.knownContext(for: suite) { return .ready(context) }
        return .make { try identity.context(for: suite) }
    }
}

/// Why there is no certificate for a name, in words for the log.
enum NoCertificate: Error, Hashable, CustomStringConvertible {
    case noAuthority
    case authorityExpired
    case serviceHasNoCertificate
    case unknownCertificate(arn: String)
    case unusable(arn: String, String)
    case otherNames(arn: String, [String])
    case expired(arn: String)
    case notYetValid(arn: String)

    var description: String {
        switch self {
        case .noAuthority: "there is no local authority"
        case .authorityExpired: "the local authority has expired"
        case .serviceHasNoCertificate: "the service has a custom domain and no certificateArn"
        case .unknownCertificate(let arn): "no certificate is known for \(arn)"
        case .unusable(let arn, let problem): "\(arn): \(problem)"
        case .otherNames(let arn, let names): "\(arn) is for \(names.joined(separator: ", ")) only"
        case .expired(let arn): "\(arn) has expired"
        case .notYetValid(let arn): "\(arn) is not valid yet"
        }
    }
}

/// The user's own certificates by ARN, or what is wrong with each.
package struct ImportedCertificates: Sendable {
    /// By whole ARN.
    package var byARN: [String: Result<ServerCertificate, CertificateFileProblem>] = [:]
    /// By what follows `certificate/` in an ARN, of any account and Region.
    package var byID: [String: Result<ServerCertificate, CertificateFileProblem>] = [:]

    package init() {}

    func find(_ arn: String) -> Result<ServerCertificate, CertificateFileProblem>? {
        byARN[arn] ?? arn.split(separator: "/").last.flatMap { byID[String($0)] }
    }
}

/// A certificate of the user's own that cannot be used.
package struct CertificateFileProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension Timestamp {
    fileprivate func minus(_ duration: Duration) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: millisecondsSinceEpoch - duration.components.seconds * 1000)
    }
}
