import TrellisModel
import TrellisRouting

extension AccessLogDestination {
    /// Where a subscription sends its lines.
    ///
    /// - Returns: `nil` for a record that the API would not have made.
    init?(_ log: CompiledAccessLog) {
        self.init(arn: log.record.destinationARN)
    }
}
