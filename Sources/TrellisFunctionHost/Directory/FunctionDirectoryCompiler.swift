import TrellisModel
import TrellisPolicy
import TrellisStore

/// Turns store records into directory entries, only for the functions that a change touches.
///
/// Records that do not change keep their ``FunctionVersion``, and with it their environments.
struct FunctionDirectoryCompiler {
    /// The records of one function.
    private struct Records {
        var function: FunctionRecord?
        var versions: [Int: FunctionVersionRecord] = [:]
        var aliases: [String: FunctionAliasRecord] = [:]
        var policies: [Qualifier?: FunctionPolicyRecord] = [:]
        var concurrency: FunctionConcurrencyRecord?
        var provisioned: [Qualifier: ProvisionedConcurrencyRecord] = [:]
        var entry: FunctionEntry?

        var isEmpty: Bool {
            function == nil && versions.isEmpty && aliases.isEmpty && policies.isEmpty && concurrency == nil
                && provisioned.isEmpty
        }

        /// Environments to keep initialised, by version.
        var provisionedConcurrency: [Int: Int] {
            var counts: [Int: Int] = [:]
            for (qualifier, record) in provisioned {
                var alias: FunctionAliasRecord?
                if case .alias(let name) = qualifier { alias = aliases[name] }
                counts.merge(record.shares(alias: alias), uniquingKeysWith: +)
            }
            return counts.filter { versions[$0.key] != nil }
        }
    }

    /// The kinds of records that make up a function.
    static let kinds: [RecordKind] = [
        .function, .functionVersion, .functionAlias, .functionPolicy, .functionConcurrency, .provisionedConcurrency,
    ]

    private let eventLoops: Int
    private let accountConcurrency: Int
    private var concurrency: [Scope: ScopeConcurrency] = [:]
    /// Of the account's concurrency, what functions keep for themselves.
    private var held: [Scope: Int] = [:]
    private var records: [FunctionARN: Records] = [:]
    private var nextID: UInt64 = 0
    private var nextOwner = 0

    /// - Parameters:
    ///   - eventLoops: How many loops share the functions, at least 1.
    ///   - accountConcurrency: Invocations of an account that may run at once in a Region.
    init(eventLoops: Int, accountConcurrency: Int) {
        self.eventLoops = max(1, eventLoops)
        self.accountConcurrency = accountConcurrency
    }

    /// Starts over with everything in the store.
    ///
    /// Functions that are not in it any more are in the update as `nil`.
    mutating func load(_ range: StoreRange) -> FunctionDirectoryUpdate {
        var touched = Set(records.keys)
        for function in touched {
            let entry = records[function]?.entry
            records[function] = Records(entry: entry)
        }
        var unreadable: [any Error] = []
        for entry in range.entries {
            touch(StoreChange(key: entry.key, value: entry.value), &touched, &unreadable)
        }
        return update(range.revision, touched, unreadable)
    }

    /// - Returns: The update to the last one's revision; `nil` if there is none.
    mutating func apply(_ changeSets: [StoreChangeSet]) -> FunctionDirectoryUpdate? {
        guard let revision = changeSets.last?.revision else { return nil }
        var touched: Set<FunctionARN> = []
        var unreadable: [any Error] = []
        for changeSet in changeSets {
            for change in changeSet.changes { touch(change, &touched, &unreadable) }
        }
        return update(revision, touched, unreadable)
    }

    private mutating func touch(
        _ change: StoreChange, _ touched: inout Set<FunctionARN>, _ unreadable: inout [any Error]
    ) {
        guard let key = FunctionStoreKey(change.key) else { return }
        touched.insert(key.function)
        switch key.part {
        case .function:
            records[key.function, default: Records()].function = decode(change, &unreadable)
        case .version(let number):
            records[key.function, default: Records()].versions[number] = decode(change, &unreadable)
        case .alias(let name):
            records[key.function, default: Records()].aliases[name] = decode(change, &unreadable)
        case .policy(let qualifier):
            records[key.function, default: Records()].policies[qualifier] = decode(change, &unreadable)
        case .concurrency:
            records[key.function, default: Records()].concurrency = decode(change, &unreadable)
        case .provisioned(let qualifier):
            records[key.function, default: Records()].provisioned[qualifier] = decode(change, &unreadable)
        }
    }

    private func decode<Record: StoredRecord>(_ change: StoreChange, _ unreadable: inout [any Error]) -> Record? {
        do {
            return try StoredRecordCoding.decode(Record.self, from: change)
        } catch {
            unreadable.append(error)
            return nil
        }
    }

