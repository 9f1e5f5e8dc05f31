import Foundation
import Testing
import TrellisLatticeAPI
import TrellisModel

@testable import trellis

@Suite struct ServerConfigurationTests {
    static func load(
        flags: [ServerConfiguration.Key: String] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) async throws -> ServerConfiguration {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appendingPathComponent("trellis.yaml").path
        if let yaml { try yaml.write(toFile: file, atomically: true, encoding: .utf8) }
        return try await ServerConfiguration.load(
            flags: flags, environment: environment, file: yaml == nil ? nil : file)
    }

    static func problems(
        flags: [ServerConfiguration.Key: String] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) async -> [String] {
        do {
            _ = try await load(flags: flags, environment: environment, yaml: yaml)
            return []
        } catch {
            return (error as? ConfigurationProblems)?.problems ?? ["unexpected: \(error)"]
        }
    }

    @Test func nothingNeedsToBeSaid() async throws {
        let configuration = try await Self.load()
        #expect(configuration.api == ServerConfiguration.Address(host: "127.0.0.1", port: 7070))
        #expect(configuration.portOffset == 8000)
        #expect(configuration.account == nil)
    }

    @Test func flagsWinOverTheEnvironmentAndTheEnvironmentOverTheFile() async throws {
        let configuration = try await Self.load(
            flags: [.region: "eu-west-1"],
            environment: ["TRELLIS_REGION": "eu-west-2", "TRELLIS_PORT_OFFSET": "9000"],
            yaml:
                "region: eu-west-3\nportOffset: 1\ndrainDelayMs: 5\nsourceVpcs: ['10.0.0.0/8=vpc-0123456789abcdef0']\n")
        #expect(configuration.region.rawValue == "eu-west-1")
        #expect(configuration.portOffset == 9000)
        #expect(configuration.drainDelay == .milliseconds(5))
        #expect(configuration.sourceVPCs.map(\.vpc) == ["vpc-0123456789abcdef0"])
    }

    @Test func limitsAndLifeOfExecutionEnvironments() async throws {
        let defaults = try await Self.load()
        #expect(defaults.memoryBudgetMB == nil && MachineMemory.functionBudgetMB >= 128)
        #expect(defaults.accountConcurrency == 1_000 && defaults.invocationQueueLength == 0)
        let configuration = try await Self.load(
            environment: ["TRELLIS_MEMORY_BUDGET_MB": "4096", "TRELLIS_ENVIRONMENT_IDLE_TIMEOUT_MS": "7"],
            yaml: """
                accountConcurrency: 5
                invocationQueueLength: 6
                invocationQueueWaitMs: 8
                environmentFreezeDelayMs: 9
                terminationGraceMs: 0
                workers: 3

                """)
        #expect(configuration.memoryBudgetMB == 4_096)
        #expect(configuration.environmentIdleTimeout == .milliseconds(7))
        #expect(configuration.accountConcurrency == 5)
        #expect(configuration.invocationQueueLength == 6)
        #expect(configuration.invocationQueueWait == .milliseconds(8))
        #expect(configuration.environmentFreezeDelay == .milliseconds(9))
        #expect(configuration.terminationGrace == .zero)
        #expect(configuration.workers == 3)
        #expect(await Self.problems(yaml: "workers: 0\n").count == 1)
        #expect(await Self.problems(yaml: "memoryBudgetMb: 127\ninvocationQueueWaitMs: 0\n").count == 2)
    }

    @Test func everyProblemIsReportedAtOnceWithItsSource() async {
        let found = await Self.problems(
            flags: [.api: "7070"], environment: ["TRELLIS_ACCOUNT": "000000000000", "TRELLIS_MAX_ENVIRONMENTS": "0"],
            yaml: "portOfset: 1\nregion: Mars\n")
        #expect(found.count == 5)
        #expect(found.contains { $0.contains("unknown key 'portOfset'") })
        #expect(found.contains { $0.hasPrefix("api from command line: '7070'") })
        #expect(found.contains { $0.hasPrefix("account from environment: '000000000000'") })
        #expect(found.contains { $0.hasPrefix("maxEnvironments from environment: '0'") })
        #expect(found.contains { $0.contains("'Mars' is not a Region") })
    }

