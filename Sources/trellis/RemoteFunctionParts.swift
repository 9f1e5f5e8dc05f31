import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import TrellisInvoke
import TrellisLatticeAPI
import TrellisModel

/// The way to functions at other endpoints; there is none without a declared one.
extension RemoteInvoker {
    /// - Throws: ``CommandFailure`` if the machine's certificates cannot be read.
    static func make(
        for mappings: [RemoteFunctionMapping], eventLoopGroup: any EventLoopGroup, clock: any WallClock, logger: Logger
    ) throws -> RemoteInvoker? {
        guard !mappings.isEmpty else { return nil }
        let chain = try CredentialChain.make(eventLoopGroup: eventLoopGroup, clock: clock)
        return RemoteInvoker(
            mappings: mappings,
            credentials: { selection async throws(CredentialError) in try await chain.issue(selection) },
            eventLoopGroup: eventLoopGroup, clock: clock, logger: logger)
    }
}

extension CredentialChain {
    /// Looks in the environment and the files of this process, and asks the endpoints that they name.
    ///
    /// - Throws: ``CommandFailure`` if the machine's certificates cannot be read.
    static func make(eventLoopGroup: any EventLoopGroup, clock: any WallClock) throws -> CredentialChain {
        let tls: NIOSSLContext
        do {
            tls = try NIOSSLContext(verifyingBy: nil)
        } catch {
            throw CommandFailure(.unavailable, "cannot use TLS: \(error)")
        }
        return CredentialChain(
            environment: .process, sender: ConnectingRequestSender(eventLoopGroup: eventLoopGroup, tls: tls),
            clock: clock)
    }
}

extension CredentialEnvironment {
    /// Of files; those that are looked for are a few kilobytes.
    private static let fileLimit = 1_048_576

    static var process: CredentialEnvironment {
        let variables = ProcessInfo.processInfo.environment
        return CredentialEnvironment(
            variables: variables, homeDirectory: variables["HOME"] ?? NSHomeDirectory(),
            readFile: { path in
                try await NIOThreadPool.singleton.runIfActive {
                    guard let file = FileHandle(forReadingAtPath: path) else {
                        guard FileManager.default.fileExists(atPath: path) else { return nil }
                        throw CocoaError(.fileReadNoPermission)
                    }
                    defer { try? file.close() }
                    let data = try file.read(upToCount: fileLimit + 1) ?? Data()
                    guard data.count <= fileLimit else { throw CocoaError(.fileReadTooLarge) }
                    return String(decoding: data, as: UTF8.self)
                }
            })
    }
}

extension RemoteFunctions {
    /// What the API asks about targets.
    init(_ invoker: RemoteInvoker) {
        self.init { function in
            switch await invoker.find(function) {
            case nil: .notRemote
            case .exists?: .exists
            case .missing?: .missing
            case .notToldByEndpoint?: .notTold
            case .unknown(let reason)?: .unknown(reason: reason)
            }
        }
    }
}
