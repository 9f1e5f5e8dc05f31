import HTTPTypes
import Hummingbird
import TrellisAPI
import TrellisConsole

extension ConsoleRequest {
    init(_ request: Request) {
        var fields: [(name: String, value: String)] = []
        // The server has moved the Host header to the authority.
        if let host = request.head.authority { fields.append(("host", host)) }
        for field in request.headers { fields.append((field.name.canonicalName, field.value)) }
        self.init(
            method: request.method.rawValue, target: request.head.path ?? "/", headers: APIHeaders(fields),
            collect: { limit in try await request.body.collect(upTo: limit) })
    }
}

extension Response {
    init(_ answer: APIResponse) {
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            guard let name = HTTPField.Name(name) else { continue }
            headers.append(HTTPField(name: name, value: value))
        }
        let body: ResponseBody
        if let stream = answer.stream {
            body = ResponseBody { writer in
                try await stream { try await writer.write($0) }
                try await writer.finish(nil)
            }
        } else {
            body = ResponseBody(byteBuffer: answer.body)
        }
        self.init(status: .init(code: answer.status), headers: headers, body: body)
    }
}
