package import TrellisModel
package import TrellisTraffic

extension DataPlane: TrafficSource {
    package func totals() async -> [TrafficSubject: TrafficCounts] {
        let metrics = await metrics()
        var totals: [TrafficSubject: TrafficCounts] = [:]
        for service in metrics.services { totals[.service(service.id)] = TrafficCounts(service) }
        for group in metrics.targetGroups { totals[.targetGroup(group.id)] = TrafficCounts(group) }
        return totals
    }

    package func takeSlice(goesOn: Bool) async -> TrafficSlice {
        await onEachLoop { $0.traffic.take(goesOn: goesOn) }.reduce(into: TrafficSlice()) { $0.add($1) }
    }

    package func capture(_ services: Set<ServiceID>) async {
        _ = await onEachLoop { $0.traffic.captured = services }
    }
}

extension TrafficCounts {
    fileprivate init(_ counters: RequestCounters) {
        self.init()
        requests = counters.requests
        clientErrors = counters.responses[3]
        serverErrors = counters.responses[4]
        time = counters.time
    }
}
