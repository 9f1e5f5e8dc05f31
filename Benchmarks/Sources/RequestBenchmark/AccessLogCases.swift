import BenchmarkCounting
import NIOCore
import TrellisModel

@testable import TrellisDataPlane

/// The line of a request that a function has answered, into a buffer that has room.
var accessLogCases: [BenchmarkCase] {
    [
        BenchmarkCase(name: "access-log-line", operations: 500, bars: [.allocations(0)]) {
            var encoder = AccessLogEncoder()
            var buffer = ByteBuffer()
            let entry = entry
            return PreparedOperation {
                buffer.clear()
                encoder.encode(entry, into: &buffer)
                return buffer.readableBytes
            }
        }
    ]
}

private var entry: AccessLogEntry {
    var entry = AccessLogEntry(
        startTime: Records.time, responseCode: 200, bytesReceived: 1_137, bytesSent: 412, duration: 7,
        requestToTargetDuration: 1, responseFromTargetDuration: 1, requestID: "6f1b7c52-7a0e-4a53-9f83-3b1d2c4e5f60")
    let arn = "arn:aws:vpc-lattice:us-east-1:123456789012:"
    entry.serviceNetworkARN = arn + "servicenetwork/sn-0123456789abcdef0"
    entry.serviceARN = arn + "service/svc-0123456789abcdef0"
    entry.targetGroupARN = arn + "targetgroup/tg-0123456789abcdef0"
    entry.sourceVPCARN = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0"
    entry.sourceVPCID = "vpc-0123456789abcdef0"
    entry.sourceIPPort = "203.0.113.7:57086"
    entry.requestMethod = "GET"
    entry.requestPath = "/tenants/0/orders"
    entry.protocol = "HTTP/1.1"
    entry.userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0"
    entry.hostHeader = SampleRequest.host
    entry.resolvedUser = "arn:aws:sts::123456789012:assumed-role/orders/session"
    entry.callerPrincipal = entry.resolvedUser
    return entry
}
