import NIOSSL
import SwiftASN1
import Synchronization
import Testing
import TrellisModel
import TrellisRouting
import X509
import _CryptoExtras

@testable import TrellisDataPlane

/// A key for all tests: one takes a tenth of a second to make.
private let serverKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

/// A clock that a test sets.
private final class SettableClock: WallClock {
    private let time = Mutex(FixedClock.time)

    func now() -> Timestamp { time.withLock { $0 } }

    func advance(days: Int64) {
        time.withLock { $0 = Timestamp(millisecondsSinceEpoch: $0.millisecondsSinceEpoch + days * 86_400_000) }
    }
}

private func authority() throws -> LocalAuthority {
    try LocalAuthority.make(now: FixedClock.time, random: SeededRandom())
}

/// A certificate of the user's own, and its key, as PEM.
private func pair(_ names: [String]) throws -> (certificate: String, key: String) {
    let key = try serverKey.get()
    let certificate = try authority().issue(
        names: names, subject: "test", publicKey: key.publicKey, now: FixedClock.time, random: SeededRandom())
    return (try certificate.serializeAsPEM().pemString, key.pemRepresentation)
}

@Suite struct LocalAuthorityTests {
    @Test func itSurvivesAsText() throws {
        let made = try authority()
        let read = try LocalAuthority(keyPEM: made.keyPEM, certificatePEM: try made.certificatePEM)
        #expect(read.certificate == made.certificate)
        #expect(
            made.notAfter.millisecondsSinceEpoch / 86_400_000 == FixedClock.time.millisecondsSinceEpoch / 86_400_000
                + 3650)
        let renewed = try LocalAuthority(keyPEM: made.keyPEM, now: FixedClock.time, random: SeededRandom(2))
        #expect(renewed.certificate.publicKey == made.certificate.publicKey)
        #expect(throws: AuthorityProblem.keyOfAnotherCertificate) {
            try LocalAuthority(keyPEM: try authority().keyPEM, certificatePEM: try made.certificatePEM)
        }
        #expect(throws: (any Error).self) { try LocalAuthority(keyPEM: "", certificatePEM: try made.certificatePEM) }
    }

    @Test func itMayIssueItsOwnDomainsOnly() throws {
        let certificate = try authority().certificate
        #expect(
            try certificate.extensions.nameConstraints?.permittedDNSDomains.map(\.description) == [
                "on.aws", "localhost",
            ])
        #expect(try certificate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
    }

    @Test func whatItIssues() throws {
        let authority = try authority()
        let key = try serverKey.get()
        let leaf = try authority.issue(
            names: ["a.on.aws", "a.localhost"], subject: "svc-1", publicKey: key.publicKey, now: FixedClock.time,
            random: SeededRandom())
        #expect(authority.certificate.publicKey.isValidSignature(leaf.signature, for: leaf))
        let certificate = try ServerCertificate([leaf], key)
        #expect(certificate.names == ["a.on.aws", "a.localhost"])
        #expect(
            certificate.notAfter.millisecondsSinceEpoch / 1000 == FixedClock.time.millisecondsSinceEpoch / 1000 + 90
                * 86_400)
        #expect(try leaf.extensions.basicConstraints == .notCertificateAuthority)
    }
}

@Suite struct ServerCertificateTests {
    @Test(arguments: [
        ("shop.example.com", ["shop.example.com"], true), ("SHOP.example.com", ["shop.EXAMPLE.com"], true),
        ("shop.example.com", ["*.example.com"], true), ("a.shop.example.com", ["*.example.com"], false),
        ("example.com", ["*.example.com"], false), ("shop.example.com", ["*.com", "example.com"], false),
        ("shop.example.com", ["s*.example.com"], false), ("shop.example.com", ["shop.*.com"], false),
        ("", ["*."], false), (".example.com", ["*.example.com"], false),
        ("b.example.com", ["a.example.com", "b.example.com"], true),
    ])
    func names(host: String, names: [String], isCovered: Bool) throws {
        let pair = try pair(names)
        let certificate = try ServerCertificate(certificatePEM: pair.certificate, keyPEM: pair.key)
        #expect(certificate.covers(host) == isCovered)
    }

    @Test func problems() throws {
        let good = try pair(["a.example"])
        let other = try authority()
        func problem(_ certificate: String, _ key: String) -> CertificateProblem? {
            do throws(CertificateProblem) {
                _ = try ServerCertificate(certificatePEM: certificate, keyPEM: key)
                return nil
            } catch {
                return error
            }
        }
        #expect(problem(good.certificate, good.key) == nil)
        #expect(problem("", good.key) == .noCertificate)
        #expect(problem(good.key, good.key) == .noCertificate)
        #expect(problem(good.certificate, "") == .noKey)
        #expect(problem(good.certificate, good.certificate) == .noKey)
        #expect(problem(try other.certificatePEM, other.keyPEM) == .keyKind)
        let anotherKey = try _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation
        #expect(problem(good.certificate, anotherKey) == .keyOfAnotherCertificate)
        #expect(problem(good.certificate + "\n" + good.certificate, good.key) == .brokenChain)
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
        #expect(problem(good.certificate, encrypted) == .encryptedKey)
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        guard case .unreadableCertificate = problem(damaged, good.key) else {
            Issue.record("a damaged certificate was read")
            return
        }
        guard case .unreadableKey = problem(good.certificate, other.keyPEM) else {
            Issue.record("an elliptic key was taken for RSA")
            return
        }
        #expect(problem(try pair([]).certificate, good.key) == .noName)
    }
}

