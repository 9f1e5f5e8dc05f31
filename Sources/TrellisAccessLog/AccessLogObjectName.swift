import TrellisModel
import TrellisRouting

/// The key of an object with access log lines.
///
/// ```
/// [prefix/]AWSLogs/[account]/VpcLattice/AccessLogs/[region]/[YYYY/MM/DD]/[resource-id]/
/// [account]_VpcLatticeAccessLogs_[region]_[resource-id]_YYYYMMDDTHHmmZ_[hash].json.gz
/// ```
///
/// - Source: reference section "Subscriptions", S3 keys. Account and Region are those of the subscription.
struct AccessLogObjectName {
    /// Folder and name, without a slash in front.
    let key: String

    init(_ log: CompiledAccessLog, prefix: String?, batch: AccessLogBatch) {
        let account = log.record.scope.account.rawValue
        let region = log.record.scope.region.rawValue
        let resource = log.record.owner.id
        let at = batch.time.calendarFields
        let day = (year: padded(at.year, 4), month: padded(at.month, 2), day: padded(at.day, 2))
        let minute = "\(day.year)\(day.month)\(day.day)T\(padded(at.hour, 2))\(padded(at.minute, 2))Z"
        let folder =
            "AWSLogs/\(account)/VpcLattice/AccessLogs/\(region)/\(day.year)/\(day.month)/\(day.day)/\(resource)"
        let name = "\(account)_VpcLatticeAccessLogs_\(region)_\(resource)_\(minute)_\(batch.hash).json.gz"
        key = (prefix.map { "\($0)/" } ?? "") + "\(folder)/\(name)"
    }
}

private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
