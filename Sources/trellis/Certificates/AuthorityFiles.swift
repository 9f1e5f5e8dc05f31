import Foundation
import TrellisDataPlane
import TrellisModel

/// `<data-dir>/ca/`: the local authority's key, which only its owner may read, and its certificate.
enum AuthorityFiles {
    static func certificatePath(inDataDirectory dataDirectory: String) -> String {
        "\(dataDirectory)/ca/certificate.pem"
    }

    static func keyPath(inDataDirectory dataDirectory: String) -> String { "\(dataDirectory)/ca/key.pem" }

    /// Reads the authority, or makes it for a fresh data directory.
    ///
    /// The key is written first, so that a certificate that others trust always has its key.
    ///
    /// - Throws: ``CommandFailure`` if the files are damaged or do not belong together.
    static func loadOrCreate(
        inDataDirectory dataDirectory: String, now: Timestamp, random: some RandomSource
    ) throws -> LocalAuthority {
        let keyPath = keyPath(inDataDirectory: dataDirectory)
        let certificatePath = certificatePath(inDataDirectory: dataDirectory)
        do {
            let key = try text(at: keyPath)
            let certificate = try text(at: certificatePath)
            if let key, let certificate { return try LocalAuthority(keyPEM: key, certificatePEM: certificate) }
            guard certificate == nil else {
                throw CommandFailure(
                    .badInput,
                    "\(keyPath) is missing, the key of \(certificatePath): put it back, or remove "
                        + "\(certificatePath) too and a new authority is made, which clients must be told to trust again"
                )
            }
            try makeDirectory("\(dataDirectory)/ca")
            let authority =
                try key.map { try LocalAuthority(keyPEM: $0, now: now, random: random) }
                ?? LocalAuthority.make(now: now, random: random)
            if key == nil { try DurableFile.write(authority.keyPEM, to: keyPath, permissions: 0o600) }
            try DurableFile.write(try authority.certificatePEM, to: certificatePath, permissions: 0o644)
            return authority
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(
                .badInput,
                "\(keyPath) and \(certificatePath) cannot be used: \(error); remove both and a new authority is "
                    + "made, which clients must be told to trust again")
        }
    }

    /// The authority's certificate of a data directory that a server has used.
    static func certificate(inDataDirectory dataDirectory: String) throws -> String {
        guard let text = try text(at: certificatePath(inDataDirectory: dataDirectory)) else {
            throw CommandFailure(
                .unavailable,
                "\(dataDirectory) has no certificate authority yet: "
                    + "'trellis serve --data-dir \(dataDirectory)' makes it")
        }
        return text
    }

    private static func text(at path: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.unavailable, "cannot read \(path): \(error.localizedDescription)")
        }
    }

    private static func makeDirectory(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(.unavailable, "cannot make \(path): \(error.localizedDescription)")
        }
    }
}
