import TrellisAPI
import TrellisModel

/// Identifiers are ids or full ARNs; their form was checked when the input was read.
///
/// An ARN of another account is refused with AccessDeniedException whether the resource exists or not, unless the
/// operation takes shared resources and the owner shares this one. An ARN of another Region or partition, or one that names another parent than
/// the path, is not found.
extension APICall {
    func id<Kind: ResourceKind>(_ identifier: String, of kind: Kind.Type = Kind.self) throws -> ResourceID<Kind> {
        if let id = ResourceID<Kind>(identifier) { return id }
        let (arn, id) = try parse(identifier, as: Kind.self)
        try requireOwn(arn)
        guard isHere(arn) else { throw LatticeError.notFound(id) }
        return id
    }

    /// The id of a listener, which must be one of `service` if the identifier says of which it is.
    func id(ofListener identifier: String, in service: ServiceID) throws -> ListenerID {
        let id = try id(identifier, of: ListenerKind.self)
        guard identifier == id.rawValue || identifier == scope.arn(id, of: service) else {
            throw LatticeError.notFound(id)
        }
        return id
    }

    func id(ofRule identifier: String, in listener: ListenerID, of service: ServiceID) throws -> RuleID {
        let id = try id(identifier, of: RuleKind.self)
        guard identifier == id.rawValue || identifier == scope.arn(id, of: listener, of: service) else {
            throw LatticeError.notFound(id)
        }
        return id
    }

    /// What a list is filtered by; lists have no not-found error.
    func filter<Kind: ResourceKind>(_ identifier: String?, of kind: Kind.Type) throws -> IDFilter<Kind> {
        guard let identifier else { return .everything }
        if let id = ResourceID<Kind>(identifier) { return .only(id) }
        let (arn, id) = try parse(identifier, as: Kind.self)
        try requireOwn(arn)
        return isHere(arn) ? .only(id) : .nothing
    }

    /// The same where resources of other accounts may be among those that are listed.
    func sharedFilter<Kind: ResourceKind>(_ identifier: String?, of kind: Kind.Type) throws -> SharedFilter<Kind> {
        guard let identifier, let foreign = foreign(identifier, of: kind) else {
            return SharedFilter(ids: try filter(identifier, of: kind), foreign: nil)
        }
        return SharedFilter(ids: .only(foreign.id), foreign: (identifier, foreign.scope))
    }

    /// - Throws: AccessDeniedException in the words of IAM.
    func requireOwn(_ arn: ARN) throws {
        guard arn.account == scope.account.rawValue else {
            throw denied(arn.description)
        }
    }

    func denied(_ arn: String) -> LatticeError {
        .accessDenied(
            message: "User: \(caller.principalARN) is not authorized to perform: vpc-lattice:\(operation)"
                + " on resource: \(arn)")
    }

    /// Whether the ARN's partition and Region are the ones of this call.
    func isHere(_ arn: ARN) -> Bool {
        arn.partition == ARN.partition && arn.region == scope.region.rawValue
    }

    private func parse<Kind: ResourceKind>(_ identifier: String, as kind: Kind.Type) throws -> (ARN, ResourceID<Kind>) {
        guard let arn = ARN(identifier),
            let last = arn.resource.split(separator: "/").last, let id = ResourceID<Kind>(String(last))
        else {
            throw LatticeError.invalid("identifier", "'\(identifier)' is not an identifier of a \(Kind.displayName)")
        }
        return (arn, id)
    }
}

/// Which resources a list shows.
enum IDFilter<Kind: ResourceKind> {
    case everything
    case only(ResourceID<Kind>)
    /// The identifier is one of another Region.
    case nothing

    func allows(_ id: ResourceID<Kind>) -> Bool {
        switch self {
        case .everything: true
        case .only(let wanted): wanted == id
        case .nothing: false
        }
    }
}

/// Which resources a list shows, of the caller's account or of another one.
struct SharedFilter<Kind: ResourceKind> {
    let ids: IDFilter<Kind>
    fileprivate let foreign: (arn: String, owner: Scope)?

    /// - Parameter owner: The owner that the caller's own list has for the resource: a share that has ended leaves it
    ///   there.
    /// - Throws: AccessDeniedException if the resource is said to be of another account and the list does not have it.
    func requireOwner(_ owner: Scope?, for call: APICall) throws {
        if let foreign, foreign.owner != owner { throw call.denied(foreign.arn) }
    }
}
