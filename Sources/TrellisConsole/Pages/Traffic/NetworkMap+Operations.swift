import TrellisAPI
import TrellisModel
import TrellisTraffic

/// Reads a ``NetworkMap`` by the operations of the API; what one page shows is bounded.
struct NetworkMapReader {
    static let servicesPerPage = 10
    static let vpcLimit = 20
    static let listenerLimit = 10
    static let ruleLimit = 20
    static let targetLimit = 20

    var operations: Operations

    /// - Parameter token: Of the services' page; `nil` for the first one.
    func read(_ identifier: String, after token: String?) async throws -> NetworkMap {
        let network = try await operations.call(.lattice, "GET", ["servicenetworks", identifier])
        guard let id = network["id"]?.text.flatMap({ ServiceNetworkID($0) }) else { throw Unreadable() }
        var map = NetworkMap(network: id, name: network["name"]?.text ?? "", vpcs: [], services: [], groups: [])
        let vpcs = try await page(["servicenetworkvpcassociations"], of: id, limit: Self.vpcLimit, after: nil)
        map.vpcs = vpcs.items.compactMap { $0["vpcId"]?.text }
        map.vpcsOmitted = vpcs.next == nil ? 0 : 1
        let services = try await page(
            ["servicenetworkserviceassociations"], of: id, limit: Self.servicesPerPage, after: token)
        map.next = services.next
        for association in services.items {
            guard let service = association["serviceId"]?.text.flatMap({ ServiceID($0) }) else { continue }
            map.services.append(
                NetworkMap.Service(
                    id: service, name: association["serviceName"]?.text ?? service.rawValue,
                    status: association["status"]?.text ?? "", listeners: try await listeners(of: service)))
        }
        map.groups = try await groups(of: map.services)
        return map
    }

    private struct Unreadable: Error {}

    private func page(
        _ path: [String], of network: ServiceNetworkID, limit: Int, after token: String?
    ) async throws -> (items: [JSONValue], next: String?) {
        let answer = try await operations.call(
            .lattice, "GET", path,
            query: [
                "serviceNetworkIdentifier": network.rawValue, "maxResults": String(limit), "nextToken": token,
            ])
        return (answer["items"]?.elements ?? [], answer["nextToken"]?.text)
    }

    private func listeners(of service: ServiceID) async throws -> [NetworkMap.Listener] {
        let path = ["services", service.rawValue, "listeners"]
        let found: JSONValue
        do {
            found = try await operations.call(
                .lattice, "GET", path, query: ["maxResults": String(Self.listenerLimit)])
        } catch {
            guard error.isGone else { throw error }
            return []
        }
        var listeners: [NetworkMap.Listener] = []
        for item in found["items"]?.elements ?? [] {
            guard let id = item["id"]?.text.flatMap({ ListenerID($0) }) else { continue }
            var listener = NetworkMap.Listener(
                id: id, title: "\(item["protocol"]?.text ?? "") \(item["port"]?.integer ?? 0)")
            try await readRules(of: &listener, path + [id.rawValue, "rules"])
            listeners.append(listener)
        }
        return listeners
    }

    private func readRules(of listener: inout NetworkMap.Listener, _ path: [String]) async throws {
        let found = try await operations.call(.lattice, "GET", path, query: ["maxResults": "100"])
        let items = (found["items"]?.elements ?? []).sorted { left, right in
            (left["priority"]?.integer ?? .max) < (right["priority"]?.integer ?? .max)
        }
        // The default action has its place also where there are many rules.
        let shown = items.filter { !$0.isDefaultRule }.prefix(Self.ruleLimit) + items.filter(\.isDefaultRule)
        listener.omitted = items.count - shown.count
        for item in shown {
            guard let text = item["id"]?.text, let id = RuleID(text) else { continue }
            let rule = try await operations.call(.lattice, "GET", path + [text])
            listener.rules.append(NetworkMap.Rule(id, rule, isDefault: item.isDefaultRule))
        }
    }