    @Test func everyQuotaCanBeSetInTheFileAndInTheEnvironment() async throws {
        let lines = LatticeQuota.allCases.enumerated().map { "  \($1.rawValue): \($0 + 1)\n" }.joined()
        let fromFile = try await Self.load(yaml: "quotas:\n" + lines).quotas
        #expect(LatticeQuota.allCases.map { fromFile[$0] } == Array(1...LatticeQuota.allCases.count))
        let quotas = try await Self.load(
            environment: ["TRELLIS_QUOTAS_RULES_PER_LISTENER": "100", "TRELLIS_QUOTAS_TARGETS_PER_TARGET_GROUP": "0"],
            yaml: "quotas: {rulesPerListener: 5, listenersPerService: 9}"
        ).quotas
        #expect(quotas[.rulesPerListener] == 100)
        #expect(quotas[.targetsPerTargetGroup] == 0)
        #expect(quotas[.listenersPerService] == 9)
        #expect(quotas[.servicesPerRegion] == LatticeQuota.servicesPerRegion.defaultLimit)
    }

    @Test func everyProblemOfQuotasIsReported() async {
        let found = await Self.problems(
            environment: ["TRELLIS_QUOTAS_SERVICES_PER_REGION": "many"],
            yaml: "quotas:\n  rulesPerListener: -1\n  rulesPerService: 1\n  listenersPerService: 1000001\n")
        #expect(found.count == 4)
        #expect(found.contains { $0.hasPrefix("quotas.servicesPerRegion from environment: 'many'") })
        #expect(found.contains { $0.hasPrefix("quotas.rulesPerListener from") })
        #expect(found.contains { $0.hasPrefix("quotas.listenersPerService from") })
        #expect(found.contains { $0.contains("unknown key 'quotas.rulesPerService'") })
        #expect(await Self.problems(yaml: "quotas: 7\n").count == 1)
        #expect(await Self.problems(yaml: "quotas: {rulesPerListener: [1]}\n").count == 1)
    }

    @Test func anyKeyIsRefusedBeyondLoopback() async throws {
        #expect(await Self.problems(flags: [.anyKey: "true", .api: "0.0.0.0:7070"]).count == 1)
        // Signed requests to services are taken from anybody, too.
        #expect(await Self.problems(flags: [.anyKey: "true", .bind: "0.0.0.0"]).count == 1)
        #expect(try await Self.load(flags: [.anyKey: "true"]).takesAnyKey)
    }

    @Test(arguments: ["", "# nothing yet\n"])
    func aFileWithoutSettingsSaysNothing(yaml: String) async throws {
        #expect(try await Self.load(yaml: yaml).portOffset == 8000)
    }

    @Test func furtherAccounts() async throws {
        #expect(
            try await Self.load(yaml: "accounts: [444455556666, '012345678901']\n").otherAccounts.map(\.rawValue)
                == ["444455556666", "012345678901"])
        #expect(
            try await Self.load(environment: ["TRELLIS_ACCOUNTS": "444455556666,777788889999"]).otherAccounts.count
                == 2)
        #expect(await Self.problems(yaml: "accounts: [44, '000000000000']\n").count == 2)
        #expect(await Self.problems(flags: [.anyKey: "true"], yaml: "accounts: ['444455556666']\n").count == 1)
    }

    @Test(arguments: ["a: [", "- a\n- b\n"])
    func aFileThatIsNoMappingIsReported(yaml: String) async {
        #expect(await Self.problems(yaml: yaml).count == 1)
    }

    @Test(arguments: [
        ("127.0.0.1:0", "127.0.0.1", 0), (":7", "127.0.0.1", 7), ("[::1]:80", "::1", 80),
        ("localhost:1", "localhost", 1),
    ])
    func anAddress(text: String, host: String, port: Int) {
        #expect(ServerConfiguration.Address(text) == ServerConfiguration.Address(host: host, port: port))
    }

    @Test(arguments: ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "a:b"])
    func noAddress(text: String) {
        #expect(ServerConfiguration.Address(text) == nil)
    }
}