    private mutating func update(
        _ revision: Revision, _ touched: Set<FunctionARN>, _ unreadable: [any Error]
    ) -> FunctionDirectoryUpdate {
        var functions: [FunctionARN: FunctionEntry?] = [:]
        for function in touched {
            let entry = compile(function)
            hold((entry?.heldConcurrency ?? 0) - (records[function]?.entry?.heldConcurrency ?? 0), in: function.scope)
            functions.updateValue(entry, forKey: function)
            records[function]?.entry = entry
            if records[function]?.isEmpty == true { records[function] = nil }
        }
        return FunctionDirectoryUpdate(revision: revision, functions: functions, unreadable: unreadable)
    }

    /// What a function keeps for itself changes by a number of invocations.
    private mutating func hold(_ change: Int, in scope: Scope) {
        guard change != 0 else { return }
        held[scope, default: 0] += change
        scopeConcurrency(scope).setLimit(max(0, accountConcurrency - (held[scope] ?? 0)))
    }

    private mutating func scopeConcurrency(_ scope: Scope) -> ScopeConcurrency {
        if let known = concurrency[scope] { return known }
        let new = ScopeConcurrency(limit: max(0, accountConcurrency - (held[scope] ?? 0)))
        concurrency[scope] = new
        return new
    }

    private mutating func compile(_ function: FunctionARN) -> FunctionEntry? {
        guard let records = records[function], let record = records.function else { return nil }
        let old = records.entry
        let owner = old?.latest.owner ?? takeOwner()
        let latest = version(old?.latest, of: function, nil, record.latest, owner)
        var versions: [Int: FunctionVersion] = [:]
        for (number, record) in records.versions {
            versions[number] = version(old?.versions[number], of: function, number, record.configuration, owner)
        }
        return FunctionEntry(
            latest: latest, versions: versions,
            aliases: records.aliases.mapValues {
                FunctionEntry.Alias(version: $0.version, additionalVersion: $0.additionalVersion)
            },
            policies: records.policies.mapValues { FunctionPolicy($0.statements) },
            reservedConcurrency: records.concurrency?.reserved,
            provisionedConcurrency: records.provisionedConcurrency)
    }

    private mutating func version(
        _ old: FunctionVersion?, of function: FunctionARN, _ number: Int?, _ configuration: FunctionConfiguration,
        _ owner: Int
    ) -> FunctionVersion {
        if let old, old.configuration == configuration { return old }
        nextID += 1
        return FunctionVersion(
            id: nextID, function: function, number: number, configuration: configuration, owner: owner,
            concurrency: scopeConcurrency(function.scope))
    }

    /// Functions go to the loops in turn.
    private mutating func takeOwner() -> Int {
        defer { nextOwner = (nextOwner + 1) % eventLoops }
        return nextOwner
    }
}

/// A store key of something that belongs to a function; `nil` for every other key.
private struct FunctionStoreKey {
    enum Part {
        case function
        case version(Int)
        case alias(String)
        case policy(Qualifier?)
        case concurrency
        case provisioned(Qualifier)
    }

    var function: FunctionARN
    var part: Part

    init?(_ key: StoreKey) {
        guard let kind = key.kind, FunctionDirectoryCompiler.kinds.contains(kind) else { return nil }
        let parts = key.components
        guard parts.count >= 4, let account = AccountID(String(parts[0])), let region = Region(String(parts[1])),
            let name = FunctionName(String(parts[3]))
        else { return nil }
        function = FunctionARN(scope: Scope(account: account, region: region), name: name)
        switch (kind, parts.count) {
        case (.function, 4): part = .function
        case (.functionVersion, 5):
            guard let number = Int(parts[4]) else { return nil }
            part = .version(number)
        case (.functionAlias, 5): part = .alias(String(parts[4]))
        case (.functionPolicy, 5):
            guard let qualifier = Self.qualifier(parts[4]) else { return nil }
            part = .policy(qualifier)
        case (.functionConcurrency, 4): part = .concurrency
        case (.provisionedConcurrency, 5):
            guard case .some(.some(let qualifier)) = Self.qualifier(parts[4]) else { return nil }
            part = .provisioned(qualifier)
        default: return nil
        }
    }

    /// The last part of the keys of what a qualifier has; `.some(nil)` is the unqualified function.
    private static func qualifier(_ text: Substring) -> Qualifier?? {
        if text == "unqualified" { return .some(nil) }
        if text == "latest" { return .latest }
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0] == "version" || parts[0] == "alias",
            let qualifier = Qualifier(String(parts[1]))
        else { return nil }
        return .some(qualifier)
    }
}
