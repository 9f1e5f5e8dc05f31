import TrellisAPI
import TrellisModel

/// `LoggingConfig` of a request; `nil` is not given.
///
/// - Source: `LoggingConfig` in the lambda service model.
struct LoggingSettings {
    var format: FunctionLogging.Format?
    var applicationLevel: FunctionLogging.ApplicationLevel?
    var systemLevel: FunctionLogging.SystemLevel?
    var group: LogGroupName?

    private static let groupPattern = TextPattern(LogGroupName.pattern) { text in
        !text.isEmpty && text.utf8.allSatisfy(LogGroupName.isAllowed)
    }

    init(_ reader: InputReader) {
        format = reader.enumeration("LogFormat")
        applicationLevel = reader.enumeration("ApplicationLogLevel")
        systemLevel = reader.enumeration("SystemLogLevel")
        group = reader.string("LogGroup", length: 1...512, pattern: Self.groupPattern).flatMap(LogGroupName.init)
    }

    /// A level needs JSON in the same request.
    func check() throws(LambdaError) {
        guard applicationLevel == nil && systemLevel == nil || format == .json else {
            throw LambdaError.logLevelWithoutJSON
        }
    }

    /// What was not given stays, but for the levels: they belong to a format that is given.
    func applied(to current: FunctionLogging) -> FunctionLogging {
        var logging = current
        if let format {
            logging.format = format
            logging.applicationLevel = applicationLevel ?? .info
            logging.systemLevel = systemLevel ?? .info
        }
        if let group { logging.group = group }
        return logging
    }
}
