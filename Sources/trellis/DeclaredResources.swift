import TrellisInvoke
import TrellisLatticeAPI
import TrellisModel
import Yams

/// What the operator declares in the configuration file because there is no EC2, no public DNS and no certificate manager
/// here: the keys `vpcEndpoints`, `domainVerification`, `certificates` and `targetAddresses`; and which functions are
/// elsewhere, `remoteFunctions`.
struct DeclaredResources: Sendable {
    var vpcEndpoints: [VpcEndpoint] = []
    var domainOwnership = DomainOwnership()
    /// Certificates of custom domains, by ARN.
    var certificates: [DeclaredCertificate] = []
    var remoteFunctions: [RemoteFunctionMapping] = []
    var webIdentityProviders: [DeclaredWebIdentityProvider] = []
    /// Where instances and load balancers are.
    var targetAddresses = TargetAddresses()
}

extension DeclaredResources {
    /// Reads these keys of a configuration file.
    ///
    /// - Parameter problems: Gets everything that is wrong, with the path of each value.
    init(inFile mapping: Node.Mapping, problems: inout [String]) {
        let reader = DeclarationReader()
        if let endpoints = mapping[ServerConfiguration.Key.vpcEndpoints.rawValue] {
            vpcEndpoints = reader.vpcEndpoints(endpoints, "vpcEndpoints")
        }
        if let verification = mapping[ServerConfiguration.Key.domainVerification.rawValue] {
            domainOwnership = reader.domainOwnership(verification, "domainVerification")
        }
        if let functions = mapping[ServerConfiguration.Key.remoteFunctions.rawValue] {
            remoteFunctions = reader.remoteFunctions(functions, "remoteFunctions")
        }
        if let list = mapping[ServerConfiguration.Key.certificates.rawValue] {
            certificates = reader.certificates(list, "certificates")
        }
        if let list = mapping[ServerConfiguration.Key.webIdentityProviders.rawValue] {
            webIdentityProviders = reader.webIdentityProviders(list, "webIdentityProviders")
        }
        if let addresses = mapping[ServerConfiguration.Key.targetAddresses.rawValue] {
            targetAddresses = reader.targetAddresses(addresses, "targetAddresses")
        }
        problems += reader.problems
    }
}

/// Reads YAML values one by one and collects everything that is wrong with them.
final class DeclarationReader {
    var problems: [String] = []

    func vpcEndpoints(_ node: Node, _ path: String) -> [VpcEndpoint] {
        guard let elements = node.sequence else {
            problems.append("\(path): must be a list")
            return []
        }
        var ids: Set<VpcEndpointID> = []
        return elements.enumerated().compactMap { index, element in
            guard let endpoint = vpcEndpoint(element, "\(path)[\(index)]") else { return nil }
            if !ids.insert(endpoint.id).inserted { problems.append("\(path)[\(index)].id: \(endpoint.id) is repeated") }
            return endpoint
        }
    }

    private func vpcEndpoint(_ node: Node, _ path: String) -> VpcEndpoint? {
        let names = ["id", "vpc", "owner", "serviceNetwork", "resourceConfiguration"]
        guard let mapping = mapping(node, path, names) else { return nil }
        let id = value(mapping, path, "id", "a VPC endpoint id (vpce- and 17 of 0-9a-f)", VpcEndpointID.init)
        let vpc = value(mapping, path, "vpc", "a VPC id (vpc- and 8 or 17 of 0-9a-z)") { isVPC($0) ? $0 : nil }
        let target = target(mapping, path)
        // The target's account, unless the endpoint is somebody else's.
        var owner = target?.scope.account
        if mapping["owner"] != nil { owner = value(mapping, path, "owner", "an account of 12 digits", AccountID.init) }
        guard let id, let vpc, let target, let owner else { return nil }
        return VpcEndpoint(id: id, vpc: vpc, owner: owner, target: target.target, scope: target.scope)
    }

    private func target(
        _ mapping: Node.Mapping, _ path: String
    ) -> (target: VpcEndpoint.Target, scope: Scope)? {
        switch (mapping["serviceNetwork"] != nil, mapping["resourceConfiguration"] != nil) {
        case (true, false):
            return value(mapping, path, "serviceNetwork", "the ARN of a service network") { text in
                resource(text, below: "servicenetwork/", ServiceNetworkID.init)
                    .map { (.serviceNetwork($0.id), $0.scope) }
            }
        case (false, true):
            return value(mapping, path, "resourceConfiguration", "the ARN of a resource configuration") { text in
                resource(text, below: "resourceconfiguration/", ResourceConfigurationID.init)
                    .map { (.resourceConfiguration($0.id), $0.scope) }
            }
        default:
            problems.append("\(path): needs either serviceNetwork or resourceConfiguration")
            return nil
        }
    }

