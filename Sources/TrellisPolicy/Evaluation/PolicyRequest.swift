/// A request as policies look at it, without owning or copying it.
///
/// One that is evaluated for every request of a service is a class: a value that is larger than three words would be
/// copied for every question.
package protocol PolicyRequest {
    var caller: PolicyCaller { get }
    /// For example `vpc-lattice-svcs:Invoke`; compared without case.
    var action: String { get }

    /// Lends the ARN of what is asked for.
    func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void)

    /// Visits the values of a key of the request, not of its caller, until `visit` answers `false`.
    func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool)
}

extension PolicyRequest {
    /// The ARN of what is asked for.
    package var resourceText: String {
        var text = ""
        withResource { text = String(decoding: $0, as: UTF8.self) }
        return text
    }

    /// The values of a key of the caller or of the request; no key belongs to both.
    func forEachValue(ofAny key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        caller.forEachValue(of: key, visit)
        forEachValue(of: key, visit)
    }

    /// The value that a policy variable stands for.
    ///
    /// - Returns: `nil` if there is none, or more than one: variables are single-valued.
    func onlyValue(of key: ConditionKey) -> String? {
        var found: String?
        var count = 0
        forEachValue(ofAny: key) { value in
            count += 1
            if count == 1 { found = String(decoding: value, as: UTF8.self) }
            return count == 1
        }
        return count == 1 ? found : nil
    }
}
