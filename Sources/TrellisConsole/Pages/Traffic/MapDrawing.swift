import TrellisModel
import TrellisTraffic

/// A ``NetworkMap`` as a drawing, and the same as a list.
struct MapDrawing {
    var map: NetworkMap
    var traffic: EdgeTraffic

    // MARK: Drawing

    var drawing: HTML {
        let layout = MapLayout(map)
        let heads = MapLayout.Column.allCases.map { column -> HTML in
            "<text class=\"head\" x=\"\(column.x)\" y=\"24\">\(column.title)</text>\n"
        }
        return """
            <div class="scroll map" role="region" aria-label="Map of \(map.name)" tabindex="0">
            <svg width="\(layout.width)" height="\(layout.height)" viewBox="0 0 \(layout.width) \(layout.height)" \
            role="group" aria-label="The way of requests through \(map.name); the list below says the same">
            \(heads)\(layout.edges.map(line))\(layout.nodes.map(box))\(layout.edges.map(label))
            </svg></div>
            """
    }

    private func line(_ edge: MapLayout.Edge) -> HTML {
        let start = edge.from.column.x + MapLayout.boxWidth
        let end = edge.to.column.x
        let middle = (start + end) / 2
        let path =
            "M\(start) \(edge.from.y) C\(middle) \(edge.from.y) \(middle) \(edge.to.y) \(end) \(edge.to.y)"
        return "<path class=\"\(Self.state(traffic[edge.edge]))\" data-edge=\"\(edge.edge.key)\" d=\"\(path)\"/>\n"
    }

    private func label(_ edge: MapLayout.Edge) -> HTML {
        let x = edge.labelAtStart ? edge.from.column.x + MapLayout.boxWidth + 6 : edge.to.column.x - 6
        let y = (edge.labelAtStart ? edge.from.y : edge.to.y) - 5
        let anchor = edge.labelAtStart ? "start" : "end"
        return """
            <text class="rate \(Self.state(traffic[edge.edge]))" x="\(x)" y="\(y)" text-anchor="\(anchor)" \
            data-rate="\(edge.edge.key)">\(RateText.edge(traffic[edge.edge]))</text>

            """
    }

    private func box(_ node: MapLayout.Node) -> HTML {
        let x = node.column.x
        let y = node.y - MapLayout.boxHeight / 2
        let content: HTML = """
            <rect x="\(x)" y="\(y)" width="\(MapLayout.boxWidth)" height="\(MapLayout.boxHeight)" rx="4"/>\
            <text x="\(x + 8)" y="\(y + (node.detail.isEmpty ? 25 : 17))">\(Self.shortened(node.title, to: 18))</text>\
            \(node.detail.isEmpty ? .empty : detail(node, x, y))<title>\(node.title) \(node.detail)</title>
            """
        guard let path = node.path else { return "<g class=\"node\">\(content)</g>\n" }
        return "<a class=\"node\" href=\"\(path)\">\(content)</a>\n"
    }

    private func detail(_ node: MapLayout.Node, _ x: Int, _ y: Int) -> HTML {
        "<text class=\"detail\" x=\"\(x + 8)\" y=\"\(y + 33)\">\(Self.shortened(node.detail, to: 19))</text>"
    }

    /// `idle`, `busy` or `failing`: how an edge looks.
    static func state(_ rate: TrafficRate) -> String {
        rate.requestsPerSecond <= 0 ? "idle" : rate.errorsPerSecond > 0 ? "failing" : "busy"
    }

    private static func shortened(_ text: String, to length: Int) -> String {
        text.count > length ? "\(text.prefix(length - 1))…" : text
    }

    // MARK: List

    var list: HTML {
        let vpcs = map.vpcs.map { vpc -> HTML in "<li>\(vpc)\(rate(.vpc(vpc)))</li>" }
        return """
            <ul class="tree">
            <li>VPCs<ul>\(vpcs.isEmpty ? ["<li class=\"empty\">none is associated</li>"] : vpcs)\
            \(map.vpcsOmitted > 0 ? "<li class=\"empty\">and more</li>" : .empty)</ul></li>
            <li>Services<ul>\(map.services.isEmpty
                ? ["<li class=\"empty\">none is associated</li>"] : map.services.map(service))</ul></li>
            </ul>
            """
    }

    private func service(_ service: NetworkMap.Service) -> HTML {
        let link = HTML.link(service.name, to: ConsolePath.make("services", service.id.rawValue, "traffic"))
        return "<li>\(link)\(rate(.service(service.id)))<ul>\(service.listeners.map(listener))</ul></li>\n"
    }

    private func listener(_ listener: NetworkMap.Listener) -> HTML {
        let more: HTML = listener.omitted > 0 ? "<li class=\"empty\">and \(listener.omitted) more rules</li>" : .empty
        return """
            <li>\(listener.title)\(rate(.listener(listener.id)))<ul>\(listener.rules.map(rule))\(more)</ul></li>

            """
    }

    private func rule(_ rule: NetworkMap.Rule) -> HTML {
        let action: HTML =
            rule.statusCode.map { "<ul><li>fixed response \($0)</li></ul>" }
            ?? "<ul>\(rule.groups.map { group($0, of: rule) })</ul>"
        return "<li>\(rule.name): <code>\(rule.match)</code>\(rate(.rule(rule.id)))\(action)</li>\n"
    }

    private func group(_ weighted: NetworkMap.WeightedGroup, of rule: NetworkMap.Rule) -> HTML {
        let group = map.groups.first { $0.id == weighted.id }
        let link = HTML.link(
            group?.name ?? weighted.id.rawValue, to: ConsolePath.make("target-groups", weighted.id.rawValue, "traffic"))
        let targets = (group?.targets ?? []).map { target -> HTML in
            "<li>\(target.name) \(HTML.status(target.status))\(rate(.target(weighted.id, target: target.id)))</li>"
        }
        let share: HTML = rule.groups.count > 1 ? " \(weighted.share) %" : .empty
        return """
            <li>\(link)\(share)\(rate(.targetGroup(rule.id, weighted.id)))\
            <ul>\(targets.isEmpty ? ["<li class=\"empty\">no target</li>"] : targets)\
            \((group?.omitted ?? 0) > 0 ? "<li class=\"empty\">and more targets</li>" : .empty)</ul></li>

            """
    }

    private func rate(_ edge: TrafficEdge) -> HTML {
        """
         <span class="rate \(Self.state(traffic[edge]))" data-rate="\(edge.key)">\(RateText.edge(traffic[edge]))</span>
        """
    }
}
