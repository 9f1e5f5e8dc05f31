import Synchronization
import TrellisModel
import TrellisTraffic

/// A clock that stands where the test puts it.
final class HeldClock: WallClock {
    private let time = Mutex(Timestamp(millisecondsSinceEpoch: 1_700_000_040_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(seconds: Int64) { time.withLock { $0 = $0.advanced(by: .seconds(seconds)) } }
}

/// Hands out what the test has put in, and remembers what it was asked for.
final class ScriptedTraffic: TrafficSource {
    struct State {
        var totals: [TrafficSubject: TrafficCounts] = [:]
        var slices: [TrafficSlice] = []
        var isWatched = false
        var takes = 0
        var captured: [Set<ServiceID>] = []
    }

    let state = Mutex(State())

    func totals() async -> [TrafficSubject: TrafficCounts] { state.withLock { $0.totals } }

    func takeSlice(goesOn: Bool) async -> TrafficSlice {
        state.withLock { state in
            state.takes += 1
            state.isWatched = goesOn
            return state.slices.isEmpty ? TrafficSlice() : state.slices.removeFirst()
        }
    }

    func capture(_ services: Set<ServiceID>) async { state.withLock { $0.captured.append(services) } }
}

func id<Kind: ResourceKind>(_ number: Int) -> ResourceID<Kind> {
    let digits = String(number)
    guard let id = ResourceID<Kind>("\(Kind.idPrefix)-" + String(repeating: "0", count: 17 - digits.count) + digits)
    else { preconditionFailure("a constant of the tests is malformed") }
    return id
}

func counts(_ requests: Int, status: Int = 200, milliseconds: Int64 = 1) -> TrafficCounts {
    var counts = TrafficCounts()
    for _ in 0..<requests { counts.add(status: status, nanoseconds: milliseconds * 1_000_000) }
    return counts
}

func path(
    network: Int = 1, service: Int = 1, rule: Int? = 1, group: Int? = 1, target: String? = "f"
) -> TrafficPath {
    TrafficPath(
        vpc: "vpc-1", network: id(network), service: id(service), listener: id(service), rule: rule.map { id($0) },
        targetGroup: group.map { id($0) }, target: target)
}
