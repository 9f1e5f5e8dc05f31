import NIOCore
import TrellisInvoke
import TrellisModel

/// Until when environments may run: their processes' credentials end, and cannot be renewed in a running process.
///
/// The wall clock decides; a timer only asks it. Used on one event loop.
final class EnvironmentAges {
    let timer: LoopTimer
    private let clock: any WallClock
    private let maximumAge: Duration
    private var ends: [Int: Timestamp] = [:]
    /// The first of ``ends``.
    private var next: Timestamp?

    init(loop: HostLoop) {
        timer = LoopTimer(eventLoop: loop.eventLoop)
        clock = loop.services.clock
        maximumAge = loop.services.configuration.maximumCredentialAge
    }

    /// An environment is made now.
    func note(_ id: Int) {
        ends[id] = clock.now().advanced(by: maximumAge)
        update()
    }

    func forget(_ id: Int) {
        guard ends.removeValue(forKey: id) != nil else { return }
        update()
    }

    /// Those that are too old, each once.
    func takeOld() -> [Int] {
        guard let next else { return [] }
        let now = clock.now()
        guard now >= next else { return [] }
        let old = ends.filter { $0.value <= now }.keys.sorted()
        for id in old { ends[id] = nil }
        update()
        return old
    }

    private func update() {
        next = ends.values.min()
        arm()
    }

    /// Sets the timer by the wall clock of now, which may have been moved since.
    func arm() {
        guard let next else { return timer.cancel() }
        timer.arm(.now() + TimeAmount(max(clock.now().duration(to: next), .zero)))
    }
}
