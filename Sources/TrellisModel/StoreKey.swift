/// The name of one value in the store: `/<account>/<region>/<kind>/<id>`.
///
/// Keys that enforce uniqueness are `/<account>/<region>/name/<kind>/<name>`. A parent's id comes before its child's, so
/// that the children of one parent are one range.
package struct StoreKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    // By UTF-8 bytes, as every engine compares them: `String` takes different spellings of one character as equal.
    package static func == (left: StoreKey, right: StoreKey) -> Bool {
        let (left, right) = (left.path.utf8, right.path.utf8)
        guard left.count == right.count else { return false }
        // Keys that are compared for equality mostly are equal, or differ in the id at their end.
        return left.withContiguousStorageIfAvailable { left in
            right.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
        }.flatMap(\.self) ?? left.elementsEqual(right)
    }

    package static func < (left: StoreKey, right: StoreKey) -> Bool {
        let (left, right) = (left.path.utf8, right.path.utf8)
        return left.withContiguousStorageIfAvailable { left in
            right.withContiguousStorageIfAvailable { right in left.lexicographicallyPrecedes(right) }
        }.flatMap(\.self) ?? left.lexicographicallyPrecedes(right)
    }

    package func hash(into hasher: inout Hasher) {
        var path = path
        path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    package var description: String { path }

    /// The parts between the slashes.
    package var components: [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init)
    }

    /// The kind of the record that the key holds; `nil` if it holds something else, such as a name.
    package var kind: RecordKind? {
        var rest = path.utf8[...]
        for _ in 0..<3 {
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
            rest = rest[rest.index(after: slash)...]
        }
        return RecordKind(rawValue: String(Substring(rest.prefix { $0 != UInt8(ascii: "/") })))
    }
}

/// The first part after account and Region: what sort of value a key holds.
package enum RecordKind: String, Sendable, CaseIterable {
    case serviceNetwork = "service-network"
    case service
    case listener
    case rule
    case targetGroup = "target-group"
    case target
    case vpcAssociation = "vpc-association"
    case serviceAssociation = "service-association"
    case accessLogSubscription = "access-log-subscription"
    case resourceGateway = "resource-gateway"
    case resourceConfiguration = "resource-configuration"
    case resourceAssociation = "resource-association"
    case domainVerification = "domain-verification"
    case vpcEndpoint = "vpc-endpoint"
    case function
    case functionVersion = "function-version"
    case functionAlias = "function-alias"
    case functionPolicy = "function-policy"
    case functionConcurrency = "function-concurrency"
    case provisionedConcurrency = "provisioned-concurrency"
    case layer
    case layerVersion = "layer-version"
    case layerPolicy = "layer-policy"
    case eventInvocation = "event-invocation"
    case eventInvocationDue = "event-invocation-due"
    case functionEventInvoke = "function-event-invoke"
    case authPolicy = "auth-policy"
    case resourcePolicy = "resource-policy"
    case role = "iam-role"
    case roleIndex = "iam-role-index"
    case policy = "iam-policy"
    case policyIndex = "iam-policy-index"
    case policyAttachment = "iam-policy-attachment"
    case policyBoundary = "iam-policy-boundary"
    case user = "iam-user"
    case userIndex = "iam-user-index"
    case group = "iam-group"
    case groupIndex = "iam-group-index"
    case groupMember = "iam-group-member"
    case accessKey = "iam-access-key"
    case trustAnchor = "rolesanywhere-trust-anchor"
    case rolesAnywhereProfile = "rolesanywhere-profile"
    case revocationList = "rolesanywhere-crl"
    case certificateSubject = "rolesanywhere-subject"
}

extension StoreKey {
    /// Above every account's keys; a watch on it sees all changes.
    package static let root = StoreKey(path: "/")

    /// - Parameter parts: Ids and names; none of them may hold a slash.
    package init(_ scope: Scope, _ kind: RecordKind, _ parts: String...) {
        path = "/\(scope.account)/\(scope.region)/\(kind.rawValue)/" + parts.joined(separator: "/")
    }

    /// Every key of a kind, or of a kind below the given parents; ends in a slash so that it holds nothing else.
    package static func all(_ kind: RecordKind, in scope: Scope, under parents: String...) -> StoreKey {
        let parentPath = parents.map { $0 + "/" }.joined()
        return StoreKey(path: "/\(scope.account)/\(scope.region)/\(kind.rawValue)/\(parentPath)")
    }

