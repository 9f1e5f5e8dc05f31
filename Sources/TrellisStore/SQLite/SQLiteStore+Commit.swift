import GRDB

extension SQLiteStore {
    package func commit(_ transaction: StoreTransaction) async throws -> StoreOutcome {
        guard !transaction.mutations.isEmpty else { return try await check(transaction.conditions) }
        return try await whileOpen {
            let result = await withCheckedContinuation { continuation in
                let request = CommitQueue.Request(transaction: transaction, continuation: continuation)
                guard commits.add(request) else { return }
                database.asyncWriteWithoutTransaction { db in self.serveCommits(db) }
            }
            return try result.get()
        }
    }

    private func check(_ conditions: [StoreCondition]) async throws -> StoreOutcome {
        guard !conditions.isEmpty else {
            // Every revision is announced before its commit is acknowledged, so this is the newest for every caller.
            return try await whileOpen { .committed(feed.newest) }
        }
        let prefixes = self.prefixes
        return try await read { tables in
            guard try conditions.allSatisfy({ try tables.holds($0, prefixes) }) else { return .conflict }
            return .committed(try tables.revision())
        }
    }

    /// On the writer's queue.
    private func serveCommits(_ db: Database) {
        var batch = commits.nextBatch()
        while !batch.isEmpty {
            carryOut(batch, db)
            batch = commits.nextBatch()
        }
    }

    /// Applies a batch in one database transaction, which is one sync of the log.
    private func carryOut(_ batch: [CommitQueue.Request], _ db: Database) {
        var applied: [AppliedTransaction?] = []
        do {
            try db.inTransaction(.immediate) {
                let tables = StoreTables(db: db)
                let writer = try StoreWriter(db, prefixes)
                let before = try tables.revision()
                var newest = before
                for request in batch {
                    applied.append(try writer.apply(request.transaction, after: &newest))
                }
                guard newest > before else { return .rollback }
                try tables.write(newest: newest)
                return .commit
            }
        } catch {
            // One that cannot be written must not fail the others. If all could be applied, the disk failed them all.
            if batch.count > 1, applied.count < batch.count {
                for request in batch { carryOut([request], db) }
            } else {
                for request in batch { request.continuation.resume(returning: .failure(error)) }
            }
            return
        }
        let changing = applied.compactMap(\.self).filter { !$0.changeSet.changes.isEmpty }
        for applied in changing {
            counts.note(added: applied.added, removed: applied.removed, at: applied.changeSet.revision)
            recentEntries.note(applied.changeSet)
        }
        feed.announce(changing.map(\.changeSet))
        for (request, applied) in zip(batch, applied) {
            request.continuation.resume(
                returning: .success(applied.map { .committed($0.changeSet.revision) } ?? .conflict))
        }
    }
}
