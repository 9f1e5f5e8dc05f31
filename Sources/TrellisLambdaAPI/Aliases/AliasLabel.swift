import TrellisAPI
import TrellisModel

extension LambdaService {
    /// Reads the function and the alias in the path.
    func aliasInPath(_ call: APICall) throws -> (function: FunctionARN, name: String) {
        let (identifier, name) = try call.read { ($0.functionLabel(.function, in: call.scope), $0.aliasLabel()) }
        return (try identifier.resolveUnqualified(in: call.scope), name)
    }
}

extension InputReader {
    func aliasLabel() -> String { label("Name", length: 1...128, pattern: LambdaPatterns.alias) }
}

extension FunctionARN {
    func alias(_ name: String) -> FunctionARN {
        FunctionARN(scope: scope, name: self.name, qualifier: .alias(name))
    }
}
