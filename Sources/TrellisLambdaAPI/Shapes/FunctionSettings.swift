import TrellisAPI
import TrellisModel

/// The settings that CreateFunction and UpdateFunctionConfiguration share; `nil` is not given.
struct FunctionSettings {
    var runtime: String?
    var handler: String?
    var role: String?
    var description: String?
    var timeoutSeconds: Int?
    var memorySizeMB: Int?
    var ephemeralStorageMB: Int?
    var environment: [String: String]?
    var logging: LoggingSettings?
    var layers: RequestedLayers?

    init(_ reader: InputReader, roleIsRequired: Bool) {
        runtime = reader.string("Runtime")
        handler = reader.string("Handler", length: 0...128, pattern: LambdaPatterns.handler)
        role =
            roleIsRequired
            ? reader.requiredString("Role", pattern: LambdaPatterns.role)
            : reader.string("Role", pattern: LambdaPatterns.role)
        description = reader.descriptionText()
        timeoutSeconds = reader.integer("Timeout", in: 1...900)
        memorySizeMB = reader.integer("MemorySize", in: 128...10_240)
        ephemeralStorageMB = reader.object("EphemeralStorage")?.requiredInteger("Size", in: 512...10_240)
        environment = EnvironmentVariables.read(reader)
        logging = reader.object("LoggingConfig").map(LoggingSettings.init)
        layers = RequestedLayers(reader)
    }

    /// The rules that need more than one member or are not part of the shapes.
    func check() throws(LambdaError) {
        if let runtime { try FunctionRuntimes.check(runtime) }
        if let environment { try EnvironmentVariables.check(environment) }
        try logging?.check()
        try layers?.checkCount()
    }

    /// Puts what was given in the place of what was there; layers are looked up in a transaction.
    func apply(to configuration: inout FunctionConfiguration) {
        if let runtime { configuration.runtime = runtime }
        if let handler { configuration.handler = handler }
        if let role { configuration.role = role }
        if let description { configuration.description = description }
        if let timeoutSeconds { configuration.timeoutSeconds = timeoutSeconds }
        if let memorySizeMB { configuration.memorySizeMB = memorySizeMB }
        if let ephemeralStorageMB { configuration.ephemeralStorageMB = ephemeralStorageMB }
        if let logging { configuration.logging = logging.applied(to: configuration.loggingInEffect) }
        if let environment {
            configuration.environment = environment
            configuration.hasEnvironment = true
        }
    }
}
