import NIOCore
import NIOPosix
import Testing
import TrellisModel
import TrellisRouting

@testable import TrellisDataPlane

/// Connections to TLS_PASSTHROUGH listeners, byte by byte.
@Suite(.timeLimit(.minutes(2))) struct PassthroughTests {
    static let hello = HelloBytes(serverName: Site.customDomain).record

    /// A client whose first message has reached the target, and the target's side of the connection.
    private func pass(
        _ running: RunningDataPlane, to target: TargetServer, receiveBuffer: Int? = nil
    ) async throws -> (client: RawClient, connection: RawClient) {
        let client = try await running.connect(port: 443, receiveBuffer: receiveBuffer)
        try await client.send(Self.hello)
        let connection = try await target.accept()
        #expect(try await connection.skip(length: Self.hello.readableBytes))
        return (client, connection)
    }

    @Test func everyByteGoesThroughAsItComes() async throws {
        try await withPassthrough { running, target, _ in
            let client = try await running.connect(port: 443)
            // The first message comes in pieces; the target gets the whole.
            var hello = Self.hello
            while let part = hello.readSlice(length: min(50, hello.readableBytes)), part.readableBytes > 0 {
                try await client.send(part)
            }
            let connection = try await target.accept()
            #expect(try await connection.bytes(length: Self.hello.readableBytes) == Self.hello)
            try await connection.send("\u{16}\u{3} what a server says\0")
            #expect(try await client.text(length: 22) == "\u{16}\u{3} what a server says\0")
            // Neither end of a direction ends the other one.
            try await client.send("bye")
            try await client.finishSending()
            #expect(await connection.rest() == "bye")
            try await connection.send("not yet")
            #expect(try await client.text(length: 7) == "not yet")
            await connection.close()
            #expect(await client.rest() == "")

            let entry = try await running.log.next()
            #expect(entry.failureReason == nil)
            #expect(entry.bytesReceived == Self.hello.readableBytes + 3)
            #expect(entry.bytesSent == 29)
            #expect(entry.serverNameIndication == Site.customDomain)
            #expect(entry.targetIPPort == "127.0.0.1:\(target.port)")
            #expect(entry.sourceIPPort?.hasPrefix("127.0.0.1:") == true)
            #expect(entry.targetGroupARN == Site.group(1).arn)
            #expect(entry.responseCode == 0)
            #expect((entry.requestMethod, entry.protocol, entry.hostHeader) == (nil, nil, nil))
            #expect(entry.resolvedUser == nil)
            await client.close()
        }
    }

    /// The target ends its direction first; nothing that the client still sends is lost.
    @Test func whatFollowsTheTargetsEndArrives() async throws {
        try await withPassthrough { running, target, _ in
            let (client, connection) = try await pass(running, to: target)
            try await connection.finishSending()
            #expect(await client.rest() == "")
            let size = 4 << 20
            _ = client.sendLater(ByteBuffer(repeating: 0x61, count: size))
            client.finishSendingLater()
            // The data plane cannot have written it all when the client's end comes.
            for _ in 0..<20 { #expect(try await running.get(host: "nowhere").status == 404) }
            #expect(try await connection.skip(length: size))
            #expect(await connection.rest() == "")
            var entry = try await running.log.next()
            while entry.serverNameIndication == nil { entry = try await running.log.next() }
            #expect(entry.failureReason == nil)
            #expect(entry.bytesReceived == Self.hello.readableBytes + size)
            await client.close()
            await connection.close()
        }
    }

    @Test func aSlowSideHoldsTheOtherBack() async throws {
        try await withPassthrough { running, target, _ in
            let (client, connection) = try await pass(running, to: target, receiveBuffer: 65_536)
            let size = 64 << 20
            let isSent = connection.sendLater(ByteBuffer(repeating: 0x61, count: size))
            for _ in 0..<20 { #expect(try await running.get(host: "nowhere").status == 404) }
            #expect(!isSent.value)
            #expect(try await client.skip(length: size))
            #expect(isSent.value)
            let isReceived = client.sendLater(ByteBuffer(repeating: 0x62, count: size))
            for _ in 0..<20 { #expect(try await running.get(host: "nowhere").status == 404) }
            #expect(!isReceived.value)
            #expect(try await connection.skip(length: size))
            await client.close()
            await connection.close()
        }
    }

    @Test func aClientThatGoesTakesTheTargetsConnectionAlong() async throws {
        try await withPassthrough { running, target, _ in
            let (client, connection) = try await pass(running, to: target)
            await client.close()
            #expect(await connection.rest() == "")
            await connection.close()
            _ = try await running.log.next()
            let metrics = await running.dataPlane.metrics()
            #expect(metrics.connections.active == 0)
            let service = try #require(metrics.services.first?.tunnels)
            #expect((service.opened, service.active, service.errors, service.timeouts) == (1, 0, 0, 0))
            #expect((service.receivedBytes, service.sentBytes) == (UInt64(Self.hello.readableBytes), 0))
            let group = try #require(metrics.targetConnections.first)
            #expect((group.tcp, group.active, group.errors, group.timeouts) == (1, 0, 0, 0))
            #expect((group.receivedBytes, group.sentBytes) == (0, UInt64(Self.hello.readableBytes)))
        }
    }

    // MARK: Who gets where

    @Test(
        arguments: [
            (nil, 109), ("nowhere.example", 112), ("shop.localhost", 112), ("x\(Site.customDomain)", 112),
            // Ends in TLS, for which there is no certificate.
            ("other.localhost", 40),
        ] as [(String?, UInt8)])
    func namesThatAreNotPassedOn(name: String?, alert: UInt8) async throws {
        try await withPassthrough { running, target, _ in
            let client = try await running.connect(port: 443)
            try await client.send(HelloBytes(serverName: name).record)
            #expect(try await client.bytes(length: 7) == ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, alert]))
            #expect(await client.rest() == "")
            await client.close()
            // In any case of letters the custom domain is the right one.
            let another = try await running.connect(port: 443)
            try await another.send(HelloBytes(serverName: Site.customDomain.uppercased()).record)
            let connection = try await target.accept()
            await another.close()
            await connection.close()
        }
    }

    @Test func targetsTakeTurns() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let servers = [try await TargetServer(group: group), try await TargetServer(group: group)]
        try await withDataPlane(.passingOn(to: servers.map(\.port))) { running in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for server in servers {
                    tasks.addTask { for _ in 0..<3 { await (try await server.accept()).close() } }
                }
                for _ in 0..<6 {
                    let client = try await running.connect(port: 443)
                    try await client.send(Self.hello)
                    #expect(await client.rest() == "")
                    await client.close()
                }
                try await tasks.waitForAll()
            }
        }
        for server in servers { await server.close() }
    }

    @Test func aTargetThatIsNotThere() async throws {
        try await withPassthrough { running, target, _ in
            await target.close()
            #expect(await RawClient.isRefused(at: target.port, group: running.group))
            let client = try await running.connect(port: 443)
            try await client.send(Self.hello)
            #expect(try await client.bytes(length: 7) == ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, 80]))
            #expect(await client.rest() == "")
            let entry = try await running.log.next()
            #expect(entry.failureReason == .targetConnectionError)
            #expect(entry.targetIPPort == nil)
            #expect(entry.targetGroupARN == Site.group(1).arn)
            #expect(await running.dataPlane.metrics().targetConnections.first?.errors == 1)
            #expect(await running.dataPlane.metrics().services.first?.tunnels.errors == 1)
            await client.close()
        }
    }

    @Test(arguments: [
        [RecordChange.putTarget(Site.address(port: 1, draining: true))],
        [.putListener(Site.passthrough(Site.forward((1, 0))))],
        [.putListener(Site.passthrough(.fixedResponse(statusCode: 404)))],
        [.putTargetGroup(Site.networkGroup())],
    ])
    func noTarget(changes: [RecordChange]) async throws {
        var site = Site.passingOn(to: [1])
        site.apply(changes)
        try await withDataPlane(site) { running in
            let client = try await running.connect(port: 443)
            try await client.send(Self.hello)
            #expect(try await client.bytes(length: 7) == ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, 80]))
            #expect(try await running.log.next().failureReason == .targetConnectionError)
            await client.close()
        }
    }

    @Test func clientsFromOutsideFindNothing() async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.sourceVPCs = try SourceVPCMap([("10.0.0.0/8", Site.vpc)])
        try await withPassthrough(configuration: configuration) { running, _, _ in
            let client = try await running.connect(port: 443)
            try await client.send(Self.hello)
            #expect(try await client.bytes(length: 7) == ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, 112]))
            await client.close()
        }
    }

    // MARK: Policies

    @Test(arguments: [
        (#"{"Effect":"Allow","Principal":"*","Action":"vpc-lattice-svcs:Connect","Resource":"*"}"#, true),
        (#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"\#(AuthorizationTests.serviceARN)/*"}"#, true),
        (
            #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","#
                + #""Condition":{"StringEquals":{"vpc-lattice-svcs:Port":"443","aws:PrincipalType":"Anonymous"}}}"#,
            true
        ),
        (#"{"Effect":"Allow","Principal":"*","Action":"vpc-lattice-svcs:Invoke","Resource":"*"}"#, false),
        (
            #"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","#
                + #""Condition":{"StringLike":{"vpc-lattice-svcs:RequestPath":"*"}}}"#,
            false
        ),
        (
            #"{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}"#, false
        ),
    ])
    func policiesSeeAnonymousCallers(statement: String, isAllowed: Bool) async throws {
        try await withPassthrough { running, target, site in
            var site = site
            var service = Site.service(1, name: "shop", customDomain: Site.customDomain)
            service.authType = .awsIAM
            site.apply([
                .putService(service),
                .putAuthPolicy(AuthorizationTests.policy(statement, of: .service(Site.id(1)))),
            ])
            await running.dataPlane.apply(site.snapshot)
            let client = try await running.connect(port: 443)
            try await client.send(Self.hello)
            if isAllowed {
                let connection = try await target.accept()
                await connection.close()
                #expect(await client.rest() == "")
            } else {
                #expect(try await client.bytes(length: 7) == ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, 49]))
            }
            let entry = try await running.log.next()
            #expect(entry.resolvedUser == "Anonymous")
            #expect(entry.authDeniedReason == (isAllowed ? nil : "Service"))
            #expect((entry.failureReason == .clientAccessDenied) == !isAllowed)
            await client.close()
        }
    }

    // MARK: Time

    @Test func nothingPassesForTooLong() async throws {
        try await withPassthrough(idleTimeout: 1) { running, target, _ in
            let (client, connection) = try await pass(running, to: target)
            #expect(await client.rest() == "")
            #expect(await connection.rest() == "")
            #expect(try await running.log.next().failureReason == .targetDataTimeout)
            await client.close()
            await connection.close()
        }
    }

    @Test func noConnectionLastsForever() async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.times.connectionLife = .milliseconds(300)
        try await withPassthrough(configuration: configuration) { running, target, _ in
            let (client, connection) = try await pass(running, to: target)
            #expect(await client.rest() == "")
            #expect(await connection.rest() == "")
            #expect(try await running.log.next().failureReason == .connectionDurationExceeded)
            await client.close()
            await connection.close()
        }
    }

    @Test(arguments: [TargetGroupType.ip, .alb]) func aDeregisteredTarget(type: TargetGroupType) async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        // A load balancer has no time at all.
        configuration.times.targetDrain = type == .alb ? .hours(1) : .milliseconds(50)
        try await withPassthrough(type: type, configuration: configuration) { running, target, site in
            let (client, connection) = try await pass(running, to: target)
            var site = site
            site.apply([.deleteTarget(id: Site.targetID(type), port: target.port, targetGroup: Site.id(1))])
            await running.dataPlane.apply(site.snapshot)
            #expect(await client.rest() == "")
            #expect(await connection.rest() == "")
            #expect(try await running.log.next().failureReason == .targetConnectionClosed)
            await client.close()
            await connection.close()
        }
    }

    @Test func aDeregisteredTargetFinishesWhatItHas() async throws {
        try await withPassthrough { running, target, site in
            let (client, connection) = try await pass(running, to: target)
            var site = site
            site.apply([.putTarget(Site.address(port: target.port, draining: true))])
            await running.dataPlane.apply(site.snapshot)
            try await client.send("more")
            #expect(try await connection.text(length: 4) == "more")
            await connection.close()
            #expect(await client.rest() == "")
            await client.close()
        }
    }

    @Test(arguments: [false, true]) func aListenerThatGoesLeavesItsConnectionsTime(isTimeOver: Bool) async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.times.drain = isTimeOver ? .milliseconds(50) : .hours(1)
        try await withPassthrough(configuration: configuration) { running, target, site in
            let (client, connection) = try await pass(running, to: target)
            var site = site
            site.apply([.deleteListener(Site.id(2), service: Site.id(1))])
            await running.dataPlane.apply(site.snapshot)
            // The other service's HTTPS listener keeps the socket.
            let statuses = await running.dataPlane.listenerStatuses()
            #expect(statuses.map(\.protocol) == [.http, .https])
            if !isTimeOver {
                try await client.send("more")
                #expect(try await connection.text(length: 4) == "more")
                await connection.close()
            }
            #expect(await client.rest() == "")
            if isTimeOver { #expect(await connection.rest() == "") }
            await client.close()
            await connection.close()
        }
    }

    @Test func connectionsAreLimited() async throws {
        var configuration = DataPlaneConfiguration.onFreePorts
        configuration.limits.connections = 1
        try await withPassthrough(configuration: configuration) { running, target, _ in
            let (client, connection) = try await pass(running, to: target)
            let second = try await running.connect(port: 443)
            #expect(await second.rest() == "")
            await second.close()
            await client.close()
            _ = await connection.rest()
            await connection.close()
            #expect(await running.dataPlane.metrics().connections.refused == 1)
        }
    }
}

/// When tunnels end.
@Suite struct TunnelTimesTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    @Test func idleUnlessSomethingPasses() {
        var times = TunnelTimes(idle: .seconds(60), life: .minutes(10), now: start)
        #expect(times.next == start + .seconds(60))
        #expect(times.expired(at: start + .milliseconds(59_999)) == nil)
        #expect(times.expired(at: start + .seconds(60)) == .targetDataTimeout)
        for minute in 1..<10 { times.moved(start + .seconds(Int64(minute) * 59)) }
        #expect(times.expired(at: start + .seconds(590)) == nil)
        #expect(times.next == start + .seconds(591))
        times.moved(start + .seconds(590))
        #expect(times.next == start + .minutes(10))
        #expect(times.expired(at: start + .minutes(10)) == .connectionDurationExceeded)
    }

    @Test func aLostTargetCountsOnce() {
        var times = TunnelTimes(idle: .seconds(60), life: .minutes(10), now: start)
        times.targetLost(start, drain: .seconds(30))
        times.targetLost(start + .seconds(20), drain: .seconds(30))
        #expect(times.next == start + .seconds(30))
        #expect(times.expired(at: start + .seconds(30)) == .targetConnectionClosed)
    }
}

