package import NIOCore

/// The error JSON that a caller gets when the function did not write it itself.
///
/// - Source: reference lambda.md §4.1.
package enum FunctionErrorPayload {
    /// `Task timed out after 1.00 seconds`.
    package static func timedOut(requestID: String, timeoutSeconds: Int) -> ByteBuffer {
        payload(
            type: "Sandbox.Timedout",
            message: "RequestId: \(requestID) Error: Task timed out after \(timeoutSeconds).00 seconds")
    }

    package static func ended(requestID: String, _ end: ProcessEnd) -> ByteBuffer {
        let type = end == .notStarted(.invalidEntrypoint) ? "Runtime.InvalidEntrypoint" : "Runtime.ExitError"
        return payload(type: type, message: "RequestId: \(requestID) Error: \(end.message)")
    }

    /// - Parameter limit: In bytes.
    package static func responseTooLarge(limit: Int = RuntimeAPIError.maximumResponseSize) -> ByteBuffer {
        ByteBuffer(
            string: #"{"errorMessage":"Response payload size exceeded maximum allowed payload size "#
                + #"(\#(limit) bytes).","errorType":"Function.ResponseSizeTooLarge"}"#)
    }

    /// The connection of a streamed response ended before the response did.
    package static func truncated(requestID: String) -> ByteBuffer {
        payload(
            type: "Runtime.TruncatedResponse", message: "RequestId: \(requestID) Error: Response stream was cut off")
    }

    private static func payload(type: String, message: String) -> ByteBuffer {
        ByteBuffer(string: #"{"errorType":\#(JSONText.quoted(type)),"errorMessage":\#(JSONText.quoted(message))}"#)
    }
}

enum JSONText {
    /// The text as a JSON string with its quotes.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case let control where control.value < 0x20:
                let digits = String(control.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
