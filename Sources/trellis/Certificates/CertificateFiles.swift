import Foundation
import TrellisDataPlane

/// A certificate of the user's own that the configuration names.
struct DeclaredCertificate: Hashable, Sendable {
    var arn: String
    var certificate: String
    var privateKey: String
}

/// The files of the user's own certificates: those that the configuration names, and the pairs `<id>.pem`, `<id>.key` of a
/// directory, where the id is what follows `certificate/` in the ARN.
struct CertificateFiles: Sendable {
    var directory: String
    var declared: [DeclaredCertificate]

    /// The most pairs that are read from the directory.
    private static let directoryLimit = 4096
    /// The most that is read of a file, in bytes.
    private static let fileLimit = 1_048_576

    /// What tells one state of a file from another without reading it.
    struct Stamp: Hashable {
        var modified: Date
        var size: Int
        var inode: Int
    }

    /// One pair of files.
    private struct Pair: Hashable {
        var certificate: String
        var privateKey: String
    }

    /// What the files look like from outside; a file that is not there has no stamp.
    func stamps() -> [String: Stamp] {
        var stamps: [String: Stamp] = [:]
        for pair in Set(declared.map(Self.pair) + directoryPairs().values) {
            for path in [pair.certificate, pair.privateKey] { stamps[path] = Self.stamp(path) }
        }
        return stamps
    }

    /// Reads and checks every certificate.
    func load() -> ImportedCertificates {
        var certificates = ImportedCertificates()
        for (id, pair) in directoryPairs() { certificates.byID[id] = Self.load(pair) }
        for entry in declared { certificates.byARN[entry.arn] = Self.load(Self.pair(entry)) }
        return certificates
    }

    private static func pair(_ entry: DeclaredCertificate) -> Pair {
        Pair(certificate: entry.certificate, privateKey: entry.privateKey)
    }

    /// By id; a name that cannot stand in an ARN is none.
    private func directoryPairs() -> [String: Pair] {
        // No directory is no certificates.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let ids = names.filter { $0.hasSuffix(".pem") }.map { String($0.dropLast(4)) }.filter(Self.isID).sorted()
        return Dictionary(
            uniqueKeysWithValues: ids.prefix(Self.directoryLimit).map {
                ($0, Pair(certificate: "\(directory)/\($0).pem", privateKey: "\(directory)/\($0).key"))
            })
    }

    private static func isID(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    private static func load(_ pair: Pair) -> Result<ServerCertificate, CertificateFileProblem> {
        do {
            return .success(
                try ServerCertificate(certificatePEM: text(pair.certificate), keyPEM: text(pair.privateKey)))
        } catch let problem as CertificateFileProblem {
            return .failure(problem)
        } catch {
            return .failure(CertificateFileProblem("\(pair.certificate), \(pair.privateKey): \(error)"))
        }
    }

    private static func text(_ path: String) throws(CertificateFileProblem) -> String {
        do {
            guard let stamp = stamp(path), stamp.size <= fileLimit else {
                throw CertificateFileProblem("\(path) is missing, or larger than 1 MB")
            }
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch let problem as CertificateFileProblem {
            throw problem
        } catch {
            throw CertificateFileProblem("\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    private static func stamp(_ path: String) -> Stamp? {
        // Looks through links, which is how mounted secrets are replaced.
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            modified: Date(
                timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9),
            size: Int(status.st_size), inode: Int(truncatingIfNeeded: status.st_ino))
    }
}
