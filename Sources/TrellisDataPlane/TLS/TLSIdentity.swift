import NIOSSL
import Synchronization
import TrellisModel

/// A certificate in use: the TLS settings that go with it, made when they are needed first.
final class TLSIdentity: Sendable {
    let certificate: ServerCertificate
    private let contexts = Mutex<[CipherSuite?: NIOSSLContext]>([:])

    init(_ certificate: ServerCertificate) {
        self.certificate = certificate
    }

    /// Settings that were made already.
    ///
    /// - Parameter suite: The suite for TLS 1.2; `nil` for a client of TLS 1.3, or one that has no suite of ours.
    func knownContext(for suite: CipherSuite?) -> NIOSSLContext? {
        contexts.withLock { $0[suite] }
    }

    /// Makes the settings; may take a millisecond.
    func context(for suite: CipherSuite?) throws -> NIOSSLContext {
        if let known = knownContext(for: suite) { return known }
        let made = try NIOSSLContext(configuration: configuration(for: suite))
        return contexts.withLock { contexts in
            // Sessions resume only within one context.
            if let other = contexts[suite] { return other }
            contexts[suite] = made
            return made
        }
    }

    /// The library follows the client's order of TLS 1.2 suites, so it is given no choice.
    private func configuration(for suite: CipherSuite?) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificate.chain.map { .certificate($0) }, privateKey: .privateKey(certificate.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.maximumTLSVersion = .tlsv13
        configuration.cipherSuites = suite?.name ?? CipherSuite.allCases.map(\.name).joined(separator: ":")
        configuration.applicationProtocols = suite?.allowsHTTP2 ?? true ? ["h2", "http/1.1"] : ["http/1.1"]
        return configuration
    }
}
