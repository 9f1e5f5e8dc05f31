import TrellisAPI
import TrellisModel
import TrellisStore

/// An association between accounts is kept in both, each copy with an ARN of its account, so that either account reads,
/// lists and deletes it like one of its own.
///
/// - Source: reference lattice.md, "RAM".
protocol SharedAssociation: StoredRecord {
    var key: StoreKey { get }
    var tags: [String: String] { get set }

    /// The copy of another account.
    var counterpart: Self? { get }
}

extension SharedAssociation {
    /// Where the copy of another account has to be.
    var counterpartKeys: [StoreKey] { [counterpart?.key].compactMap(\.self) }
}

extension ServiceAssociationRecord: SharedAssociation {
    var ownerOfService: Scope { serviceScope ?? scope }
    var ownerOfNetwork: Scope { serviceNetworkScope ?? scope }

    var counterpart: ServiceAssociationRecord? {
        guard ownerOfService != ownerOfNetwork else { return nil }
        var copy = self
        copy.scope = scope == ownerOfService ? ownerOfNetwork : ownerOfService
        copy.tags = [:]
        return copy
    }
}

extension ResourceAssociationRecord: SharedAssociation {
    var ownerOfConfiguration: Scope { resourceConfigurationScope ?? scope }
    var ownerOfNetwork: Scope { serviceNetworkScope ?? scope }

    var counterpart: ResourceAssociationRecord? {
        guard ownerOfConfiguration != ownerOfNetwork else { return nil }
        var copy = self
        copy.scope = scope == ownerOfConfiguration ? ownerOfNetwork : ownerOfConfiguration
        copy.tags = [:]
        return copy
    }
}

extension VpcAssociationRecord: SharedAssociation {
    var ownerOfNetwork: Scope { serviceNetworkScope ?? scope }
    /// Whoever has the VPC has made the association.
    var ownerOfVPC: Scope { Scope(account: createdBy, region: scope.region) }

    var counterpart: VpcAssociationRecord? {
        guard ownerOfVPC != ownerOfNetwork else { return nil }
        var copy = self
        copy.scope = scope == ownerOfVPC ? ownerOfNetwork : ownerOfVPC
        copy.tags = [:]
        return copy
    }
}

extension StoreSession {
    /// Writes a new association, and the other account's copy of it.
    func insertWithCounterpart(_ association: some SharedAssociation) throws {
        try insert(association, at: association.key)
        if let copy = association.counterpart { try insert(copy, at: copy.key) }
    }

    /// Brings the other account's copy up to date; its tags are its own.
    func putWithCounterpart<Association: SharedAssociation>(_ association: Association) async throws {
        try put(association, at: association.key)
        guard var copy = association.counterpart else { return }
        copy.tags = try await get(Association.self, at: copy.key)?.tags ?? [:]
        try put(copy, at: copy.key)
    }
}
