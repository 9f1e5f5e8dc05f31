import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLambdaAPI

@Suite struct ConsistencyTests {
    private func findings(_ entries: [StoreEntry]) -> [String] {
        var check = ConsistencyCheck(LambdaConsistency.records, freeKeys: LambdaConsistency.freeKeys)
        for entry in entries { check.note(entry) }
        return check.result().map(\.description)
    }

    @Test func everyPartOfAFunctionNeedsTheOthers() async throws {
        let store = try SQLiteStore.inMemory()
        let server = try LambdaServer(store: store, packages: TestPackages())
        try await server.create()
        _ = await server.send("POST", "/functions/f/versions")
        let alias = JSONValue.object(["Name": "live", "FunctionVersion": "1"])
        #expect(await server.send("POST", "/functions/f/aliases", alias).status == 201)
        for qualifier in ["", "?Qualifier=1", "?Qualifier=live"] {
            let permission = JSONValue.object([
                "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "vpc-lattice.amazonaws.com",
            ])
            #expect(await server.send("POST", "/functions/f/policy\(qualifier)", permission).status == 201)
        }
        let reservation = JSONValue.object(["ReservedConcurrentExecutions": 1])
        #expect(await server.send("PUT", "/2017-10-31/functions/f/concurrency", reservation).status == 200)
        for qualifier in ["", "?Qualifier=1", "?Qualifier=live"] {
            let settings = JSONValue.object(["MaximumRetryAttempts": 1])
            let path = "/2019-09-25/functions/f/event-invoke-config\(qualifier)"
            #expect(await server.send("PUT", path, settings).status == 200)
        }
        let layer = JSONValue.object(["Content": .object(["ZipFile": LambdaServer.zip("layer")])])
        #expect(await server.send("POST", "/2018-10-31/layers/l/versions", layer).status == 201)
        let grant = LayerTests.permission("s")
        #expect(await server.send("POST", "/2018-10-31/layers/l/versions/1/policy", grant).status == 201)
        for qualifier in ["1", "live"] {
            // Not both at once on AWS; the records do not know of each other.
            let record = ProvisionedConcurrencyRecord(
                scope: server.scope, functionName: try #require(FunctionName("f")),
                qualifier: try #require(Qualifier(qualifier)), requested: 1,
                lastModified: Timestamp(millisecondsSinceEpoch: 0))
            try await store.transaction { try $0.put(record, at: record.key) }
        }
        let entries = try await store.range(under: .root).entries
        #expect(entries.filter { $0.key.path.contains("/function-policy/") }.count == 3)
        #expect(findings(entries) == [])

        func without(_ kind: RecordKind) -> [String] {
            findings(entries.filter { !$0.key.path.contains("/\(kind.rawValue)/") })
        }
        #expect(without(.function).count == 5)
        #expect(without(.functionVersion).count == 4)
        #expect(without(.functionAlias).count == 3)
        #expect(without(.functionPolicy) == [])
        #expect(without(.layer).count == 1)
        #expect(without(.layerVersion).count == 1)
        let other = entries.map { entry in
            StoreEntry(
                key: StoreKey(path: entry.key.path.replacing(":1", with: ":one")), value: entry.value,
                revision: entry.revision)
        }
        #expect(findings(other).contains { $0.hasSuffix("is the policy of nothing") })
    }
}
