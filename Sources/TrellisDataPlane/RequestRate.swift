import NIOCore
import Synchronization
import TrellisRouting

/// How many requests one service gets in a second, over all event loops.
///
/// Each request moves a clock on by its share of a second; the clock may be ahead of the real one by a second. So a
/// second's requests may come at once, and the rate holds from then on. There is no lock and no timer.
///
/// - Source: reference table "Data-plane limits", request rate. The method is the generic cell rate algorithm.
final class RequestRate: Sendable {
    private let clock = Atomic<UInt64>(0)
    private let share: UInt64

    /// - Parameter perSecond: At least 1.
    init(perSecond: Int) {
        share = Self.second / UInt64(max(1, perSecond))
    }

    private static let second: UInt64 = 1_000_000_000

    /// - Returns: Whether the service may have one more request now.
    func take(_ now: NIODeadline) -> Bool {
        let latest = now.uptimeNanoseconds &+ Self.second
        var current = clock.load(ordering: .relaxed)
        while true {
            let next = max(current, now.uptimeNanoseconds) &+ share
            guard next <= latest else { return false }
            let (exchanged, original) = clock.weakCompareExchange(
                expected: current, desired: next, ordering: .relaxed)
            if exchanged { return true }
            current = original
        }
    }
}

/// The rates of all services, which every event loop asks for once for each service.
final class RequestRates: Sendable {
    /// Event loops keep the rates; see `LoopRequestRates`.
    private struct Entry {
        weak var rate: RequestRate?
    }

    private let perSecond: Int
    private let entries = Mutex<[SlotIdentity: Entry]>([:])

    init(perSecond: Int) {
        self.perSecond = perSecond
    }

    func rate(of service: SlotIdentity) -> RequestRate {
        entries.withLock { entries in
            if let rate = entries[service]?.rate { return rate }
            // Services that no event loop remembers are gone.
            entries = entries.filter { $0.value.rate != nil }
            let rate = RequestRate(perSecond: perSecond)
            entries[service] = Entry(rate: rate)
            return rate
        }
    }
}

/// The rates that one event loop has asked for, by the slots of services.
///
/// Used on that loop only.
struct LoopRequestRates {
    private struct Slot {
        let identity: SlotIdentity
        let rate: RequestRate
    }

    private var slots: [Slot?] = []

    /// - Returns: Whether the service may have one more request now.
    mutating func take(_ service: CompiledService, _ rates: RequestRates, now: NIODeadline) -> Bool {
        let identity = service.slot
        while identity.index >= slots.count { slots.append(nil) }
        if let slot = slots[identity.index], slot.identity == identity { return slot.rate.take(now) }
        let rate = rates.rate(of: identity)
        slots[identity.index] = Slot(identity: identity, rate: rate)
        return rate.take(now)
    }
}
