/// What an endpoint says of a function when it is asked with GetFunction.
package enum RemoteFunctionStatus: Hashable, Sendable {
    case exists
    case missing
    /// The endpoint has no GetFunction, as a Runtime Interface Emulator, or does not let these credentials call it: they
    /// may be allowed to invoke and nothing else.
    case notToldByEndpoint
    /// There was no answer to rely on.
    case unknown(reason: String)
}

extension RemoteFunctionStatus {
    init(_ result: Result<HTTPResponse, HTTPExchangeFailure>, at endpoint: RemoteEndpoint) {
        switch result {
        case .failure(let failure): self = .unknown(reason: "\(failure)")
        case .success(let response):
            let error = RemoteError(response)
            switch (response.status, error.name) {
            case (200, _): self = .exists
            case (_, "ResourceNotFoundException"): self = .missing
            case (403, "AccessDeniedException"), (404, nil), (405, nil): self = .notToldByEndpoint
            default: self = .unknown(reason: "the answer is \(response.status) \(error.summary)")
            }
        }
    }
}
