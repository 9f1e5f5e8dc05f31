import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TrellisLambdaEvent
import TrellisModel
import TrellisSignature

/// Sends a signed request to a service.
struct CurlCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curl",
        abstract: "Send a signed request to a service, like curl.",
        discussion: """
            trellis curl http://orders.localhost:8080/public/menu
            trellis curl -i -X POST -H 'content-type: application/json' -d '{"a":1}' http://orders.localhost:8080/orders
            trellis curl --sigv4a --region '*' https://orders.localhost:8443/
            trellis curl --environment http://orders.localhost:8080/   # keys of AWS_ACCESS_KEY_ID and its like

            Signs for vpc-lattice-svcs with the body unsigned, as VPC Lattice wants it, with the root access key of the
            data directory. Names that end in .localhost or .on.aws are looked for on this machine, and certificates of
            the data directory's authority are trusted.

            Exit status: 0 there was an answer, whatever its status; 64 wrong usage; 69 nobody answered.
            """)

    @Option(help: "The data directory of the server.")
    var dataDir = ServerConfiguration().dataDirectory

    @Option(name: [.customShort("X"), .long], help: "The method. (default: GET, with --data POST)")
    var request: String?

    @Option(name: [.customShort("H"), .long], help: "A header line, 'name: value'. May be given several times.")
    var header: [String] = []

    @Option(name: .shortAndLong, help: "The body; @file sends a file, @- standard input.")
    var data: String?

    @Flag(name: .shortAndLong, help: "Print the status line and the headers too.")
    var include = false

    @Flag(name: .customLong("sigv4a"), help: "Sign with SigV4A, for a set of Regions.")
    var isAsymmetric = false

    @Option(help: "The Region of the service, with --sigv4a a list such as 'us-*'. (default: the server's)")
    var region: String?

    @Flag(help: "Take the keys from the environment instead of the data directory.")
    var environment = false

    @Argument(help: "The URL.")
    var url: String

    func validate() throws {
        for line in header where HeaderLine.parse(line) == nil {
            throw ValidationError("'\(line)' is not a header of the form 'name: value'.")
        }
    }

    func run() async throws {
        try await reportingFailure {
            let signed: HTTPClientRequest
            do {
                signed = try self.signed(try RequestURL(url, keepsDots: true))
            } catch let error as EventUsageError {
                throw ValidationError(error.message)
            }
            let client = HTTPClient(
                eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: try settings())
            do {
                let response = try await client.execute(signed, timeout: .seconds(900))
                if include { StandardStream.output.write(Self.head(of: response)) }
                for try await part in response.body {
                    try StandardStream.output.write(part)
                }
            } catch {
                try await client.shutdown()
                throw CommandFailure(.unavailable, "no answer from \(url): \(error)")
            }
            try await client.shutdown()
        }
    }

    // MARK: The request

    private func signed(_ url: RequestURL) throws -> HTTPClientRequest {
        let body = try self.body()
        var lines = header.compactMap(HeaderLine.parse)
        if !lines.contains(where: { $0.name.lowercased() == "host" }) { lines.append(("host", url.authority)) }
        if body != nil, !lines.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append(("content-type", "application/x-www-form-urlencoded"))
        }
        let method = request ?? (body == nil ? "GET" : "POST")
        let (credentials, home) = try credentials()
        guard let region = region ?? home else {
            throw CommandFailure(.unavailable, "the Region is not known: give --region, or start the server")
        }
        var signer = RequestSigner(credentials: credentials, region: region, service: "vpc-lattice-svcs")
        if isAsymmetric { signer.algorithm = .ecdsaP256SHA256 }
        var keys = SigningKeyCache(capacity: 0)
        let signed = try signer.sign(
            SignableRequest(method: method, target: url.target, headers: lines), payload: .unsigned,
            at: SigningTime(secondsSinceEpoch: SystemWallClock().now().millisecondsSinceEpoch / 1000), keys: &keys)

        var request = HTTPClientRequest(url: "\(url.scheme.rawValue)://\(url.authority)\(url.target)")
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in signed.headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return request
    }

    private func body() throws -> Data? {
        guard let data else { return nil }
        guard data.hasPrefix("@") else { return Data(data.utf8) }
        let path = String(data.dropFirst())
        do {
            return path == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CommandFailure(.badInput, "cannot read \(path): \(error.localizedDescription)")
        }
    }

    /// - Returns: What to sign with, and the Region that goes with it if that is known.
    private func credentials() throws -> (ClientCredentials, region: String?) {
        if environment {
            let variables = ProcessInfo.processInfo.environment
            guard let id = variables["AWS_ACCESS_KEY_ID"], let secret = variables["AWS_SECRET_ACCESS_KEY"] else {
                throw CommandFailure(
                    .unavailable, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both in the environment")
            }
            return (
                ClientCredentials(
                    accessKeyID: id, secretAccessKey: SecretAccessKey(secret),
                    sessionToken: variables["AWS_SESSION_TOKEN"].map(SessionToken.init)),
                variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"]
            )
        }
        let path = CredentialsFile.path(inDataDirectory: dataDir)
        guard let home = try CredentialsFile.load(from: path)?.home else {
            throw CommandFailure(.unavailable, "\(path) is missing: start the server, or use --environment")
        }
        let region = try? EndpointsFile.ofRunningServer(inDataDirectory: dataDir).region
        return (
            ClientCredentials(
                accessKeyID: home.accessKeyID, secretAccessKey: SecretAccessKey(home.secretAccessKey)), region
        )
    }

    // MARK: The connection

    private func settings() throws -> HTTPClient.Configuration {
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        if let host = URL(string: url)?.host(), host.hasSuffix(".localhost") || host.hasSuffix(".on.aws") {
            settings.dnsOverride = [host: "127.0.0.1"]
        }
        let authority = AuthorityFiles.certificatePath(inDataDirectory: dataDir)
        if FileManager.default.fileExists(atPath: authority) {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = [.file(authority)]
            settings.tlsConfiguration = tls
        }
        return settings
    }

    private static func head(of response: HTTPClientResponse) -> String {
        let status = "\(response.version) \(response.status.code) \(response.status.reasonPhrase)"
        return ([status] + response.headers.map { "\($0.name): \($0.value)" } + [""])
            .map { "\($0)\r\n" }.joined()
    }
}
