import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import TrellisFunctionHost

/// The steps of `trellis demo`, each a call that any AWS client could make.
struct Demo: Sendable {
    /// The way to the service that the demo made.
    struct Route: Sendable {
        var host: String
        var port: Int
        var functionName: String
        var serviceID: String
    }

    static let function = """
        import json


        def handler(event, context):
            return {
                "isBase64Encoded": False,
                "statusCode": 200,
                "headers": {"content-type": "application/json", "x-served-by": context.function_name},
                "body": json.dumps({"message": "Hello from a Lambda function behind VPC Lattice", "event": event}),
            }

        """

    private let client: SignedClient
    private let portOffset: Int
    private let dataDirectory: String

    /// - Throws: ``CommandFailure`` if the server's credentials cannot be read.
    init(endpoints: EndpointsFile, dataDirectory: String) throws {
        let path = CredentialsFile.path(inDataDirectory: dataDirectory)
        guard let credentials = try CredentialsFile.load(from: path)?.home else {
            throw CommandFailure(.internalError, "\(path) is missing")
        }
        client = SignedClient(
            endpoint: endpoints.api, credentials: credentials, region: endpoints.region, clock: SystemWallClock())
        portOffset = endpoints.portOffset
        self.dataDirectory = dataDirectory
    }

    /// Makes everything, sends one request and shows what happened.
    func run() async throws -> Route {
        say("Trellis runs on \(client.endpoint) with its data in \(dataDirectory).\n")
        let alias = try await makeFunction()
        let targetGroup = try await makeTargetGroup(function: alias)
        let route = try await makeService(targetGroup: targetGroup)
        try await show(route)
        return route
    }

    /// The lines to copy for going on by hand.
    func explainHowToGoOn(_ route: Route) {
        let program = CommandLine.arguments.first ?? "trellis"
        say(
            """

            Go on in another terminal:

              curl 'http://hello.localhost:\(route.port)/orders?state=open'
              curl -H 'Host: \(route.host)' --json '{"item": 7}' http://127.0.0.1:\(route.port)/orders

              eval "$(\(program) env --data-dir \(dataDirectory))"
              aws vpc-lattice list-services
              aws vpc-lattice get-service --service-identifier \(route.serviceID)
              aws lambda get-policy --function-name \(route.functionName):live
              aws lambda invoke --function-name \(route.functionName):live --log-type Tail /dev/stdout

              aws logs tail /aws/lambda/\(route.functionName) --follow

            Ctrl-C ends the demo and deletes its data.
            """)
    }

    // MARK: Steps

    private func makeFunction() async throws -> String {
        let package = try ZipWriter.zip([ZipWriter.File(path: "app.py", text: Self.function)])
        _ = try await client.call(
            "lambda", .POST, "/2015-03-31/functions",
            [
                "FunctionName": "hello", "Runtime": "python3.11", "Handler": "app.handler", "Timeout": 10,
                "Role": "arn:aws:iam::\(client.credentials.account):role/hello",
                "Code": ["ZipFile": Data(package).base64EncodedString()],
            ])
        let version = try await client.call("lambda", .POST, "/2015-03-31/functions/hello/versions", [:])
        let alias = try await client.call(
            "lambda", .POST, "/2015-03-31/functions/hello/aliases",
            ["Name": "live", "FunctionVersion": try text("Version", of: version)])
        let arn = try text("AliasArn", of: alias)
        say("1. lambda create-function, publish-version, create-alias\n   \(arn)")
        return arn
    }

    private func makeTargetGroup(function: String) async throws -> String {
        let group = try await client.call(
            "vpc-lattice", .POST, "/targetgroups",
            ["name": "hello", "type": "LAMBDA", "config": ["lambdaEventStructureVersion": "V2"]])
        let id = try text("id", of: group)
        _ = try await client.call(
            "vpc-lattice", .POST, "/targetgroups/\(id)/registertargets", ["targets": [["id": function]]])
        say("2. vpc-lattice create-target-group (LAMBDA, V2), register-targets\n   \(try text("arn", of: group))")
        return id
    }

