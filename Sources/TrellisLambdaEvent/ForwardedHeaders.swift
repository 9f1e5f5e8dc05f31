/// Composes the headers a target receives from those the client sent, for Lambda and HTTP targets alike.
///
/// Kept in order and spelling: everything that is not named below.
///
/// Removed:
/// - hop-by-hop headers, see reference "Headers", and what `connection` names, but never `host` and `content-length`;
/// - `expect`: the expectation is met by the server that reads the body, not by the target;
/// - `x-amzn-lattice-*` and `x-amzn-source-vpc`, which only Lattice may say;
/// - unless ``forwardsCallerCredentials``, `x-amz-security-token` and an `authorization` with an AWS signature.
///
/// Then appended, in lower case and this order:
///
/// | Header | Value |
/// | --- | --- |
/// | `x-forwarded-for` | what the client sent, all lines joined by `,`, then ``peerAddress`` |
/// | `x-forwarded-port`, `x-forwarded-proto` | ``listenerPort``, ``scheme``; the client's are replaced |
/// | `x-amzn-requestid` | see ``requestID(fromClient:otherwise:)`` |
/// | `x-amzn-lattice-network` | `SourceVpcArn=…`, if the source VPC is known |
/// | `x-amzn-lattice-target` | `ServiceArn=…; ServiceNetworkArn=…; TargetGroupArn=…`, the network if known |
/// | `x-amzn-source-vpc` | `vpc-…`, if the source VPC is known |
/// | `x-amzn-lattice-identity`, `x-amzn-lattice-identity-tags` | authenticated callers only |
public struct ForwardedHeaders: Sendable {
    /// How the client spoke to the listener.
    public enum Scheme: String, Sendable, CaseIterable {
        case http
        case https
    }

    /// What the target gets.
    public struct Composed: Sendable {
        /// The client's lines that are passed on, then Lattice's.
        public var headers: HeaderList
        /// The value of `x-amzn-requestid`, which the client gets back and the access log shows.
        public var requestID: String
    }

    /// The resources the request passed and its caller.
    public var context: LambdaEventContext
    /// The client's address without port, for example `10.0.1.7` or `2001:db8::1`.
    public var peerAddress: String
    /// The listener's port as the API shows it.
    public var listenerPort: Int
    /// The listener's protocol.
    public var scheme: Scheme
    /// A new request id, for clients that sent none.
    public var requestID: String
    /// Whether targets see the secrets of a signed request.
    public var forwardsCallerCredentials: Bool

    /// What Lattice knows about one request.
    public init(
        context: LambdaEventContext, peerAddress: String, listenerPort: Int, scheme: Scheme, requestID: String,
        forwardsCallerCredentials: Bool = false
    ) {
        self.context = context
        self.peerAddress = peerAddress
        self.listenerPort = listenerPort
        self.scheme = scheme
        self.requestID = requestID
        self.forwardsCallerCredentials = forwardsCallerCredentials
    }

    /// Composes the target's headers.
    ///
    /// - Parameter headers: The client's lines in order, for example NIOHTTP1's `HTTPHeaders`.
    @inlinable
    public func compose(_ headers: some Sequence<(name: String, value: String)>) -> Composed {
        var composition = ForwardedHeaderComposition(
            lineCount: headers.underestimatedCount, forwardsCallerCredentials: forwardsCallerCredentials)
        for (name, value) in headers { composition.add(name, value) }
        return composition.finish(self)
    }

    /// The request id of a request: the client's as it is, or a new one.
    ///
    /// - Parameters:
    ///   - value: The client's first `x-amzn-requestid`, any text. More than 512 bytes are cut, never inside a scalar.
    ///     An empty one counts as none.
    ///   - generated: A random UUID.
    /// - Source: reference "Headers", `x-amzn-requestid`.
    public static func requestID(fromClient value: String?, otherwise generated: @autoclosure () -> String) -> String {
        guard let value, !value.isEmpty else { return generated() }
        let bytes = value.utf8
        guard bytes.count > longestRequestID else { return value }
        // A string's slice ends before the scalar that its end lies in.
        return String(value[..<bytes.index(bytes.startIndex, offsetBy: longestRequestID)])
    }

    /// In bytes.
    private static let longestRequestID = 512
}
