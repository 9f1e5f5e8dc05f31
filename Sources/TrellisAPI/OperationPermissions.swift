import NIOCore
package import TrellisModel
import TrellisPolicy

/// What a caller has to be allowed for one call.
package struct Permission: Hashable, Sendable {
    /// For example `vpc-lattice:CreateService`.
    package var action: String
    /// An ARN, or `*`.
    package var resource: String
    /// Condition keys besides those that every call has, by their names in lower case.
    package var keys: [String: [String]]

    package init(_ action: String, on resource: String, keys: [String: [String]] = [:]) {
        self.action = action
        self.resource = resource
        self.keys = keys
    }
}

/// The caller's policies do not allow the call.
package struct AccessDenied: Error, Hashable {
    /// In IAM's words.
    package var message: String

    package init(message: String) {
        self.message = message
    }
}

extension Caller {
    /// - Parameters:
    ///   - permissions: Asked for only if policies limit the caller.
    ///   - conditions: What every call has.
    /// - Throws: ``AccessDenied`` for the first permission that is missing.
    package func require(
        _ permissions: @autoclosure () async throws -> [Permission],
        _ conditions: @autoclosure () -> RequestConditions
    ) async throws {
        if case .everything = policies { return }
        let keys = conditions().keys
        for permission in try await permissions() {
            let request = ActionRequest(
                caller: principal, action: permission.action, resource: permission.resource,
                keys: permission.keys.merging(keys) { own, _ in own })
            if let denial = policies.denial(of: request) { throw AccessDenied(message: denial.message(for: request)) }
        }
    }
}

/// Which permissions the operations of an API need: the one place that decides it for the API.
///
/// The root user of an account needs none, and nothing of this is looked at for it.
package struct OperationPermissions: Sendable {
    private let clock: any WallClock
    /// How the body of a refusal spells its message.
    let messageKey: String
    private let permissions: @Sendable (APICall) async throws -> [Permission]

    package init(
        clock: any WallClock, messageKey: String = "message",
        _ permissions: @escaping @Sendable (APICall) async throws -> [Permission]
    ) {
        self.clock = clock
        self.messageKey = messageKey
        self.permissions = permissions
    }

    /// - Throws: ``AccessDenied``, or what stands in the way of knowing what the call is about.
    func check(_ call: APICall) async throws {
        try await call.caller.require(
            try await permissions(call),
            RequestConditions(call, at: clock.now()))
    }

    func wireError(_ denied: AccessDenied) -> APIError {
        APIError("AccessDeniedException", status: 403, message: denied.message, messageKey: messageKey)
    }
}

extension APICall {
    /// The input as JSON; an empty object if the body is none, which the operation itself will refuse.
    package var jsonMembers: [String: JSONValue] {
        guard case .object(let members)? = try? JSONValue(parsing: body.readableBytesView) else { return [:] }
        return members
    }
}

extension JSONValue {
    package var text: String? { if case .string(let text) = self { text } else { nil } }

    package var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let elements): elements.compactMap(\.text)
        default: []
        }
    }

    package subscript(member: String) -> JSONValue? {
        if case .object(let members) = self { members[member] } else { nil }
    }
}

extension [String: [String]] {
    /// `aws:RequestTag/…` and `aws:TagKeys` of a map of tags.
    package mutating func addRequestTags(_ tags: JSONValue?) {
        guard case .object(let tags)? = tags, !tags.isEmpty else { return }
        self["aws:tagkeys"] = tags.keys.sorted()
        for (key, value) in tags { self["aws:requesttag/\(key.asciiLowercased)"] = value.texts }
    }
}
