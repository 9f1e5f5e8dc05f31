import TrellisModel
import TrellisPolicy

/// A request whose every key a test can set.
struct TestRequest: PolicyRequest {
    static let service = "arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-0123456789abcdef0"

    var caller: PolicyCaller = .anonymous
    var action = "vpc-lattice-svcs:Invoke"
    var resource = TestRequest.service + "/orders/1"
    var values: [ConditionKey: [String]] = [:]

    init(
        _ caller: PolicyCaller = .anonymous, resource: String = TestRequest.service + "/orders/1",
        _ values: [String: [String]] = [:]
    ) {
        self.caller = caller
        self.resource = resource
        for (name, texts) in values { self.values[ConditionKey(name)] = texts }
    }

    func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) { resource.withBytes(body) }

    func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        for value in values[key] ?? [] where !value.withBytes(visit) { return }
    }
}

enum Callers {
    static let account = "123456789012"
    static let roleARN = "arn:aws:iam::123456789012:role/teams/Reader"
    static let sessionARN = "arn:aws:sts::123456789012:assumed-role/Reader/alice"
    static let userARN = "arn:aws:iam::123456789012:user/people/bob"

    static let root = PolicyCaller(
        kind: .account, arn: "arn:aws:iam::123456789012:root", account: AccountID(account), userID: account)

    static let user = PolicyCaller(
        kind: .user(name: "bob"), arn: userARN, account: AccountID(account), userID: "AIDAEXAMPLE",
        details: details { $0.tags = ["Team": "blue", "wild": "*"] })

    static let session = PolicyCaller(
        kind: .assumedRole(roleARN: roleARN), arn: sessionARN, account: AccountID(account),
        userID: "AROAEXAMPLE:alice",
        details: details {
            $0.organizationID = "o-a1b2c3d4e5"
            $0.organizationPaths = ["o-a1b2c3d4e5/r-ab12/ou-1/", "o-a1b2c3d4e5/r-ab12/ou-2/"]
            $0.sourceIdentity = "alice@example.com"
            $0.isMultiFactorAuthPresent = false
            $0.tokenIssueTime = Timestamp(millisecondsSinceEpoch: 1_767_225_600_000)
        })

    static let federated = PolicyCaller(
        kind: .federatedUser, arn: "arn:aws:sts::123456789012:federated-user/carol", account: AccountID(account),
        userID: "123456789012:carol",
        details: details { $0.federatedProvider = "arn:aws:iam::123456789012:saml-provider/corp" })

    static let stranger = PolicyCaller(
        kind: .account, arn: "arn:aws:iam::999999999999:root", account: AccountID("999999999999"),
        userID: "999999999999")

    static let lattice = PolicyCaller.service("vpc-lattice.amazonaws.com")

    static let byName: [String: PolicyCaller] = [
        "anonymous": .anonymous, "root": root, "user": user, "session": session, "federated": federated,
        "stranger": stranger, "lattice": lattice,
    ]

    private static func details(_ change: (inout PolicyCaller.Details) -> Void) -> PolicyCaller.Details {
        var details = PolicyCaller.Details()
        change(&details)
        return details
    }
}

/// `{"Statement": …}` with the parts of one statement that a test leaves out.
func document(
    effect: String = "Allow", principal: String? = #""Principal":"*""#,
    action: String = #""Action":"vpc-lattice-svcs:Invoke""#, resource: String? = #""Resource":"*""#,
    condition: String? = nil, version: String = "2012-10-17"
) -> String {
    let parts = [
        #""Effect":"\#(effect)""#, principal, action, resource, condition.map { #""Condition":\#($0)"# },
    ].compactMap(\.self).joined(separator: ",")
    return #"{"Version":"\#(version)","Statement":{\#(parts)}}"#
}
