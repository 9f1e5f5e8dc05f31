package import TrellisModel

/// Reading much without holding it all in memory.
extension Store {
    /// Every account and Region that has a key, in key order.
    package func scopes() async throws -> [Scope] {
        var scopes: [Scope] = []
        var after: StoreKey?
        while let key = try await range(under: .root, after: after, limit: 1).entries.first?.key {
            let parts = key.path.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count > 2 else {
                after = key
                continue
            }
            if let account = AccountID(String(parts[1])), let region = Region(String(parts[2])) {
                scopes.append(Scope(account: account, region: region))
            }
            // The slash is followed by the digit zero: this is after every key of the account and Region.
            after = StoreKey(path: "/\(parts[1])/\(parts[2])0")
        }
        return scopes
    }

    /// Every account that has a key, in key order.
    package func accounts() async throws -> [AccountID] {
        var accounts: [AccountID] = []
        var after: StoreKey?
        while let key = try await range(under: .root, after: after, limit: 1).entries.first?.key {
            let parts = key.path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count > 2, let account = AccountID(String(parts[1])) else {
                after = key
                continue
            }
            accounts.append(account)
            // The slash is followed by the digit zero: this is after every key of the account.
            after = StoreKey(path: "/\(account)0")
        }
        return accounts
    }

    /// Hands over the entries of some kinds, a page at a time, scope by scope and in the order of `kinds`.
    ///
    /// The pages are read one after the other while others write: they are what was there at the returned
    /// revision after the changes that follow it have been applied as well.
    ///
    /// - Returns: The revision to watch after.
    package func load(
        _ kinds: [RecordKind], pageSize: Int = 512, _ receive: ([StoreEntry]) async throws -> Void
    ) async throws -> Revision {
        let start = try await range(under: .root, after: nil, limit: 0).revision
        for scope in try await scopes() {
            for kind in kinds {
                try await pages(under: .all(kind, in: scope), pageSize: pageSize, receive)
            }
        }
        return start
    }

    /// Hands over the entries under a prefix, a page at a time.
    package func pages(
        under prefix: StoreKey, pageSize: Int = 512, _ receive: ([StoreEntry]) async throws -> Void
    ) async throws {
        var last: StoreKey?
        repeat {
            let page = try await range(under: prefix, after: last, limit: pageSize).entries
            last = page.count < pageSize ? nil : page.last?.key
            if !page.isEmpty { try await receive(page) }
        } while last != nil
    }
}
