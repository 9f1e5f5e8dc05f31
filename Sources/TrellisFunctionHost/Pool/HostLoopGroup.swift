import NIOCore

/// All event loops of a function host.
final class HostLoopGroup: Sendable {
    private struct Members: Sendable {
        var loops: [HostLoop]
        var byEventLoop: [ObjectIdentifier: HostLoop]
    }

    /// Set once, at the end of the initialiser.
    ///
    /// `nonisolated(unsafe)` because the loops refer back to the group; nobody else has a reference to it before that.
    private nonisolated(unsafe) var members = Members(loops: [], byEventLoop: [:])

    /// - Parameter eventLoopGroup: Has at least one loop.
    init(_ eventLoopGroup: any EventLoopGroup, services: HostServices) {
        let loops = eventLoopGroup.makeIterator().enumerated().map { index, eventLoop in
            HostLoop(index: index, eventLoop: eventLoop, services: services, group: self)
        }
        members = Members(
            loops: loops,
            byEventLoop: Dictionary(loops.map { (ObjectIdentifier($0.eventLoop), $0) }, uniquingKeysWith: { $1 }))
    }

    var loops: [HostLoop] { members.loops }

    /// The part that lives on the caller's loop, if the loop is of this host.
    func loop(of eventLoop: any EventLoop) -> HostLoop? { members.byEventLoop[ObjectIdentifier(eventLoop)] }

    /// Asks the other loops in turn to give up environments they do not use, for one that `loop` wants to start.
    func takeUnusedPlace(for loop: HostLoop, memoryMB: Int, _ body: @escaping (Bool) -> Void) {
        let answer = NIOLoopBound(body, eventLoop: loop.eventLoop)
        takeUnusedPlace(for: loop, memoryMB: memoryMB, asking: loops.filter { $0 !== loop }[...], answer)
    }

    private func takeUnusedPlace(
        for loop: HostLoop, memoryMB: Int, asking others: ArraySlice<HostLoop>,
        _ answer: NIOLoopBound<(Bool) -> Void>
    ) {
        guard let other = others.first else {
            return loop.eventLoop.execute { answer.value(false) }
        }
        other.eventLoop.execute {
            if other.makeRoom(memoryMB: memoryMB) {
                loop.eventLoop.execute { answer.value(true) }
            } else {
                self.takeUnusedPlace(for: loop, memoryMB: memoryMB, asking: others.dropFirst(), answer)
            }
        }
    }
}
