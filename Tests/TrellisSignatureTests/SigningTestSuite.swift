import FoundationEssentials
import Testing
import TrellisSignature

/// AWS's signing test suite, read where it lies beside the package or where `TRELLIS_SIGNING_TEST_SUITE` says; it is
/// not part of the package.
enum SigningTestSuite {
    enum Version: String, Sendable, CaseIterable {
        case v4, v4a

        var algorithm: SignatureAlgorithm { self == .v4 ? .hmacSHA256 : .ecdsaP256SHA256 }
    }

    /// Where the signature is.
    enum Form: String, Sendable, CaseIterable {
        case header, query
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var version: Version
        var form: Form
        var request: SignableRequest
        var body: [UInt8]
        var context: Context
        var canonicalRequest: String
        var stringToSign: String
        var signature: String
        var signedRequest: SignableRequest
        /// Of SigV4A: X and Y.
        var publicKey: [String: String]?

        var testDescription: String { "\(version) \(form) \(name)" }

        var time: SigningTime {
            let basic = context.timestamp.filter { $0 != "-" && $0 != ":" }
            return SigningTime(basicFormat: basic) ?? SigningTime(secondsSinceEpoch: 0)
        }

        var canonicalization: Canonicalization {
            Canonicalization(path: context.normalize ? .normalizedEncoded : .encoded, query: .recodedSorted)
        }

        var signsToken: Bool { !(context.omitSessionToken ?? false) }
    }

    struct Context: Decodable, Sendable {
        struct Credentials: Decodable, Sendable {
            var accessKeyID: String
            var secretAccessKey: String
            var token: String?

            enum CodingKeys: String, CodingKey {
                case accessKeyID = "access_key_id"
                case secretAccessKey = "secret_access_key"
                case token
            }
        }

        var credentials: Credentials
        var normalize: Bool
        var region: String
        var service: String
        var signBody: Bool
        var timestamp: String
        var omitSessionToken: Bool?

        enum CodingKeys: String, CodingKey {
            case credentials, normalize, region, service, timestamp
            case signBody = "sign_body"
            case omitSessionToken = "omit_session_token"
        }
    }

    static let folder =
        ProcessInfo.processInfo.environment["TRELLIS_SIGNING_TEST_SUITE"].map { URL(filePath: $0) }
        ?? testsFolder.appending(path: "../../../shared/fixtures/aws-signing-test-suite").standardizedFileURL

    static let isPresent = FileManager.default.fileExists(atPath: folder.path)

    static let cases: [Case] = {
        guard isPresent else { return [] }
        do {
            return try Version.allCases.flatMap { version in
                let folder = folder.appending(path: version.rawValue)
                return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().flatMap { name in
                    try Form.allCases.compactMap { try read(name, version, $0) }
                }
            }
        } catch {
            fatalError("\(folder.path): \(error)")
        }
    }()

    /// - Returns: `nil` for a case that has a request only, of which the suite has two.
    private static func read(_ name: String, _ version: Version, _ form: Form) throws -> Case? {
        let folder = folder.appending(path: "\(version)/\(name)")
        func text(_ file: String) throws -> String {
            try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        }
        guard let signed = try? text("\(form)-signed-request.txt") else { return nil }
        let (request, body) = parse(try text("request.txt"))
        let context = try JSONDecoder().decode(
            Context.self, from: Data(contentsOf: folder.appending(path: "context.json")))
        return Case(
            name: name, version: version, form: form, request: request, body: body, context: context,
            canonicalRequest: try text("\(form)-canonical-request.txt"),
            stringToSign: try text("\(form)-string-to-sign.txt"), signature: try text("\(form)-signature.txt"),
            signedRequest: parse(signed).request,
            publicKey: try? JSONDecoder().decode([String: String].self, from: Data(text("public-key.json").utf8)))
    }

    /// Reads a request line, header lines and, behind an empty line, the body.
    ///
    /// A target may hold bare spaces. A header line that begins with a blank continues the one before.
    private static func parse(_ text: String) -> (request: SignableRequest, body: [UInt8]) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        let words = lines.removeFirst().split(separator: " ")
        var request = SignableRequest(
            method: String(words[0]), target: words.dropFirst().dropLast().joined(separator: " "), headers: [])
        while let line = lines.popFirst(), !line.isEmpty {
            if line.first == " ", let last = request.headers.indices.last {
                request.headers[last].value += "\n" + line
            } else {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                request.headers.append((String(parts[0]), String(parts[1])))
            }
        }
        return (request, Array(lines.joined(separator: "\n").utf8))
    }
}

/// The folder of this file, with symbolic links resolved.
let testsFolder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
