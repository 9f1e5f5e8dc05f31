import Testing
import TrellisSignature

@Suite struct SigningKeyCacheTests {
    private func scope(
        _ region: String = "us-east-1", date: String = "20150830", service: String = "s"
    ) -> CredentialScope {
        CredentialScope(date: date, region: region, service: service)
    }

    private func put(
        _ keys: inout SigningKeyCache, _ id: String, _ scope: CredentialScope,
        secret: SecretAccessKey = Example.secret
    ) {
        let key = SigningKey(secretAccessKey: secret, scope: scope)
        keys.insert(.symmetric(key), accessKeyID: id, scope: scope, secretAccessKey: secret)
    }

    private func has(
        _ keys: inout SigningKeyCache, _ id: String, _ scope: CredentialScope,
        secret: SecretAccessKey = Example.secret
    ) -> Bool {
        keys.key(accessKeyID: id, scope: scope, secretAccessKey: secret) != nil
    }

    @Test func findsAKeyByAllItsParts() {
        var keys = SigningKeyCache()
        put(&keys, "id", scope())
        #expect(has(&keys, "id", scope()))
        #expect(!has(&keys, "other", scope()))
        #expect(!has(&keys, "id", scope("us-west-2")))
        #expect(!has(&keys, "id", scope(date: "20150831")))
        #expect(!has(&keys, "id", scope(service: "t")))
    }

    @Test func doesNotServeAnotherSecret() {
        var keys = SigningKeyCache()
        put(&keys, "id", scope())
        #expect(!has(&keys, "id", scope(), secret: SecretAccessKey("rotated")))
        put(&keys, "id", scope(), secret: SecretAccessKey("rotated"))
        #expect(has(&keys, "id", scope(), secret: SecretAccessKey("rotated")))
        #expect(!has(&keys, "id", scope()))
        #expect(keys.count == 1)
    }

    @Test(arguments: [-1, 0, 1, 2, 3, 10, 512])
    func staysWithinItsCapacity(_ capacity: Int) {
        var keys = SigningKeyCache(capacity: capacity)
        for number in 0..<1000 {
            put(&keys, "id\(number)", scope())
            #expect(keys.count <= max(0, capacity))
        }
        #expect(has(&keys, "id999", scope()) == (capacity >= 2))
    }

    @Test func keepsWhatIsInUse() {
        var keys = SigningKeyCache(capacity: 10)
        put(&keys, "busy", scope())
        for number in 0..<1000 {
            put(&keys, "id\(number)", scope())
            #expect(has(&keys, "busy", scope()))
            #expect(keys.count <= 10)
        }
        #expect(!has(&keys, "id0", scope()))
    }
}