    func webIdentityProviders(_ node: Node, _ path: String) -> [DeclaredWebIdentityProvider] {
        guard let elements = node.sequence else {
            problems.append("\(path): must be a list")
            return []
        }
        var issuers: Set<String> = []
        return elements.enumerated().compactMap { index, element in
            let path = "\(path)[\(index)]"
            guard let mapping = mapping(element, path, ["issuer", "audiences", "jwks"]) else { return nil }
            let issuer = value(mapping, path, "issuer", "the URL of an issuer") { text in
                text.hasPrefix("https://") || text.hasPrefix("http://") ? text : nil
            }
            let jwks = value(mapping, path, "jwks", "the path or URL of a JSON Web Key Set") { $0.isEmpty ? nil : $0 }
            let audiences = (mapping["audiences"]?.sequence.map { Array($0) } ?? []).compactMap(\.string)
            if audiences.isEmpty { problems.append("\(path).audiences: must be a list of at least one audience") }
            guard let issuer, let jwks, !audiences.isEmpty else { return nil }
            if !issuers.insert(issuer).inserted { problems.append("\(path).issuer: \(issuer) is repeated") }
            return DeclaredWebIdentityProvider(issuer: issuer, audiences: audiences, jwks: jwks)
        }
    }

    func certificates(_ node: Node, _ path: String) -> [DeclaredCertificate] {
        guard let elements = node.sequence else {
            problems.append("\(path): must be a list")
            return []
        }
        var arns: Set<String> = []
        return elements.enumerated().compactMap { index, element in
            let path = "\(path)[\(index)]"
            guard let mapping = mapping(element, path, ["arn", "certificate", "privateKey"]) else { return nil }
            let arn = value(mapping, path, "arn", "the ARN of a certificate") { isCertificateARN($0) ? $0 : nil }
            let certificate = value(mapping, path, "certificate", "the path of a PEM file") { $0.isEmpty ? nil : $0 }
            let privateKey = value(mapping, path, "privateKey", "the path of a PEM file") { $0.isEmpty ? nil : $0 }
            guard let arn, let certificate, let privateKey else { return nil }
            if !arns.insert(arn).inserted { problems.append("\(path).arn: \(arn) is repeated") }
            return DeclaredCertificate(arn: arn, certificate: certificate, privateKey: privateKey)
        }
    }

    private func isCertificateARN(_ text: String) -> Bool {
        guard let arn = ARN(text), arn.resource.hasPrefix("certificate/") else { return false }
        let id = arn.resource.dropFirst("certificate/".count)
        return !id.isEmpty
            && id.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    func domainOwnership(_ node: Node, _ path: String) -> DomainOwnership {
        guard let mapping = mapping(node, path, ["records", "ownedDomains"]) else { return DomainOwnership() }
        let records = mapping["records"].map { textRecords($0, "\(path).records") } ?? [:]
        let owned = mapping["ownedDomains"].map { domains($0, "\(path).ownedDomains") } ?? []
        return DomainOwnership(textRecords: records, ownedDomains: owned)
    }

    /// A name with its value, or with a list of values.
    private func textRecords(_ node: Node, _ path: String) -> [String: Set<String>] {
        guard let mapping = node.mapping else {
            problems.append("\(path): must be a mapping of record names to values")
            return [:]
        }
        var records: [String: Set<String>] = [:]
        for (key, node) in mapping {
            let values = node.sequence.map { Array($0) } ?? [node]
            guard let name = key.string, !values.isEmpty, values.allSatisfy({ $0.scalar != nil }) else {
                problems.append("\(path).\(key.string ?? "?"): must be the text of a TXT record, or a list of them")
                continue
            }
            records[name, default: []].formUnion(values.compactMap(\.string))
        }
        return records
    }

    private func domains(_ node: Node, _ path: String) -> Set<DomainName> {
        guard let elements = node.sequence else {
            problems.append("\(path): must be a list of domain names")
            return []
        }
        var domains: Set<DomainName> = []
        for (index, element) in elements.enumerated() {
            guard let domain = element.string.flatMap(DomainName.init) else {
                problems.append("\(path)[\(index)]: '\(element.string ?? "?")' is not a domain name")
                continue
            }
            domains.insert(domain)
        }
        return domains
    }

    // MARK: Parts

    func mapping(_ node: Node, _ path: String, _ names: [String]) -> Node.Mapping? {
        guard let mapping = node.mapping else {
            problems.append("\(path): must be a mapping of \(names.joined(separator: ", "))")
            return nil
        }
        for key in mapping.keys.map({ $0.string ?? "?" }) where !names.contains(key) {
            problems.append("\(path): unknown key '\(key)'; the keys are \(names.joined(separator: ", "))")
        }
        return mapping
    }

    func value<Value>(
        _ mapping: Node.Mapping, _ path: String, _ name: String, _ expectation: String, _ parse: (String) -> Value?
    ) -> Value? {
        guard let text = mapping[name]?.string else {
            problems.append("\(path).\(name): must be \(expectation)")
            return nil
        }
        guard let value = parse(text) else {
            problems.append("\(path).\(name): '\(text)' is not \(expectation)")
            return nil
        }
        return value
    }

    private func resource<ID>(
        _ text: String, below tail: String, _ id: (String) -> ID?
    ) -> (id: ID, scope: Scope)? {
        guard let arn = ARN(text), arn.service == "vpc-lattice", arn.partition == ARN.partition, let scope = arn.scope,
            arn.resource.hasPrefix(tail), let id = id(String(arn.resource.dropFirst(tail.count)))
        else { return nil }
        return (id, scope)
    }

    private func isVPC(_ text: String) -> Bool {
        guard text.hasPrefix("vpc-") else { return false }
        let body = text.utf8.dropFirst(4)
        return (body.count == 8 || body.count == 17)
            && body.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    }
}
