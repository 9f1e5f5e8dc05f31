import NIOHTTP1

extension Failure {
    /// - Returns: `nil` if the error is not about the bytes of a request.
    init?(decoding error: any Error) {
        if let error = error as? Malformation {
            self = .malformed(error)
            return
        }
        guard let error = error as? HTTPParserError else { return nil }
        switch error {
        case .invalidEOFState: self = .incomplete
        case .headerOverflow: self = .malformed(.headersTooLarge)
        case .invalidVersion: self = .malformed(.version)
        case .invalidContentLength, .unexpectedContentLength: self = .malformed(.contentLength)
        default: self = .malformed(.syntax)
        }
    }
}
