import Foundation
import TrellisModel

/// `<data-dir>/endpoints.json`: where a running server can be reached; there only while it runs.
struct EndpointsFile: Codable, Sendable {
    var pid: Int32
    var api: String
    var `operator`: String
    var region: String
    var account: String
    var portOffset: Int

    static func path(inDataDirectory dataDirectory: String) -> String { "\(dataDirectory)/endpoints.json" }

    func write(inDataDirectory dataDirectory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(self), as: UTF8.self)
        try DurableFile.write(text + "\n", to: Self.path(inDataDirectory: dataDirectory), permissions: 0o644)
    }

    /// The endpoints of the server that runs on a data directory.
    ///
    /// - Throws: ``CommandFailure`` that says how to start one.
    static func ofRunningServer(inDataDirectory dataDirectory: String) throws -> EndpointsFile {
        let path = path(inDataDirectory: dataDirectory)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(
                .unavailable,
                "no server runs on \(dataDirectory): start one with 'trellis serve --data-dir \(dataDirectory)'")
        }
        guard let endpoints = try? JSONDecoder().decode(EndpointsFile.self, from: data) else {
            throw CommandFailure(.badInput, "\(path) is damaged: restart the server")
        }
        // Signal 0 only asks whether the process exists; it may belong to somebody else.
        guard kill(endpoints.pid, 0) == 0 || errno == EPERM else {
            throw CommandFailure(
                .unavailable,
                "the server of \(dataDirectory) (pid \(endpoints.pid)) is gone: "
                    + "start it with 'trellis serve --data-dir \(dataDirectory)'")
        }
        return endpoints
    }
}
