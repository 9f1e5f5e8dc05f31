/// The name of a Lambda function inside its account and Region: 1 to 64 characters of `a-zA-Z0-9-_`.
package struct FunctionName: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(isNameByte) else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

extension FunctionName: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a function name", FunctionName.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

/// What follows the function name in an ARN: `$LATEST`, a version number or an alias name.
package enum Qualifier: Hashable, Sendable, CustomStringConvertible {
    case latest
    case version(Int)
    case alias(String)

    /// - Returns: `nil` if the text is none of the three forms. Digits alone are always a version.
    package init?(_ text: String) {
        if text == "$LATEST" {
            self = .latest
        } else if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard let number = Int(text), number > 0 else { return nil }
            self = .version(number)
        } else {
            guard (1...128).contains(text.utf8.count), text.utf8.allSatisfy(isNameByte) else { return nil }
            self = .alias(text)
        }
    }

    package var description: String {
        switch self {
        case .latest: "$LATEST"
        case .version(let number): String(number)
        case .alias(let name): name
        }
    }
}

extension Qualifier: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a function qualifier", Qualifier.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]`, the way a function is called.
///
/// The unqualified form and `:$LATEST` run the same code but have separate resource policies.
package struct FunctionARN: Hashable, Sendable, CustomStringConvertible {
    package var scope: Scope
    package var name: FunctionName
    package var qualifier: Qualifier?

    package init(scope: Scope, name: FunctionName, qualifier: Qualifier? = nil) {
        self.scope = scope
        self.name = name
        self.qualifier = qualifier
    }

    /// - Returns: `nil` unless the text is a full function ARN.
    package init?(_ text: String) {
        guard let arn = ARN(text), arn.service == "lambda", let scope = arn.scope else { return nil }
        let parts = arn.resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3, parts[0] == "function",
            let name = FunctionName(String(parts[1]))
        else { return nil }
        var qualifier: Qualifier?
        if parts.count == 3 {
            guard let parsed = Qualifier(String(parts[2])) else { return nil }
            qualifier = parsed
        }
        self.init(scope: scope, name: name, qualifier: qualifier)
    }

    package var unqualified: FunctionARN { FunctionARN(scope: scope, name: name) }

    package var description: String {
        let base = "arn:\(ARN.partition):lambda:\(scope.region):\(scope.account):function:\(name)"
        return qualifier.map { "\(base):\($0)" } ?? base
    }
}

extension FunctionARN: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "a function ARN", FunctionARN.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The alphabet of function and alias names: `a-zA-Z0-9-_`.
private func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
    default: false
    }
}
