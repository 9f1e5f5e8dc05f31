import Logging
import ServiceLifecycle
import TrellisModel
import TrellisPrincipals
import TrellisRouting
import TrellisStore

/// The way of a change from the store to traffic: reads everything once, then follows the store's changes, compiles what
/// changed into the next snapshot and hands it on.
struct SnapshotFeed: Service {
    /// How many entries are read, decoded and compiled at a time at the start: about 2 MB.
    private static let pageSize = 4096
    private static let decodedTogether = 512

    let store: any Store
    /// Kept up to date from the same changes, so that a new caller is known when its traffic may come.
    let principals: PrincipalDirectory
    let progress: RevisionProgress
    /// Where instances and load balancers are.
    let addresses: TargetAddresses
    let logger: Logger
    /// Returns when what requests are sent to is ready; until then traffic sees nothing.
    let becameReady: @Sendable () async -> Void
    /// Returns when requests that begin from then on see the snapshot.
    let show: @Sendable (Snapshot) async -> Void
    /// Returns when the listeners are those of the snapshots shown until then.
    let settle: @Sendable () async -> Void

    func run() async throws {
        defer { progress.finish() }
        try await cancelWhenGracefulShutdown {
            await becameReady()
            while !Task.isCancelled {
                do {
                    try await follow()
                    return
                } catch StoreError.compacted(let oldest) {
                    logger.notice(
                        "fell behind the store's changes; reading everything again",
                        metadata: [
                            "oldest": "\(oldest)"
                        ])
                }
            }
        }
    }

    /// Compiles change by change and shows what is newest: while a snapshot is being shown, the next ones pass by unseen.
    ///
    /// A listener that is being closed holds up the answers to changes, and not the changes themselves.
    private func follow() async throws {
        let (newest, compiled) = AsyncStream.makeStream(
            of: (snapshot: Snapshot, revision: Revision).self, bufferingPolicy: .bufferingNewest(1))
        let (shown, settling) = AsyncStream.makeStream(of: Revision.self, bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await (snapshot, revision) in newest {
                    await show(snapshot)
                    settling.yield(revision)
                }
                settling.finish()
            }
            group.addTask {
                for await revision in shown {
                    await settle()
                    progress.reached(revision)
                }
            }
            defer { compiled.finish() }
            try await compile { compiled.yield(($0, $1)) }
        }
    }

    private func compile(_ show: (Snapshot, Revision) -> Void) async throws {
        var compiler = SnapshotCompiler(addresses: addresses)
        var snapshot = Snapshot()
        let revision = try await store.load(RecordChange.kinds, pageSize: Self.pageSize) { page in
            snapshot = compiler.apply(await changes(in: page))
        }
        try await principals.load(from: store)
        show(snapshot, revision)
        for try await sets in store.watchTogether(under: .root, from: revision.next) {
            let all = sets.flatMap(\.changes)
            principals.apply(all.compactMap { principalChange(at: $0.key, value: $0.value) })
            let changes = all.compactMap(recordChange)
            if !changes.isEmpty { snapshot = compiler.apply(changes) }
            if let last = sets.last { show(snapshot, last.revision) }
        }
    }

    private func principalChange(at key: StoreKey, value: [UInt8]?) -> PrincipalChange? {
        guard key.isGlobal else { return nil }
        do {
            return try PrincipalChange(key: key, value: value)
        } catch {
            logger.error("a record cannot be read; its caller is let in no more", metadata: ["error": "\(error)"])
            return .deletion(of: key)
        }
    }

    /// Decodes a page on several processors; the changes are in the order of the entries.
    private func changes(in page: [StoreEntry]) async -> [RecordChange] {
        await withTaskGroup(of: (start: Int, changes: [RecordChange]).self) { group in
            for start in stride(from: 0, to: page.count, by: Self.decodedTogether) {
                group.addTask {
                    let entries = page[start..<min(page.count, start + Self.decodedTogether)]
                    return (start, entries.compactMap { recordChange(StoreChange(key: $0.key, value: $0.value)) })
                }
            }
            let parts = await group.reduce(into: []) { $0.append($1) }
            return parts.sorted { $0.start < $1.start }.flatMap(\.changes)
        }
    }

    /// A record that cannot be read is left out and reported; the others are served.
    private func recordChange(_ change: StoreChange) -> RecordChange? {
        do {
            return try RecordChange(change)
        } catch {
            logger.error("a record cannot be read and is not served", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

extension RecordChange {
    /// The kinds of records that traffic depends on, parents before children; no other is followed.
    static let kinds: [RecordKind] = [
        .authPolicy, .accessLogSubscription, .serviceNetwork, .vpcAssociation, .targetGroup, .target, .service,
        .serviceAssociation, .listener, .rule,
    ]

    /// The change that writing or deleting a value means; `nil` for a key that traffic does not depend on.
    ///
    /// - Throws: ``StoreError/unreadable(_:reason:)``.
    init?(_ change: StoreChange) throws {
        guard change.value != nil else {
            self.init(deletionOf: change.key)
            return
        }
        func put<Record: StoredRecord>(_ make: (Record) -> RecordChange) throws -> RecordChange? {
            try StoredRecordCoding.decode(Record.self, from: change).map(make)
        }
        let made: RecordChange? =
            switch change.key.kind {
            case .serviceNetwork: try put(RecordChange.putServiceNetwork)
            case .service: try put(RecordChange.putService)
            case .listener: try put(RecordChange.putListener)
            case .rule: try put(RecordChange.putRule)
            case .targetGroup: try put(RecordChange.putTargetGroup)
            case .target: try put(RecordChange.putTarget)
            case .vpcAssociation: try put(RecordChange.putVpcAssociation)
            case .serviceAssociation: try put(RecordChange.putServiceAssociation)
            case .authPolicy: try put(RecordChange.putAuthPolicy)
            case .accessLogSubscription: try put(RecordChange.putAccessLogSubscription)
            default: nil
            }
        guard let made else { return nil }
        self = made
    }
}