@Suite struct ServerCertificatesTests {
    private static let domain = "shop.example.com"
    private static let arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a-1"

    private func service(domain: String? = nil, arn: String? = nil) throws -> CompiledService {
        var site = Site()
        var record = Site.service(1, name: "shop")
        record.customDomainName = domain
        record.certificateARN = arn
        site.apply([.putService(record)])
        return try #require(site.snapshot.service(serverName: "SHOP.localhost"))
    }

    private func settings(_ lookup: ServerCertificates.Lookup) throws -> NIOSSLContext {
        switch lookup {
        case .ready(let settings): return settings
        case .make(let make): return try make()
        case .none(let problem): throw problem
        }
    }

    private func problem(_ lookup: ServerCertificates.Lookup) -> NoCertificate? {
        if case .none(let problem) = lookup { problem } else { nil }
    }

    @Test func issuedOnceAndAgainBeforeTheyEnd() throws {
        let clock = SettableClock()
        let certificates = ServerCertificates(authority: try authority(), clock: clock, random: SeededRandom())
        let service = try service()
        let first = try settings(certificates.lookup("shop.localhost", of: service, suite: nil))
        // Known now, and the same for all names.
        guard case .ready(let second) = certificates.lookup(service.dnsName, of: service, suite: nil) else {
            Issue.record("issued a second time")
            return
        }
        #expect(first === second)
        clock.advance(days: 59)
        #expect(try settings(certificates.lookup("shop.localhost", of: service, suite: nil)) === first)
        clock.advance(days: 2)
        let renewed = try settings(certificates.lookup("shop.localhost", of: service, suite: nil))
        #expect(renewed !== first)
        clock.advance(days: 3650)
        #expect(problem(certificates.lookup("shop.localhost", of: service, suite: nil)) == .authorityExpired)
    }

    @Test func protocolsByCipher() throws {
        let certificates = ServerCertificates(authority: try authority(), clock: FixedClock(), random: SeededRandom())
        let service = try service()
        func protocols(_ suite: CipherSuite?) throws -> [String] {
            try settings(certificates.lookup("shop.localhost", of: service, suite: suite)).configuration
                .applicationProtocols
        }
        #expect(try protocols(nil) == ["h2", "http/1.1"])
        #expect(try protocols(.ecdheAES256GCM) == ["h2", "http/1.1"])
        #expect(try protocols(.aes128GCM) == ["http/1.1"])
    }

    @Test func noAuthority() throws {
        let certificates = ServerCertificates(authority: nil, clock: FixedClock(), random: SeededRandom())
        #expect(problem(certificates.lookup("shop.localhost", of: try service(), suite: nil)) == .noAuthority)
    }

    @Test func customDomains() throws {
        let clock = SettableClock()
        let certificates = ServerCertificates(authority: try authority(), clock: clock, random: SeededRandom())
        let service = try service(domain: "Shop.Example.com", arn: Self.arn)
        func lookup() -> ServerCertificates.Lookup { certificates.lookup(Self.domain, of: service, suite: nil) }
        func imported(_ names: [String]) throws -> ImportedCertificates {
            let pair = try pair(names)
            var imported = ImportedCertificates()
            imported.byID["0a-1"] = .success(
                try ServerCertificate(certificatePEM: pair.certificate, keyPEM: pair.key))
            return imported
        }

        #expect(problem(lookup()) == .unknownCertificate(arn: Self.arn))
        certificates.replaceImported(try imported([Self.domain]))
        let first = try settings(lookup())
        #expect(try settings(lookup()) === first)
        certificates.replaceImported(try imported(["*.example.com"]))
        #expect(try settings(lookup()) !== first)
        certificates.replaceImported(try imported(["other.example"]))
        #expect(problem(lookup()) == .otherNames(arn: Self.arn, ["other.example"]))

        var both = try imported([Self.domain])
        both.byARN[Self.arn] = .failure(CertificateFileProblem("is damaged"))
        certificates.replaceImported(both)
        #expect(problem(lookup()) == .unusable(arn: Self.arn, "is damaged"))

        certificates.replaceImported(try imported([Self.domain]))
        clock.advance(days: 91)
        #expect(problem(lookup()) == .expired(arn: Self.arn))
        clock.advance(days: -92)
        #expect(problem(lookup()) == .notYetValid(arn: Self.arn))
        // Its generated names have their own.
        _ = try settings(certificates.lookup("shop.localhost", of: service, suite: nil))
        #expect(
            problem(certificates.lookup(Self.domain, of: try self.service(domain: Self.domain), suite: nil))
                == .serviceHasNoCertificate)
    }
}
