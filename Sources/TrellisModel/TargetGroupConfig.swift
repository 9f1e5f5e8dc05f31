package enum TargetGroupProtocol: String, Codable, Sendable, CaseIterable {
    case http = "HTTP"
    case https = "HTTPS"
    case tcp = "TCP"
}

package enum TargetGroupProtocolVersion: String, Codable, Sendable, CaseIterable {
    case http1 = "HTTP1"
    case http2 = "HTTP2"
    case grpc = "GRPC"
}

/// The address family of an IP target group.
package enum TargetAddressType: String, Codable, Sendable, CaseIterable {
    case ipv4 = "IPV4"
    case ipv6 = "IPV6"
}

/// How requests reach the targets of an INSTANCE, IP or ALB group.
///
/// - Source: the `TargetGroupConfig` shape; reference table "Types and config".
package struct TargetGroupConfig: Codable, Hashable, Sendable {
    /// 1 to 65535; the port of targets that are registered without one.
    package var port: Int
    package var `protocol`: TargetGroupProtocol
    /// `nil` for TCP.
    package var protocolVersion: TargetGroupProtocolVersion?
    /// Of an IP group only.
    package var ipAddressType: TargetAddressType?
    /// For example `vpc-0a1b2c3d`.
    package var vpc: String
    /// `nil` for an ALB group, which is never checked.
    package var healthCheck: HealthCheck?

    package init(
        port: Int, protocol: TargetGroupProtocol, protocolVersion: TargetGroupProtocolVersion?,
        ipAddressType: TargetAddressType?, vpc: String, healthCheck: HealthCheck?
    ) {
        self.port = port
        self.protocol = `protocol`
        self.protocolVersion = protocolVersion
        self.ipAddressType = ipAddressType
        self.vpc = vpc
        self.healthCheck = healthCheck
    }
}

/// How it is found out whether the targets of a group are healthy.
///
/// - Source: reference table "Health checks".
package struct HealthCheck: Codable, Hashable, Sendable {
    package static let defaultPath = "/"
    package static let defaultIntervalSeconds = 30
    package static let defaultTimeoutSeconds = 5
    package static let defaultHealthyThreshold = 5
    package static let defaultUnhealthyThreshold = 2

    package enum ProtocolVersion: String, Codable, Sendable, CaseIterable {
        case http1 = "HTTP1"
        case http2 = "HTTP2"
    }

    package var isEnabled: Bool
    /// HTTP or HTTPS.
    package var `protocol`: TargetGroupProtocol
    package var protocolVersion: ProtocolVersion
    /// 1 to 65535; `nil` is the port that the target gets requests on.
    package var port: Int?
    /// With a leading slash; may have a query.
    package var path: String
    /// 5 to 300.
    package var intervalSeconds: Int
    /// 1 to 120.
    package var timeoutSeconds: Int
    /// 2 to 10 successes in a row make an unhealthy target healthy.
    package var healthyThreshold: Int
    /// 2 to 10 failures in a row make a healthy target unhealthy.
    package var unhealthyThreshold: Int
    package var matcher: StatusCodeMatcher

    /// The check of a group that says nothing about it: on for HTTP1 alone, by the protocol of the group.
    package init(
        defaultFor `protocol`: TargetGroupProtocol, _ protocolVersion: TargetGroupProtocolVersion?
    ) {
        isEnabled = protocolVersion == .http1
        self.protocol = Self.defaultProtocol(for: `protocol`)
        self.protocolVersion = .http1
        port = nil
        path = Self.defaultPath
        intervalSeconds = Self.defaultIntervalSeconds
        timeoutSeconds = Self.defaultTimeoutSeconds
        healthyThreshold = Self.defaultHealthyThreshold
        unhealthyThreshold = Self.defaultUnhealthyThreshold
        matcher = .ok
    }

    /// HTTPS for HTTPS targets, else HTTP.
    package static func defaultProtocol(for group: TargetGroupProtocol) -> TargetGroupProtocol {
        group == .https ? .https : .http
    }
}

/// Which status codes count as success: `200`, `200,301` or `200-299,404`.
package struct StatusCodeMatcher: Hashable, Sendable, CustomStringConvertible {
    /// Codes of a check, inclusive.
    package static let allowed = 200...499

    package static let ok = StatusCodeMatcher(text: "200", ranges: [200...200])

    private let text: String
    private let ranges: [ClosedRange<Int>]

    private init(text: String, ranges: [ClosedRange<Int>]) {
        self.text = text
        self.ranges = ranges
    }

    /// - Returns: `nil` unless the text is a list of codes and ranges of codes of 200 to 499.
    package init?(_ text: String) {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let low = Self.code(ends[0]),
                let high = ends.count == 2 ? Self.code(ends[1]) : low, low <= high
            else { return nil }
            ranges.append(low...high)
        }
        self.init(text: text, ranges: ranges)
    }

    package func matches(_ statusCode: Int) -> Bool {
        ranges.contains { $0.contains(statusCode) }
    }

    package var description: String { text }

    private static func code(_ text: Substring) -> Int? {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let code = Int(text),
            allowed.contains(code)
        else { return nil }
        return code
    }
}

extension StatusCodeMatcher: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a list of status codes", StatusCodeMatcher.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// For which domains of resource configurations a VPC association has private DNS.
package struct PrivateDNSOptions: Codable, Hashable, Sendable {
    package enum Preference: String, Codable, Sendable, CaseIterable {
        case verifiedDomainsOnly = "VERIFIED_DOMAINS_ONLY"
        case allDomains = "ALL_DOMAINS"
        case verifiedDomainsAndSpecifiedDomains = "VERIFIED_DOMAINS_AND_SPECIFIED_DOMAINS"
        case specifiedDomainsOnly = "SPECIFIED_DOMAINS_ONLY"

        /// Whether the preference speaks of specified domains.
        package var takesDomains: Bool {
            self == .verifiedDomainsAndSpecifiedDomains || self == .specifiedDomainsOnly
        }
    }

    package var preference: Preference
    /// At most 10; the first label may be `*`.
    package var specifiedDomains: [String]

    package init(preference: Preference = .verifiedDomainsOnly, specifiedDomains: [String] = []) {
        self.preference = preference
        self.specifiedDomains = specifiedDomains
    }
}
