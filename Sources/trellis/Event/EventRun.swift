import NIOCore
import NIOHTTP1
import TrellisDataPlane
import TrellisLambdaEvent
import TrellisModel

/// One run of `trellis event`, from arguments to what is printed.
struct EventRun {
    /// The world outside the arguments.
    struct World {
        var now: Timestamp
        var newRequestID: String
        var isInputTerminal: Bool
        var load: (_ source: InputSource, _ limit: Int, _ what: String) throws -> [UInt8]
    }

    /// Headers, body and the overhead of small chunks.
    static let messageBytes = 33_554_432
    /// One data option; the body as a whole is judged by the data plane's limit.
    static let dataBytes = 16_777_216

    private let arguments: EventArguments
    private let world: World

    init(_ arguments: EventArguments, _ world: World) {
        self.arguments = arguments
        self.world = world
    }

    /// - Returns: What goes to standard output.
    /// - Throws: ``EventUsageError``, ``CommandFailure``.
    func output() throws -> ByteBuffer {
        if arguments.has(.response) { return try response() }
        let options = try EventContextOptions(
            arguments, now: world.now.millisecondsSinceEpoch * 1000, newRequestID: world.newRequestID)
        let version = try version()
        try checkOutput()
        let (message, forwarding) = try message(options)
        let head = try rehearsed(message)
        let request = LambdaEventRequest(
            method: head.method.rawValue, target: head.uri, headers: HeaderList(head.headers.map { $0 }),
            body: message.body)
        let explanation = try explain(
            request, version, options, forwarding(head.headers.first { $0.name.lowercased() == "host" }?.value))
        if arguments.has(.explain) { return ByteBuffer(string: ExplanationText.text(of: explanation)) }
        return arguments.has(.compact) ? explanation.event : IndentedJSON.text(of: explanation.event)
    }

    // MARK: The request

    private var isRaw: Bool {
        arguments.has(.raw) || arguments.operands == ["-"]
            || (arguments.operands.isEmpty && !arguments.has(.url) && !world.isInputTerminal)
    }

    /// - Returns: The request, and the forwarding of a request with a given `Host`.
    private func message(
        _ options: EventContextOptions
    ) throws -> (RequestMessage, (_ host: String?) -> ForwardedHeaders) {
        guard isRaw else {
            let request = try CurlRequest(arguments) {
                try world.load($0, Self.dataBytes, "the data of a request, for which a client gets 413")
            }
            return (request.message(), { _ in options.forwarding(scheme: request.url.scheme, port: request.url.port) })
        }
        try checkRaw()
        let bytes = try world.load(.standardInput, Self.messageBytes, "a request message, for which a client gets 413")
        do {
            let message = try RawMessage.parse(bytes)
            return (message, { options.forwarding(scheme: .http, port: $0.flatMap(Self.port)) })
        } catch {
            throw CommandFailure(.badInput, "the message is malformed in line \(error.line): \(error.problem)")
        }
    }

    private static func port(ofHost host: String) -> Int? {
        let digits = host.utf8.reversed().prefix { (0x30...0x39).contains($0) }.reversed()
        guard host.utf8.dropLast(digits.count).last == UInt8(ascii: ":") else { return nil }
        return Int(String(decoding: digits, as: UTF8.self)).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    private func checkRaw() throws(EventUsageError) {
        let requestOptions = arguments.options.map(\.option).filter { $0.description.section == .request && $0 != .raw }
        if let option = requestOptions.first {
            throw EventUsageError(
                "\(option.name) needs a URL; without one a whole message is read on standard input, with nothing to add."
            )
        }
        guard arguments.operands.isEmpty || arguments.operands == ["-"] else {
            throw EventUsageError("--raw reads the whole message on standard input and takes no URL.")
        }
    }

    private func rehearsed(_ message: RequestMessage) throws -> HTTPRequestHead {
        do {
            return try message.rehearsed()
        } catch {
            let place = error.line.map { "line \($0): " } ?? ""
            throw CommandFailure(
                .badInput,
                "this request never becomes an event: \(place)\(error.problem)\n\(Self.clientSees(error.failure))")
        }
    }

    static func clientSees(_ failure: Failure) -> String {
        let row = failure.row
        let reason = HTTPResponseStatus(statusCode: row.status).reasonPhrase
        return "The client of the service would get: HTTP/1.1 \(row.status) \(reason), \"\(row.text)\""
    }

    // MARK: The event

    private func version() throws(EventUsageError) -> EventStructureVersion {
        guard !arguments.has(.v1) || !arguments.has(.v2) else {
            throw EventUsageError("--v1 and --v2 exclude each other.")
        }
        return arguments.has(.v1) ? .v1 : .v2
    }

    private func checkOutput() throws(EventUsageError) {
        if arguments.has(.compact), arguments.has(.explain) {
            throw EventUsageError("--compact and --explain exclude each other.")
        }
    }

    private func explain(
        _ request: LambdaEventRequest, _ version: EventStructureVersion, _ options: EventContextOptions,
        _ forwarding: ForwardedHeaders
    ) throws -> EventExplanation {
        do {
            return try LambdaEventEncoder(version: version).explain(
                request, context: options.context,
                forwarding: arguments.has(.noLatticeHeaders) ? nil : forwarding)
        } catch {
            throw CommandFailure(
                .badInput,
                "the event would have more than \(LambdaPayloadLimits.eventBytes) bytes, the most that Lambda takes; "
                    + "the body has \(request.body.readableBytes), and base64 makes it a third longer\n"
                    + Self.clientSees(.eventTooLarge))
        }
    }

    // MARK: A function's answer

    private func response() throws -> ByteBuffer {
        let taken: Set<EventOption> = [.response, .request, .head, .requestID, .time]
        if let other = arguments.options.map(\.option).first(where: { !taken.contains($0) }) {
            throw EventUsageError("\(other.name) has no meaning with --response.")
        }
        guard arguments.operands.isEmpty, arguments.values(.response).count == 1 else {
            throw EventUsageError("--response takes one file, or - for standard input, and no URL.")
        }
        let options = try EventContextOptions(
            arguments, now: world.now.millisecondsSinceEpoch * 1000, newRequestID: world.newRequestID)
        let source = InputSource(arguments.last(.response) ?? "-")
        let document = try world.load(source, Self.dataBytes, "a function's answer, for which a client gets 502")
        do {
            return try Rehearsal().response(
                to: ByteBuffer(bytes: document),
                method: arguments.last(.request) ?? (arguments.has(.head) ? "HEAD" : "GET"),
                requestID: options.requestID,
                at: Timestamp(millisecondsSinceEpoch: options.context.timeEpoch / 1000))
        } catch {
            throw CommandFailure(.badInput, Self.problem(error, in: document) + "\n" + Self.clientSees(error))
        }
    }

    private static func problem(_ failure: Failure, in document: [UInt8]) -> String {
        switch failure {
        case .malformedResponse(let error):
            "the answer is malformed: " + ResponseReport(error, in: document).text
        default:
            "the answer has \(document.count) bytes; \(LambdaPayloadLimits.responseBytes) is the most that Lambda takes"
        }
    }
}
