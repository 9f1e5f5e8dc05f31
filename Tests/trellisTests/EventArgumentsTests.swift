import Testing
import TrellisLambdaEvent

@testable import trellis

@Suite struct EventArgumentsTests {
    private func parsed(_ arguments: [String]) throws -> [String] {
        let parsed = try EventArguments(arguments)
        return parsed.options.map { "\($0.option)=\($0.value)" } + parsed.operands
    }

    @Test(arguments: [
        (["-X", "PUT", "/x"], ["request=PUT", "/x"]),
        (["-XPUT", "/x"], ["request=PUT", "/x"]),
        (["--request=PUT", "/x"], ["request=PUT", "/x"]),
        (["--request", "PUT", "/x"], ["request=PUT", "/x"]),
        (["-Gda=1", "-d", "-1"], ["get=", "data=a=1", "data=-1"]),
        (["-d", "", "-d@-"], ["data=", "data=@-"]),
        (["--data-ascii", "a", "--data", "b"], ["data=a", "data=b"]),
        (["-", "--explain"], ["explain=", "-"]),
        (["--", "-X"], ["-X"]),
        (["--response"], ["response=-"]),
        (["--response", "-I"], ["response=-", "head="]),
        (["--response", "-", "-I"], ["response=-", "head="]),
        (["--response", "a.json"], ["response=a.json"]),
        (["-h"], ["help="]),
    ])
    func forms(arguments: [String], expected: [String]) throws {
        #expect(try parsed(arguments) == expected)
    }

    @Test(arguments: [
        (["-X"], "--request needs a value."), (["--v1=yes"], "--v1 takes no value."),
        (["--nope"], "--nope is no option"), (["-Gq"], "-q is no option"), (["-s"], "no meaning here"),
        (["-F", "a=b"], "--data-binary @file"),
    ])
    func wrongForms(arguments: [String], words: String) {
        let error = #expect(throws: EventUsageError.self) { try EventArguments(arguments) }
        #expect(error?.message.contains(words) == true)
    }

    @Test func everyOptionIsSpelledOnceAndExplained() {
        let long = EventOption.allCases.flatMap { $0.description.long }
        let short = EventOption.allCases.compactMap { $0.description.short }
        #expect(Set(long).count == long.count && Set(short).count == short.count)
        for option in EventOption.allCases {
            #expect(EventHelp.text.contains(option.name) && !option.description.help.isEmpty, "\(option)")
        }
    }

    // MARK: Identity

    @Test func identity() throws {
        let identity = try IdentityOption(
            [
                "principal=arn:aws:sts::123456789012:assumed-role/R/S,type=AWS_IAM,orgId=o-1,orgPath=o-1/r-1/",
                #"sessionName=S,x509SubjectCn=a\,b\\c,tag:Team=blue=green,tag:empty="#,
            ], sourceVpcARN: "vpc"
        ).identity
        #expect(
            identity
                == CallerIdentity(
                    sourceVpcARN: "vpc", type: "AWS_IAM", principal: "arn:aws:sts::123456789012:assumed-role/R/S",
                    principalOrgID: "o-1", principalOrgPath: "o-1/r-1/", sessionName: "S",
                    x509: X509Identity(subjectCN: #"a,b\c"#),
                    principalTags: [
                        PrincipalTag(key: "Team", value: "blue=green"), PrincipalTag(key: "empty", value: ""),
                    ]))
        #expect(try IdentityOption([], sourceVpcARN: nil).identity == CallerIdentity())
    }

    @Test(arguments: [
        "type=AWS_IAM", "principal=me", "principal=", "principal", "", "=x", "tag:=x", "colour=blue",
        "principal=arn:aws:iam::1:user/a,type=NONE", "principal=arn:aws:iam::1:user/a,principal=arn:aws:iam::1:user/b",
        "principal=arn:aws:iam::1:user/a,",
    ])
    func wrongIdentities(value: String) {
        #expect(throws: EventUsageError.self) { try IdentityOption([value], sourceVpcARN: nil) }
    }

    // MARK: Context

    private func context(_ arguments: [String]) throws -> EventContextOptions {
        try EventContextOptions(try EventArguments(arguments), now: 5, newRequestID: "new")
    }

    @Test func contextDefaults() throws {
        let options = try context([])
        let forwarding = options.forwarding(scheme: .https, port: nil)
        #expect(forwarding.listenerPort == 443 && forwarding.scheme == .https && forwarding.peerAddress == "127.0.0.1")
        #expect(options.context.timeEpoch == 5 && options.requestID == "new" && options.context.region == "us-east-1")
        #expect(options.forwarding(scheme: .http, port: 8080).listenerPort == 8080)
    }

    @Test func contextAsGiven() throws {
        let service = "arn:aws:vpc-lattice:eu-west-1:123456789012:service/svc-0a40eebed65f8d69c"
        let options = try context([
            "--service-arn", service, "--service-network-arn", "none", "--client-address", "2001:db8::1", "--port",
            "81",
            "--protocol", "https", "--time", "1970-01-01T00:00:01.5Z", "--request-id", "mine",
        ])
        #expect(options.context.serviceARN == service && options.context.serviceNetworkARN == nil)
        #expect(options.context.region == "eu-west-1" && options.context.timeEpoch == 1_500_000)
        let forwarding = options.forwarding(scheme: .http, port: 8080)
        #expect(forwarding.listenerPort == 81 && forwarding.scheme == .https)
        #expect(forwarding.peerAddress == "2001:db8::1" && forwarding.requestID == "mine")
        #expect(try context(["--time", "1690497599177430"]).context.timeEpoch == 1_690_497_599_177_430)
    }

    @Test(arguments: [
        ["--port", "0"], ["--port", "65536"], ["--port", "x"], ["--protocol", "HTTPS"], ["--client-address", "me"],
        ["--service-arn", "svc-0a40eebed65f8d69c"],
        ["--service-arn", "arn:aws:vpc-lattice:eu-west-1:123456789012:service/svc-1"],
        ["--service-arn", "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-0a40eebed65f8d69c"],
        ["--target-group-arn", "none"], ["--source-vpc-arn", "vpc-1"], ["--region", "Mars"], ["--request-id", ""],
        ["--request-id", "a\r\nb: c"], ["--time", "yesterday"], ["--time", "-1"], ["--time", "2026-02-30T00:00:00Z"],
        ["--time", "1969-12-31T23:59:59Z"], ["--time", "99999999999999999999"],
    ])
    func wrongContexts(arguments: [String]) {
        #expect(throws: EventUsageError.self) { try context(arguments) }
    }
}
