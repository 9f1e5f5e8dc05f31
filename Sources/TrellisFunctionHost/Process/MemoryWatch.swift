import NIOCore
import NIOPosix

/// Looks at the memory of the running environments of one event loop, and reports those that have more than they may.
///
/// The files are read on a thread pool. Nothing is read while every environment is frozen.
///
/// `@unchecked Sendable`: used on `eventLoop` only.
final class MemoryWatch: @unchecked Sendable {
    private struct Entry {
        var process: FunctionProcess
        var limitKilobytes: Int
        /// Called each time more is found.
        var exceeded: () -> Void
    }

    static let interval = TimeAmount.milliseconds(100)

    private let eventLoop: any EventLoop
    private let threadPool: NIOThreadPool
    private var entries: [ObjectIdentifier: Entry] = [:]
    private var isWatching = false

    init(eventLoop: any EventLoop, threadPool: NIOThreadPool) {
        self.eventLoop = eventLoop
        self.threadPool = threadPool
    }

    func add(_ process: FunctionProcess, limitMB: Int, exceeded: @escaping () -> Void) {
        entries[ObjectIdentifier(process)] = Entry(
            process: process, limitKilobytes: limitMB * 1_024, exceeded: exceeded)
        wakeUp()
    }

    func remove(_ process: FunctionProcess) { entries[ObjectIdentifier(process)] = nil }

    /// There is something to watch again.
    func wakeUp() {
        guard !isWatching else { return }
        isWatching = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.interval) { [weak self] in
            guard let self else { return }
            look()
        }
    }

    private func look() {
        isWatching = false
        let watched = entries.values.filter { $0.process.id != nil && !$0.process.isFrozen }
        guard !watched.isEmpty else { return }
        isWatching = true
        let roots = watched.map { (process: $0.process.id ?? 0, limit: $0.limitKilobytes) }
        threadPool.runIfActive(eventLoop: eventLoop) {
            roots.map { root in
                var memory = ProcessMemory.below(root.process)
                if memory.kilobytes > root.limit {
                    // Memory that processes share may have been counted more than once.
                    let precise = ProcessMemory.proportionalKilobytes(below: root.process)
                    if precise > 0 { memory.kilobytes = precise }
                }
                return memory
            }
        }
        .assumeIsolated().whenSuccess { [self] readings in
            isWatching = false
            for (entry, memory) in zip(watched, readings) where entry.process.id != nil {
                entry.process.note(memory, now: .now())
                if memory.kilobytes > entry.limitKilobytes { entry.exceeded() }
            }
            wakeUp()
        }
    }
}
