import TrellisAPI
import TrellisModel

/// A layer as a request names it: by its name in the caller's account and Region, or by ARN.
struct LayerIdentifier {
    private var text: String

    init(_ reader: InputReader) {
        text = reader.label("LayerName", length: 1...140, pattern: LambdaPatterns.layerName)
    }

    /// - Returns: `nil` for a layer that cannot be: in another Region, or with a name that is too long.
    func resolve(in scope: Scope) -> LayerARN? {
        guard let colon = text.lastIndex(of: ":") else {
            return LayerName(text).map { LayerARN(scope: scope, name: $0) }
        }
        guard let arn = ARN(text), let owner = arn.scope, owner.region == scope.region,
            let name = LayerName(String(text[text.index(after: colon)...]))
        else { return nil }
        return LayerARN(scope: owner, name: name)
    }

    /// For operations that change a layer.
    ///
    /// - Throws: ``LambdaError`` also for the layer of another account.
    func resolveOwn(in scope: Scope) throws(LambdaError) -> LayerARN {
        guard let layer = resolve(in: scope) else { throw .resourceNotFound }
        guard layer.scope == scope else { throw .otherAccount }
        return layer
    }
}

/// The version of a layer that the path of a request names.
struct LayerVersionIdentifier {
    private var layer: LayerIdentifier
    private var version: Int

    init(_ reader: InputReader) {
        layer = LayerIdentifier(reader)
        version = reader.labelInteger("VersionNumber")
    }

    /// - Throws: ``LambdaError`` for a number below 1.
    func resolve(in scope: Scope) throws(LambdaError) -> LayerVersionARN? {
        guard version >= 1 else { throw .layerVersionBelowOne }
        return layer.resolve(in: scope).map { LayerVersionARN(layer: $0, version: version) }
    }

    /// For operations that change a version's policy or delete it.
    func resolveOwn(in scope: Scope) throws(LambdaError) -> LayerVersionARN {
        guard version >= 1 else { throw .layerVersionBelowOne }
        return LayerVersionARN(layer: try layer.resolveOwn(in: scope), version: version)
    }
}
