import Logging
import Synchronization
import Testing
import TrellisModel
import TrellisPolicy

@testable import TrellisFunctionHost

@Suite("Missing permissions in the log")
struct MissingPermissionTests {
    private static let targetGroup = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0123456789abcdef0"
    private static let lattice = "vpc-lattice.amazonaws.com"

    private func request(_ qualifier: Qualifier?, source: String = targetGroup) throws -> FunctionPolicyRequest {
        let name = try #require(FunctionName("f"))
        return FunctionPolicyRequest(
            resource: FunctionARN(scope: RunningHost.scope, name: name, qualifier: qualifier),
            servicePrincipal: Self.lattice, sourceARN: source, sourceAccount: RunningHost.scope.account)
    }

    @Test(
        "the command that grants it",
        arguments: [
            (nil, ""), (.alias("live"), " --qualifier live"), (.version(3), " --qualifier 3"),
        ] as [(Qualifier?, String)])
    func command(qualifier: Qualifier?, option: String) throws {
        #expect(
            MissingPermissions.remedy(try request(qualifier), Self.lattice, Self.targetGroup)
                == "aws lambda add-permission --function-name arn:aws:lambda:us-east-1:123456789012:function:f\(option) "
                + "--statement-id vpc-lattice-tg-0123456789abcdef0 --action lambda:InvokeFunction "
                + "--principal vpc-lattice.amazonaws.com --source-arn \(Self.targetGroup)")
    }

    @Test("$LATEST has no policy that could be changed")
    func latest() throws {
        let remedy = MissingPermissions.remedy(try request(.latest), Self.lattice, Self.targetGroup)
        #expect(remedy.hasPrefix("register arn:aws:lambda:us-east-1:123456789012:function:f as the target"))
    }

    @Test("it is said once, and again after a change of the function")
    func once() throws {
        let lines = Lines()
        let logger = Logger(label: "test") { _ in lines }
        var missing = MissingPermissions()
        for _ in 0..<3 { missing.tell(try request(nil), to: logger) }
        #expect(lines.all.map { $0["permission"] } == ["lambda:InvokeFunction"])
        missing.tell(try request(.alias("live")), to: logger)
        missing.tell(try request(nil, source: Self.targetGroup + "1"), to: logger)
        #expect(lines.all.count == 3)
        let name = try #require(FunctionName("other"))
        missing.forget([FunctionARN(scope: RunningHost.scope, name: name)])
        missing.tell(try request(nil), to: logger)
        #expect(lines.all.count == 3)
        missing.forget([try request(nil).resource])
        missing.tell(try request(nil), to: logger)
        missing.tell(try request(.alias("live")), to: logger)
        #expect(lines.all.count == 5)
    }

    @Test("what is remembered is bounded")
    func bounded() throws {
        let lines = Lines()
        let logger = Logger(label: "test") { _ in lines }
        var missing = MissingPermissions()
        for number in 0..<2000 { missing.tell(try request(nil, source: "arn:\(number)"), to: logger) }
        #expect(lines.all.count == 1000)
    }

    /// Keeps the metadata of every line.
    private final class Lines: LogHandler, Sendable {
        private let kept = Mutex<[Logger.Metadata]>([])
        var all: [Logger.Metadata] { kept.withLock { $0 } }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }

        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) { kept.withLock { $0.append(event.metadata ?? [:]) } }
    }
}
