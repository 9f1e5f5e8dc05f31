import TrellisAPI
import TrellisModel
import TrellisStore

/// The permissions that the operations need: the action is the operation's name, the resource the function, layer or
/// resource in the path.
///
/// Invocations are not here: a function's own policy has a say in them too, see ``LambdaService``.
///
/// - Source: the actions and resource types of Lambda in the Service Authorization Reference.
enum LambdaPermissions {
    static let invocations: Set<String> = ["Invoke", "InvokeWithResponseStream", "InvokeAsync"]

    static func permissions(for call: APICall, in store: any Store) async throws -> [Permission] {
        guard !invocations.contains(call.operation) else { return [] }
        let members = call.jsonMembers
        var keys: [String: [String]] = [:]
        keys.addRequestTags(members["Tags"])
        let removed = call.query.values("tagKeys")
        if !removed.isEmpty { keys["aws:tagkeys"] = removed }
        if call.operation == "AddPermission", let principal = members["Principal"]?.text {
            keys["lambda:principal"] = [principal]
        }
        let resource = resource(of: call, members)
        if let function = FunctionARN(resource) { try await keys.addTags(of: function, in: store) }
        return [Permission("lambda:\(action(of: call))", on: resource, keys: keys)] + passRole(call, members)
    }

    private static func action(of call: APICall) -> String {
        // The operation's name, but for a read that is one of another by ARN.
        call.operation == "GetLayerVersionByArn" ? "GetLayerVersion" : call.operation
    }

    private static func resource(of call: APICall, _ members: [String: JSONValue]) -> String {
        if let arn = call.labels["Resource"] { return arn }
        if let name = call.labels["FunctionName"] { return function(name, call) }
        if call.operation == "CreateFunction", let name = members["FunctionName"]?.text { return function(name, call) }
        if let layer = call.labels["LayerName"] {
            let base = ARN(layer) == nil ? arn("layer:\(layer)", call) : layer
            return call.labels["VersionNumber"].map { "\(base):\($0)" } ?? base
        }
        if let arn = call.query["Arn"] { return arn }
        return "*"
    }

    private static func function(_ text: String, _ call: APICall) -> String {
        guard
            let identifier = FunctionIdentifier(text, form: .namespaced, ownRegion: call.scope.region),
            let arn = try? identifier.resolveAcrossAccounts(from: call.scope, qualifier: nil)
        else { return "*" }
        // Actions on a version or an alias are about the function; a policy may name either with a wildcard.
        let qualifier = arn.qualifier ?? call.query["Qualifier"].flatMap(Qualifier.init)
        return FunctionARN(scope: arn.scope, name: arn.name, qualifier: qualifier).description
    }

    private static func arn(_ tail: String, _ call: APICall) -> String {
        "arn:\(ARN.partition):lambda:\(call.scope.region):\(call.scope.account):\(tail)"
    }

    /// Whoever gives a function a role must be allowed to.
    private static func passRole(_ call: APICall, _ members: [String: JSONValue]) -> [Permission] {
        guard ["CreateFunction", "UpdateFunctionConfiguration"].contains(call.operation),
            let role = members["Role"]?.text
        else { return [] }
        return [Permission("iam:PassRole", on: role, keys: ["iam:passedtoservice": ["lambda.amazonaws.com"]])]
    }
}

extension [String: [String]] {
    /// `aws:ResourceTag/…` of a function, which its versions and aliases have too; nothing for one that is not there.
    mutating func addTags(of function: FunctionARN, in store: any Store) async throws {
        let record = try await store.record(FunctionRecord.self, at: .function(function.name, in: function.scope))
        for (key, value) in record?.tags ?? [:] { self["aws:resourcetag/\(key.asciiLowercased)"] = [value] }
    }
}
