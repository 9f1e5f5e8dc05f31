/// The parts of an HTTP request that a signature covers, apart from the body.
///
/// - Shapes: `target` is the request line's target as on the wire, `/path?query`. For HTTP/2 the authority is given as
///   a `host` header, or as `:authority` if the client signed it under that name.
package struct SignableRequest: Sendable {
    package var method: String
    package var target: String
    /// In the order received; a name that came on several lines appears several times.
    package var headers: [(name: String, value: String)]
    /// What the `Authorization` header says, if it was read before, so that it is not read again.
    package var authorization: AuthorizationHeader?

    package init(
        method: String, target: String, headers: [(name: String, value: String)],
        authorization: AuthorizationHeader? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.authorization = authorization
    }

    /// Whether the request claims an AWS signature in its `Authorization` header.
    ///
    /// The data plane takes a request without one (`Authorization: Bearer …` too) for anonymous.
    package var claimsSignature: Bool {
        headers.contains { name, value in
            name.isHeaderName("authorization")
                && value.utf8.drop(while: \.isASCIIWhitespace).starts(with: "AWS4-".utf8)
        }
    }
}

extension SignableRequest {
    enum HeaderLookup {
        case absent
        /// Without white space at the ends.
        case one(String)
        case repeated
    }

    /// - Parameter name: In lower case.
    func header(_ name: String) -> HeaderLookup {
        var found: String?
        for header in headers where header.name.isHeaderName(name) {
            if found != nil { return .repeated }
            found = header.value
        }
        return found.map { .one($0.trimmingASCIIWhitespace) } ?? .absent
    }

    /// The target up to its first `?`.
    var path: Substring.UTF8View {
        let bytes = target.utf8
        return target[..<(bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex)].utf8
    }

    /// The target behind its first `?`, empty without one.
    var query: Substring.UTF8View {
        let bytes = target.utf8
        guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { return target[bytes.endIndex...].utf8 }
        return target[bytes.index(after: mark)...].utf8
    }

    /// - Parameter name: In lower case.
    /// - Returns: `nil` if the request does not have the header.
    func single(_ name: String) throws(SignatureFailure) -> String? {
        switch header(name) {
        case .absent: return nil
        case .one(let value): return value
        case .repeated: throw .repeatedHeader(name)
        }
    }

    /// Whether the query carries the parameters of a presigned request.
    package var hasQuerySignature: Bool {
        query.split(separator: UInt8(ascii: "&")).contains { piece in
            let name = PercentEncoding.decoded(piece.prefix { $0 != UInt8(ascii: "=") })
            return name == "X-Amz-Algorithm" || name == "X-Amz-Signature"
        }
    }
}
