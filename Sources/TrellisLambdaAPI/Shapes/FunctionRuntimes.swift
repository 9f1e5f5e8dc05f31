/// The runtimes that Lambda knows and those that the embedded function host can run.
enum FunctionRuntimes {
    /// - Source: the `Runtime` enumeration of the lambda service model.
    static let known: [String] = [
        "nodejs", "nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x",
        "java8", "java8.al2", "java11", "python2.7", "python3.6", "python3.7", "python3.8", "python3.9",
        "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "dotnet8", "nodejs4.3-edge",
        "go1.x", "ruby2.5", "ruby2.7", "provided", "provided.al2", "nodejs18.x", "python3.10", "java17", "ruby3.2",
        "ruby3.3", "ruby3.4", "python3.11", "nodejs20.x", "provided.al2023", "python3.12", "java21", "python3.13",
        "nodejs22.x", "nodejs24.x", "python3.14", "java25", "dotnet10", "ruby4.0",
    ]

    static let supported = known.filter { name in
        name.hasPrefix("python3.") || name.hasPrefix("nodejs") || name == "provided.al2" || name == "provided.al2023"
    }

    static func check(_ runtime: String) throws(LambdaError) {
        guard known.contains(runtime) else { throw .unknownRuntime(runtime, known: supported) }
        guard supported.contains(runtime) else { throw .unsupportedRuntime(runtime, supported: supported) }
    }
}

extension LambdaAPI {
    /// The runtimes that new functions may have, oldest first.
    package static var supportedRuntimes: [String] { FunctionRuntimes.supported }
}
