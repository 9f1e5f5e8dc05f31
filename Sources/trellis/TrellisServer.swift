import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SystemPackage
import TrellisAPI
import TrellisDataPlane
import TrellisFunctionHost
import TrellisIdentityAPI
import TrellisLambdaAPI
import TrellisLatticeAPI
import TrellisModel
import TrellisRouting
import TrellisStore

/// All parts of Trellis, wired together.
struct TrellisServer: Sendable {
    /// Ends the server in an orderly way.
    typealias Stop = @Sendable () -> Void

    let configuration: ServerConfiguration
    /// Whether to take the place of a server that runs on the data directory.
    var takesOver = false

    /// Runs until SIGTERM, SIGINT or `stop`.
    ///
    /// - Parameter onReady: Called once everything answers. What it throws ends the server.
    /// - Throws: ``CommandFailure`` for everything that the user can mend.
    func run(onReady: @escaping @Sendable (EndpointsFile, @escaping Stop) async throws -> Void) async throws {
        let sourceVPCs = try sourceVPCMap()
        try makeDataDirectory()
        OpenFileLimit.raise()
        let inherited =
            takesOver
            ? try await TakeOver.fromRunningServer(onDataDirectory: configuration.dataDirectory) : InheritedSockets()
        let store = try openStore()
        let credentials = try CredentialsFile.loadOrCreate(
            inDataDirectory: configuration.dataDirectory, account: configuration.account,
            others: configuration.otherAccounts, random: SystemRandomSource())
        let authority = try AuthorityFiles.loadOrCreate(
            inDataDirectory: configuration.dataDirectory, now: SystemWallClock().now(), random: SystemRandomSource())
        let sealingKeys = try SealingKeyFile.loadOrCreate(
            inDataDirectory: configuration.dataDirectory, now: SystemWallClock().now(), random: SystemRandomSource())
        let parts = try ServerParts(
            configuration: configuration, store: store, credentials: credentials, sealingKeys: sealingKeys,
            authority: authority, sourceVPCs: sourceVPCs, inherited: inherited)
        defer {
            try? FileManager.default.removeItem(
                atPath: EndpointsFile.path(inDataDirectory: configuration.dataDirectory))
        }
        do {
            try await parts.run(onReady: onReady)
        } catch {
            // What ended the server matters more than how the store closes; nothing acknowledged is lost either way.
            try? await store.close()
            throw error
        }
        try await store.close()
    }

    private func makeDataDirectory() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: configuration.dataDirectory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .unavailable,
                "cannot make the data directory \(configuration.dataDirectory): \(error.localizedDescription); "
                    + "choose another with --data-dir")
        }
    }

    private func openStore() throws -> SQLiteStore {
        do {
            return try SQLiteStore.open(at: "\(configuration.dataDirectory)/trellis.sqlite")
        } catch {
            throw CommandFailure(.unavailable, "\(error)")
        }
    }

    private func sourceVPCMap() throws -> SourceVPCMap? {
        guard !configuration.sourceVPCs.isEmpty else { return nil }
        do {
            return try SourceVPCMap(configuration.sourceVPCs.map { ($0.cidr, $0.vpc) })
        } catch {
            let list = error.problems.map { "  - sourceVpcs: \($0)" }.joined(separator: "\n")
            throw CommandFailure(.badConfiguration, "the configuration has problems:\n\(list)")
        }
    }
}
