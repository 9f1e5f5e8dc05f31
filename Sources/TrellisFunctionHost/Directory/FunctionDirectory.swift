package import TrellisModel
package import TrellisPolicy
package import TrellisStore

/// Everything that can be called, by account, Region and name.
///
/// A value: each event loop reads its own.
package struct FunctionDirectory: Sendable {
    /// What a call leads to.
    package struct Resolution: Sendable {
        package var version: FunctionVersion
        /// The resource policy of the way it was called; empty if there is none.
        package var policy: FunctionPolicy
    }

    private var functions: [FunctionARN: FunctionEntry] = [:]

    package init() {}

    package mutating func apply(_ update: FunctionDirectoryUpdate) {
        for (function, entry) in update.functions {
            functions[function] = entry
        }
    }

    /// The version that a call runs, with an alias's share drawn anew for each call.
    ///
    /// - Parameter function: As called; its qualifier chooses version and policy.
    /// - Returns: `nil` if function, version or alias does not exist.
    package func resolve(_ function: FunctionARN, _ random: some RandomSource) -> Resolution? {
        guard let entry = functions[function.unqualified],
            let version = entry.version(for: function.qualifier, random)
        else { return nil }
        return Resolution(version: version, policy: entry.policies[function.qualifier] ?? .empty)
    }

    /// How many invocations of the function may run at once; `nil` without a reservation.
    ///
    /// - Parameter function: Unqualified.
    package func reservedConcurrency(of function: FunctionARN) -> Int? { functions[function]?.reservedConcurrency }

    /// How many environments of the version are to be kept initialised; 0 for one that cannot be called any more.
    ///
    /// What was put for the version itself, and its share of what was put for the aliases that invoke it.
    package func provisionedConcurrency(of version: FunctionVersion) -> Int {
        guard let number = version.number, let entry = functions[version.function], entry.holds(version) else {
            return 0
        }
        return entry.provisionedConcurrency[number] ?? 0
    }

    /// The versions of a function with environments that are to be kept initialised, ascending, and their numbers.
    ///
    /// - Parameter function: Unqualified.
    package func provisionedVersions(of function: FunctionARN) -> [(version: FunctionVersion, count: Int)] {
        guard let entry = functions[function] else { return [] }
        return entry.provisionedConcurrency.sorted { $0.key < $1.key }.compactMap { number, count in
            entry.versions[number].map { ($0, count) }
        }
    }

    /// Whether this very version, with this code and configuration, can still be called.
    package func holds(_ version: FunctionVersion) -> Bool {
        functions[version.function]?.holds(version) ?? false
    }
}

/// One function with its versions, aliases and policies.
package final class FunctionEntry: Sendable {
    struct Alias: Sendable {
        /// `nil` is `$LATEST`.
        var version: Int?
        var additionalVersion: FunctionAliasRecord.AdditionalVersion?
    }

    let latest: FunctionVersion
    let versions: [Int: FunctionVersion]
    let aliases: [String: Alias]
    let policies: [Qualifier?: FunctionPolicy]
    let reservedConcurrency: Int?
    /// By version, only those that have any.
    let provisionedConcurrency: [Int: Int]

    init(
        latest: FunctionVersion, versions: [Int: FunctionVersion], aliases: [String: Alias],
        policies: [Qualifier?: FunctionPolicy], reservedConcurrency: Int?, provisionedConcurrency: [Int: Int]
    ) {
        self.latest = latest
        self.versions = versions
        self.aliases = aliases
        self.policies = policies
        self.reservedConcurrency = reservedConcurrency
        self.provisionedConcurrency = provisionedConcurrency
    }

    /// Of the account's concurrency, what this function keeps for itself: what is reserved, or else provisioned for it.
    var heldConcurrency: Int { reservedConcurrency ?? provisionedConcurrency.values.reduce(0, +) }

    func version(for qualifier: Qualifier?, _ random: some RandomSource) -> FunctionVersion? {
        switch qualifier {
        case nil, .latest: latest
        case .version(let number): versions[number]
        case .alias(let name): aliases[name].flatMap { version(of: $0, random) }
        }
    }

    func holds(_ version: FunctionVersion) -> Bool {
        let current = version.number.map { versions[$0] } ?? latest
        return current === version
    }

    private func version(of alias: Alias, _ random: some RandomSource) -> FunctionVersion? {
        if let additional = alias.additionalVersion, let version = versions[additional.version],
            random.unitInterval() < additional.weight
        {
            return version
        }
        return alias.version.map { versions[$0] } ?? latest
    }
}

extension RandomSource {
    /// Uniform in `0..<1`, with 53 bits.
    func unitInterval() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// What changed with one revision of the store.
package struct FunctionDirectoryUpdate: Sendable {
    package var revision: Revision
    /// By unqualified ARN; `nil` for a function that is no more.
    package var functions: [FunctionARN: FunctionEntry?]
    /// Values that could not be read and count as absent.
    package var unreadable: [any Error]
}
