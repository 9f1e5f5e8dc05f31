import NIOCore
package import TrellisAPI

/// A call of the AWS query protocol: an action and its parameters, from a form in the body or from the query.
///
/// `Action=GetCallerIdentity&Version=2011-06-15`
package struct QueryCall: Sendable {
    package var action: String
    package var version: String
    package var parameters: QueryItems

    /// - Throws: ``QueryError`` if the parameters cannot be read, or if there is no action.
    package init(_ request: AuthenticatedRequest) throws(QueryError) {
        try self.init(method: request.method, query: request.query, body: request.body)
    }

    init(_ head: RequestHead, body: ByteBuffer) throws(QueryError) {
        try self.init(method: head.method, query: head.query, body: body)
    }

    private init(method: String, query queryText: String, body: ByteBuffer) throws(QueryError) {
        guard ["GET", "POST"].contains(method) else { throw .unsupportedMethod(method) }
        guard let form = QueryItems(String(buffer: body)), let query = QueryItems(queryText) else {
            throw .malformedParameters
        }
        parameters = QueryItems(items: form.items + query.items)
        guard let action = parameters["Action"], !action.isEmpty else { throw .missingAction }
        self.action = action
        version = parameters["Version"] ?? "NO_VERSION_SPECIFIED"
    }
}

/// An API of the query protocol: its answers are XML of one namespace.
package struct QueryProtocol: Sendable {
    /// For example `https://sts.amazonaws.com/doc/2011-06-15/`.
    package var namespace: String

    package init(namespace: String) {
        self.namespace = namespace
    }

    /// The answer of an action.
    ///
    /// `<XResponse><XResult>…</XResult><ResponseMetadata><RequestId>…</RequestId></ResponseMetadata></XResponse>`
    ///
    /// - Parameter result: `nil` for an action without output.
    package func answer(_ action: String, result: [XMLElement]?, requestID: String) -> APIResponse {
        var children: [XMLElement] = []
        if let result { children.append(XMLElement("\(action)Result", result)) }
        children.append(XMLElement("ResponseMetadata", [XMLElement("RequestId", requestID)]))
        return response(XMLElement("\(action)Response", children), status: 200, headers: [])
    }

    /// The answer of an action that was refused.
    ///
    /// `<ErrorResponse><Error><Type>Sender</Type><Code>…</Code><Message>…</Message></Error><RequestId>…</RequestId>
    /// </ErrorResponse>`
    package func error(_ error: APIError, requestID: String) -> APIResponse {
        let root = XMLElement(
            "ErrorResponse",
            [
                XMLElement(
                    "Error",
                    [
                        XMLElement("Type", error.status < 500 ? "Sender" : "Receiver"),
                        XMLElement("Code", error.type),
                        XMLElement("Message", error.message),
                    ]),
                XMLElement("RequestId", requestID),
            ])
        return response(root, status: error.status, headers: error.headers)
    }

    private func response(
        _ root: XMLElement, status: Int, headers: [(name: String, value: String)]
    ) -> APIResponse {
        APIResponse(
            status: status, headers: [("content-type", "text/xml")] + headers,
            body: ByteBuffer(string: root.document(namespace: namespace)))
    }
}
