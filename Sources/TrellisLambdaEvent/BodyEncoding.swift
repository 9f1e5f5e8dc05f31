/// How a request's body stands in its event, and why.
///
/// - Source: reference "Base64 of the request body".
public enum BodyEncoding: Hashable, Sendable, CaseIterable {
    /// There is no body: the empty string, not base64.
    case empty
    /// As it is: the content type is that of a text, and the bytes are UTF-8.
    case text
    /// Base64: there is a body and no content type.
    case base64WithoutContentType
    /// Base64: the content type is not that of a text.
    case base64ForContentType
    /// Base64: the content type is that of a text, but the bytes are not UTF-8.
    case base64ForBytes

    /// The event's `isBase64Encoded`.
    public var isBase64: Bool {
        switch self {
        case .empty, .text: false
        case .base64WithoutContentType, .base64ForContentType, .base64ForBytes: true
        }
    }
}

/// What a request's content type says about its body.
enum DeclaredBody {
    case text
    case other
    case undeclared

    /// - Parameter contentType: The value of the request's first `content-type` line.
    init(contentType: String?) {
        guard let contentType else {
            self = .undeclared
            return
        }
        self = LambdaEventEncoder.isText(contentType: contentType) ? .text : .other
    }

    /// The base64 that follows for a body that is not empty; for a text, the bytes are to blame.
    var base64: BodyEncoding {
        switch self {
        case .text: .base64ForBytes
        case .other: .base64ForContentType
        case .undeclared: .base64WithoutContentType
        }
    }
}
