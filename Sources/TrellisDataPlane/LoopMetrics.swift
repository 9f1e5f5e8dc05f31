import NIOCore
import TrellisModel
import TrellisRouting

/// What one request adds to the counters.
struct RequestMeasurement {
    /// 0 if no answer was written.
    var status: Int
    var duration: TimeAmount
    /// Headers and body.
    var bytesReceived: Int
    /// Headers and body.
    var bytesSent: Int
    /// No answer came from the target in time.
    var timedOut: Bool
    /// Whether the target had it; then it is no longer there.
    var wasWithTarget: Bool
}

/// The counters of one event loop, by the slots of services and target groups: no lock and no hashing.
///
/// Used on that loop only. Counters of a resource that is gone are forgotten when they are next collected, or when
/// another resource gets its slot.
struct LoopMetrics {
    private struct Slot<Counters> {
        let identity: SlotIdentity
        var counters: Counters

        mutating func update(_ change: (inout Counters) -> Void) { change(&counters) }
    }

    private var services: [Slot<RequestCounters>?] = []
    private var targetGroups: [Slot<RequestCounters>?] = []
    private var targetConnections: [Slot<TargetConnectionTally>?] = []
    private var connections = ConnectionCounters()

    mutating func record(
        _ measurement: RequestMeasurement, service: CompiledService?, targetGroup: CompiledTargetGroup?
    ) {
        connections.receivedBytes &+= UInt64(clamping: measurement.bytesReceived)
        connections.sentBytes &+= UInt64(clamping: measurement.bytesSent)
        if let service {
            Self.update(&services, service.slot, id: service.id.rawValue) { $0.add(measurement) }
        } else {
            connections.requestsWithoutService &+= 1
        }
        if let targetGroup {
            Self.update(&targetGroups, targetGroup.slot, id: targetGroup.id.rawValue) {
                $0.add(measurement)
                if measurement.wasWithTarget { $0.active -= 1 }
            }
        }
    }

    mutating func recordUnreadable(bytesSent: Int) {
        connections.requestsWithoutService &+= 1
        connections.sentBytes &+= UInt64(clamping: bytesSent)
    }

    /// The target of the group has one more request.
    mutating func sentToTarget(of group: CompiledTargetGroup) {
        Self.update(&targetGroups, group.slot, id: group.id.rawValue) { $0.active += 1 }
    }

    /// A function has answered a request to the group, or nobody waits for its answer any more.
    mutating func invoked(by group: CompiledTargetGroup, _ result: InvocationResultKind) {
        Self.update(&targetGroups, group.slot, id: group.id.rawValue) { $0.addInvocation(result) }
    }

    /// Where connections to targets of the group count.
    mutating func connections(to group: CompiledTargetGroup) -> TargetConnectionTally {
        let identity = group.slot
        while identity.index >= targetConnections.count { targetConnections.append(nil) }
        if let slot = targetConnections[identity.index], slot.identity == identity { return slot.counters }
        let tally = TargetConnectionTally(group: group.id.rawValue)
        targetConnections[identity.index] = Slot(identity: identity, counters: tally)
        return tally
    }

    mutating func handshakeEnded(isEstablished: Bool) {
        if isEstablished { connections.handshakes &+= 1 } else { connections.failedHandshakes &+= 1 }
    }

    // MARK: Tunnels

    mutating func tunnelOpened(by passage: Passage) {
        update(passage) {
            $0.opened &+= 1
            $0.active += 1
        } target: {
            $0.tcp &+= 1
            $0.active += 1
        }
    }

    /// No connection to the target.
    mutating func tunnelFailed(by passage: Passage, isTimeout: Bool) {
        update(passage) {
            if isTimeout { $0.timeouts &+= 1 } else { $0.errors &+= 1 }
        } target: {
            if isTimeout { $0.timeouts &+= 1 } else { $0.errors &+= 1 }
        }
    }

    mutating func tunnelPassed(_ bytes: Int, from side: TunnelEnd.Side, by passage: Passage) {
        let bytes = UInt64(clamping: bytes)
        switch side {
        case .client:
            connections.receivedBytes &+= bytes
            update(passage) {
                $0.receivedBytes &+= bytes
            } target: {
                $0.sentBytes &+= bytes
            }
        case .target:
            connections.sentBytes &+= bytes
            update(passage) {
                $0.sentBytes &+= bytes
            } target: {
                $0.receivedBytes &+= bytes
            }
        }
    }

    mutating func tunnelClosed(by passage: Passage) {
        update(passage) {
            $0.active -= 1
        } target: {
            $0.active -= 1
        }
    }

    private mutating func update(
        _ passage: Passage, _ change: (inout TunnelCounters) -> Void,
        target: (inout TargetConnectionCounters) -> Void
    ) {
        let service = passage.route.service
        Self.update(&services, service.slot, id: service.id.rawValue) { change(&$0.tunnels) }
        target(&connections(to: passage.group).counters)
    }

    // MARK: Connections

    mutating func connectionOpened() {
        connections.opened &+= 1
        connections.active += 1
    }

    mutating func connectionClosed() { connections.active -= 1 }

    mutating func connectionRefused() { connections.refused &+= 1 }

    private static func update(
        _ slots: inout [Slot<RequestCounters>?], _ identity: SlotIdentity, id: String,
        _ change: (inout RequestCounters) -> Void
    ) {
        while identity.index >= slots.count { slots.append(nil) }
        if slots[identity.index]?.identity != identity {
            slots[identity.index] = Slot(identity: identity, counters: RequestCounters(id: id))
        }
        slots[identity.index]?.update(change)
    }

    /// Forgets what the snapshot does not have any more, and returns the rest.
    mutating func collect(_ snapshot: Snapshot) -> DataPlaneMetrics {
        Self.prune(&services) { snapshot.hasService($0) }
        Self.prune(&targetGroups) { snapshot.hasTargetGroup($0) }
        Self.prune(&targetConnections) { snapshot.hasTargetGroup($0) }
        return DataPlaneMetrics(
            services: services.compactMap { $0?.counters }, targetGroups: targetGroups.compactMap { $0?.counters },
            targetConnections: targetConnections.compactMap { $0?.counters.counters }, connections: connections)
    }

    private static func prune<Counters>(_ slots: inout [Slot<Counters>?], _ isThere: (SlotIdentity) -> Bool) {
        for index in slots.indices {
            if let slot = slots[index], !isThere(slot.identity) { slots[index] = nil }
        }
    }
}
