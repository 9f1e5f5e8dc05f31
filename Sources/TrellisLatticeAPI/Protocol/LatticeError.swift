import TrellisModel

/// Everything that an operation refuses to do, and why.
package enum LatticeError: Error, Hashable {
    /// A request that cannot be carried out as it stands.
    case validation(reason: ValidationReason, message: String, fields: [InvalidField])
    case accessDenied(message: String)
    case notFound(ResourceReference)
    case conflict(message: String, ResourceReference)
    /// - Parameter resource: What was to be made; its id is `nil` because there is none yet.
    case quotaExceeded(LatticeQuota, limit: Int, resourceType: String)

    /// The `ValidationExceptionReason` shape.
    package enum ValidationReason: String, Hashable, Sendable, CaseIterable {
        case unknownOperation
        case cannotParse
        case fieldValidationFailed
        case other
    }

    /// The `ValidationExceptionField` shape.
    package struct InvalidField: Hashable, Sendable {
        package var name: String
        package var message: String
    }

    /// The resource an error is about.
    package struct ResourceReference: Hashable, Sendable {
        package var id: String
        /// For example `TARGET_GROUP`.
        package var type: String
    }
}

extension LatticeError {
    static func notFound<Kind: ResourceKind>(_ id: ResourceID<Kind>) -> LatticeError {
        .notFound(ResourceReference(id))
    }

    static func conflict<Kind: ResourceKind>(_ id: ResourceID<Kind>, _ message: String) -> LatticeError {
        .conflict(message: message, ResourceReference(id))
    }

    /// A field whose value has the right shape but not a value that makes sense here.
    static func invalid(_ field: String, _ message: String) -> LatticeError {
        .validation(
            reason: .fieldValidationFailed, message: message, fields: [InvalidField(name: field, message: message)])
    }

    static func beingDeleted<Kind: ResourceKind>(_ id: ResourceID<Kind>) -> LatticeError {
        .conflict(id, "\(Kind.displayName) \(id) is being deleted")
    }
}

extension LatticeError.ResourceReference {
    init<Kind: ResourceKind>(_ id: ResourceID<Kind>) {
        self.init(id: id.rawValue, type: Kind.resourceType)
    }

    /// `TargetGroup` for `TARGET_GROUP`, the way messages spell a type.
    var displayType: String { LatticeError.displayName(ofType: type) }
}

extension ResourceKind {
    /// The type as messages spell it: `TargetGroup`.
    static var displayName: String { LatticeError.displayName(ofType: resourceType) }
}

extension LatticeError {
    fileprivate static func displayName(ofType type: String) -> String {
        type.split(separator: "_").map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined()
    }
}
