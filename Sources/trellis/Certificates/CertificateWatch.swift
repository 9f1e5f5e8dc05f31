import Foundation
import Logging
import ServiceLifecycle
import TrellisDataPlane
import TrellisModel
import UnixSignals

/// Shows the user's own certificates to the data plane, at the start and whenever their files change.
///
/// The files are looked at from outside every second, and at once after SIGHUP; only a change has them read. A
/// certificate and its key are two files, so a pair that does not fit is looked at again before it is shown: the second
/// file may be on its way.
struct CertificateWatch: Service {
    let files: CertificateFiles
    let certificates: ServerCertificates
    let logger: Logger
    var interval: Duration = .seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { look.yield() }
                }
                group.addTask {
                    while !Task.isCancelled {
                        look.yield()
                        // Cut short by cancellation, which ends the loop.
                        try? await Task.sleep(for: interval)
                    }
                }
                await follow(looks)
                group.cancelAll()
            }
        }
    }

    private func follow(_ looks: AsyncStream<Void>) async {
        var seen: [String: CertificateFiles.Stamp]?
        var shown: ImportedCertificates?
        var isSecondLook = false
        for await _ in looks {
            let stamps = files.stamps()
            guard stamps != seen || isSecondLook else { continue }
            let isFirst = seen == nil
            seen = stamps
            let loaded = files.load()
            let worse = shown.map { loaded.problems(missingIn: $0) } ?? []
            if !worse.isEmpty, !isSecondLook {
                isSecondLook = true
                continue
            }
            isSecondLook = false
            shown = loaded
            certificates.replaceImported(loaded)
            report(loaded, isFirst: isFirst)
        }
    }

    private func report(_ loaded: ImportedCertificates, isFirst: Bool) {
        let all = loaded.byARN.merging(loaded.byID) { arn, _ in arn }
        for (name, result) in all.sorted(by: { $0.key < $1.key }) {
            switch result {
            case .failure(let problem):
                logger.error(
                    "certificate cannot be used", metadata: ["certificate": "\(name)", "problem": "\(problem)"])
            case .success(let certificate):
                logger.info(
                    "certificate read",
                    metadata: [
                        "certificate": "\(name)", "names": "\(certificate.names.joined(separator: ","))",
                        "notAfter": "\(certificate.notAfter.iso8601Seconds)",
                    ])
            }
        }
        if !isFirst { logger.info("certificates reloaded", metadata: ["count": "\(all.count)"]) }
    }
}

extension ImportedCertificates {
    /// Certificates that cannot be used now and could be before.
    fileprivate func problems(missingIn earlier: ImportedCertificates) -> [String] {
        func worse(
            _ now: [String: Result<ServerCertificate, CertificateFileProblem>],
            _ before: [String: Result<ServerCertificate, CertificateFileProblem>]
        ) -> [String] {
            now.filter { name, result in
                if case .failure = result, case .success? = before[name] { true } else { false }
            }.map(\.key)
        }
        return worse(byARN, earlier.byARN) + worse(byID, earlier.byID)
    }
}
