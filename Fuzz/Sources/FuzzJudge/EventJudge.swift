import Foundation
import NIOCore
import TrellisLambdaEvent
import TrellisModel

/// Compares events with what a slow and plain reading of the rules expects of them; Foundation parses the JSON.
package struct EventJudge {
    private let request: FuzzedRequest

    package init(_ request: FuzzedRequest) {
        self.request = request
    }

    package func judge() {
        judgeForwardedHeaders()
        judgeLimits()
        judgeV1()
        judgeV2()
    }

    // MARK: Versions

    private func judgeV1() {
        let event = parsedEvent(.v1)
        require(event.count == 6, "V1 has six members")
        require(same(event["raw_path"], request.target), "raw_path")
        require(same(event["method"], request.method), "method")
        judgeMap(event["headers"], expectedHeaders) { value, lines in same(value, lines.joined(separator: ", ")) }
        judgeMap(event["query_string_parameters"], expectedQuery) { value, values in same(value, values.last ?? "") }
        judgeBody(event["body"], isBase64: event["is_base64_encoded"])
    }

    private func judgeV2() {
        let event = parsedEvent(.v2)
        require(same(event["version"], "2.0"), "version")
        require(same(event["path"], request.target), "path")
        require(same(event["method"], request.method), "method")
        judgeMap(event["headers"], expectedHeaders, same)
        if expectedQuery.isEmpty {
            require(event["queryStringParameters"] == nil, "no query, no map")
        } else {
            judgeMap(event["queryStringParameters"], expectedQuery, same)
        }
        judgeBody(event["body"], isBase64: event["isBase64Encoded"])
        judgeContext(event["requestContext"])
    }

    private func judgeContext(_ value: Any?) {
        guard let context = value as? [String: Any], let identity = context["identity"] as? [String: Any] else {
            return require(false, "requestContext")
        }
        require(same(context["serviceArn"], request.method), "serviceArn")
        require(same(context["targetGroupArn"], request.target), "targetGroupArn")
        require(same(context["timeEpoch"], String(request.body.readableBytes)), "timeEpoch")
        guard request.hasIdentity else { return require(identity.isEmpty, "an anonymous identity is empty") }
        let expected = [
            "sourceVpcArn": request.target, "type": "AWS_IAM", "principal": request.method,
            "principalOrgID": request.target, "sessionName": request.target, "x509IssuerOu": request.target,
            "x509SanDns": request.method, "x509SanNameCn": "", "x509SanUri": request.target,
            "x509SubjectCn": request.method,
        ]
        require(identity.count == expected.count, "identity members")
        for (name, text) in expected { require(same(identity[name], text), name) }
    }

    private func judgeBody(_ value: Any?, isBase64: Any?) {
        guard let text = value as? String, let isBase64 = isBase64 as? Bool else { return require(false, "body") }
        let bytes = Array(buffer: request.body)
        let isText = LambdaEventEncoder.isText(
            contentType: request.headers.first { asciiLowercased($0.name) == "content-type" }?.value)
        let isUTF8 = String(validating: bytes, as: UTF8.self) != nil
        require(isBase64 == (!bytes.isEmpty && !(isText && isUTF8)), "base64 or not")
        let decoded = isBase64 ? Data(base64Encoded: text).map(Array.init) : Array(text.utf8)
        require(decoded == bytes, "body bytes")
    }

    /// A limit of any size gives the same event or an error, never a cut one.
    private func judgeLimits() {
        let size = encoded(.v2).readableBytes
        for limit in [size, size - 1, size / 2] {
            let event = try? LambdaEventEncoder(version: .v2, maximumEventBytes: limit)
                .encode(request.event, context: request.context)
            require(limit >= size ? event?.readableBytes == size : event == nil, "limit \(limit) of \(size)")
        }
    }

    private func judgeForwardedHeaders() {
        let composed = ForwardedHeaders(
            context: request.context, peerAddress: "10.0.1.7", listenerPort: 80, scheme: .http, requestID: "id"
        ).compose(request.headers)
        for (name, value) in composed.headers {
            let name = asciiLowercased(name)
            require(
                !["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"].contains(name), name)
            guard name.hasPrefix("x-amzn-lattice-") else { continue }
            require(value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }, "no control characters")
        }
        let lattice = composed.headers.filter { asciiLowercased($0.name) == "x-amzn-lattice-identity" }
        require(lattice.count == (request.hasIdentity ? 1 : 0), "one identity header")
    }

    // MARK: What is expected

    /// Keys and values in order of appearance, keys only once.
    private typealias Grouped = [(key: String, values: [String])]

    private var expectedHeaders: Grouped {
        grouped(request.headers.map { (asciiLowercased($0.name), $0.value) })
    }

    private var expectedQuery: Grouped {
        guard let mark = request.target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        let query = request.target.utf8[request.target.utf8.index(after: mark)...]
        return grouped(
            query.split(separator: UInt8(ascii: "&")).map { pair in
                let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
            })
    }

    private func grouped(_ pairs: [(String, String)]) -> Grouped {
        var groups: Grouped = []
        for (key, value) in pairs {
            if let index = groups.firstIndex(where: { $0.key.utf8.elementsEqual(key.utf8) }) {
                groups[index].values.append(value)
            } else {
                groups.append((key, [value]))
            }
        }
        return groups
    }

    private func decoded(_ text: Substring.UTF8View) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                rest.prefix(2).allSatisfy({ Character(UnicodeScalar($0)).isHexDigit && $0 < 0x80 }),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Comparing

    private func judgeMap(_ value: Any?, _ expected: Grouped, _ areSame: (Any?, [String]) -> Bool) {
        // A dictionary takes canonically equivalent keys as one; the encoder, like JSON, does not.
        guard Set(expected.map(\.key)).count == expected.count else { return }
        guard let map = value as? [String: Any] else { return require(false, "map") }
        require(map.count == expected.count, "keys \(map.keys) instead of \(expected.map(\.key))")
        for (key, values) in expected { require(areSame(map[key], values), "value of \(key)") }
    }

    private func same(_ value: Any?, _ text: String) -> Bool {
        (value as? String)?.utf8.elementsEqual(text.utf8) ?? false
    }

    private func same(_ value: Any?, _ texts: [String]) -> Bool {
        guard let list = value as? [Any], list.count == texts.count else { return false }
        return zip(list, texts).allSatisfy { same($0, $1) }
    }

    private func asciiLowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private func encoded(_ version: EventStructureVersion) -> ByteBuffer {
        do {
            return try LambdaEventEncoder(version: version).encode(request.event, context: request.context)
        } catch {
            fatalError("no event: \(error)")
        }
    }

    private func parsedEvent(_ version: EventStructureVersion) -> [String: Any] {
        let event = Data(encoded(version).readableBytesView)
        guard let members = try? JSONSerialization.jsonObject(with: event) as? [String: Any] else {
            fatalError("the event is not a JSON object: \(String(decoding: event, as: UTF8.self))")
        }
        return members
    }
}

/// Ends the process, which the fuzzer takes as a finding.
func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    guard condition else { fatalError(what()) }
}
