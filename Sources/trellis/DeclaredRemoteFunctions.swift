import NIOSSL
import TrellisInvoke
import TrellisModel
import Yams

/// Reads `remoteFunctions` of a configuration file.
extension DeclarationReader {
    func remoteFunctions(_ node: Node, _ path: String) -> [RemoteFunctionMapping] {
        guard let elements = node.sequence else {
            problems.append("\(path): must be a list")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            remoteFunctionMapping(element, "\(path)[\(index)]")
        }
    }

    private func remoteFunctionMapping(_ node: Node, _ path: String) -> RemoteFunctionMapping? {
        guard let mapping = mapping(node, path, ["account", "region", "functions", "endpoint"]) else { return nil }
        let account = optional(mapping, path, "account", "an account of 12 digits", AccountID.init)
        let region = optional(mapping, path, "region", "a Region such as us-east-1", Region.init)
        let functions = mapping["functions"].map { patterns($0, "\(path).functions") } ?? ["*"]
        guard let node = mapping["endpoint"] else {
            problems.append("\(path).endpoint: is missing")
            return nil
        }
        guard let endpoint = remoteEndpoint(node, "\(path).endpoint") else { return nil }
        return RemoteFunctionMapping(account: account, region: region, functions: functions, endpoint: endpoint)
    }

    /// One name or pattern, or a list of them.
    private func patterns(_ node: Node, _ path: String) -> [String] {
        let texts = (node.sequence.map { Array($0) } ?? [node]).map { $0.scalar?.string ?? "" }
        for text in texts where text.isEmpty || text.utf8.count > 128 || !text.utf8.allSatisfy(isPatternByte) {
            problems.append(
                "\(path): '\(text)' is not a function name, in which * and ? stand for any text and character")
        }
        if texts.isEmpty { problems.append("\(path): must name a function") }
        return texts
    }

    private static let endpointKeys = [
        "url", "region", "account", "functionName", "credentials", "profile", "caFile", "connectTimeoutMs", "timeoutMs",
        "queueTimeoutMs", "idleTimeoutMs", "maxConnections",
    ]

    private func remoteEndpoint(_ node: Node, _ path: String) -> RemoteEndpoint? {
        guard let mapping = mapping(node, path, Self.endpointKeys) else { return nil }
        let origin = value(mapping, path, "url", "an http or https URL without query", HTTPOrigin.init)
        let region = optional(mapping, path, "region", "a Region such as us-east-1", Region.init)
        let account = optional(mapping, path, "account", "an account of 12 digits", AccountID.init)
        let functionName = optional(
            mapping, path, "functionName", "a function name of 1 to 64 letters, digits, - and _", FunctionName.init)
        let credentials = credentialSelection(mapping, path)
        let limits = remoteLimits(mapping, path)
        guard let origin else { return nil }
        return RemoteEndpoint(
            origin: origin, tls: tlsContext(mapping, path, origin), credentials: credentials, region: region,
            account: account, functionName: functionName?.rawValue, limits: limits)
    }

    private func credentialSelection(_ mapping: Node.Mapping, _ path: String) -> CredentialSelection {
        let profile = optional(mapping, path, "profile", "the name of a profile") { $0.isEmpty ? nil : $0 }
        let named = optional(mapping, path, "credentials", "chain or none") { (text: String) -> CredentialSelection? in
            ["chain": .standardChain, "none": .unsigned][text]
        }
        if profile != nil, named != nil {
            problems.append("\(path): profile and credentials exclude each other")
        }
        return profile.map { .profile($0) } ?? named ?? .standardChain
    }

    private func remoteLimits(_ mapping: Node.Mapping, _ path: String) -> RemoteEndpointLimits {
        var limits = RemoteEndpointLimits()
        func milliseconds(_ name: String, _ range: ClosedRange<Int>, into target: inout Duration) {
            let expectation = "\(range.lowerBound) to \(range.upperBound)"
            guard let number = optional(mapping, path, name, expectation, { number($0, in: range) }) else { return }
            target = .milliseconds(number)
        }
        milliseconds("connectTimeoutMs", 1...60_000, into: &limits.connectTimeout)
        milliseconds("timeoutMs", 1...3_600_000, into: &limits.timeout)
        milliseconds("queueTimeoutMs", 1...3_600_000, into: &limits.queueTimeout)
        milliseconds("idleTimeoutMs", 1...3_600_000, into: &limits.idleTimeout)
        let connections = optional(mapping, path, "maxConnections", "1 to 10000") { number($0, in: 1...10_000) }
        if let connections { limits.maximumConnections = connections }
        return limits
    }

    /// The server's certificate is always verified: by the authorities of `caFile`, or by those that the machine trusts.
    private func tlsContext(_ mapping: Node.Mapping, _ path: String, _ origin: HTTPOrigin) -> NIOSSLContext? {
        let file = optional(mapping, path, "caFile", "a path") { $0.isEmpty ? nil : $0 }
        guard origin.isSecure else {
            if file != nil { problems.append("\(path).caFile: goes with an https url only") }
            return nil
        }
        do {
            return try NIOSSLContext(verifyingBy: file)
        } catch {
            problems.append("\(path).caFile: '\(file ?? "")' cannot be read as certificates: \(error)")
            return nil
        }
    }

    private func optional<Value>(
        _ mapping: Node.Mapping, _ path: String, _ name: String, _ expectation: String, _ parse: (String) -> Value?
    ) -> Value? {
        mapping[name] == nil ? nil : value(mapping, path, name, expectation, parse)
    }
}

extension NIOSSLContext {
    /// For clients; names and chains of servers are verified.
    ///
    /// - Parameter file: Authorities in PEM that are trusted in place of the machine's.
    convenience init(verifyingBy file: String?) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let file { configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file)) }
        try self.init(configuration: configuration)
    }
}

private func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
    Int(text).flatMap { range.contains($0) ? $0 : nil }
}

/// Those of function names, and the two that stand for others.
private func isPatternByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F, 0x2A, 0x3F: true
    default: false
    }
}
