import TrellisAPI
import TrellisModel
import TrellisStore

/// `PUT /2017-10-31/functions/{FunctionName}/concurrency`
///
/// The function host holds to the number: see its `HostLoop`.
extension LambdaService {
    func putFunctionConcurrency(_ call: APICall) async throws -> APIResponse {
        let (identifier, reserved) = try call.read { reader in
            (
                reader.functionLabel(.function, in: call.scope),
                reader.requiredInteger("ReservedConcurrentExecutions", in: 0...Int(Int32.max))
            )
        }
        let arn = try identifier.resolveUnqualified(in: call.scope)
        let record = FunctionConcurrencyRecord(scope: arn.scope, functionName: arn.name, reserved: reserved)
        try await store.transaction { session in
            _ = try await session.function(arn)
            let others = try await session.reservedConcurrency(in: arn.scope, besides: arn.name)
            let most = configuration.accountConcurrency - LambdaLimits.minimumUnreservedConcurrency - others
            guard reserved <= most else { throw LambdaError.reservesTooMuch }
            let provisioned = try await ProvisionedFunction(ofFunction: arn, in: session).records.values
                .reduce(0) { $0 + $1.requested }
            guard reserved >= provisioned else {
                throw LambdaError.reservesLessThanProvisioned(reserved, provisioned: provisioned)
            }
            try session.put(record, at: .functionConcurrency(arn.name, in: arn.scope))
        }
        return .json(record.json)
    }
}

extension StoreSession {
    /// The sum of the reservations of an account and Region.
    func reservedConcurrency(in scope: Scope, besides name: FunctionName? = nil) async throws -> Int {
        try await list(FunctionConcurrencyRecord.self, under: .all(.functionConcurrency, in: scope))
            .filter { $0.functionName != name }
            .reduce(0) { $0 + $1.reserved }
    }
}

extension FunctionConcurrencyRecord {
    var json: JSONValue { .object(["ReservedConcurrentExecutions": .integer(Int64(reserved))]) }
}
