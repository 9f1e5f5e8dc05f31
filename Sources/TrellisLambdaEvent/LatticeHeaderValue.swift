/// The values of the headers in which Lattice tells a target about its caller.
///
/// Pairs are written `Key=value`. A `;` inside a value is escaped as `\;` and a control character becomes a space, so
/// that no name, tag or certificate field can pretend to be another pair or another header.
///
/// - Source: reference "Headers"; identity reference "From identity to what the target sees".
enum LatticeHeaderValue {
    private static let mostTags = 99

    /// The value of `x-amzn-lattice-network`: `SourceVpcArn=arn:aws:ec2:…:vpc/vpc-…`.
    static func network(sourceVpcARN: String) -> String {
        var value = ""
        append("SourceVpcArn", sourceVpcARN, to: &value, separator: "; ")
        return value
    }

    /// The value of `x-amzn-lattice-target`: `ServiceArn=…; ServiceNetworkArn=…; TargetGroupArn=…`.
    static func target(_ context: LambdaEventContext) -> String {
        var value = ""
        value.reserveCapacity(320)
        append("ServiceArn", context.serviceARN, to: &value, separator: "; ")
        if let network = context.serviceNetworkARN {
            append("ServiceNetworkArn", network, to: &value, separator: "; ")
        }
        append("TargetGroupArn", context.targetGroupARN, to: &value, separator: "; ")
        return value
    }

    /// The part `vpc-…` of `arn:aws:ec2:<region>:<account>:vpc/vpc-…`, `nil` for anything else.
    static func vpcID(ofARN arn: String) -> String? {
        guard let slash = arn.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let id = arn[arn.utf8.index(after: slash)...]
        guard id.utf8.starts(with: "vpc-".utf8) else { return nil }
        var value = ""
        appendSafe(String(id), to: &value)
        return value
    }

    /// The value of `x-amzn-lattice-identity`: `Principal=…; PrincipalOrgID=…; SessionName=…; Type=AWS_IAM;
    /// PrincipalOrgPath=…` and the certificate fields that are known.
    ///
    /// What is unknown of the first five is empty, except `Type`, which is absent when no auth policy applied.
    static func identity(_ identity: CallerIdentity, _ principal: String) -> String {
        var value = ""
        value.reserveCapacity(256)
        append("Principal", principal, to: &value, separator: "; ")
        append("PrincipalOrgID", identity.principalOrgID ?? "", to: &value, separator: "; ")
        append("SessionName", identity.sessionName ?? "", to: &value, separator: "; ")
        if let type = identity.type { append("Type", type, to: &value, separator: "; ") }
        append("PrincipalOrgPath", identity.principalOrgPath ?? "", to: &value, separator: "; ")
        guard let x509 = identity.x509 else { return value }
        let fields: [(String, String?)] = [
            ("X509Issuer/OU", x509.issuerOU), ("X509SAN/DNS", x509.sanDNS), ("X509SAN/NameCN", x509.sanNameCN),
            ("X509SAN/URI", x509.sanURI), ("X509Subject/CN", x509.subjectCN),
        ]
        for case (let key, let field?) in fields { append(key, field, to: &value, separator: "; ") }
        return value
    }

    /// The value of `x-amzn-lattice-identity-tags`:
    /// `principal=…;principalorgid=…;principalorgpath=…;<tag>=<value>;…` with at most 99 tags.
    static func identityTags(_ identity: CallerIdentity, _ principal: String) -> String {
        var value = ""
        append("principal", principal, to: &value, separator: ";")
        append("principalorgid", identity.principalOrgID ?? "", to: &value, separator: ";")
        append("principalorgpath", identity.principalOrgPath ?? "", to: &value, separator: ";")
        for tag in identity.principalTags.prefix(mostTags) {
            append(tag.key, tag.value, to: &value, separator: ";")
        }
        return value
    }

    private static func append(_ key: String, _ text: String, to value: inout String, separator: String) {
        if !value.isEmpty { value.append(separator) }
        appendSafe(key, to: &value)
        value.append("=")
        appendSafe(text, to: &value)
    }

    /// Whether text needs no care; a tab may count as not plain and comes through all the same.
    private static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while bytes.count - index >= 8 {
            guard ByteWord(bytes, at: index).specialInHeaderPair == 0 else { return false }
            index += 8
        }
        while index < bytes.count {
            guard bytes[index] != UInt8(ascii: ";"), isFieldValueByte(bytes[index]) else { return false }
            index += 1
        }
        return true
    }

    private static func appendSafe(_ text: String, to value: inout String) {
        guard !text.withUTF8Bytes(isPlain) else {
            value.append(text)
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case ";": value.append("\\;")
            case _ where scalar.value < 0x80 && !isFieldValueByte(UInt8(truncatingIfNeeded: scalar.value)):
                value.append(" ")
            default: value.unicodeScalars.append(scalar)
            }
        }
    }
}
