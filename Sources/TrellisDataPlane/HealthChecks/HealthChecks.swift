package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization
package import TrellisModel
package import TrellisRouting

/// Checks the targets of every INSTANCE and IP group that a rule forwards to, and tells how they are.
///
/// A target is checked as soon as it is registered, or its group begins to be used; then again and again, each time as
/// long after the last check as the group says. A target whose group is no longer used, or no longer checked, is as new.
///
/// - Source: reference section "Health checks".
package final class HealthChecks: Service {
    /// What a task is checking.
    private struct Watch: Equatable {
        let target: CompiledTarget
        let check: HealthCheck

        static func == (left: Watch, right: Watch) -> Bool {
            left.target.health === right.target.health && left.target.endpoint == right.target.endpoint
                && left.check == right.check
        }
    }

    private struct Groups {
        var byID: [TargetGroupID: CompiledTargetGroup] = [:]
        var revision = 0
    }

    private let eventLoopGroup: any EventLoopGroup
    private let configuration: DataPlaneConfiguration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let logger: Logger
    private let groups = Mutex(Groups())
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - eventLoopGroup: Where the connections of the checks live.
    ///   - configuration: Limits of what a target may answer, and how TLS is spoken.
    ///   - sleep: Between two checks of a target.
    ///   - logger: Told of every change of a target's status.
    package init(
        eventLoopGroup: any EventLoopGroup, configuration: DataPlaneConfiguration,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        logger: Logger
    ) {
        self.eventLoopGroup = eventLoopGroup
        self.configuration = configuration
        self.sleep = sleep
        self.logger = logger
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// From now on the targets of this snapshot are checked.
    package func apply(_ snapshot: Snapshot) {
        let areOthers = groups.withLock { groups in
            guard snapshot.networkRevision != groups.revision else { return false }
            for group in snapshot.networkGroups.values {
                let before = groups.byID[group.id]?.targetsWithoutAddress ?? []
                for id in group.targetsWithoutAddress where !before.contains(id) {
                    logger.warning(
                        "a registered target gets no requests: targetAddresses has no address for it",
                        metadata: ["targetGroup": "\(group.id)", "target": "\(id)"])
                }
            }
            groups = Groups(byID: snapshot.networkGroups, revision: snapshot.networkRevision)
            return true
        }
        if areOthers { changed.yield() }
    }

    /// What is known of a target.
    ///
    /// - Returns: `nil` for a target that no snapshot has yet, or that has no address.
    package func status(of id: String, port: Int, in group: TargetGroupID) -> TargetCheckStatus? {
        groups.withLock { $0.byID[group] }?.targets.first { $0.id == id && $0.endpoint.port == port }?.health.status
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                var running: [ObjectIdentifier: (watch: Watch, stop: AsyncStream<Void>.Continuation)] = [:]
                for await _ in self.changes {
                    let wanted = self.wanted()
                    for (key, task) in running where wanted[key] != task.watch {
                        task.stop.finish()
                        running[key] = nil
                    }
                    for (key, watch) in wanted where running[key] == nil {
                        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
                        running[key] = (watch, stop)
                        tasks.addTask { await self.keepChecking(watch, until: stopped) }
                    }
                }
                tasks.cancelAll()
            }
        }
    }

    private func wanted() -> [ObjectIdentifier: Watch] {
        var wanted: [ObjectIdentifier: Watch] = [:]
        for group in groups.withLock({ $0.byID }).values {
            for target in group.targets {
                if group.checksHealth, let check = group.config?.healthCheck {
                    wanted[ObjectIdentifier(target.health)] = Watch(target: target, check: check)
                } else {
                    target.health.status = .initial
                }
            }
        }
        return wanted
    }

    private func keepChecking(_ watch: Watch, until stopped: AsyncStream<Void>) async {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await self.keepChecking(watch) }
            tasks.addTask { for await _ in stopped {} }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    private func keepChecking(_ watch: Watch) async {
        var state = HealthState(watch.target.health.status)
        while !Task.isCancelled {
            let result = await probe(watch)
            // What was stopped has nothing to say any more.
            guard !Task.isCancelled else { return }
            var isSuccess = false
            if case .answered(let code) = result { isSuccess = watch.check.matcher.matches(code) }
            if state.record(success: isSuccess, by: watch.check) {
                watch.target.health.status = state.status
                logger.notice(
                    "the status of a target has changed",
                    metadata: [
                        "target": "\(watch.target.endpoint.addressAndPort)", "status": "\(state.status)",
                        "result": "\(result)",
                    ])
            }
            do {
                try await sleep(.seconds(watch.check.intervalSeconds))
            } catch {
                return
            }
        }
    }

    private func probe(_ watch: Watch) async -> ProbeResult {
        let eventLoop = eventLoopGroup.next()
        let configuration = configuration
        let made = eventLoop.submit {
            NIOLoopBound(
                HealthProbe(watch.target.endpoint, watch.check, on: eventLoop, configuration: configuration),
                eventLoop: eventLoop)
        }
        // Fails only if the event loop has been shut down.
        guard let probe = try? await made.get() else { return .failed("the event loop is shut down") }
        return await withTaskCancellationHandler {
            (try? await eventLoop.flatSubmit { probe.value.run() }.get()) ?? .failed("the event loop is shut down")
        } onCancel: {
            eventLoop.execute { probe.value.finish(.failed("cancelled")) }
        }
    }
}