    private func makeService(targetGroup: String) async throws -> Route {
        let network = try text(
            "id", of: try await client.call("vpc-lattice", .POST, "/servicenetworks", ["name": "demo"]))
        _ = try await client.call(
            "vpc-lattice", .POST, "/servicenetworkvpcassociations",
            ["serviceNetworkIdentifier": network, "vpcIdentifier": "vpc-0123456789abcdef0"])
        let service = try await client.call("vpc-lattice", .POST, "/services", ["name": "hello"])
        let serviceID = try text("id", of: service)
        _ = try await client.call(
            "vpc-lattice", .POST, "/servicenetworkserviceassociations",
            ["serviceNetworkIdentifier": network, "serviceIdentifier": serviceID])
        say("3. vpc-lattice create-service-network, …-vpc-association, create-service, …-service-association")
        say("   \(try text("arn", of: service))")

        let (listenerPort, boundPort) = try await freeListenerPort()
        let listener = try await client.call(
            "vpc-lattice", .POST, "/services/\(serviceID)/listeners",
            [
                "name": "http", "protocol": "HTTP", "port": listenerPort,
                "defaultAction": ["fixedResponse": ["statusCode": 404]],
            ])
        let rule = try await client.call(
            "vpc-lattice", .POST, "/services/\(serviceID)/listeners/\(try text("id", of: listener))/rules",
            [
                "name": "orders", "priority": 10,
                "match": ["httpMatch": ["pathMatch": ["match": ["prefix": "/orders"]]]],
                "action": ["forward": ["targetGroups": [["targetGroupIdentifier": targetGroup]]]],
            ])
        say("4. vpc-lattice create-listener (HTTP, port \(listenerPort)), create-rule (path prefix /orders)")
        say("   \(try text("arn", of: rule))")
        guard let dnsEntry = service["dnsEntry"] as? [String: Any] else {
            throw CommandFailure(.internalError, "create-service answered without dnsEntry")
        }
        return Route(
            host: try text("domainName", of: dnsEntry), port: boundPort, functionName: "hello", serviceID: serviceID)
    }

    private func show(_ route: Route) async throws {
        let target = "/orders?state=open&state=late"
        let response = try await answer(to: target, route)
        let body = try await response.body.collect(upTo: 8 * 1024 * 1024)
        guard response.status == .ok else {
            throw CommandFailure(
                .internalError, "the service answered \(response.status.code): \(String(buffer: body))")
        }
        let answer = try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any] ?? [:]
        say("\nGET \(target)\nHost: \(route.host)\n")
        say("The event that the function received:\n\(pretty(answer["event"] ?? [:]))\n")
        say("The response that came back:\nHTTP/1.1 \(response.status.code) \(response.status.reasonPhrase)")
        for (name, value) in response.headers { say("\(name): \(value)") }
        say("\n{\"message\": \"\(answer["message"] ?? "")\", \"event\": …}")
    }

    /// The associations become active a moment after they are created; until then the service is not found.
    private func answer(to target: String, _ route: Route) async throws -> HTTPClientResponse {
        for _ in 0..<100 {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(route.port)\(target)")
            request.headers.add(name: "host", value: route.host)
            let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(30))
            if let response, response.status != .notFound { return response }
            _ = try await response?.body.collect(upTo: 65_536)
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CommandFailure(.internalError, "the service did not become reachable on port \(route.port)")
    }

    /// Port 80 as in the guides, bound higher by the offset; another one if that is taken on this machine.
    private func freeListenerPort() async throws -> (listener: Int, bound: Int) {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let preferred = 80 + portOffset
        if let channel = try? await bootstrap.bind(host: "127.0.0.1", port: preferred).get() {
            try await channel.close()
            return (80, preferred)
        }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return (port, port)
    }

    private func text(_ member: String, of answer: [String: Any]) throws -> String {
        guard let text = answer[member] as? String else {
            throw CommandFailure(.internalError, "an API answered without \(member)")
        }
        return text
    }

    private func pretty(_ value: Any) -> String {
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = try? JSONSerialization.data(withJSONObject: value, options: options)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }

    private func say(_ text: String) {
        StandardStream.output.write(text + "\n")
    }
}
