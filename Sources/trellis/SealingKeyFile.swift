import Foundation
import Logging
import ServiceLifecycle
import TrellisModel
import TrellisPrincipals

/// `<data-dir>/sealing-keys`: the keys of session tokens and of secrets in the store; only its owner may read it.
///
/// One line for each key: what it is for (`at-rest` or `session`), its number, when it was made in milliseconds since
/// 1970, and the key in base64.
enum SealingKeyFile {
    static func path(inDataDirectory dataDirectory: String) -> String { "\(dataDirectory)/sealing-keys" }

    /// Reads the keys, or makes them for a fresh data directory, and brings them to what they are to be now.
    ///
    /// - Throws: ``CommandFailure`` if the file is damaged or cannot be written.
    static func loadOrCreate(
        inDataDirectory dataDirectory: String, now: Timestamp, random: some RandomSource
    ) throws -> SealingKeys {
        let path = path(inDataDirectory: dataDirectory)
        let known = try load(from: path)
        let keys = known?.rotated(at: now, random: random) ?? .fresh(at: now, random: random)
        if keys != known { try write(keys, inDataDirectory: dataDirectory) }
        return keys
    }

    static func write(_ keys: SealingKeys, inDataDirectory dataDirectory: String) throws {
        let lines = [line("at-rest", keys.atRest)] + keys.sessions.map { line("session", $0) }
        try DurableFile.write(
            lines.joined(separator: "\n") + "\n", to: path(inDataDirectory: dataDirectory), permissions: 0o600)
    }

    private static func line(_ purpose: String, _ key: SealingKey) -> String {
        let bytes = Data(key.bytes).base64EncodedString()
        return "\(purpose) \(key.number) \(key.createdAt.millisecondsSinceEpoch) \(bytes)"
    }

    private static func load(from path: String) throws -> SealingKeys? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.unavailable, "cannot read \(path): \(error.localizedDescription)")
        }
        var atRest: SealingKey?
        var sessions: [SealingKey] = []
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 4, let number = UInt32(parts[1]), let time = Int64(parts[2]),
                let bytes = Data(base64Encoded: String(parts[3])),
                let key = SealingKey(
                    number: number, createdAt: Timestamp(millisecondsSinceEpoch: time), bytes: Array(bytes))
            else { throw damaged(path) }
            switch parts[0] {
            case "at-rest" where atRest == nil: atRest = key
            case "session": sessions.append(key)
            default: throw damaged(path)
            }
        }
        guard let atRest else { throw damaged(path) }
        return SealingKeys(atRest: atRest, sessions: sessions)
    }

    private static func damaged(_ path: String) -> CommandFailure {
        CommandFailure(
            .badInput,
            "\(path) is damaged: put a copy back; without it the secrets of users' access keys are lost and sessions "
                + "end")
    }
}

/// Makes new session keys in time and forgets those that no token can name any more.
struct SealingKeyRotation: Service {
    private static let interval: Duration = .seconds(3600)

    let seal: ServerSeal
    let dataDirectory: String
    let clock: any WallClock
    let random: SystemRandomSource
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { rotate() }
        }
    }

    private func rotate() {
        let known = seal.current
        let keys = known.rotated(at: clock.now(), random: random)
        guard keys != known else { return }
        do {
            // On disk first: a token whose key is lost at a restart would end before its time.
            try SealingKeyFile.write(keys, inDataDirectory: dataDirectory)
            seal.replace(keys)
        } catch {
            logger.error("session keys cannot be rotated", metadata: ["error": "\(error)"])
        }
    }
}
