package import NIOCore
package import TrellisLambdaEvent

/// A request read from any bytes, so that a corpus can be written and read by people.
///
/// One line each for flags, method and target, then header lines up to an empty line, then the body. A missing part is
/// empty. Lines end in a line feed; a header line is split at its first colon and may hold anything else.
///
/// ```
/// wide
/// POST
/// /orders?state=open
/// content-type:text/plain
///
/// hello
/// ```
package struct FuzzedRequest {
    /// A line `wide` asks for every identity field; anything else for an anonymous caller.
    package var hasIdentity: Bool
    package var method: String
    package var target: String
    package var headers: HeaderList = []
    package var body: ByteBuffer

    package init(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        hasIdentity = Self.line(&rest) == "wide"
        method = Self.line(&rest)
        target = Self.line(&rest)
        while case let line = Self.line(&rest), !line.isEmpty {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            headers.append((name: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : ""))
        }
        body = ByteBuffer(bytes: rest)
    }

    package var event: LambdaEventRequest {
        LambdaEventRequest(method: method, target: target, headers: headers, body: body)
    }

    package var context: LambdaEventContext {
        LambdaEventContext(
            serviceNetworkARN: hasIdentity ? "arn:aws:vpc-lattice:us-west-2:123456789012:servicenetwork/sn-1" : nil,
            serviceARN: method, targetGroupARN: target, region: "us-west-2", identity: identity,
            timeEpoch: Int64(body.readableBytes))
    }

    private var identity: CallerIdentity {
        guard hasIdentity else { return CallerIdentity() }
        return CallerIdentity(
            sourceVpcARN: target, type: "AWS_IAM", principal: method, principalOrgID: target,
            principalOrgPath: method, sessionName: target,
            x509: X509Identity(issuerOU: target, sanDNS: method, sanNameCN: "", sanURI: target, subjectCN: method),
            principalTags: headers.map { PrincipalTag(key: $0.name, value: $0.value) })
    }

    private static func line(_ rest: inout Slice<UnsafeRawBufferPointer>) -> String {
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        defer { rest = rest[(end < rest.endIndex ? end + 1 : end)...] }
        return String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
    }
}
