import TrellisModel
import TrellisTraffic

@testable import TrellisConsole

/// Traffic that is what the test says.
struct StandingTraffic: TrafficSource {
    var slice = TrafficSlice()
    var total: [TrafficSubject: TrafficCounts] = [:]

    func totals() async -> [TrafficSubject: TrafficCounts] { total }
    func takeSlice(goesOn: Bool) async -> TrafficSlice { slice }
    func capture(_ services: Set<ServiceID>) async {}
}

struct StandingClock: WallClock {
    func now() -> Timestamp { Timestamp(millisecondsSinceEpoch: 1_700_000_000_000) }
}

func trafficID<Kind: ResourceKind>(_ number: Int) -> ResourceID<Kind> {
    let digits = String(number)
    guard let id = ResourceID<Kind>("\(Kind.idPrefix)-" + String(repeating: "0", count: 17 - digits.count) + digits)
    else { preconditionFailure("a constant of the tests is malformed") }
    return id
}

func trafficCounts(_ requests: Int, status: Int = 200, milliseconds: Int64 = 3) -> TrafficCounts {
    var counts = TrafficCounts()
    for _ in 0..<requests { counts.add(status: status, nanoseconds: milliseconds * 1_000_000) }
    return counts
}

func shopPath(rule: Int = 1, group: Int? = 1, target: String? = shopFunction) -> TrafficPath {
    TrafficPath(
        vpc: "vpc-1", network: trafficID(1), service: trafficID(1), listener: trafficID(1), rule: trafficID(rule),
        targetGroup: group.map { trafficID($0) }, target: target)
}

let shopFunction = "arn:aws:lambda:us-east-1:123456789012:function:orders:live"

func trafficRecord(_ number: Int = 1) -> RequestRecord {
    RequestRecord(
        arrivedAt: StandingClock().now(), requestID: "request-\(number)", port: 80, status: 200,
        duration: .microseconds(1500), bytesReceived: 100, bytesSent: 200)
}
