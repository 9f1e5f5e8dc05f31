package import NIOSSL
package import TrellisModel

/// A Lambda-compatible endpoint: AWS, another Trellis, or a Runtime Interface Emulator.
package struct RemoteEndpoint: Sendable {
    package var origin: HTTPOrigin
    /// For an `https` origin; verifies the server.
    package var tls: NIOSSLContext?
    /// Whose credentials sign the calls.
    package var credentials: CredentialSelection
    /// Where the function is and whom the calls are signed for; `nil` is the Region of the function's ARN.
    package var region: Region?
    /// Whose function it is there; `nil` is the account of the function's ARN.
    package var account: AccountID?
    /// What is called whatever the function's name is, with no qualifier: `function` for a Runtime Interface Emulator.
    package var functionName: String?
    package var limits: RemoteEndpointLimits

    package init(
        origin: HTTPOrigin, tls: NIOSSLContext? = nil, credentials: CredentialSelection, region: Region? = nil,
        account: AccountID? = nil, functionName: String? = nil,
        limits: RemoteEndpointLimits = RemoteEndpointLimits()
    ) {
        self.origin = origin
        self.tls = tls
        self.credentials = credentials
        self.region = region
        self.account = account
        self.functionName = functionName
        self.limits = limits
    }
}

package struct RemoteEndpointLimits: Hashable, Sendable {
    /// Until a connection is made, TLS included.
    package var connectTimeout: Duration = .seconds(3)
    /// From the request to the end of its answer.
    ///
    /// A function runs for 900 s at most, so that the endpoint speaks first.
    package var timeout: Duration = .seconds(905)
    /// How long an invocation waits for a connection when all of them are busy.
    package var queueTimeout: Duration = .seconds(10)
    /// After which an unused connection is closed; shorter than what servers usually wait.
    package var idleTimeout: Duration = .seconds(50)
    /// At the same time, of all event loops together; 1 for a server that takes one request after the other.
    package var maximumConnections = 256
    /// Invocations that wait for a connection, of all event loops together.
    package var maximumWaiting = 1024

    package init() {}
}

/// Which credentials sign the calls to an endpoint.
package enum CredentialSelection: Hashable, Sendable {
    /// Calls are not signed.
    case unsigned
    /// The first that is there: environment, profile, web identity, container, instance.
    case standardChain
    /// This profile of the shared files, and nothing else.
    case profile(String)
}
