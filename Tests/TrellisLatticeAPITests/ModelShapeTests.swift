import Foundation
import Testing
import TrellisAPI

@testable import TrellisLatticeAPI

/// The constraints in `LatticeShapes` against the published model.
@Suite(.enabled(if: BotocoreModel.isAvailable, "there is no botocore for python3 on this machine"))
struct ModelShapeTests {
    private func shape(_ name: String) throws -> JSONValue {
        try #require(BotocoreModel.service?["shapes"]?[name], "the model has no shape \(name)")
    }

    @Test(arguments: LatticeShapes.texts.map(\.name))
    func textHasTheLengthAndPatternOfTheModel(_ name: String) throws {
        let ours = try #require(LatticeShapes.texts.first { $0.name == name })
        let shape = try shape(name)
        #expect(shape["type"]?.text == "string")
        #expect(shape["min"]?.number == ours.length.lowerBound)
        #expect(shape["max"]?.number == ours.length.upperBound)
        #expect(shape["pattern"]?.text == ours.pattern?.text)
    }

    @Test(arguments: LatticeShapes.bounds.keys.sorted())
    func numbersAndListsHaveTheBoundsOfTheModel(_ name: String) throws {
        let ours = try #require(LatticeShapes.bounds[name])
        #expect(try shape(name)["min"]?.number == ours.lowerBound)
        #expect(try shape(name)["max"]?.number == ours.upperBound)
    }

    @Test(arguments: LatticeShapes.texts.filter { $0.pattern != nil }.map(\.name))
    func patternDecidesAsTheRegularExpressionOfTheModel(_ name: String) throws {
        let ours = try #require(LatticeShapes.texts.first { $0.name == name }?.pattern)
        let question = JSONValue.object([
            "pattern": .string(ours.text), "samples": .array(PatternSamples.all.map(JSONValue.string)),
        ])
        let script = """
            import json, re, sys
            question = json.loads(sys.argv[1])
            # As in the service's own language, \\d and \\S are about ASCII.
            pattern = re.compile(question["pattern"], re.ASCII)
            print(json.dumps([bool(pattern.fullmatch(sample)) for sample in question["samples"]]))
            """
        let answer = try #require(
            BotocoreModel.python(script, argument: String(decoding: question.encoded(), as: UTF8.self)))
        let decisions = try JSONValue(parsing: answer).elements
        try #require(decisions.count == PatternSamples.all.count)
        for (sample, decision) in zip(PatternSamples.all, decisions) {
            #expect(JSONValue.boolean(ours.matches(sample)) == decision, "\(name): '\(sample)'")
        }
    }
}

/// Texts on both sides of every pattern's borders.
private enum PatternSamples {
    private static let names = [
        "", "a", "abc", "a-b", "-ab", "ab-", "a--b", "a-", "-", "--", "Abc", "a_b", "a b", "ä", "0", "svc-a", "svc",
        "sv-c", "tg-1", "tgx", "listener-a", "rule-a", "sn-a", "listener", "rule", "1-2-3", "a\n", "\n", "abc\n",
    ]
    private static let body = "0123456789abcdefg"
    private static let hex = "0123456789abcdef0"
    private static let ids = [
        "svc", "sn", "tg", "listener", "rule", "snsa", "snva", "vpc", "sg", "als", "rgw", "rcfg", "snra", "rea", "dv",
        "vpce",
    ].flatMap {
        [
            "\($0)-\(body)", "\($0)-\(body)h", "\($0)-\(body.dropLast())", "\($0)-0123456789ABCDEFG", "\($0)-",
            "\($0)\(body)", "\($0)-01234567", "\($0)-\(hex)", "\($0)-\(hex)0", "\($0)-\(hex.uppercased())",
            "\($0)-0123456Z", "\($0)-012345678",
        ]
    }
    private static let tails = [
        "service/svc-\(body)", "servicenetwork/sn-\(body)", "targetgroup/tg-\(body)",
        "service/svc-\(body)/listener/listener-\(body)",
        "service/svc-\(body)/listener/listener-\(body)/rule/rule-\(body)",
        "service/svc-\(body)/listener/listener-\(body)/rule/tg-\(body)",
        "service/svc-\(body)/listener/rule-\(body)", "service/svc-\(body)/", "service/", "/service", "service", "x",
        "servicenetworkserviceassociation/snsa-\(body)", "servicenetworkvpcassociation/snva-\(body)",
        "accesslogsubscription/als-\(body)", "servicenetwork/svc-\(body)", "", "\na", "\n",
        "service/svc-\(body):1", "resourcegateway/rgw-\(body)", "resourceconfiguration/rcfg-\(body)",
        "servicenetworkresourceassociation/snra-\(body)", "servicenetworkresourceassociation/snra-\(hex)",
        "resourceendpointassociation/rea-\(hex)", "resourceendpointassociation/rea-\(body)",
        "domainverification/dv-\(hex)", "domainverification/dv-\(hex.uppercased())", "domainverification/dv-\(body)",
        "a\nb", String(repeating: "r", count: 1024), String(repeating: "r", count: 1025),
    ]
    private static let arns =
        tails.map { "arn:aws:vpc-lattice:us-west-2:111122223333:\($0)" }
        + tails.map { "arn:aws:vpc-lattice::111122223333:\($0)" }
        + tails.map { "arn:aws-cn:vpc-lattice:US-WEST-2:111122223333:\($0)" }
        + tails.map { "arn:AWS:vpc-lattice:us-west-2:111122223333:\($0)" }
        + tails.map { "arn:aws:vpc-lattice:us-west-2:11112222333:\($0)" }
        + tails.map { "arn:aws:vpc-lattice:us-west-2::\($0)" }
        + tails.map { "arn:aws:lambda:us-west-2:111122223333:\($0)" }
        + tails.map { "arn:-a:vpc-lattice:-b:111122223333:\($0)" }
        + tails.map { "arn:a.b:vpc-lattice:\(String(repeating: "c", count: 64)):111122223333:\($0)" }
        + tails.map { "arn::vpc-lattice:us_west:111122223333:\($0)" }
    private static let certificates = [
        "arn:aws:acm:us-west-2:111122223333:certificate/0-a", "arn:aws:acm:::certificate/0",
        "arn:aws:acm:us-west-2:111122223333:certificate/", "arn:aws:acm:us-west-2:1:certificate/A",
        "arn:a--b:acm:r:1:certificate/0", "arn:a.b-c:acm:r:1:certificate/0", "arn:-a:acm:r:1:certificate/0",
        "arn:aws:acm:r-:1:certificate/0", "arn:aws:acm:r:1:x/0", "arn:aws:acm:r:1:certificate/0/1", "arn",
        "arn:aws:acm:r:1", "arn:aws:acm:r:1:certificate/0:1",
    ]
    private static let paths = [
        "/", "/a", "a", "//", "/a b", "/a*", "/%20", "/@:_+.~#?&=-", "/ä", "/a\\", "/a,b", "/A/9", "/a\n",
    ]
    private static let codes = ["200", "200-299", "200,301", "-", ",", "200 ", "2x0", "200\n", "２００"]
    private static let tokens = ["!", "~", " ", " a ", "a\nb", "\t", "\u{7F}", "é", "é!", "  "]

    private static let ports = [
        "1", "80", "65535", "99999", "123456", "1-2", "1-65535", "2-1", "-", "1-", "-1", "1-2-3", "123456-1",
        "1-123456",
        "1 - 2", "1,2", "80\n", "123456789012", "12345678901", "1234567890123",
    ]

    static let all = ports + names + ids + arns + certificates + paths + codes + tokens
}
