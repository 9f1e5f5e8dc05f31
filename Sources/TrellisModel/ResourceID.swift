/// A kind of vpc-lattice resource: the prefix of its ids and how an ARN spells it.
package protocol ResourceKind: Sendable {
    /// The part before the hyphen, for example `svc`.
    static var idPrefix: String { get }
    /// The name used in `resourceType` members of errors, for example `TARGET_GROUP`.
    static var resourceType: String { get }
}

/// The id of one resource: its kind's prefix, a hyphen and 17 characters of `0-9a-z`.
///
/// - Source: the `…Id` shapes of the vpc-lattice service model.
package struct ResourceID<Kind: ResourceKind>: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// - Returns: `nil` if the text does not have the kind's form.
    package init?(_ rawValue: String) {
        let prefix = Kind.idPrefix + "-"
        guard rawValue.hasPrefix(prefix) else { return nil }
        let body = rawValue.utf8.dropFirst(prefix.utf8.count)
        guard body.count == Self.bodyLength,
            body.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
        else { return nil }
        self.rawValue = rawValue
    }

    /// A new id as AWS makes them: `0` and sixteen lower-case hexadecimal digits.
    ///
    /// Ids of one source are in the order in which they were made, and so are the keys of the resources.
    package init(from source: ResourceIDSource) {
        rawValue = "\(Kind.idPrefix)-0\(hexadecimalDigits(source.next()))"
    }

    package var description: String { rawValue }

    /// Of every id, in characters.
    package static var length: Int { Kind.idPrefix.utf8.count + 1 + bodyLength }

    private static var bodyLength: Int { 17 }

    /// The 17 characters after the prefix.
    package var body: Substring { rawValue.dropFirst(Kind.idPrefix.count + 1) }
}

extension ResourceID: Codable {
    package init(from decoder: any Decoder) throws {
        self = try decodeChecked(from: decoder, as: "an id of the form \(Kind.idPrefix)-…", Self.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

package enum ServiceNetworkKind: ResourceKind {
    package static let idPrefix = "sn"
    package static let resourceType = "SERVICE_NETWORK"
}

package enum ServiceKind: ResourceKind {
    package static let idPrefix = "svc"
    package static let resourceType = "SERVICE"
}

package enum ListenerKind: ResourceKind {
    package static let idPrefix = "listener"
    package static let resourceType = "LISTENER"
}

package enum RuleKind: ResourceKind {
    package static let idPrefix = "rule"
    package static let resourceType = "RULE"
}

package enum TargetGroupKind: ResourceKind {
    package static let idPrefix = "tg"
    package static let resourceType = "TARGET_GROUP"
}

package enum VpcAssociationKind: ResourceKind {
    package static let idPrefix = "snva"
    package static let resourceType = "SERVICE_NETWORK_VPC_ASSOCIATION"
}

package enum ServiceAssociationKind: ResourceKind {
    package static let idPrefix = "snsa"
    package static let resourceType = "SERVICE_NETWORK_SERVICE_ASSOCIATION"
}

package typealias ServiceNetworkID = ResourceID<ServiceNetworkKind>
package typealias ServiceID = ResourceID<ServiceKind>
package typealias ListenerID = ResourceID<ListenerKind>
package typealias RuleID = ResourceID<RuleKind>
package typealias TargetGroupID = ResourceID<TargetGroupKind>
package typealias VpcAssociationID = ResourceID<VpcAssociationKind>
package typealias ServiceAssociationID = ResourceID<ServiceAssociationKind>
