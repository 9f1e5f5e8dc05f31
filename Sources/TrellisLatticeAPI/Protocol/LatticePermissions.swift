import TrellisAPI
import TrellisModel
import TrellisStore

/// The permissions that the operations need; an operation's name, method and path say it all.
///
/// The action is the operation's name. The resource is the path with its ids, `service/svc-…/listener/listener-…`; what
/// is about to be made has `*` for its id, and lists are about `*`.
///
/// - Source: reference lattice.md §2.4.
enum LatticePermissions {
    private static let operations: [String: any LatticeOperation.Type] = Dictionary(
        LatticeOperations.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    static func permissions(for call: APICall, in context: LatticeContext) async throws -> [Permission] {
        guard let operation = operations[call.operation] else { return [] }
        let resource = resource(of: operation, call)
        let keys = LatticeConditionKeys(of: call)
        func permission(_ action: String, on resource: String, more: [String: [String]] = [:]) async -> Permission {
            let stored = await LatticeConditionKeys.stored(of: resource, call, in: context.reader)
            return Permission(
                "\(LatticeAPI.signingName):\(action)", on: resource,
                keys: stored.merging(keys.values) { $1 }.merging(more) { $1 })
        }
        guard call.operation != BatchUpdateRule.name else {
            var permissions: [Permission] = []
            for rule in rules(of: call, in: resource) {
                permissions.append(await permission(UpdateRule.name, on: rule))
            }
            return permissions
        }
        var permissions = [await permission(call.operation, on: resource)]
        for end in ends(of: call, keys) { permissions.append(await permission(call.operation, on: end)) }
        if call.operation != TagResource.name, keys.hasRequestTags {
            permissions.append(
                await permission(
                    TagResource.name, on: resource, more: ["vpc-lattice:createaction": [call.operation]]))
        }
        return permissions + (try await furtherPermissions(for: call, in: context))
    }

    /// What a new association is between; the caller needs the permission on each.
    ///
    /// - Source: the resource types of the actions in the Service Authorization Reference.
    private static func ends(of call: APICall, _ keys: LatticeConditionKeys) -> [String] {
        let names =
            switch call.operation {
            case CreateServiceNetworkServiceAssociation.name: ["servicenetworkarn", "servicearn"]
            case CreateServiceNetworkVpcAssociation.name: ["servicenetworkarn"]
            case CreateServiceNetworkResourceAssociation.name: ["servicenetworkarn", "resourceconfigurationarn"]
            default: [String]()
            }
        return names.flatMap { keys.values["vpc-lattice:\($0)"] ?? [] }
    }

    /// Each rule of a batch by itself, so that a policy about one rule holds here too.
    private static func rules(of call: APICall, in all: String) -> [String] {
        guard case .array(let rules)? = call.jsonMembers["rules"] else { return [all] }
        let ids = rules.compactMap { $0["ruleIdentifier"]?.text }
        return ids.isEmpty ? [all] : ids.map { "\(all.dropLast())\(lastPart(of: ARN($0)?.resource ?? $0))" }
    }

    // MARK: What it is about

    private static func resource(of operation: any LatticeOperation.Type, _ call: APICall) -> String {
        if let arn = call.labels["resourceArn"] { return arn }
        if let id = call.labels["resourceIdentifier"] { return resource(withPolicy: id, call) }
        var scope = call.scope
        var parts: [String] = []
        var isCollection = false
        for segment in operation.path.split(separator: "/") {
            if segment.hasPrefix("{"), let label = call.labels[String(segment.dropFirst().dropLast())] {
                let arn = ARN(label)
                // The resource may be one that another account shares.
                if let owner = arn?.scope { scope = owner }
                parts.append(arn.map { lastPart(of: $0.resource) } ?? label)
                isCollection = false
            } else if segment.hasSuffix("targets") {
                // `registertargets` and the like: about the target group.
                isCollection = false
            } else {
                parts.append(String(segment.dropLast()))
                isCollection = true
            }
        }
        if isCollection {
            if operation.method == "GET" { return "*" }
            parts.append("*")
        }
        return arn(parts.joined(separator: "/"), in: scope)
    }

    private static func resource(withPolicy id: String, _ call: APICall) -> String {
        if ARN(id) != nil { return id }
        return switch PolicyResource(id: id) {
        case .serviceNetwork(let id)?: call.scope.arn(id)
        case .service(let id)?: call.scope.arn(id)
        case .resourceConfiguration(let id)?: call.scope.arn(id)
        case nil: "*"
        }
    }

    static func arn(_ tail: String, in scope: Scope) -> String {
        "arn:\(ARN.partition):\(LatticeAPI.signingName):\(scope.region):\(scope.account):\(tail)"
    }

    private static func lastPart(of resource: String) -> String {
        resource.split(separator: "/").last.map(String.init) ?? resource
    }
}
