import TrellisAPI
import TrellisModel
import TrellisStore

/// `PUT /2019-09-30/functions/{FunctionName}/provisioned-concurrency`
///
/// The function host starts the environments; the answer says how many there are already.
extension LambdaService {
    func putProvisionedConcurrencyConfig(_ call: APICall) async throws -> APIResponse {
        let (target, requested) = try call.read { reader in
            (
                ProvisionedTarget(reader, in: call.scope),
                reader.requiredInteger("ProvisionedConcurrentExecutions", in: 1...Int(Int32.max))
            )
        }
        let arn = try target.resolve(in: call.scope, latest: .provisionedLatest)
        let record = ProvisionedConcurrencyRecord(
            scope: arn.scope, functionName: arn.name, qualifier: arn.qualifier ?? .latest, requested: requested,
            lastModified: clock.now())
        let function = try await store.transaction { session in
            var function = try await ProvisionedFunction(arn, in: session)
            try function.check(record)
            try await session.checkConcurrency(
                of: function, with: record, account: configuration.accountConcurrency)
            try session.put(record, at: record.key)
            function.records[record.qualifier] = record
            return function
        }
        return .json(await status(of: record, in: function).json(of: record), status: 202)
    }
}

extension StoreSession {
    /// What a function keeps initialised counts towards its reservation, or towards what is left to all others.
    fileprivate func checkConcurrency(
        of function: ProvisionedFunction, with record: ProvisionedConcurrencyRecord, account: Int
    ) async throws {
        let total = function.records.values.filter { $0.qualifier != record.qualifier }
            .reduce(record.requested) { $0 + $1.requested }
        if let reserved = try await concurrency(of: function.arn)?.reserved {
            guard total <= reserved else { throw LambdaError.provisionsMoreThanReserved }
            return
        }
        let scope = function.arn.scope
        let unreserved = account - (try await reservedConcurrency(in: scope))
        guard record.requested <= unreserved else { throw LambdaError.provisionsMoreThanUnreserved(unreserved) }
        let others = try await unreservedProvisionedConcurrency(in: scope, besides: function.arn.name)
        guard unreserved - others - total >= LambdaLimits.minimumUnreservedConcurrency else {
            throw LambdaError.provisionsTooMuch
        }
    }

    /// The sum of what functions without a reservation keep initialised.
    private func unreservedProvisionedConcurrency(in scope: Scope, besides name: FunctionName) async throws -> Int {
        let reserving = Set(
            try await list(FunctionConcurrencyRecord.self, under: .all(.functionConcurrency, in: scope))
                .map(\.functionName))
        return try await list(ProvisionedConcurrencyRecord.self, under: .all(.provisionedConcurrency, in: scope))
            .filter { $0.functionName != name && !reserving.contains($0.functionName) }
            .reduce(0) { $0 + $1.requested }
    }
}
