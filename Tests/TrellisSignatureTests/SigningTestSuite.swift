import FoundationEssentials
import Testing
import TrellisSignature

/// The header form of AWS's signing test suite, read where it lies beside the package; it is not part of the package.
enum SigningTestSuite {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var request: SignableRequest
        var body: [UInt8]
        var context: Context
        var canonicalRequest: String
        var stringToSign: String
        var signature: String
        var signedRequest: SignableRequest

        var testDescription: String { name }

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

    static let folder = testsFolder.appending(path: "../../../shared/fixtures/aws-signing-test-suite/v4")
        .standardizedFileURL

    static let isPresent = FileManager.default.fileExists(atPath: folder.path)

    static let cases: [Case] = {
        guard isPresent else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map(read)
        } catch {
            fatalError("\(folder.path): \(error)")
        }
    }()

    private static func read(_ name: String) throws -> Case {
        let folder = folder.appending(path: name)
        func text(_ file: String) throws -> String {
            try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        }
        let (request, body) = parse(try text("request.txt"))
        let context = try JSONDecoder().decode(
            Context.self, from: Data(contentsOf: folder.appending(path: "context.json")))
        return Case(
            name: name, request: request, body: body, context: context,
            canonicalRequest: try text("header-canonical-request.txt"),
            stringToSign: try text("header-string-to-sign.txt"), signature: try text("header-signature.txt"),
            signedRequest: parse(try text("header-signed-request.txt")).request)
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
