import TrellisAPI
import TrellisFunctionHost
import TrellisModel

/// How far the function host is with what a record asks for.
struct ProvisionedStatus: Equatable {
    enum Status: String {
        case inProgress = "IN_PROGRESS"
        case ready = "READY"
        case failed = "FAILED"
    }

    private(set) var allocated = 0
    private(set) var available = 0
    private var failure: String?

    /// Adds a version's part.
    ///
    /// - Parameters:
    ///   - share: What the record asks of the version.
    ///   - taken: What other records get of the version's environments first.
    mutating func add(_ environments: ProvisionedEnvironments, share: Int, taken: Int) {
        allocated += min(share, max(0, environments.allocated - taken))
        available += min(share, max(0, environments.available - taken))
        failure = failure ?? environments.failure
    }

    func status(of requested: Int) -> Status {
        if available >= requested { return .ready }
        return failure == nil ? .inProgress : .failed
    }

    /// - Parameter isListed: An entry of a list says what it is the configuration of.
    func json(of record: ProvisionedConcurrencyRecord, isListed: Bool = false) -> JSONValue {
        let status = status(of: record.requested)
        return .object(omittingNil: [
            "FunctionArn": isListed ? .string(record.arn.description) : nil,
            "RequestedProvisionedConcurrentExecutions": .integer(Int64(record.requested)),
            "AvailableProvisionedConcurrentExecutions": .integer(Int64(available)),
            "AllocatedProvisionedConcurrentExecutions": .integer(Int64(allocated)),
            "Status": .string(status.rawValue),
            "StatusReason": status == .failed ? .optional(failure) : nil,
            "LastModified": .string(record.lastModified.lambdaSeconds),
        ])
    }
}

extension LambdaService {
    func status(
        of record: ProvisionedConcurrencyRecord, in function: ProvisionedFunction
    ) async -> ProvisionedStatus {
        var status = ProvisionedStatus()
        for (version, share) in function.shares(of: record).sorted(by: { $0.key < $1.key }) {
            let arn = FunctionARN(scope: record.scope, name: record.functionName, qualifier: .version(version))
            status.add(
                await provisioned.provisionedEnvironments(of: arn), share: share,
                taken: function.taken(of: version, before: record))
        }
        return status
    }
}
