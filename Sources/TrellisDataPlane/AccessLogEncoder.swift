import NIOCore
import TrellisLambdaEvent
import TrellisModel

/// Writes access log entries as lines of JSON, without an intermediate text for any field.
///
/// Numbers are JSON numbers, everything else is a string; what is absent is `-`.
///
/// - Source: reference section "Access logs", table of fields and the order in which keys are seen. The fields that the
///   observed order does not have come last, in the order of the table: `grpcResponseCode`, `requestId`,
///   `callerPrincipalTags`. `listenerType` and `listenerId` are always absent, as they are seen to be.
struct AccessLogEncoder {
    private var second = Int64.min
    private var startTime = ""

    /// Appends one JSON object, without a line break.
    mutating func encode(_ entry: AccessLogEntry, into buffer: inout ByteBuffer) {
        buffer.writeField(#"{"serviceNetworkArn":"#, entry.serviceNetworkARN)
        buffer.writeField(#","resolvedUser":"#, entry.resolvedUser)
        buffer.writeStaticString(#","listenerType":"-""#)
        buffer.writeField(#","authDeniedReason":"#, entry.authDeniedReason)
        buffer.writeField(#","targetGroupArn":"#, entry.targetGroupARN)
        buffer.writeField(#","sourceVpcArn":"#, entry.sourceVPCARN)
        buffer.writeField(#","destinationVpcId":"#, entry.destinationVPCID)
        buffer.writeField(#","sourceIpPort":"#, entry.sourceIPPort)
        buffer.writeStaticString(#","listenerId":"-""#)
        buffer.writeField(#","targetIpPort":"#, entry.targetIPPort)
        buffer.writeField(#","failureReason":"#, entry.failureReason?.rawValue)
        buffer.writeField(#","serviceArn":"#, entry.serviceARN)
        buffer.writeField(#","sourceVpcId":"#, entry.sourceVPCID)
        buffer.writeField(#","startTime":"#, text(of: entry.startTime))
        buffer.writeField(#","requestMethod":"#, entry.requestMethod)
        buffer.writeField(#","requestPath":"#, entry.requestPath)
        buffer.writeField(#","protocol":"#, entry.protocol)
        buffer.writeField(#","responseCode":"#, entry.responseCode)
        buffer.writeField(#","bytesReceived":"#, entry.bytesReceived)
        buffer.writeField(#","bytesSent":"#, entry.bytesSent)
        buffer.writeField(#","duration":"#, entry.duration)
        buffer.writeField(#","userAgent":"#, entry.userAgent)
        buffer.writeField(#","hostHeader":"#, entry.hostHeader)
        buffer.writeField(#","serverNameIndication":"#, entry.serverNameIndication)
        buffer.writeField(#","requestToTargetDuration":"#, entry.requestToTargetDuration)
        buffer.writeField(#","responseFromTargetDuration":"#, entry.responseFromTargetDuration)
        buffer.writeField(#","sslCipher":"#, entry.sslCipher)
        buffer.writeField(#","tlsVersion":"#, entry.tlsVersion)
        buffer.writeField(#","callerPrincipal":"#, entry.callerPrincipal)
        buffer.writeField(#","callerPrincipalOrgID":"#, entry.callerPrincipalOrgID)
        buffer.writeCertificate(entry.callerPrincipalTags)
        if let code = entry.grpcResponseCode {
            buffer.writeField(#","grpcResponseCode":"#, code)
        } else {
            buffer.writeStaticString(#","grpcResponseCode":"-""#)
        }
        buffer.writeField(#","requestId":"#, entry.requestID)
        buffer.writeTags(entry.callerPrincipalTags)
        buffer.writeStaticString("}")
    }

    /// The text is the same for all requests of a second.
    private mutating func text(of time: Timestamp) -> String {
        let milliseconds = time.millisecondsSinceEpoch
        let second = (milliseconds - (milliseconds < 0 ? 999 : 0)) / 1000
        if second != self.second {
            self.second = second
            startTime = time.iso8601Seconds
        }
        return startTime
    }
}

extension ByteBuffer {
    fileprivate static let absent: StaticString = #""-""#

    fileprivate mutating func writeField(_ name: StaticString, _ text: String?) {
        writeStaticString(name)
        if let text {
            writeJSONString(text)
        } else {
            writeStaticString(Self.absent)
        }
    }

    fileprivate mutating func writeField(_ name: StaticString, _ text: Substring?) {
        writeStaticString(name)
        guard var text else {
            writeStaticString(Self.absent)
            return
        }
        text.withUTF8 { bytes in _ = writeJSONString(utf8: UnsafeRawBufferPointer(bytes)) }
    }

    fileprivate mutating func writeField(_ name: StaticString, _ number: Int) {
        writeStaticString(name)
        writeDecimal(number)
    }

    /// The fields of IAM Roles Anywhere, which come as tags of the session.
    fileprivate mutating func writeCertificate(_ tags: [String: String]) {
        guard !tags.isEmpty else {
            writeStaticString(#","callerX509IssuerOU":"-","callerX509SubjectCN":"-","callerX509SANNameCN":"-""#)
            writeStaticString(#","callerX509SANDNS":"-","callerX509SANURI":"-""#)
            return
        }
        writeField(#","callerX509IssuerOU":"#, tags["x509Issuer/OU"])
        writeField(#","callerX509SubjectCN":"#, tags["x509Subject/CN"])
        writeField(#","callerX509SANNameCN":"#, tags["x509SAN/Name/CN"])
        writeField(#","callerX509SANDNS":"#, tags["x509SAN/DNS"])
        writeField(#","callerX509SANURI":"#, tags["x509SAN/URI"])
    }

    /// JSON text inside a JSON string: `{ "TagA": "ValA" }`.
    fileprivate mutating func writeTags(_ tags: [String: String]) {
        writeStaticString(#","callerPrincipalTags":"#)
        guard !tags.isEmpty else {
            writeStaticString(Self.absent)
            return
        }
        var inner = ByteBuffer()
        inner.writeStaticString("{ ")
        for (index, tag) in tags.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { inner.writeStaticString(", ") }
            inner.writeJSONString(tag.key)
            inner.writeStaticString(": ")
            inner.writeJSONString(tag.value)
        }
        inner.writeStaticString(" }")
        inner.withUnsafeReadableBytes { _ = writeJSONString(utf8: $0) }
    }

    /// Digits from the last to the first, without a text in between.
    fileprivate mutating func writeDecimal(_ number: Int) {
        var rest = number.magnitude
        writeWithUnsafeMutableBytes(minimumWritableBytes: 20) { output in
            var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
            return withUnsafeMutableBytes(of: &digits) { scratch in
                var start = scratch.count
                repeat {
                    start -= 1
                    scratch[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                } while rest > 0
                if number < 0 {
                    start -= 1
                    scratch[start] = UInt8(ascii: "-")
                }
                let text = scratch[start...]
                output.copyBytes(from: text)
                return text.count
            }
        }
    }
}
