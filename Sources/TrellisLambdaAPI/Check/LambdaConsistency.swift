package import TrellisModel
package import TrellisStore

/// What a check of the store has to know about functions.
package enum LambdaConsistency {
    package static let records: [any CheckedRecord.Type] = [
        FunctionRecord.self, FunctionVersionRecord.self, FunctionAliasRecord.self, FunctionConcurrencyRecord.self,
        ProvisionedConcurrencyRecord.self, FunctionEventInvokeRecord.self, EventInvocationRecord.self,
        EventInvocationDueRecord.self, LayerRecord.self, LayerVersionRecord.self, LayerPolicyRecord.self,
    ]

    /// A resource policy is of a function, a version or an alias, which only its key says.
    package static let freeKeys = [
        FreeKeys(path: RecordKind.functionPolicy.rawValue) { entry in
            _ = try StoredRecordCoding.decode(FunctionPolicyRecord.self, from: entry.value, at: entry.key)
            guard let owner = policyOwner(entry.key) else { throw ConsistencyProblem("is the policy of nothing") }
            return [owner]
        }
    ]

    /// The record whose policy lies under `…/function-policy/<name>/<qualifier>`.
    private static func policyOwner(_ key: StoreKey) -> StoreKey? {
        let parts = key.components
        guard parts.count == 5, let account = AccountID(String(parts[0])), let region = Region(String(parts[1])),
            let name = FunctionName(String(parts[3]))
        else { return nil }
        let scope = Scope(account: account, region: region)
        let qualifier = parts[4].split(separator: ":", maxSplits: 1)
        switch (qualifier.first, qualifier.count) {
        case ("unqualified", 1), ("latest", 1):
            return .function(name, in: scope)
        case ("version", 2):
            return Int(qualifier[1]).map { .functionVersion($0, of: name, in: scope) }
        case ("alias", 2):
            return .functionAlias(String(qualifier[1]), of: name, in: scope)
        default:
            return nil
        }
    }
}

extension FunctionRecord: CheckedRecord {
    package static let kind = RecordKind.function

    package var key: StoreKey { .function(name, in: scope) }
}

extension FunctionVersionRecord: CheckedRecord {
    package static let kind = RecordKind.functionVersion

    package var key: StoreKey { .functionVersion(version, of: name, in: scope) }

    package var references: [StoreKey] { [.function(name, in: scope)] }
}

extension FunctionAliasRecord: CheckedRecord {
    package static let kind = RecordKind.functionAlias

    package var key: StoreKey { .functionAlias(name, of: functionName, in: scope) }

    /// The function, and the versions unless they are `$LATEST`.
    package var references: [StoreKey] {
        [.function(functionName, in: scope)]
            + [version, additionalVersion?.version].compactMap(\.self)
            .map { .functionVersion($0, of: functionName, in: scope) }
    }
}

extension FunctionConcurrencyRecord: CheckedRecord {
    package static let kind = RecordKind.functionConcurrency

    package var key: StoreKey { .functionConcurrency(functionName, in: scope) }

    package var references: [StoreKey] { [.function(functionName, in: scope)] }
}

/// Its function may be gone by now.
extension EventInvocationRecord: CheckedRecord {
    package static let kind = RecordKind.eventInvocation
}

extension EventInvocationDueRecord: CheckedRecord {
    package static let kind = RecordKind.eventInvocationDue

    package var references: [StoreKey] { [event] }
}

extension FunctionEventInvokeRecord: CheckedRecord {
    package static let kind = RecordKind.functionEventInvoke

    package var key: StoreKey { .functionEventInvoke(qualifier, of: functionName, in: scope) }

    /// What it is the configuration of; its destinations may have been deleted.
    package var references: [StoreKey] { [qualifier.owner(functionName, in: scope)] }
}

extension ProvisionedConcurrencyRecord: CheckedRecord {
    package static let kind = RecordKind.provisionedConcurrency

    package var key: StoreKey { .provisionedConcurrency(qualifier, of: functionName, in: scope) }

    package var references: [StoreKey] { [qualifier.owner(functionName, in: scope)] }
}

extension LayerRecord: CheckedRecord {
    package static let kind = RecordKind.layer

    package var key: StoreKey { .layer(name, in: scope) }
}

extension LayerVersionRecord: CheckedRecord {
    package static let kind = RecordKind.layerVersion

    package var key: StoreKey { .layerVersion(arn) }

    package var references: [StoreKey] { [.layer(name, in: scope)] }
}

extension LayerPolicyRecord: CheckedRecord {
    package static let kind = RecordKind.layerPolicy

    package var key: StoreKey { .layerPolicy(layer) }

    package var references: [StoreKey] { [.layerVersion(layer)] }
}

extension Qualifier {
    /// The record that the qualifier names, of a function.
    fileprivate func owner(_ name: FunctionName, in scope: Scope) -> StoreKey {
        switch self {
        case .latest: .function(name, in: scope)
        case .version(let number): .functionVersion(number, of: name, in: scope)
        case .alias(let alias): .functionAlias(alias, of: name, in: scope)
        }
    }
}
