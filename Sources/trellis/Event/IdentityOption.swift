import TrellisLambdaEvent
import TrellisModel

/// The values of `--identity`: `principal=arn:…,type=AWS_IAM,orgId=o-…,tag:Team=blue`.
///
/// Pairs are separated by commas; a comma or backslash in a value has a backslash in front. Several `--identity` add up.
struct IdentityOption {
    static let keys = """
        principal (an ARN), type (AWS_IAM), sessionName, orgId, orgPath, x509IssuerOu, x509SanDns, x509SanNameCn, \
        x509SanUri, x509SubjectCn, tag:KEY
        """

    private(set) var identity = CallerIdentity()
    private var seen: Set<String> = []

    /// - Parameters:
    ///   - values: Of each `--identity`.
    ///   - sourceVpcARN: The client's VPC, which is known for anonymous callers too.
    init(_ values: [String], sourceVpcARN: String?) throws(EventUsageError) {
        identity.sourceVpcARN = sourceVpcARN
        for value in values {
            for pair in Self.pairs(of: value) { try take(pair) }
        }
        // A principal is what makes a caller authenticated.
        guard values.isEmpty || identity.principal != nil else {
            throw EventUsageError("--identity needs principal=arn:…, because only authenticated callers have one.")
        }
    }

    /// Splits at commas and takes escapes away.
    private static func pairs(of value: String) -> [String] {
        var pairs = [""]
        var isEscaped = false
        for character in value {
            if isEscaped || (character != "\\" && character != ",") {
                pairs[pairs.count - 1].append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                pairs.append("")
            }
        }
        return pairs
    }

    private mutating func take(_ pair: String) throws(EventUsageError) {
        let (key, text) = try split(pair)
        guard seen.insert(key).inserted else { throw EventUsageError("--identity has \(key) twice.") }
        if key.hasPrefix("tag:") {
            identity.principalTags.append(PrincipalTag(key: String(key.dropFirst(4)), value: text))
            return
        }
        guard !text.isEmpty else { throw EventUsageError("--identity has \(key) without a value: leave it out.") }
        switch key {
        case "principal":
            guard ARN(text) != nil else {
                throw EventUsageError(
                    "--identity principal='\(text)' is not an ARN such as "
                        + "arn:aws:sts::123456789012:assumed-role/Role/Session.")
            }
            identity.principal = text
        case "type":
            guard text == "AWS_IAM" else {
                throw EventUsageError("--identity type='\(text)': AWS_IAM is the only type; leave it out for none.")
            }
            identity.type = text
        case "sessionName": identity.sessionName = text
        case "orgId": identity.principalOrgID = text
        case "orgPath": identity.principalOrgPath = text
        default: try takeCertificateField(key, text)
        }
    }

    private mutating func takeCertificateField(_ key: String, _ text: String) throws(EventUsageError) {
        var x509 = identity.x509 ?? X509Identity()
        switch key {
        case "x509IssuerOu": x509.issuerOU = text
        case "x509SanDns": x509.sanDNS = text
        case "x509SanNameCn": x509.sanNameCN = text
        case "x509SanUri": x509.sanURI = text
        case "x509SubjectCn": x509.subjectCN = text
        default: throw EventUsageError("--identity does not know '\(key)'. It takes \(Self.keys).")
        }
        identity.x509 = x509
    }

    /// A tag's key may hold `=` no more than others, its value may.
    private func split(_ pair: String) throws(EventUsageError) -> (key: String, text: String) {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0] != "tag:" else {
            throw EventUsageError("--identity has '\(pair)', which is not KEY=VALUE. It takes \(Self.keys).")
        }
        return (String(parts[0]), String(parts[1]))
    }
}
