import NIOCore
import TrellisAPI

/// An operation's error, as a form shows it.
package struct OperationFailure: Error, Hashable {
    package struct InvalidField: Hashable, Sendable {
        /// The member's path as the API names it: `config.lambdaEventStructureVersion`.
        package var name: String
        package var message: String
    }

    package var status: Int
    /// `ConflictException`.
    package var type: String
    package var message: String
    /// Beside which inputs to say what; empty if the error is about none of them.
    package var fields: [InvalidField] = []

    package init(status: Int, type: String, message: String, fields: [InvalidField] = []) {
        self.status = status
        self.type = type
        self.message = message
        self.fields = fields
    }

    init(_ response: APIResponse) {
        let body = try? JSONValue(parsing: response.body.readableBytesView)
        let header = response.headers.first { $0.name.lowercased() == "x-amzn-errortype" }?.value
        let message = body?["message"]?.text ?? body?["Message"]?.text ?? "The operation failed."
        self.init(
            status: response.status, type: header ?? body?["__type"]?.text ?? "InternalServerException",
            message: message, fields: Self.fieldList(body) ?? Self.fields(in: message))
    }

    /// The `fieldList` of vpc-lattice's ValidationException.
    private static func fieldList(_ body: JSONValue?) -> [InvalidField]? {
        guard case .array(let entries)? = body?["fieldList"] else { return nil }
        return entries.compactMap { entry in
            guard let name = entry["name"]?.text, let message = entry["message"]?.text else { return nil }
            return InvalidField(name: name, message: message)
        }
    }

    /// The members that Lambda's validation errors name in one sentence:
    /// `2 validation errors detected: Value 'x' at 'timeout' failed to satisfy constraint: Member must …; Value …`.
    static func fields(in message: String) -> [InvalidField] {
        guard let list = message.firstRange(of: " detected: ").map({ message[$0.upperBound...] }) else { return [] }
        let middle = "' failed to satisfy constraint: "
        return list.split(separator: "; Value").compactMap { sentence in
            guard let gap = sentence.firstRange(of: middle),
                let start = sentence[..<gap.lowerBound].ranges(of: " at '").last?.upperBound
            else { return nil }
            return InvalidField(
                name: String(sentence[start..<gap.lowerBound]), message: String(sentence[gap.upperBound...]))
        }
    }
}

extension OperationFailure {
    init(_ error: APIError) {
        let fields = error.members["fieldList"]?.elements ?? []
        self.init(
            status: error.status, type: error.type, message: error.message,
            fields: fields.map { .init(name: $0["name"]?.text ?? "", message: $0["message"]?.text ?? "") })
    }
}
