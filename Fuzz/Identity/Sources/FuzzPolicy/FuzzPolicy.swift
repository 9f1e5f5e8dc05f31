import TrellisModel
import TrellisPolicy

/// Any text is a policy document: it is refused with a place in it, or its verdicts and their explanations agree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPolicy(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: data, count: count), as: UTF8.self)
    for grammar in [PolicyGrammar.authPolicy, .identityPolicy, .trustPolicy] {
        judge(text, grammar)
    }
    return 0
}

private func judge(_ text: String, _ grammar: PolicyGrammar) {
    let document: PolicyDocument
    do {
        document = try PolicyParser(grammar).parse(text)
    } catch {
        require((0...text.utf8.count).contains(error.offset), "offset \(error.offset)")
        require(!error.message.isEmpty && error.path.hasPrefix("$"), "\(error)")
        return
    }
    guard let policy = try? CompiledPolicy(document) else { return require(false, "what was parsed is not compiled") }
    for request in FuzzedRequest.all {
        let authorization = Authorization(network: .none, service: .iam(policy))
        let own = IdentityPolicies.policies([policy], limits: [.boundary([policy]), .session([policy])])
        let explanation = authorization.explain(request, identity: own)
        require(explanation.denial == authorization.denial(of: request, identity: own), "explanation")
        _ = explanation.description
        let changes = explanation.changes(caller: request.caller, action: request.action, resource: "R")
        require(changes.isEmpty == (explanation.denial == nil), "changes \(changes)")
        guard case .policies(let policies) = explanation.layers[1].content else { return require(false, "layer") }
        let applying = policies[0].filter { $0.reasons.isEmpty }
        switch policy.verdict(on: request) {
        case .denied(let index): require(applying.contains { $0.effect == .deny && $0.index == index }, "deny")
        case .allowed(let index):
            require(applying.allSatisfy { $0.effect == .allow } && applying.first?.index == index, "allow")
        case .silent: require(applying.isEmpty, "silent")
        }
    }
}

private struct FuzzedRequest: PolicyRequest {
    let caller: PolicyCaller
    let action = "vpc-lattice-svcs:Invoke"

    static let all: [FuzzedRequest] = {
        var details = PolicyCaller.Details()
        details.tags = ["team": "blue", "wild": "*?${"]
        details.organizationID = "o-a1b2c3d4e5"
        let account = AccountID("123456789012")
        let session = PolicyCaller(
            kind: .assumedRole(roleARN: "arn:aws:iam::123456789012:role/a/Reader"),
            arn: "arn:aws:sts::123456789012:assumed-role/Reader/alice", account: account, userID: "AROA:alice",
            details: details)
        return [.anonymous, session].map { FuzzedRequest(caller: $0) }
    }()

    func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        "arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-0123456789abcdef0/orders/é".withBytes(body)
    }

    func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {
        let values: [String] =
            switch key {
            case .port: ["443"]
            case .requestPath: ["/orders/é"]
            case .requestHeader, .requestQueryString: ["blue", "", "\u{FFFD}"]
            case .sourceIP: ["10.0.1.7"]
            case .currentTime: ["2026-05-04T03:02:01Z"]
            case .secureTransport: ["true"]
            default: []
            }
        for value in values where !value.withBytes(visit) { return }
    }
}

private func require(_ condition: Bool, _ what: @autoclosure () -> String) {
    if !condition { fatalError(what()) }
}
