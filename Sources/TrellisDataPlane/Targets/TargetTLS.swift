package import NIOSSL
import TrellisRouting

/// How targets of HTTPS groups are spoken to.
package struct TargetTLS: Sendable {
    private let http1: NIOSSLContext
    private let http2: NIOSSLContext

    /// - Parameter trustRoots: What a target's certificate must come from; it then must also be for the target's
    ///   address. `nil` takes every certificate, also one that is out of date or for somebody else.
    /// - Throws: The library's error if the trust roots cannot be read.
    /// - Source: reference section "Types and config": certificates of targets are not verified.
    package init(trustRoots: NIOSSLTrustRoots? = nil) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let trustRoots {
            configuration.trustRoots = trustRoots
        } else {
            configuration.certificateVerification = .none
        }
        configuration.applicationProtocols = ["http/1.1"]
        http1 = try NIOSSLContext(configuration: configuration)
        configuration.applicationProtocols = ["h2"]
        http2 = try NIOSSLContext(configuration: configuration)
    }

    func context(_ version: TargetEndpoint.Version) -> NIOSSLContext {
        switch version {
        case .http1: http1
        case .http2: http2
        }
    }
}