extension Site {
    static let customDomain = "secure.example"

    /// The site with a TLS_PASSTHROUGH listener 2 on port 443, as targets of the TCP group 1 these ports of 127.0.0.1, and
    /// on the same port an HTTPS listener of a second service.
    static func passingOn(to ports: [Int], type: TargetGroupType = .ip, idleTimeout: Int = 60) -> Site {
        var site = Site(idleTimeout: idleTimeout, addresses: loopback)
        site.apply(
            [
                .deleteListener(id(1), service: id(1)),
                .deleteTarget(id: functionARN("first"), targetGroup: id(1)),
                .putService(service(1, name: "shop", idleTimeout: idleTimeout, customDomain: customDomain)),
                .putTargetGroup(networkGroup(type: type, protocol: .tcp)),
                .putListener(passthrough(forward((1, 100)))),
                .putService(service(2, name: "other")),
                .putServiceAssociation(serviceAssociation(2, network: 1, service: 2)),
                .putListener(listener(3, of: 2, port: 443, protocol: .https, action: .fixedResponse(statusCode: 404))),
                .putListener(listener(4, of: 2, port: 80, action: .fixedResponse(statusCode: 404))),
            ] + ports.map { .putTarget(address(port: $0, id: targetID(type))) })
        return site
    }

    static func passthrough(_ action: RuleAction) -> ListenerRecord {
        listener(2, of: 1, port: 443, protocol: .tlsPassthrough, action: action)
    }

    private static let loopback = TargetAddresses(
        [targetID(.alb): "127.0.0.1"].compactMapValues { IPAddress($0) })

    static func targetID(_ type: TargetGroupType) -> String {
        type == .alb ? "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/a/b" : "127.0.0.1"
    }
}

/// Runs a data plane that passes connections on to one target while `body` runs.
func withPassthrough(
    type: TargetGroupType = .ip, idleTimeout: Int = 60, configuration: DataPlaneConfiguration = .onFreePorts,
    _ body: @Sendable (RunningDataPlane, TargetServer, Site) async throws -> Void
) async throws {
    let target = try await TargetServer(group: MultiThreadedEventLoopGroup.singleton)
    let site = Site.passingOn(to: [target.port], type: type, idleTimeout: idleTimeout)
    try await withDataPlane(site, configuration: configuration) { running in
        try await body(running, target, site)
    }
    await target.close()
}