    private func groups(of services: [NetworkMap.Service]) async throws -> [NetworkMap.TargetGroup] {
        var groups: [NetworkMap.TargetGroup] = []
        var known: Set<TargetGroupID> = []
        for rule in services.flatMap(\.listeners).flatMap(\.rules) {
            for weighted in rule.groups where known.insert(weighted.id).inserted {
                groups.append(try await group(weighted.id))
            }
        }
        return groups
    }

    private func group(_ id: TargetGroupID) async throws -> NetworkMap.TargetGroup {
        var group = NetworkMap.TargetGroup(id: id, name: id.rawValue, type: "")
        do {
            let record = try await operations.call(.lattice, "GET", ["targetgroups", id.rawValue])
            group.name = record["name"]?.text ?? id.rawValue
            group.type = record["type"]?.text ?? ""
            let targets = try await operations.call(
                .lattice, "POST", ["targetgroups", id.rawValue, "listtargets"],
                query: ["maxResults": String(Self.targetLimit)], .object([:]))
            group.targets = (targets["items"]?.elements ?? []).map { NetworkMap.Target($0, type: group.type) }
            group.omitted = targets["nextToken"]?.text == nil ? 0 : 1
        } catch {
            guard error.isGone else { throw error }
        }
        return group
    }
}

extension OperationFailure {
    /// Deleted meanwhile, or of another account.
    fileprivate var isGone: Bool { status == 404 || status == 403 }
}

extension JSONValue {
    fileprivate var isDefaultRule: Bool { self["isDefault"] == .boolean(true) }
}

extension NetworkMap.Target {
    fileprivate init(_ target: JSONValue, type: String) {
        let id = target["id"]?.text ?? ""
        let status = target["status"]?.text ?? ""
        if type == "LAMBDA" {
            // arn:aws:lambda:us-east-1:123456789012:function:name:alias
            let parts = id.split(separator: ":", omittingEmptySubsequences: false)
            self.init(id: id, name: parts.count > 6 ? parts[6...].joined(separator: ":") : id, status: status)
        } else {
            let address = id.contains(":") ? "[\(id)]" : id
            let name = target["port"]?.integer.map { "\(address):\($0)" } ?? address
            self.init(id: name, name: name, status: status)
        }
    }
}

extension NetworkMap.Rule {
    init(_ id: RuleID, _ rule: JSONValue, isDefault: Bool) {
        self.id = id
        name = isDefault ? "Default action" : rule["name"]?.text ?? id.rawValue
        match = isDefault ? "everything else" : Self.words(rule["match"]?["httpMatch"])
        statusCode = rule["action"]?["fixedResponse"]?["statusCode"]?.integer
        let groups = (rule["action"]?["forward"]?["targetGroups"]?.elements ?? []).compactMap { group in
            group["targetGroupIdentifier"]?.text.flatMap { TargetGroupID($0) }.map {
                ($0, group["weight"]?.integer ?? 100)
            }
        }
        let total = groups.reduce(0) { $0 + max(0, $1.1) }
        self.groups = groups.map { group, weight in
            NetworkMap.WeightedGroup(id: group, share: total > 0 ? (max(0, weight) * 100 + total / 2) / total : 0)
        }
    }

    /// For example `GET /orders… x-env=blue`.
    private static func words(_ match: JSONValue?) -> String {
        func comparison(_ value: JSONValue?, _ exact: String) -> String {
            if let text = value?["exact"]?.text { return exact + text }
            if let text = value?["prefix"]?.text { return "\(exact)\(text)…" }
            return value?["contains"]?.text.map { "\(exact)…\($0)…" } ?? exact
        }
        let parts: [String?] =
            [
                match?["method"]?.text,
                match?["pathMatch"].map { comparison($0["match"], "") },
            ]
            + (match?["headerMatches"]?.elements ?? []).map { header in
                comparison(header["match"], "\(header["name"]?.text ?? "")=")
            }
        let words = parts.compactMap(\.self).joined(separator: " ")
        return words.isEmpty ? "everything" : words
    }
}
