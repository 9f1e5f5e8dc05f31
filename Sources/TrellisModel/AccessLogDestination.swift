/// What the destination of an access log subscription may be.
///
/// | Kind | ARN |
/// | --- | --- |
/// | CloudWatch log group | `arn:aws:logs:<region>:<account>:log-group:<name>`, with or without `:*` at the end |
/// | S3 bucket | `arn:aws:s3:::<bucket>` or `arn:aws:s3:::<bucket>/<prefix>` |
/// | Firehose stream | `arn:aws:firehose:<region>:<account>:deliverystream/<name>` |
///
/// - Source: API page of CreateAccessLogSubscription; the alphabets and lengths of the names are those of the
///   CloudWatch Logs, S3 and Firehose APIs.
package enum AccessLogDestination: Hashable, Sendable {
    case logGroup(name: String)
    /// - Parameter prefix: Without a slash at the end; `nil` for the whole bucket.
    case bucket(name: String, prefix: String?)
    case deliveryStream(name: String)

    /// A resource has at most one subscription for each kind.
    package enum Kind: String, Sendable, CaseIterable {
        case logGroup = "log-group"
        case bucket
        case deliveryStream = "delivery-stream"
    }

    package var kind: Kind {
        switch self {
        case .logGroup: .logGroup
        case .bucket: .bucket
        case .deliveryStream: .deliveryStream
        }
    }

    /// - Returns: `nil` for the ARN of anything else.
    package init?(arn text: String) {
        guard let arn = ARN(text), arn.partition == ARN.partition else { return nil }
        switch arn.service {
        case "logs": self.init(logGroup: arn)
        case "s3": self.init(bucket: arn)
        case "firehose": self.init(deliveryStream: arn)
        default: return nil
        }
    }

    private init?(logGroup arn: ARN) {
        let marker = "log-group:"
        guard arn.scope != nil, arn.resource.hasPrefix(marker) else { return nil }
        let rest = arn.resource.dropFirst(marker.count)
        let name = rest.hasSuffix(":*") ? rest.dropLast(2) : rest
        guard Self.isName(name, length: 1...512, punctuation: "._/#-") else { return nil }
        self = .logGroup(name: String(name))
    }

    private init?(bucket arn: ARN) {
        guard arn.region.isEmpty, arn.account.isEmpty else { return nil }
        let parts = arn.resource.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first, Self.isName(name, length: 3...63, punctuation: ".-"),
            !name.utf8.contains(where: { (0x41...0x5A).contains($0) })
        else { return nil }
        let prefix = parts.count > 1 ? parts[1] : ""
        let trimmed = prefix.hasSuffix("/") ? prefix.dropLast() : prefix
        self = .bucket(name: String(name), prefix: trimmed.isEmpty ? nil : String(trimmed))
    }

    private init?(deliveryStream arn: ARN) {
        let marker = "deliverystream/"
        guard arn.scope != nil, arn.resource.hasPrefix(marker) else { return nil }
        let name = arn.resource.dropFirst(marker.count)
        guard Self.isName(name, length: 1...64, punctuation: "._-") else { return nil }
        self = .deliveryStream(name: String(name))
    }

    /// ASCII letters, digits and the given punctuation.
    private static func isName(_ name: Substring, length: ClosedRange<Int>, punctuation: String) -> Bool {
        length.contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || punctuation.utf8.contains(byte)
            }
    }
}
