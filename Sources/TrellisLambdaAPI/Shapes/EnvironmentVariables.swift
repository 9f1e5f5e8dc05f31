import TrellisAPI

/// What Lambda demands of a function's own environment variables.
enum EnvironmentVariables {
    /// Names that the execution environment sets itself.
    ///
    /// `AWS_LAMBDA_MAX_CONCURRENCY` is not on Lambda's list; it makes AWS's Python runtime serve several events at once.
    ///
    /// - Source: reference lambda.md §2.1.
    static let reserved: Set<String> = [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_EXECUTION_ENV", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL",
        "AWS_LAMBDA_MAX_CONCURRENCY",
    ]

    /// The variables in `{"Environment": {"Variables": {"NAME": "value"}}}`.
    ///
    /// - Returns: `nil` if there is no `Environment`.
    static func read(_ reader: InputReader) -> [String: String]? {
        guard let environment = reader.object("Environment") else { return nil }
        let variables = environment.stringMap("Variables", count: 0...Int.max) ?? [:]
        if !variables.keys.allSatisfy(isName) {
            environment.report(
                "Variables",
                "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                    + "[a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]")
        }
        if variables.values.contains(where: { $0.utf8.contains(0) }) {
            // No process can be given such a variable.
            environment.report("Variables", "Map value must satisfy constraint: [Member must not contain NUL]")
        }
        return variables
    }

    /// - Throws: ``LambdaError`` for a reserved name, or if all variables together, as JSON, are over 4 KB.
    static func check(_ variables: [String: String]) throws(LambdaError) {
        let taken = variables.keys.filter(reserved.contains).sorted()
        guard taken.isEmpty else { throw .reservedVariables(taken) }
        let measured = JSONValue.object(variables.mapValues(JSONValue.string)).encoded()
        guard measured.count <= LambdaLimits.environment else {
            throw .environmentTooLarge(measured: String(decoding: measured, as: UTF8.self))
        }
    }

    /// `[a-zA-Z]([a-zA-Z0-9_])+`: two characters at least.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, ASCIIText.isLetter(first) else { return false }
        return ASCIIText.isAll(text.dropFirst()) { ASCIIText.isName($0) && $0 != UInt8(ascii: "-") }
    }
}
