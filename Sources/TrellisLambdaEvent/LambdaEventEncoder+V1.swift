/// Event structure version 1.0: one string per name, always the same six members.
extension LambdaEventEncoder {
    /// Writes everything before the body's value.
    func writeHeadV1(_ request: LambdaEventRequest, to event: inout JSONCursor) {
        event.write(#"{"raw_path":"#)
        event.writeString(request.target)
        event.write(#","method":"#)
        event.writeString(request.method)
        event.write(#","headers":{"#)
        writeHeaders(request.headers, .joined, to: &event)
        event.write(#"},"query_string_parameters":{"#)
        QueryParameters.withParameters(of: request.target) { parameters in
            writeLastValues(parameters, to: &event)
        }
        event.write(#"},"body":"#)
    }

    /// Writes everything after the body's value.
    func writeTailV1(isBase64: Bool, to event: inout JSONCursor) {
        event.write(isBase64 ? #","is_base64_encoded":true}"# : #","is_base64_encoded":false}"#)
    }

    private func writeLastValues(_ parameters: QueryParameters, to event: inout JSONCursor) {
        parameters.withGroups { groups in
            for first in 0..<parameters.count where groups.isFirst(first) {
                if first > 0 { event.write(",") }
                event.writeString(utf8: parameters.key(first))
                event.write(":")
                event.writeString(utf8: parameters.value(groups.last(ofFirst: first)))
            }
        }
    }
}
