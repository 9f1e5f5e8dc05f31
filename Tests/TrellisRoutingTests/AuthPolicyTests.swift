import Testing
import TrellisModel
import TrellisPolicy

@testable import TrellisRouting

@Suite("Auth policies in snapshots")
struct AuthPolicyTests {
    static let allow = #"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#

    struct AnyRequest: PolicyRequest {
        var caller: PolicyCaller { .anonymous }
        var action: String { "vpc-lattice-svcs:Invoke" }
        func withResource(_ body: (UnsafeBufferPointer<UInt8>) -> Void) { "a".withBytes(body) }
        func forEachValue(of key: ConditionKey, _ visit: (UnsafeBufferPointer<UInt8>) -> Bool) {}
    }

    func record(_ policy: String) -> AuthPolicyRecord {
        AuthPolicyRecord(
            resource: .service(Records.id(1)), scope: Records.scope, policy: policy, createdAt: Records.at(1),
            lastUpdatedAt: Records.at(1))
    }

    func denial(_ service: CompiledService?) throws -> Denial? {
        Authorization(network: .none, service: try #require(service).authPolicy)
            .denial(of: AnyRequest(), identity: .policies([]))
    }

    @Test("a policy counts only with auth type AWS_IAM, whichever comes first")
    func authTypeAndPolicy() throws {
        var compiler = SnapshotCompiler()
        func service(_ type: AuthType) -> RecordChange {
            var record = Records.service(1)
            record.authType = type
            return .putService(record)
        }
        func compiled(_ changes: RecordChange...) -> CompiledService? {
            compiler.apply(changes).service(host: "service-1.localhost")
        }
        let refused = Denial(layer: .service, isExplicit: false)
        _ = compiled(.putAuthPolicy(record(Self.allow)))
        #expect(try denial(compiled(service(.awsIAM))) == nil)
        #expect(try denial(compiled(.deleteAuthPolicy(.service(Records.id(1))))) == refused)
        #expect(try denial(compiled(service(.none))) == nil)
        #expect(try denial(compiled(service(.awsIAM), .putAuthPolicy(record(Self.allow)))) == nil)
        // A document that nobody could have stored closes the service.
        #expect(try denial(compiled(.putAuthPolicy(record("{}")))) == refused)
    }

    @Test("the deletion of a policy's key is a change")
    func deletion() {
        let key = StoreKey.authPolicy(of: .service(Records.id(1)), in: Records.scope)
        guard case .deleteAuthPolicy(.service(Records.id(1)))? = RecordChange(deletionOf: key) else {
            Issue.record("not a change")
            return
        }
        #expect(
            RecordChange(deletionOf: .resourcePolicy(of: .service(Records.id(1)), in: Records.scope)).isNil)
    }
}

extension Optional {
    fileprivate var isNil: Bool { if case .none = self { true } else { false } }
}

extension Snapshot {
    fileprivate func service(host: String) -> CompiledService? { host.withBytes(service(host:)) }
}
