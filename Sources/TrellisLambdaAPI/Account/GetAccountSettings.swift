import TrellisAPI
import TrellisFunctionHost
import TrellisModel
import TrellisStore

/// `GET /2016-08-19/account-settings`
///
/// Each version counts with the whole size of its package, as on AWS, although equal packages are kept once.
extension LambdaService {
    func getAccountSettings(_ call: APICall) async throws -> APIResponse {
        let functions = try await store.records(FunctionRecord.self, under: .all(.function, in: call.scope))
        let versions = try await store.records(
            FunctionVersionRecord.self, under: .all(.functionVersion, in: call.scope))
        let reserved = try await store.transaction { try await $0.reservedConcurrency(in: call.scope) }
        let layers = try await store.records(LayerVersionRecord.self, under: .all(.layerVersion, in: call.scope))
        let codeSize =
            functions.reduce(0) { $0 + $1.latest.codeSize } + versions.reduce(0) { $0 + $1.configuration.codeSize }
            + layers.reduce(0) { $0 + $1.codeSize }
        return .json(
            .object([
                "AccountLimit": .object([
                    "TotalCodeSize": .integer(Int64(LambdaLimits.totalCodeSize)),
                    "CodeSizeUnzipped": .integer(Int64(packages.limits.unzippedBytes)),
                    "CodeSizeZipped": .integer(Int64(packages.limits.zippedBytes)),
                    "ConcurrentExecutions": .integer(Int64(configuration.accountConcurrency)),
                    "UnreservedConcurrentExecutions": .integer(
                        Int64(max(0, configuration.accountConcurrency - reserved))),
                ]),
                "AccountUsage": .object([
                    "TotalCodeSize": .integer(Int64(codeSize)),
                    "FunctionCount": .integer(Int64(functions.count)),
                ]),
            ]))
    }
}
