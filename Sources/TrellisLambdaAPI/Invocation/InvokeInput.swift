import FoundationEssentials
import NIOCore
import TrellisAPI
import TrellisModel

/// A request to Invoke: everything but the event is in the path, the query and the headers.
struct InvokeInput {
    enum InvocationType: String, CaseIterable {
        case event = "Event"
        case requestResponse = "RequestResponse"
        case dryRun = "DryRun"
    }

    enum LogType: String, CaseIterable {
        case quiet = "None"
        case tail = "Tail"
    }

    var function: FunctionARN
    var invocationType: InvocationType
    var logType: LogType
    /// Decoded JSON text.
    var clientContext: String?
    var traceHeader: String?
    /// Valid JSON.
    var payload: ByteBuffer

    /// - Parameter types: Those that the operation has.
    init(_ call: APICall, types: [InvocationType] = InvocationType.allCases) throws {
        // The body is the event and has no members to read.
        var head = call
        head.body = ByteBuffer()
        let (identifier, qualifier) = try head.read { reader in
            (reader.functionLabel(.namespaced, in: call.scope), reader.qualifier())
        }
        invocationType =
            try Self.header("X-Amz-Invocation-Type", as: "InvocationType", oneOf: types, in: call) ?? .requestResponse
        logType = try Self.header("X-Amz-Log-Type", as: "LogType", oneOf: LogType.allCases, in: call) ?? .quiet
        function = try identifier.resolveAcrossAccounts(from: call.scope, qualifier: qualifier)
        let unsupported = [
            ("X-Amz-Tenant-Id", "TenantId"), ("X-Amz-Durable-Execution-Name", "DurableExecutionName"),
        ].filter { call.headers[$0.0] != nil }
        guard unsupported.isEmpty else { throw LambdaError.unsupportedMembers(unsupported.map(\.1)) }
        if invocationType == .event, call.body.readableBytes > LambdaLimits.asynchronousEvent {
            throw LambdaError.asynchronousEventTooLarge
        }
        try Self.requireJSON(call)
        traceHeader = call.headers["X-Amzn-Trace-Id"]
        clientContext = try call.headers["X-Amz-Client-Context"].flatMap(Self.decodeClientContext)
        payload = try Self.event(in: call.body)
    }

    /// - Throws: ``InvalidInput`` for a value that is none of `values`.
    private static func header<Value>(
        _ name: String, as member: String, oneOf values: [Value], in call: APICall
    ) throws -> Value? where Value: RawRepresentable & Equatable, Value.RawValue == String {
        guard let text = call.headers[name] else { return nil }
        if let value = values.first(where: { $0.rawValue == text }) { return value }
        let all = values.map(\.rawValue).joined(separator: ", ")
        let constraint = "Member must satisfy enum value set: [\(all)]"
        throw InvalidInput(problems: [InputProblem(field: member, value: text, kind: .constraint(constraint))])
    }

    /// SDKs that do not know what their caller's bytes are send no type or `application/octet-stream`.
    private static func requireJSON(_ call: APICall) throws(LambdaError) {
        guard let type = call.headers["Content-Type"], call.body.readableBytes > 0 else { return }
        let name = type.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        let isAccepted =
            ["", "application/json", "application/octet-stream", "binary/octet-stream"].contains(name)
            || name.hasPrefix("application/") && (name.hasSuffix("+json") || name.hasPrefix("application/x-amz-json-"))
        guard isAccepted else { throw .eventNotJSONType }
    }

    /// No body at all is the event `{}`, as SDKs send it for no payload.
    private static func event(in body: ByteBuffer) throws(LambdaError) -> ByteBuffer {
        guard body.readableBytes > 0 else { return ByteBuffer(string: "{}") }
        guard body.readableBytes <= LambdaLimits.invokeBody else { throw .eventTooLarge }
        do {
            try JSONSyntax.check(body)
        } catch {
            throw .eventNotJSON(error.description)
        }
        return body
    }

    /// Base64 of a JSON object, which a runtime gets as a header.
    private static func decodeClientContext(_ base64: String) throws(LambdaError) -> String? {
        guard !base64.isEmpty else { return nil }
        guard base64.utf8.count <= LambdaLimits.clientContext else { throw .clientContextTooLong }
        guard let bytes = Data(base64Encoded: base64),
            case .object? = try? JSONValue(parsing: bytes),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw .clientContextInvalid }
        // Outside of strings a line break is white space, and JSON strings hold none: a header may not either.
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}
