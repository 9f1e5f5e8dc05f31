import Testing
import TrellisAPI
import TrellisModel
import TrellisTraffic

@testable import TrellisConsole

@Suite struct MapTests {
    private func rule(_ number: Int, groups: [Int] = [], status: Int? = nil) -> NetworkMap.Rule {
        var rule = NetworkMap.Rule(trafficID(number), .object([:]), isDefault: number == 9)
        rule.groups = groups.map { NetworkMap.WeightedGroup(id: trafficID($0), share: 100 / groups.count) }
        rule.statusCode = status
        return rule
    }

    private func map(_ services: [NetworkMap.Service], groups: [Int: [String]] = [:]) -> NetworkMap {
        NetworkMap(
            network: trafficID(1), name: "net", vpcs: ["vpc-1", "vpc-2"], services: services,
            groups: groups.sorted { $0.key < $1.key }.map { number, targets in
                NetworkMap.TargetGroup(
                    id: trafficID(number), name: "group-\(number)", type: "LAMBDA",
                    targets: targets.map { NetworkMap.Target(id: $0, name: $0, status: "ACTIVE") })
            })
    }

    private var shop: NetworkMap {
        map(
            [
                NetworkMap.Service(
                    id: trafficID(1), name: "shop", status: "ACTIVE",
                    listeners: [
                        NetworkMap.Listener(
                            id: trafficID(1), title: "HTTP 80",
                            rules: [rule(1, groups: [1]), rule(2, groups: [1, 2, 3]), rule(9, status: 404)])
                    ]),
                NetworkMap.Service(id: trafficID(2), name: "empty", status: "ACTIVE"),
            ], groups: [1: [shopFunction], 2: [], 3: ["a", "b"]])
    }

    @Test func nothingOverlaps() {
        let layout = MapLayout(shop)
        for column in MapLayout.Column.allCases {
            let rows = layout.nodes.filter { $0.column == column }.map(\.y).sorted()
            for (above, below) in zip(rows, rows.dropFirst()) { #expect(below - above > MapLayout.boxHeight) }
            #expect(
                rows.allSatisfy { $0 - MapLayout.boxHeight / 2 > 24 && $0 + MapLayout.boxHeight / 2 < layout.height })
        }
        // Numbers of edges that begin at one box stand below each other.
        let starts = layout.edges.filter(\.labelAtStart).map { [$0.from.column.rawValue, $0.from.y] }
        #expect(Set(starts).count == starts.count)
    }

    @Test func everyEdgeOfTheMapIsDrawnOnce() {
        let layout = MapLayout(shop)
        #expect(layout.edges.count == shop.edges.count)
        #expect(Set(layout.edges.map(\.edge)) == Set(shop.edges))
        #expect(layout.edges.allSatisfy { $0.from.column.rawValue + 1 == $0.to.column.rawValue })
    }

    @Test func anEmptyNetworkIsDrawnToo() {
        var empty = map([])
        empty.vpcs = []
        let layout = MapLayout(empty)
        #expect(layout.nodes.map(\.column) == [.network])
        #expect(layout.height > 0)
        #expect(MapDrawing(map: empty, traffic: EdgeTraffic(seconds: 1)).list.text.contains("none is associated"))
    }

    @Test func numbersStandAtTheirEdgesInTheDrawingAndInTheList() {
        var traffic = EdgeTraffic(seconds: 10)
        traffic.add(trafficCounts(42), by: shopPath())
        traffic.add(trafficCounts(5, status: 500), by: shopPath(rule: 2, group: 2, target: nil))
        let drawing = MapDrawing(map: shop, traffic: traffic)
        let group = #"data-rate="rule-00000000000000001/tg-00000000000000001">4.2/s · 4 ms<"#
        let failing = #"class="rate failing""#
        for html in [drawing.drawing.text, drawing.list.text] {
            #expect(html.contains(group))
            #expect(html.contains(#"data-rate="tg-00000000000000001/\#(shopFunction)">4.2/s · 4 ms<"#))
            #expect(html.contains(#"data-rate="rule-00000000000000009">0/s<"#))
            #expect(html.contains(failing))
            #expect(html.contains(" · 0.5 errors/s<"))
        }
    }

    @Test func namesOfOthersAreText() {
        var hostile = shop
        hostile.services[0].name = "<script>\"'&"
        hostile.services[0].listeners[0].rules[0].match = "</text><b>"
        let drawing = MapDrawing(map: hostile, traffic: EdgeTraffic(seconds: 1))
        for html in [drawing.drawing.text, drawing.list.text] {
            #expect(!html.contains("<script>") && !html.contains("<b>"))
            #expect(html.contains("&lt;script&gt;"))
        }
    }

    @Test(arguments: [
        (#"{"httpMatch":{"method":"GET","pathMatch":{"match":{"prefix":"/orders"}}}}"#, "GET /orders…"),
        (
            #"{"httpMatch":{"pathMatch":{"match":{"exact":"/a"}},"headerMatches":[{"name":"x","match":{"exact":"1"}}]}}"#,
            "/a x=1"
        ),
        (
            #"{"httpMatch":{"headerMatches":[{"name":"x","match":{"contains":"1"}},{"name":"y","match":{"prefix":"2"}}]}}"#,
            "x=…1… y=2…"
        ),
        (#"{"httpMatch":{}}"#, "everything"), (#"null"#, "everything"), (#"{"httpMatch":7}"#, "everything"),
    ]) func matchesInWords(match: String, words: String) throws {
        let value = try JSONValue(parsing: match.utf8)
        #expect(NetworkMap.Rule(trafficID(1), .object(["match": value]), isDefault: false).match == words)
    }

    @Test func sharesAddUpAlsoWithOddWeights() throws {
        let rule = try JSONValue(
            parsing: """
                {"action":{"forward":{"targetGroups":[
                {"targetGroupIdentifier":"tg-00000000000000001","weight":1},
                {"targetGroupIdentifier":"tg-00000000000000002","weight":3},
                {"targetGroupIdentifier":"tg-00000000000000003","weight":0},
                {"targetGroupIdentifier":"nonsense","weight":9}]}}}
                """.utf8)
        #expect(NetworkMap.Rule(trafficID(1), rule, isDefault: false).groups.map(\.share) == [25, 75, 0])
    }

    @Test(arguments: [
        (0.0, "0/s"), (-1, "0/s"), (0.04, "<0.1/s"), (0.1, "0.1/s"), (1, "1/s"), (4.24, "4.2/s"), (9.96, "10/s"),
        (12.4, "12/s"), (1234.5, "1235/s"), (.infinity, "–/s"), (.nan, "–/s"), (1e300, "1000000000000/s"),
    ]) func rates(rate: Double, text: String) { #expect(RateText.perSecond(rate) == text) }

    @Test(arguments: [
        (nil, "–"), (0.0, "<1 ms"), (0.0009, "<1 ms"), (0.001, "1 ms"), (0.0124, "12 ms"), (0.9994, "999 ms"),
        (0.9996, "1 s"), (1.25, "1.3 s"), (60, "60 s"), (.infinity, "–"),
    ]) func times(seconds: Double?, text: String) { #expect(RateText.time(seconds) == text) }
}
