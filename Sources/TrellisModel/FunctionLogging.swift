/// How a function's logs are written, and where.
///
/// - Source: `LoggingConfig` in the lambda service model; reference lambda.md §2.1.
package struct FunctionLogging: Codable, Hashable, Sendable {
    package enum Format: String, Codable, Sendable, CaseIterable {
        case text = "Text"
        case json = "JSON"
    }

    /// From the most to the least talkative.
    package enum ApplicationLevel: String, Codable, Sendable, CaseIterable, Comparable {
        case trace = "TRACE"
        case debug = "DEBUG"
        case info = "INFO"
        case warn = "WARN"
        case error = "ERROR"
        case fatal = "FATAL"

        package static func < (left: ApplicationLevel, right: ApplicationLevel) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package enum SystemLevel: String, Codable, Sendable, CaseIterable, Comparable {
        case debug = "DEBUG"
        case info = "INFO"
        case warn = "WARN"

        package static func < (left: SystemLevel, right: SystemLevel) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    package var format: Format
    /// Only with JSON; what is below it is not logged.
    package var applicationLevel: ApplicationLevel
    package var systemLevel: SystemLevel
    /// `nil` is the function's own, `/aws/lambda/<name>`.
    package var group: LogGroupName?

    package init(
        format: Format = .text, applicationLevel: ApplicationLevel = .info, systemLevel: SystemLevel = .info,
        group: LogGroupName? = nil
    ) {
        self.format = format
        self.applicationLevel = applicationLevel
        self.systemLevel = systemLevel
        self.group = group
    }
}

extension FunctionConfiguration {
    /// What the function was told, or the defaults.
    package var loggingInEffect: FunctionLogging { logging ?? FunctionLogging() }

    package func logGroup(of name: FunctionName) -> LogGroupName { logging?.group ?? .ofFunction(name) }
}
