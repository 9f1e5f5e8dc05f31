/// How many execution environments are kept initialised for a version, or for the versions that an alias invokes.
package struct ProvisionedConcurrencyRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var functionName: FunctionName
    /// A version or an alias, never `$LATEST`.
    package var qualifier: Qualifier
    /// At least 1.
    package var requested: Int
    package var lastModified: Timestamp

    package init(
        scope: Scope, functionName: FunctionName, qualifier: Qualifier, requested: Int, lastModified: Timestamp
    ) {
        self.scope = scope
        self.functionName = functionName
        self.qualifier = qualifier
        self.requested = requested
        self.lastModified = lastModified
    }

    package var arn: FunctionARN { FunctionARN(scope: scope, name: functionName, qualifier: qualifier) }

    /// What each version gets of the environments.
    ///
    /// The versions of an alias with a second one share by its weight, rounded down for the second; an alias of
    /// `$LATEST` keeps none.
    ///
    /// - Parameter alias: The alias that ``qualifier`` names, if it is one and is there.
    package func shares(alias: FunctionAliasRecord?) -> [Int: Int] {
        switch qualifier {
        case .latest: return [:]
        case .version(let number): return [number: requested]
        case .alias:
            guard let alias, let version = alias.version else { return [:] }
            guard let additional = alias.additionalVersion else { return [version: requested] }
            let weight = min(max(additional.weight, 0), 1)
            let second = Int(exactly: (Double(requested) * weight).rounded(.down)) ?? 0
            return [version: requested - second, additional.version: second].filter { $0.value > 0 }
        }
    }
}