    /// Holds the id of the resource that has taken a name.
    package static func name(_ parts: String..., in scope: Scope) -> StoreKey {
        StoreKey(path: "/\(scope.account)/\(scope.region)/name/" + parts.joined(separator: "/"))
    }

    package static func serviceNetwork(_ id: ServiceNetworkID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .serviceNetwork, id.rawValue)
    }

    package static func service(_ id: ServiceID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .service, id.rawValue)
    }

    package static func listener(_ id: ListenerID, of service: ServiceID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .listener, service.rawValue, id.rawValue)
    }

    package static func rule(
        _ id: RuleID, of listener: ListenerID, of service: ServiceID, in scope: Scope
    ) -> StoreKey {
        StoreKey(scope, .rule, service.rawValue, listener.rawValue, id.rawValue)
    }

    package static func targetGroup(_ id: TargetGroupID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .targetGroup, id.rawValue)
    }

    /// - Parameters:
    ///   - id: A function ARN, an address or an instance id; a slash in it is written `%2F`.
    ///   - port: 0 where the target has none.
    package static func target(
        _ id: String, port: Int, of group: TargetGroupID, in scope: Scope
    ) -> StoreKey {
        let escaped = id.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
        return StoreKey(scope, .target, group.rawValue, "\(escaped)@\(port)")
    }

    package static func vpcAssociation(_ id: VpcAssociationID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .vpcAssociation, id.rawValue)
    }

    package static func serviceAssociation(_ id: ServiceAssociationID, in scope: Scope) -> StoreKey {
        StoreKey(scope, .serviceAssociation, id.rawValue)
    }

    package static func function(_ name: FunctionName, in scope: Scope) -> StoreKey {
        StoreKey(scope, .function, name.rawValue)
    }

    package static func functionVersion(_ version: Int, of name: FunctionName, in scope: Scope) -> StoreKey {
        StoreKey(scope, .functionVersion, name.rawValue, padded(version))
    }

    /// Zeros in front keep versions in numerical order.
    static func padded(_ version: Int) -> String {
        let number = String(version)
        return String(repeating: "0", count: max(0, 10 - number.count)) + number
    }

    package static func functionAlias(_ alias: String, of name: FunctionName, in scope: Scope) -> StoreKey {
        StoreKey(scope, .functionAlias, name.rawValue, alias)
    }

    /// The reserved concurrency of a function; there is none without a reservation.
    package static func functionConcurrency(_ name: FunctionName, in scope: Scope) -> StoreKey {
        StoreKey(scope, .functionConcurrency, name.rawValue)
    }

    /// The provisioned concurrency of a version or an alias.
    package static func provisionedConcurrency(
        _ qualifier: Qualifier, of name: FunctionName, in scope: Scope
    ) -> StoreKey {
        StoreKey(scope, .provisionedConcurrency, name.rawValue, part(of: qualifier))
    }

    /// The resource policy of exactly one way to call a function; `nil` is the unqualified one.
    package static func functionPolicy(
        _ qualifier: Qualifier?, of name: FunctionName, in scope: Scope
    ) -> StoreKey {
        StoreKey(scope, .functionPolicy, name.rawValue, part(of: qualifier))
    }

    /// The event-invoke configuration of `$LATEST`, which unqualified calls have too, of a version or of an alias.
    package static func functionEventInvoke(
        _ qualifier: Qualifier, of name: FunctionName, in scope: Scope
    ) -> StoreKey {
        StoreKey(scope, .functionEventInvoke, name.rawValue, part(of: qualifier))
    }

    private static func part(of qualifier: Qualifier?) -> String {
        switch qualifier {
        case nil: "unqualified"
        case .latest: "latest"
        case .version(let number): "version:\(number)"
        case .alias(let name): "alias:\(name)"
        }
    }
}

/// A value kept in the store as JSON in an envelope with its schema version.
package protocol StoredRecord: Codable, Sendable {
    /// Raised when the stored form changes; older values are brought up to date when they are read.
    static var schemaVersion: Int { get }
}

extension StoredRecord {
    package static var schemaVersion: Int { 1 }
}
