import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

/// Runs every case of `Tests/Conformance/events`.
@Suite("Conformance")
struct ConformanceTests {
    private static let requestCases = ConformanceFolder.cases(in: "requests")
    private static let responseCases = ConformanceFolder.cases(in: "responses")

    @Test("The folder holds cases of both halves and nothing that is not read")
    func folder() throws {
        #expect(Self.requestCases.count > 100)
        #expect(Self.responseCases.count > 100)
        let others = ConformanceFolder.files.filter { !$0.hasPrefix("requests/") && !$0.hasPrefix("responses/") }
        #expect(others == [".gitattributes", "README.md", "context.json", "sources.json"])
    }

    @Test("Every source is explained, and every explained source is used")
    func sources() throws {
        let explained = try ConformanceFolder.json("sources.json").names
        var used: Set<String> = []
        for name in Self.requestCases + Self.responseCases {
            let members = try Members(ConformanceFolder.json("\(name)/case.json"), of: name)
            let sources = try members.require(members.texts("sources"), "sources")
            #expect(!sources.isEmpty, "\(name) has no source")
            used.formUnion(sources)
        }
        #expect(used == explained)
    }

    @Test("Every way in which a response can be wrong has a case")
    func reasons() throws {
        let names = try Self.responseCases.compactMap { name -> String? in
            guard ConformanceFolder.files.contains("\(name)/error.json") else { return nil }
            return try ConformanceFolder.json("\(name)/error.json")["reason"]?.text
        }
        #expect(
            Set(names) == [
                "unexpectedEnd", "unexpectedByte", "controlCharacterInString", "invalidEscape", "invalidUTF8",
                "nestingTooDeep", "trailingBytes", "notAnObject", "missingStatusCode", "statusCodeNotNumeric",
                "statusCodeOutOfRange", "wrongType", "headerValueNotString", "invalidHeaderName", "invalidHeaderValue",
                "tooManyHeaders", "headersTooLarge", "invalidBase64",
            ])
    }

    // MARK: Requests

    @Test("Requests become events", arguments: requestCases)
    func request(name: String) throws {
        let files = CaseFiles(name)
        let members = try Members(#require(try files.json("case.json"), "\(name) has no case.json"), of: name)
        _ = (try members.text("rule"), try members.texts("sources"))
        let context = try ConformanceContext(replacing: members.take("context"), in: name)
        let limit = try members.integer("maximumEventBytes") ?? LambdaPayloadLimits.eventBytes
        let version = try members.text("version")
        let request = try Self.request(files, context)
        if let error = try files.json("error.json") {
            try expectRefusal(of: request, context, limit: limit, version: version, as: error, in: name)
        } else {
            #expect(version == nil, "only a refused request has a version")
            try expectEvents(of: request, context, limit: limit, deviations: members.take("deviations"), files)
        }
        members.expectAllRead()
        files.expectAllRead()
    }

    private static func request(_ files: CaseFiles, _ context: ConformanceContext) throws -> LambdaEventRequest {
        let head = try ConformanceHead(#require(try files.text("request.http")), in: files.name)
        let parts = head.firstLine.split(separator: " ", omittingEmptySubsequences: false)
        try #require(parts.count == 3 && parts[2] == "HTTP/1.1", "\(files.name): a request line has three parts")
        let composed = ForwardedHeaders(
            context: context.context, peerAddress: context.peerAddress, listenerPort: context.listenerPort,
            scheme: context.scheme, requestID: context.requestID,
            forwardsCallerCredentials: context.forwardsCallerCredentials
        ).compose(head.headers)
        return LambdaEventRequest(
            method: String(parts[0]), target: String(parts[1]), headers: composed.headers,
            body: ByteBuffer(bytes: try files.bytes("request.body") ?? []))
    }

    private func expectEvents(
        of request: LambdaEventRequest, _ context: ConformanceContext, limit: Int, deviations: JSONValue?,
        _ files: CaseFiles
    ) throws {
        var events = 0
        var deviations = deviations?.names ?? []
        for (version, label) in [(EventStructureVersion.v1, "v1"), (.v2, "v2")] {
            guard var expected = try files.text("event.\(label).json") else { continue }
            events += 1
            #expect(expected.popLast() == "\n", "\(files.name): a line end follows the event")
            let event = try LambdaEventEncoder(version: version, maximumEventBytes: limit)
                .encode(request, context: context.context)
            #expect(String(buffer: event) == expected)
            guard let published = try files.json("published.\(label).json") else { continue }
            let places = try JSONValue(event).places(differingFrom: published)
            let explained = places.filter { place in
                deviations.contains { place == $0 || place.hasPrefix($0 + "/") }
            }
            #expect(explained == places, "\(files.name) differs from what is published")
            deviations = deviations.filter { deviation in
                !places.contains { $0 == deviation || $0.hasPrefix(deviation + "/") }
            }
        }
        #expect(events > 0, "\(files.name) expects nothing")
        #expect(deviations.isEmpty, "\(files.name) lists deviations that do not occur")
    }

    private func expectRefusal(
        of request: LambdaEventRequest, _ context: ConformanceContext, limit: Int, version: String?,
        as error: JSONValue, in name: String
    ) throws {
        let members = try Members(error, of: "\(name)/error.json")
        #expect(try members.text("reason") == "tooLarge")
        let version: EventStructureVersion = try #require(["v1": .v1, "v2": .v2][version ?? ""])
        let expected = LambdaEventError.tooLarge(limit: try members.require(members.integer("limit"), "limit"))
        #expect(throws: expected, "\(name)") {
            try LambdaEventEncoder(version: version, maximumEventBytes: limit)
                .encode(request, context: context.context)
        }
        members.expectAllRead()
    }

    // MARK: Responses

    @Test("Answers become responses, or an error at its place", arguments: responseCases)
    func response(name: String) throws {
        let files = CaseFiles(name)
        let members = try Members(#require(try files.json("case.json"), "\(name) has no case.json"), of: name)
        _ = (try members.text("rule"), try members.texts("sources"))
        let method = try members.text("method") ?? "GET"
        let decoder = LambdaResponseDecoder(options: try Self.options(members.take("options"), in: name))
        let answer = ByteBuffer(bytes: try #require(try files.bytes("answer.json"), "\(name) has no answer.json"))
        if let error = try files.json("error.json") {
            let details = try Members(error, of: "\(name)/error.json")
            let expected = LambdaResponseError(
                try LambdaResponseError.Reason(details, in: name),
                at: try details.require(details.integer("offset"), "offset"))
            #expect(throws: expected, "\(name)") { try decoder.decode(answer) }
            details.expectAllRead()
        } else {
            let response = try decoder.decode(answer)
            let framing = ResponseFraming(
                method: method, statusCode: response.statusCode, bodyLength: response.body.readableBytes)
            let expected = try ConformanceHead(#require(try files.text("response.http")), in: name)
            var headers = response.headers
            if let length = framing.contentLength { headers.append((name: "content-length", value: "\(length)")) }
            #expect("HTTP/1.1 \(response.statusCode)" == expected.firstLine)
            #expect(printed(headers) == printed(expected.headers))
            let body = framing.sendsBody ? Array(buffer: response.body) : []
            #expect(body == (try files.bytes("response.body") ?? []))
        }
        members.expectAllRead()
        files.expectAllRead()
    }

    private static func options(_ value: JSONValue?, in name: String) throws -> LambdaResponseDecoder.Options {
        var options = LambdaResponseDecoder.Options()
        guard let value else { return options }
        let members = try Members(value, of: "\(name): options")
        options.readsMultiValueHeaders = try members.flag("readsMultiValueHeaders") ?? options.readsMultiValueHeaders
        options.maximumHeaderLines = try members.integer("maximumHeaderLines") ?? options.maximumHeaderLines
        options.maximumHeaderBytes = try members.integer("maximumHeaderBytes") ?? options.maximumHeaderBytes
        members.expectAllRead()
        return options
    }
}
