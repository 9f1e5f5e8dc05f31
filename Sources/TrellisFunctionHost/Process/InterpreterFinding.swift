import Logging

/// An interpreter as `trellis doctor` reports it.
package struct InterpreterFinding: Hashable, Sendable {
    /// `Python` or `Node.js`.
    package var language: String
    /// Where it is and which version; `nil` if it cannot be used.
    package var found: String?
    /// Why it cannot be used, with what to install.
    package var problem: String?

    /// Looks for the interpreters that functions without one of their own version get.
    package static func all(configuration: FunctionHostConfiguration) async -> [InterpreterFinding] {
        let silent = Logger(label: "trellis") { _ in SwiftLogNoOpLogHandler() }
        let catalog = InterpreterCatalog(configuration: configuration, logger: silent)
        return [await python(catalog), await node(catalog)]
    }

    private static func python(_ catalog: InterpreterCatalog) async -> InterpreterFinding {
        do {
            let python = try await catalog.python("python3.x", version: "3")
            let client = python.hasAWSLambdaRIC ? "with awslambdaric" : "with Trellis' own runtime client"
            return InterpreterFinding(language: "Python", found: "\(python.path) is \(python.version), \(client)")
        } catch {
            return InterpreterFinding(language: "Python", problem: error.message)
        }
    }

    private static func node(_ catalog: InterpreterCatalog) async -> InterpreterFinding {
        do {
            let node = try await catalog.node("nodejs<n>.x", major: 0)
            return InterpreterFinding(language: "Node.js", found: "\(node.path) is version \(node.major)")
        } catch {
            return InterpreterFinding(language: "Node.js", problem: error.message)
        }
    }
}
