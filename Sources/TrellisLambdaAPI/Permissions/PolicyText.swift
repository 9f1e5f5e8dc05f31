import TrellisAPI
import TrellisModel

/// A resource policy as JSON text, its members in the order in which Lambda writes them.
///
/// `{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":…,"Effect":"Allow","Principal":{"Service":…},"Action":…,
/// "Resource":…,"Condition":{"ArnLike":{"AWS:SourceArn":…}}}]}`
///
/// - Source: reference lambda.md §8.1, §8.2.
enum PolicyText {
    static func document(_ statements: [FunctionPolicyStatement]) -> String {
        document(statements: statements.map(statement))
    }

    static func document(statements: [String]) -> String {
        #"{"Version":"2012-10-17","Id":"default","Statement":["# + statements.joined(separator: ",") + "]}"
    }

    static func statement(_ statement: FunctionPolicyStatement) -> String {
        self.statement(
            sid: statement.sid, principal: statement.principal, action: statement.action,
            resource: statement.resource.description, conditions: statement.conditions)
    }

    static func statement(
        sid: String, principal: FunctionPolicyStatement.Principal, action: String, resource: String,
        conditions: FunctionPolicyStatement.Conditions
    ) -> String {
        var members = [
            ("Sid", quoted(sid)),
            ("Effect", quoted("Allow")),
            ("Principal", text(of: principal)),
            ("Action", quoted(action)),
            ("Resource", quoted(resource)),
        ]
        if !conditions.isEmpty {
            let operators = conditions.sorted { $0.key < $1.key }.map { name, tests in
                (name, object(tests.sorted { $0.key < $1.key }.map { ($0.key, quoted($0.value)) }))
            }
            members.append(("Condition", object(operators)))
        }
        return object(members)
    }

    private static func text(of principal: FunctionPolicyStatement.Principal) -> String {
        switch principal {
        case .anyone: quoted("*")
        case .service(let name): object([("Service", quoted(name))])
        case .aws(let arn): object([("AWS", quoted(arn))])
        }
    }

    private static func object(_ members: [(name: String, value: String)]) -> String {
        "{" + members.map { "\(quoted($0.name)):\($0.value)" }.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).encoded(), as: UTF8.self)
    }
}
