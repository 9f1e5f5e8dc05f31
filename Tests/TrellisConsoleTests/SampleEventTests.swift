import NIOCore
import Testing
import TrellisAPI
import TrellisLambdaEvent
import TrellisModel

@testable import TrellisConsole

@Suite struct SampleEventTests {
    @Test(arguments: [(SampleEvent.v1, EventStructureVersion.v1), (.v2, .v2)])
    func samplesAreWhatTheEncoderMakes(sample: SampleEvent, version: EventStructureVersion) throws {
        let headers = [(name: "accept", value: "*/*"), (name: "host", value: "orders.localhost")]
        let request = LambdaEventRequest(method: "GET", target: "/orders/1?state=open", headers: headers)
        let arn = "arn:aws:vpc-lattice:us-east-1:123456789012"
        let context = LambdaEventContext(
            serviceNetworkARN: "\(arn):servicenetwork/sn-0a1b2c3d4e5f60718",
            serviceARN: "\(arn):service/svc-0a1b2c3d4e5f60718",
            targetGroupARN: "\(arn):targetgroup/tg-0a1b2c3d4e5f60718", region: "us-east-1", identity: CallerIdentity(),
            timeEpoch: 1_764_000_000_000_000)
        let event = try LambdaEventEncoder(version: version).encode(request, context: context)
        #expect(try JSONValue(parsing: sample.json.utf8) == JSONValue(parsing: event.readableBytesView))
    }
}
