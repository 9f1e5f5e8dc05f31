import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

/// The event that aws-lambda-go publishes for VPC Lattice, rebuilt from the request that causes it.
@Suite("Published sample")
struct PublishedSampleTests {
    private let clientHeaders = lines(
        ("Host", "test-lambda-service-3908sdf9u3u.dkfjd93.vpc-lattice-svcs.us-east-2.on.aws"),
        ("User-Agent", "curl/7.64.1"), ("Accept", "*/*"), ("Content-Type", "application/json"),
        ("Content-Length", "17"), ("X-Forwarded-For", "1.2.3.4"))

    @Test("Query lists, header lists, a chained x-forwarded-for and the kept content-length")
    func request() throws {
        let context = Fixture.context(identity: CallerIdentity(sourceVpcARN: Fixture.vpcARN))
        let composed = ForwardedHeaders(
            context: context, peerAddress: "2.3.4.5", listenerPort: 443, scheme: .https, requestID: "id-1"
        ).compose(clientHeaders)
        let json = try JSONValue(
            event(
                .v2, method: "POST", target: "/path/to/resource?query1=value1&query1=value2",
                headers: composed.headers, body: ByteBuffer(string: #"{"key1":"value1"}"#), context: context))

        #expect(json["version"] == "2.0")
        #expect(json["path"] == "/path/to/resource?query1=value1&query1=value2")
        #expect(json["queryStringParameters"] == ["query1": ["value1", "value2"]])
        #expect(json["body"] == .string(#"{"key1":"value1"}"#))
        #expect(json["isBase64Encoded"] == false)
        let headers = try #require(json["headers"])
        #expect(headers["x-forwarded-for"] == ["1.2.3.4,2.3.4.5"])
        #expect(headers["x-forwarded-port"] == ["443"])
        #expect(headers["x-forwarded-proto"] == ["https"])
        #expect(headers["content-length"] == ["17"])
        #expect(headers["accept"] == ["*/*"])
        #expect(headers["user-agent"] == ["curl/7.64.1"])
        #expect(headers.names.allSatisfy { $0 == $0.lowercased() })
        #expect(
            json["requestContext"] == [
                "serviceNetworkArn": .string(Fixture.serviceNetworkARN), "serviceArn": .string(Fixture.serviceARN),
                "targetGroupArn": .string(Fixture.targetGroupARN),
                "identity": ["sourceVpcArn": .string(Fixture.vpcARN)],
                "region": "us-west-2", "timeEpoch": "1690497599177430",
            ])
    }
}
