/// One composition under way: what the lines so far amount to.
@usableFromInline
struct ForwardedHeaderComposition {
    private let forwardsCallerCredentials: Bool
    private var lines = HeaderList()
    private var forwardedFor = ""
    private var clientRequestID: String?
    private var connectionValues: [String] = []

    @usableFromInline
    init(lineCount: Int, forwardsCallerCredentials: Bool) {
        self.forwardsCallerCredentials = forwardsCallerCredentials
        lines.reserveCapacity(lineCount + Self.addedLines)
    }

    /// Takes one line of the client.
    @usableFromInline
    mutating func add(_ name: String, _ value: String) {
        _ = addNotingTreatment(name, value)
    }

    /// Takes one line of the client and tells what becomes of it, as far as the line alone decides.
    @inline(__always)
    mutating func addNotingTreatment(_ name: String, _ value: String) -> ForwardedHeaders.Treatment {
        switch Field(name) {
        case .passed:
            break
        case .removed(let reason):
            return reason
        case .connection:
            if HopByHopHeaders.mayNameHeaders(value) { connectionValues.append(value) }
            return .hopByHop
        case .forwardedFor:
            if !value.isEmpty {
                if !forwardedFor.isEmpty { forwardedFor.append(",") }
                forwardedFor.append(value)
            }
            return .forwardedFor
        case .requestID:
            guard clientRequestID == nil else { return .furtherRequestID }
            clientRequestID = value
            return .requestID
        case .credential:
            guard forwardsCallerCredentials else { return .credential }
        case .authorization:
            guard forwardsCallerCredentials || !isAWSSignature(value) else { return .credential }
        }
        lines.append((name: name, value: value))
        return .passed
    }

    /// Which of the lines passed so far `connection` names, one element per line; empty where it names none.
    func linesNamedByConnection() -> [Bool] {
        connectionValues.isEmpty ? [] : HopByHopHeaders.areNamed(in: connectionValues, lines)
    }

    /// Adds what Lattice says.
    @usableFromInline
    mutating func finish(_ request: ForwardedHeaders) -> ForwardedHeaders.Composed {
        if !connectionValues.isEmpty {
            HopByHopHeaders.removeHeaders(namedIn: connectionValues, from: &lines)
        }
        if !forwardedFor.isEmpty { forwardedFor.append(",") }
        forwardedFor.append(request.peerAddress)
        let requestID = ForwardedHeaders.requestID(fromClient: clientRequestID, otherwise: request.requestID)
        lines.append((name: "x-forwarded-for", value: forwardedFor))
        lines.append((name: "x-forwarded-port", value: String(request.listenerPort)))
        lines.append((name: "x-forwarded-proto", value: request.scheme.rawValue))
        lines.append((name: "x-amzn-requestid", value: requestID))
        appendLatticeHeaders(request.context)
        return ForwardedHeaders.Composed(headers: lines, requestID: requestID)
    }

    private mutating func appendLatticeHeaders(_ context: LambdaEventContext) {
        let identity = context.identity
        if let source = identity.sourceVpcARN {
            lines.append((name: "x-amzn-lattice-network", value: LatticeHeaderValue.network(sourceVpcARN: source)))
        }
        lines.append((name: "x-amzn-lattice-target", value: LatticeHeaderValue.target(context)))
        if let vpc = identity.sourceVpcARN.flatMap(LatticeHeaderValue.vpcID) {
            lines.append((name: "x-amzn-source-vpc", value: vpc))
        }
        if let principal = identity.principal {
            lines.append(
                (name: "x-amzn-lattice-identity", value: LatticeHeaderValue.identity(identity, principal)))
            lines.append(
                (name: "x-amzn-lattice-identity-tags", value: LatticeHeaderValue.identityTags(identity, principal)))
        }
    }

    /// `AWS4-HMAC-SHA256 …`, `AWS4-ECDSA-P256-SHA256 …` and their like.
    private func isAWSSignature(_ authorization: String) -> Bool {
        authorization.withUTF8Bytes { FieldName.hasPrefix($0, "aws4-") }
    }

    private static let addedLines = 9

    /// What becomes of a header.
    private enum Field {
        case passed, removed(ForwardedHeaders.Treatment)
        case connection, forwardedFor, requestID, credential, authorization

        init(_ name: String) {
            self = name.withUTF8Bytes(Self.of)
        }

        private static func of(_ name: UnsafeRawBufferPointer) -> Field {
            switch name.count {
            case 6 where FieldName.equals(name, "expect"): return .removed(.expect)
            case 10 where FieldName.equals(name, "connection"): return .connection
            case 13 where FieldName.equals(name, "authorization"): return .authorization
            case 15 where FieldName.equals(name, "x-forwarded-for"): return .forwardedFor
            case 16 where FieldName.equals(name, "x-amzn-requestid"): return .requestID
            case 16 where FieldName.equals(name, "x-forwarded-port"): return .removed(.replaced)
            case 17 where FieldName.equals(name, "x-forwarded-proto"): return .removed(.replaced)
            case 17 where FieldName.equals(name, "x-amzn-source-vpc"): return .removed(.latticeOnly)
            case 20 where FieldName.equals(name, "x-amz-security-token"): return .credential
            default:
                if FieldName.hasPrefix(name, "x-amzn-lattice-") { return .removed(.latticeOnly) }
                if HopByHopHeaders.contains(name) { return .removed(.hopByHop) }
                return .passed
            }
        }
    }
}
