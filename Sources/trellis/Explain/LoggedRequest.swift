import Foundation

/// A request as an access log line has it: without its query and without most of its headers.
struct LoggedRequest: Decodable {
    var requestId: String
    var requestMethod: String
    var requestPath: String
    var hostHeader: String
    /// `10.0.1.7:57086`, an IPv6 address in brackets.
    var sourceIpPort: String
    /// `-` for an anonymous caller.
    var callerPrincipal: String
    /// `-` without TLS.
    var tlsVersion: String

    /// Finds the line of a request in a file with one JSON object a line.
    ///
    /// - Throws: ``CommandFailure`` if the file cannot be read or has no such line.
    static func find(_ requestID: String, inFile path: String) throws -> LoggedRequest {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.badInput, "cannot read \(path): \(error.localizedDescription)")
        }
        let decoder = JSONDecoder()
        for line in text.split(separator: "\n").reversed() where line.contains(requestID) {
            if let request = try? decoder.decode(LoggedRequest.self, from: Data(line.utf8)),
                request.requestId == requestID
            {
                return request
            }
        }
        throw CommandFailure(.badInput, "\(path) has no line of request \(requestID)")
    }

    var url: String { "\(tlsVersion == "-" ? "http" : "https")://\(hostHeader)\(requestPath)" }

    /// The client's address.
    var client: String? {
        guard let colon = sourceIpPort.lastIndex(of: ":") else { return nil }
        let address = sourceIpPort[..<colon]
        return address.hasPrefix("[") ? String(address.dropFirst().dropLast()) : String(address)
    }
}
