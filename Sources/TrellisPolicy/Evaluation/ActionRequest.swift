import TrellisModel

/// A call of an API as policies look at it: who does what to which resource.
package struct ActionRequest: PolicyRequest, Sendable {
    package var caller: PolicyCaller
    /// For example `vpc-lattice:CreateService`.
    package var action: String
    /// An ARN, or `*` for an action that is about no resource.
    package var resource: String
    /// The values of condition keys by their names in lower case: `aws:requesttag/team`, `sts:externalid`.
    package var keys: [String: [String]]

    package init(caller: PolicyCaller, action: String, resource: String, keys: [String: [String]] = [:]) {
        self.caller = caller
        self.action = action
        self.resource = resource
        self.keys = keys
    }

    package func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        resource.withBytes(body)
    }

    package func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        guard let name = Self.name(of: key), let values = keys[name] else { return }
        for value in values where !value.withBytes(visit) { return }
    }

    /// Which of the keys that an API call can have.
    private static func name(of key: ConditionKey) -> String? {
        switch key {
        case .other(let name): name
        case .resourceTag(let key): "aws:resourcetag/\(key)"
        case .sourceIP: "aws:sourceip"
        case .currentTime: "aws:currenttime"
        case .epochTime: "aws:epochtime"
        case .secureTransport: "aws:securetransport"
        case .userAgent: "aws:useragent"
        case .referer: "aws:referer"
        case .requestedRegion: "aws:requestedregion"
        default: nil
        }
    }
}
