import NIOCore
import TrellisLambdaEvent
import TrellisModel

enum Fixture {
    static let serviceNetworkARN =
        "arn:aws:vpc-lattice:us-west-2:123456789012:servicenetwork/sn-0bf3f2882e9cc805a"
    static let serviceARN = "arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-0a40eebed65f8d69c"
    static let targetGroupARN = "arn:aws:vpc-lattice:us-west-2:123456789012:targetgroup/tg-6d0ecf831eec9f090"
    static let vpcARN = "arn:aws:ec2:us-west-2:123456789012:vpc/vpc-0b8276c84697e7339"
    static let principal = "arn:aws:sts::123456789012:assumed-role/Role/Session"

    static func context(
        network: String? = serviceNetworkARN, identity: CallerIdentity = CallerIdentity(),
        timeEpoch: Int64 = 1_690_497_599_177_430
    ) -> LambdaEventContext {
        LambdaEventContext(
            serviceNetworkARN: network, serviceARN: serviceARN, targetGroupARN: targetGroupARN, region: "us-west-2",
            identity: identity, timeEpoch: timeEpoch)
    }
}

/// Header lines from a literal: `lines(("host", "a"), ("accept", "b"))`.
func lines(_ pairs: (String, String)...) -> HeaderList {
    pairs.map { (name: $0.0, value: $0.1) }
}

/// Header lines in a form that can be compared and read in a failure.
func printed(_ headers: HeaderList) -> [String] {
    headers.map { "\($0.name): \($0.value)" }
}

func event(
    _ version: EventStructureVersion, method: String = "GET", target: String = "/", headers: HeaderList = [],
    body: ByteBuffer = ByteBuffer(), context: LambdaEventContext = Fixture.context()
) throws -> ByteBuffer {
    try LambdaEventEncoder(version: version).encode(
        LambdaEventRequest(method: method, target: target, headers: headers, body: body), context: context)
}
