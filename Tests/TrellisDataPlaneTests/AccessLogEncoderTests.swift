import NIOCore
import Testing
import TrellisModel

@testable import TrellisDataPlane

@Suite struct AccessLogEncoderTests {
    private static let bare = AccessLogEntry(
        startTime: Timestamp(millisecondsSinceEpoch: 1_722_770_920_999), responseCode: 0, bytesReceived: 0,
        bytesSent: 0, duration: 0, requestToTargetDuration: 0, responseFromTargetDuration: 0, requestID: "r")

    private func line(_ entry: AccessLogEntry) -> String {
        var encoder = AccessLogEncoder()
        var buffer = ByteBuffer()
        encoder.encode(entry, into: &buffer)
        return String(buffer: buffer)
    }

    @Test func whatIsAbsentIsADash() {
        let expected =
            #"{"serviceNetworkArn":"-","resolvedUser":"-","listenerType":"-","authDeniedReason":"-","#
            + #""targetGroupArn":"-","sourceVpcArn":"-","destinationVpcId":"-","sourceIpPort":"-","listenerId":"-","#
            + #""targetIpPort":"-","failureReason":"-","serviceArn":"-","sourceVpcId":"-","#
            + #""startTime":"2024-08-04T11:28:40Z","requestMethod":"-","requestPath":"-","protocol":"-","#
            + #""responseCode":0,"bytesReceived":0,"bytesSent":0,"duration":0,"userAgent":"-","hostHeader":"-","#
            + #""serverNameIndication":"-","requestToTargetDuration":0,"responseFromTargetDuration":0,"#
            + #""sslCipher":"-","tlsVersion":"-","callerPrincipal":"-","callerPrincipalOrgID":"-","#
            + #""callerX509IssuerOU":"-","callerX509SubjectCN":"-","callerX509SANNameCN":"-","#
            + #""callerX509SANDNS":"-","callerX509SANURI":"-","grpcResponseCode":"-","requestId":"r","#
            + #""callerPrincipalTags":"-"}"#
        #expect(line(Self.bare) == expected)
    }

    /// What a line has once a field is set.
    private static let changes: [(String, @Sendable (inout AccessLogEntry) -> Void)] = [
        (#""serviceNetworkArn":"arn:n""#, { $0.serviceNetworkARN = "arn:n" }),
        (#""resolvedUser":"Anonymous""#, { $0.resolvedUser = "Anonymous" }),
        (#""authDeniedReason":"Network""#, { $0.authDeniedReason = "Network" }),
        (#""targetGroupArn":"arn:tg""#, { $0.targetGroupARN = "arn:tg" }),
        (#""sourceVpcArn":"arn:vpc""#, { $0.sourceVPCARN = "arn:vpc" }),
        (#""destinationVpcId":"vpc-1""#, { $0.destinationVPCID = "vpc-1" }),
        (#""sourceIpPort":"[::1]:4711""#, { $0.sourceIPPort = "[::1]:4711" }),
        (#""targetIpPort":"10.0.0.1:80""#, { $0.targetIPPort = "10.0.0.1:80" }),
        (#""failureReason":"TargetDataTimeout""#, { $0.failureReason = .targetDataTimeout }),
        (#""serviceArn":"arn:svc""#, { $0.serviceARN = "arn:svc" }),
        (#""sourceVpcId":"vpc-2""#, { $0.sourceVPCID = "vpc-2" }),
        (#""startTime":"1970-01-01T00:00:00Z""#, { $0.startTime = Timestamp(millisecondsSinceEpoch: 999) }),
        (#""startTime":"1969-12-31T23:59:59Z""#, { $0.startTime = Timestamp(millisecondsSinceEpoch: -1) }),
        (#""requestMethod":"GET""#, { $0.requestMethod = "GET" }),
        (#""requestPath":"/a\"b\\c\u0001é""#, { $0.requestPath = "/a\"b\\c\u{1}é" }),
        (#""requestPath":"","#, { $0.requestPath = "" }),
        (#""protocol":"HTTP/2""#, { $0.protocol = "HTTP/2" }),
        (#""responseCode":503"#, { $0.responseCode = 503 }),
        (#""bytesReceived":9223372036854775807"#, { $0.bytesReceived = .max }),
        (#""bytesSent":10"#, { $0.bytesSent = 10 }),
        (#""duration":-9223372036854775808"#, { $0.duration = .min }),
        (#""requestToTargetDuration":21"#, { $0.requestToTargetDuration = 21 }),
        (#""responseFromTargetDuration":7"#, { $0.responseFromTargetDuration = 7 }),
        (#""requestId":"a\nb""#, { $0.requestID = "a\nb" }),
        (#""userAgent":"curl/8 \"x\"""#, { $0.userAgent = "curl/8 \"x\"" }),
        (#""hostHeader":"shop.localhost:80""#, { $0.hostHeader = "shop.localhost:80" }),
        (#""serverNameIndication":"shop.example""#, { $0.serverNameIndication = "shop.example" }),
        (#""sslCipher":"ECDHE-RSA-AES128-GCM-SHA256""#, { $0.sslCipher = "ECDHE-RSA-AES128-GCM-SHA256" }),
        (#""tlsVersion":"TLSv1.2""#, { $0.tlsVersion = "TLSv1.2" }),
        (#""callerPrincipal":"arn:role""#, { $0.callerPrincipal = "arn:role" }),
        (#""callerPrincipalOrgID":"o-1""#, { $0.callerPrincipalOrgID = "o-1" }),
        (
            #""callerPrincipalTags":"{ \"TagA\": \"V\\\"1\", \"TagB\": \"2\" }""#,
            { $0.callerPrincipalTags = ["TagB": "2", "TagA": "V\"1"] }
        ),
        (#""callerX509IssuerOU":"ou""#, { $0.callerPrincipalTags = ["x509Issuer/OU": "ou"] }),
        (#""callerX509SubjectCN":"cn""#, { $0.callerPrincipalTags = ["x509Subject/CN": "cn"] }),
        (#""callerX509SANNameCN":"name""#, { $0.callerPrincipalTags = ["x509SAN/Name/CN": "name"] }),
        (#""callerX509SANDNS":"dns""#, { $0.callerPrincipalTags = ["x509SAN/DNS": "dns"] }),
        (#""callerX509SANURI":"uri","#, { $0.callerPrincipalTags = ["x509SAN/URI": "uri"] }),
    ]

    @Test(arguments: changes)
    func fields(expected: String, change: @Sendable (inout AccessLogEntry) -> Void) {
        var entry = Self.bare
        change(&entry)
        #expect(line(entry).contains(expected))
    }

    @Test func theTimeIsThatOfEachEntry() {
        var encoder = AccessLogEncoder()
        var texts: [String] = []
        for milliseconds: Int64 in [1000, 1999, 2000, 1000] {
            var entry = Self.bare
            entry.startTime = Timestamp(millisecondsSinceEpoch: milliseconds)
            var buffer = ByteBuffer()
            encoder.encode(entry, into: &buffer)
            let text = String(buffer: buffer)
            texts.append(String(text.split(separator: #""startTime":""#)[1].prefix(20)))
        }
        #expect(
            texts == [
                "1970-01-01T00:00:01Z", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z", "1970-01-01T00:00:01Z",
            ])
    }
}
