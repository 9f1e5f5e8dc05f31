import BenchmarkCounting
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// The last rule of a listener matches: all are looked at.
var ruleCases: [BenchmarkCase] {
    [10, 100, 2_000].map { count in
        BenchmarkCase(name: "match-\(count)-rules", operations: max(1, 2_000 / count), bars: [.allocations(0)]) {
            let snapshot = try Records.snapshot(Records.service(1, rules: count))
            let route = try route(in: snapshot)
            let view = HeadView(head: SampleRequest.head(tenant: count - 1))
            return PreparedOperation {
                guard case .fixedResponse(let status) = route.listener.action(for: view), status == 200 else {
                    throw Unexpected()
                }
                return status
            }
        }
    }
}

/// How far the number of services may make a lookup dearer.
private let mostGrowth = 1.3

var hostCases: [BenchmarkCase] {
    [10, 1_000, 100_000].map { count in
        BenchmarkCase(
            name: "resolve-of-\(count)-services", operations: 200,
            bars: [.allocations(0), .instructionsOf("resolve-of-10-services", times: mostGrowth)]
        ) {
            // Pages of the table differ in length: many names are asked for.
            let asked = Set((0..<50).map { 1 + $0 * count / 50 })
            let snapshot = try Records.snapshot(
                (1...count).flatMap { try asked.contains($0) ? Records.service($0) : [.putService(Records.record($0))] }
            )
            let hosts = asked.sorted().map { "service-\($0).localhost:8080" }
            return PreparedOperation {
                for index in 0..<50 { _ = try route(in: snapshot, host: hosts[index % hosts.count]) }
                return hosts.count
            }
        }
    }
}

/// A benchmark did something else than it says.
struct Unexpected: Error {}

func route(in snapshot: Snapshot, host: String = SampleRequest.host) throws -> Route {
    try snapshot.resolve(host: host, on: ListenerBinding(port: 80, protocol: .http), from: .unrestricted).get()
}
