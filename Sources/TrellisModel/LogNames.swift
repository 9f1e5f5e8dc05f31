/// The name of a log group: 1 to 512 characters of `a-zA-Z0-9`, `_`, `-`, `/`, `.` and `#`.
///
/// - Source: `LogGroupName` in the logs service model.
package struct LogGroupName: Hashable, Sendable, CustomStringConvertible {
    package static let pattern = #"[\.\-_/#A-Za-z0-9]+"#

    package let rawValue: String

    package init?(_ rawValue: String) {
        guard (1...512).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private init(known rawValue: String) {
        self.rawValue = rawValue
    }

    package static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "#"): true
        default: false
        }
    }

    /// `/aws/lambda/<name>`, where a function logs to unless it is told otherwise.
    package static func ofFunction(_ name: FunctionName) -> LogGroupName {
        LogGroupName(known: "/aws/lambda/\(name)")
    }

    package var description: String { rawValue }
}

extension LogGroupName: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a log group name", LogGroupName.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// The name of a log stream inside its group: 1 to 512 characters without `:` and `*`.
///
/// - Source: `LogStreamName` in the logs service model.
package struct LogStreamName: Hashable, Sendable, CustomStringConvertible {
    package static let pattern = "[^:*]*"

    package let rawValue: String

    package init?(_ rawValue: String) {
        guard (1...512).contains(rawValue.unicodeScalars.count), rawValue.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
        self.rawValue = rawValue
    }

    private init(known rawValue: String) {
        self.rawValue = rawValue
    }

    package static func isAllowed(_ byte: UInt8) -> Bool { byte != UInt8(ascii: ":") && byte != UInt8(ascii: "*") }

    /// `2025/11/05/[$LATEST]0123456789abcdef0123456789abcdef`: what one execution environment logs to.
    ///
    /// In a log group that is not the function's own, the function's name stands before the version.
    ///
    /// - Parameters:
    ///   - version: `$LATEST` or a number.
    ///   - environment: 32 hexadecimal digits.
    package static func ofEnvironment(
        _ environment: String, of function: FunctionName, version: String, in group: LogGroupName, on day: Timestamp
    ) -> LogStreamName {
        let date = day.iso8601Seconds.prefix(10).split(separator: "-").joined(separator: "/")
        let owner = group == .ofFunction(function) ? "" : function.rawValue
        return LogStreamName(known: "\(date)/\(owner)[\(version)]\(environment)")
    }

    package var description: String { rawValue }
}

/// A log stream of an account and Region.
package struct LogStreamID: Hashable, Sendable {
    package var scope: Scope
    package var group: LogGroupName
    package var stream: LogStreamName

    package init(scope: Scope, group: LogGroupName, stream: LogStreamName) {
        self.scope = scope
        self.group = group
        self.stream = stream
    }
}

/// `arn:aws:logs:<region>:<account>:log-group:<name>`.
package struct LogGroupARN: Hashable, Sendable, CustomStringConvertible {
    package var scope: Scope
    package var group: LogGroupName

    package init(scope: Scope, group: LogGroupName) {
        self.scope = scope
        self.group = group
    }

    /// Reads the ARN with or without `:*` at its end.
    package init?(_ text: String) {
        let marker = "log-group:"
        guard let arn = ARN(text), arn.partition == ARN.partition, arn.service == "logs", let scope = arn.scope,
            arn.resource.hasPrefix(marker)
        else { return nil }
        let rest = arn.resource.dropFirst(marker.count)
        guard let group = LogGroupName(String(rest.hasSuffix(":*") ? rest.dropLast(2) : rest)) else { return nil }
        self.init(scope: scope, group: group)
    }

    package var description: String {
        "arn:\(ARN.partition):logs:\(scope.region):\(scope.account):log-group:\(group)"
    }
}
