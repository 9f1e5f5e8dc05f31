import BenchmarkCounting
import TrellisModel
import TrellisPolicy
import TrellisRouting

@testable import TrellisDataPlane

/// A service policy whose last statement allows the request: all conditions of all statements are looked at.
var policyCases: [BenchmarkCase] {
    [
        BenchmarkCase(
            name: "policy-5-statements", operations: 500, bars: [.instructions(15_000), .allocations(0)]
        ) { try evaluating(statements: 5) },
        BenchmarkCase(
            name: "policy-1000-statements", operations: 5, bars: [.instructions(3_000_000), .allocations(0)]
        ) { try evaluating(statements: 1_000) },
    ]
}

private func evaluating(statements: Int) throws -> PreparedOperation {
    // A document has room for about thirty of them.
    var document = try PolicyParser(.authPolicy).parse(text(0..<1))
    for number in 1..<statements {
        document.statements += try PolicyParser(.authPolicy).parse(text(number..<number + 1)).statements
    }
    let authorization = Authorization(network: .none, service: .iam(try CompiledPolicy(document)))
    let route = try route(in: Records.snapshot(Records.service(1)))
    let account = try Records.wellFormed(AccountID("123456789012"))
    let caller = PolicyCaller(
        kind: .assumedRole(roleARN: "arn:aws:iam::123456789012:role/orders"),
        arn: "arn:aws:sts::123456789012:assumed-role/orders/session", account: account,
        userID: "AROAEXAMPLE:session")
    let allowed = ServicePolicyRequest(
        head: SampleRequest.head(tenant: statements - 1), route: route, caller: caller, port: 80, isSecure: false,
        sourceIP: "203.0.113.7", endpoint: nil, now: Records.time)
    let refused = ServicePolicyRequest(
        head: SampleRequest.head(tenant: statements), route: route, caller: caller, port: 80, isSecure: false,
        sourceIP: "203.0.113.7", endpoint: nil, now: Records.time)
    // The policy is there and decides.
    guard authorization.denial(of: refused, identity: .everything) != nil else { throw Unexpected() }
    return PreparedOperation {
        guard authorization.denial(of: allowed, identity: .everything) == nil else { throw Unexpected() }
        return 1
    }
}

/// Each statement is for one path, the last thing that is compared.
private func text(_ numbers: Range<Int>) -> String {
    let list = numbers.map { number in
        """
        {"Sid":"Tenant\(number)","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},
         "Action":"vpc-lattice-svcs:Invoke","Resource":"*",
         "Condition":{"StringEquals":{"vpc-lattice-svcs:RequestMethod":"GET"},
                      "IpAddress":{"aws:SourceIp":"203.0.113.0/24"},
                      "StringLike":{"vpc-lattice-svcs:RequestPath":"/tenants/\(number)/*"}}}
        """
    }
    return "{\"Version\":\"2012-10-17\",\"Statement\":[\(list.joined(separator: ","))]}"
}
