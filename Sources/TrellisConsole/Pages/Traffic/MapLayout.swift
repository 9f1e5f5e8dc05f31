import TrellisModel
import TrellisTraffic

/// Where the boxes and lines of a ``NetworkMap`` are, in the units of its drawing.
struct MapLayout: Hashable, Sendable {
    struct Node: Hashable, Sendable {
        var column: Column
        /// Of its middle.
        var y: Int
        var title: String
        var detail: String
        /// Of the page that says more; `nil` if there is none.
        var path: String?
    }

    struct Edge: Hashable, Sendable {
        var from: (column: Column, y: Int) { (start, startY) }
        private var start: Column
        private var startY: Int
        private var end: Column
        private var endY: Int
        var edge: TrafficEdge
        /// Where its numbers are: beside one of its ends.
        var labelAtStart: Bool
        var to: (column: Column, y: Int) { (end, endY) }

        init(_ from: (Column, Int), _ to: (Column, Int), _ edge: TrafficEdge, labelAtStart: Bool = false) {
            (start, startY) = from
            (end, endY) = to
            self.edge = edge
            self.labelAtStart = labelAtStart
        }
    }

    enum Column: Int, CaseIterable, Sendable {
        case vpcs
        case network
        case services
        case listeners
        case rules
        case groups
        case targets

        var title: String {
            switch self {
            case .vpcs: "VPCs"
            case .network: "Service network"
            case .services: "Services"
            case .listeners: "Listeners"
            case .rules: "Rules"
            case .groups: "Target groups"
            case .targets: "Targets"
            }
        }

        /// Of its left side.
        var x: Int { 10 + rawValue * (MapLayout.boxWidth + MapLayout.gap) }
    }

    static let boxWidth = 140
    static let boxHeight = 40
    static let gap = 184
    /// From one box to the next below it.
    static let step = 58
    static let top = 60

    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []
    private(set) var height = 0
    var width: Int { Column.targets.x + Self.boxWidth + 10 }

    init(_ map: NetworkMap) {
        // The middle of each rule's row; parents stand at the middle of their children.
        var nextRow = Self.top
        var rules: [(rule: NetworkMap.Rule, y: Int)] = []
        var services: [Int] = []
        for service in map.services {
            var listeners: [Int] = []
            for listener in service.listeners {
                var rows: [Int] = []
                for rule in listener.rules {
                    let y = Self.row(&nextRow, lines: rule.groups.count)
                    rows.append(y)
                    rules.append((rule, y))
                    nodes.append(Node(column: .rules, y: y, title: rule.name, detail: rule.match, path: nil))
                }
                let y = Self.middle(rows) ?? Self.row(&nextRow)
                listeners.append(y)
                let more = listener.omitted > 0 ? "\(listener.omitted) more rules" : ""
                nodes.append(Node(column: .listeners, y: y, title: listener.title, detail: more, path: nil))
                for (rule, row) in zip(listener.rules, rows) {
                    edges.append(Edge((.listeners, y), (.rules, row), .rule(rule.id)))
                }
            }
            let y = Self.middle(listeners) ?? Self.row(&nextRow)
            services.append(y)
            let path = ConsolePath.make("services", service.id.rawValue, "traffic")
            nodes.append(Node(column: .services, y: y, title: service.name, detail: service.status, path: path))
            for (listener, row) in zip(service.listeners, listeners) {
                edges.append(Edge((.services, y), (.listeners, row), .listener(listener.id)))
            }
        }
        let bottom = place(map.groups, for: rules)
        placeNetwork(map, above: services)
        height = max(nextRow, bottom, Self.top + max(1, map.vpcs.count) * Self.step) + 10
    }

    /// Target groups near the rules that name them, and their targets beside them.
    private mutating func place(
        _ groups: [NetworkMap.TargetGroup], for rules: [(rule: NetworkMap.Rule, y: Int)]
    ) -> Int {
        var next = Self.top
        for group in groups {
            let wanted = Self.middle(rules.filter { $0.rule.groups.contains { $0.id == group.id } }.map(\.y)) ?? next
            let lines = max(1, group.targets.count)
            next = max(next, wanted - lines * Self.step / 2)
            let rows = (0..<lines).map { _ in Self.row(&next) }
            let y = Self.middle(rows) ?? wanted
            let path = ConsolePath.make("target-groups", group.id.rawValue, "traffic")
            nodes.append(Node(column: .groups, y: y, title: group.name, detail: group.type, path: path))
            for (target, row) in zip(group.targets, rows) {
                nodes.append(Node(column: .targets, y: row, title: target.name, detail: target.status, path: nil))
                edges.append(Edge((.groups, y), (.targets, row), .target(group.id, target: target.id)))
            }
            for (rule, row) in rules {
                for (index, weighted) in rule.groups.enumerated() where weighted.id == group.id {
                    let offset = index * Self.lineHeight - (rule.groups.count - 1) * Self.lineHeight / 2
                    edges.append(
                        Edge((.rules, row + offset), (.groups, y), .targetGroup(rule.id, group.id), labelAtStart: true))
                }
            }
        }
        return next
    }

    private mutating func placeNetwork(_ map: NetworkMap, above services: [Int]) {
        var next = Self.top
        let vpcs = map.vpcs.map { _ in Self.row(&next) }
        let y = Self.middle(services) ?? Self.middle(vpcs) ?? Self.top + Self.step / 2
        nodes.append(
            Node(
                column: .network, y: y, title: map.name, detail: map.network.rawValue, path: nil))
        for (vpc, row) in zip(map.vpcs, vpcs) {
            nodes.append(Node(column: .vpcs, y: row, title: vpc, detail: "", path: nil))
            edges.append(Edge((.vpcs, row), (.network, y), .vpc(vpc), labelAtStart: true))
        }
        for (service, row) in zip(map.services, services) {
            edges.append(Edge((.network, y), (.services, row), .service(service.id)))
        }
    }

    /// Between two edges that begin at the same box.
    private static let lineHeight = 16

    /// The middle of the next row, which has room for so many edges.
    private static func row(_ next: inout Int, lines: Int = 1) -> Int {
        let height = max(step, lines * lineHeight + 12)
        defer { next += height }
        return next + height / 2
    }

    private static func middle(_ rows: [Int]) -> Int? {
        guard let first = rows.min(), let last = rows.max() else { return nil }
        return (first + last) / 2
    }
}
