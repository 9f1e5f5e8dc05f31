import BenchmarkCounting
import NIOCore
import TrellisLambdaEvent
import TrellisModel

/// Requests that become events.
var eventCases: [BenchmarkCase] {
    EventStructureVersion.allCases.flatMap(ordinaryRequests) + largeBodies
        + EventStructureVersion.allCases.map(repeatedHeaders)
}

private func ordinaryRequests(_ version: EventStructureVersion) -> [BenchmarkCase] {
    [
        BenchmarkCase(name: "encode-\(version.label)-get-20-headers", operations: 200, bars: [.allocations(2)]) {
            encoding(version, method: "GET", headers: headers(("accept", "application/json"), ("priority", "u=1, i")))
        },
        BenchmarkCase(name: "encode-\(version.label)-post-json-1k", operations: 200) {
            encoding(version, "application/json", Sample.json(BodySize.small))
        },
        BenchmarkCase(
            name: "encode-\(version.label)-post-binary-6m", operations: 1, isTimed: true,
            bars: [.gigabytesPerSecond(1.5)]
        ) {
            encoding(version, "application/octet-stream", Sample.binary(BodySize.large))
        },
    ]
}

private var largeBodies: [BenchmarkCase] {
    [
        large("prose", bars: [.gigabytesPerSecond(1.5)], Sample.prose),
        large("json", bars: [.gigabytesPerSecond(1.5)], Sample.json),
        large("french", Sample.french),
        large("chinese", Sample.chinese),
        large("quotes") { Sample.only("\"", $0) },
        large("controls") { Sample.only("\u{1}", $0) },
    ]
}

private func repeatedHeaders(_ version: EventStructureVersion) -> BenchmarkCase {
    BenchmarkCase(name: "encode-\(version.label)-get-100-equal-names", operations: 50) {
        let lines = (0..<100).map { (name: "x-Repeated", value: "value \($0)") }
        return encoding(version, method: "GET", headers: lines)
    }
}

private func large(
    _ name: String, bars: [BenchmarkCase.Bar] = [], _ body: @escaping (Int) -> [UInt8]
) -> BenchmarkCase {
    BenchmarkCase(name: "encode-v2-post-\(name)-6m", operations: 1, isTimed: true, bars: bars) {
        encoding(.v2, "text/plain; charset=utf-8", body(BodySize.large))
    }
}

private func encoding(
    _ version: EventStructureVersion, _ contentType: String, _ body: [UInt8]
) -> PreparedOperation {
    encoding(
        version, method: "POST",
        headers: headers(("content-type", contentType), ("content-length", String(body.count))),
        body: ByteBuffer(bytes: body))
}

private func encoding(
    _ version: EventStructureVersion, method: String, headers: HeaderList, body: ByteBuffer = ByteBuffer()
) -> PreparedOperation {
    // Far more than Lambda takes, so that the large bodies go through to the end.
    let encoder = LambdaEventEncoder(version: version, maximumEventBytes: 1 << 26)
    let request = LambdaEventRequest(
        method: method, target: "/orders/42?state=open&state=late&page=2", headers: headers, body: body)
    return PreparedOperation(bytes: body.readableBytes) {
        try encoder.encode(request, context: context).readableBytes
    }
}

/// Twenty lines as a browser's request has them when Lattice has added its own.
private func headers(_ first: (String, String), _ second: (String, String)) -> HeaderList {
    [
        first, second,
        ("Host", "orders-0a40eebed65f8d69c.7d67968.vpc-lattice-svcs.us-west-2.on.aws"),
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0"),
        ("Accept-Language", "en-GB,en;q=0.9,de;q=0.8"), ("Accept-Encoding", "gzip, deflate, br, zstd"),
        ("Cookie", "session=Zm9vYmFyYmF6cXV4; theme=dark; consent=1"), ("Referer", "https://shop.example.com/orders"),
        ("Cache-Control", "no-cache"), ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors"),
        ("sec-ch-ua", #""Chromium";v="126", "Not/A)Brand";v="8""#),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("x-forwarded-for", "10.0.1.7"), ("x-forwarded-port", "443"), ("x-forwarded-proto", "https"),
        ("x-amzn-requestid", "7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ("x-amzn-lattice-network", "SourceVpcArn=\(vpcARN)"),
        (
            "x-amzn-lattice-target",
            "ServiceArn=\(context.serviceARN); ServiceNetworkArn=\(context.serviceNetworkARN ?? ""); "
                + "TargetGroupArn=\(context.targetGroupARN)"
        ),
        ("x-amzn-source-vpc", "vpc-0b8276c84697e7339"),
    ]
}

private let vpcARN = "arn:aws:ec2:us-west-2:123456789012:vpc/vpc-0b8276c84697e7339"

private let context = LambdaEventContext(
    serviceNetworkARN: "arn:aws:vpc-lattice:us-west-2:123456789012:servicenetwork/sn-0bf3f2882e9cc805a",
    serviceARN: "arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-0a40eebed65f8d69c",
    targetGroupARN: "arn:aws:vpc-lattice:us-west-2:123456789012:targetgroup/tg-6d0ecf831eec9f090",
    region: "us-west-2",
    identity: CallerIdentity(
        sourceVpcARN: vpcARN, type: "AWS_IAM",
        principal: "arn:aws:sts::123456789012:assumed-role/Role/Session", sessionName: "Session"),
    timeEpoch: 1_690_497_599_177_430)

extension EventStructureVersion {
    fileprivate var label: String { rawValue.lowercased() }
}
