import Logging
import NIOPosix
import Testing
import TrellisModel
import TrellisPolicy
import TrellisStore

@testable import TrellisFunctionHost

@Suite("Function directory")
struct FunctionDirectoryTests {
    /// A store's changes, compiled one by one into a directory.
    struct Compiled {
        var store = InMemoryStore()
        var compiler = FunctionDirectoryCompiler(eventLoops: 3, accountConcurrency: 1_000)
        var directory = FunctionDirectory()
        var seen = Revision.zero
        var unreadable = 0

        @discardableResult
        mutating func follow() async throws -> [FunctionDirectoryUpdate] {
            let latest = try await store.range(under: .root).revision
            guard latest > seen else { return [] }
            var updates: [FunctionDirectoryUpdate] = []
            for try await changes in store.watch(under: .root, from: seen.next) {
                let applied = compiler.apply([changes])
                let update = try #require(applied)
                directory.apply(update)
                unreadable += update.unreadable.count
                updates.append(update)
                seen = changes.revision
                if seen == latest { break }
            }
            return updates
        }

        mutating func load() async throws {
            let range = try await store.range(under: .root)
            directory.apply(compiler.load(range))
            seen = range.revision
        }

        func version(_ arn: FunctionARN, draw: Double = 0.5) -> FunctionVersion? {
            directory.resolve(arn, ConstantRandom.share(draw))?.version
        }
    }

    let scope = RunningHost.scope
    let name: FunctionName
    let arn: FunctionARN

    init() throws {
        name = try #require(FunctionName("f"))
        arn = FunctionARN(scope: scope, name: name)
    }

    func qualified(_ qualifier: Qualifier) -> FunctionARN {
        FunctionARN(scope: scope, name: name, qualifier: qualifier)
    }

    func alias(
        _ alias: String, _ version: Int?, _ additional: FunctionAliasRecord.AdditionalVersion? = nil
    ) -> FunctionAliasRecord {
        FunctionAliasRecord(
            scope: scope, functionName: name, name: alias, version: version, additionalVersion: additional,
            description: "", revisionID: "a")
    }

    @Test("unqualified, $LATEST, versions and aliases")
    func qualifiers() async throws {
        var compiled = Compiled()
        let record = FunctionRecord.sample("f")
        try compiled.store.put(record, at: .function(name, in: scope))
        try compiled.store.put(record.version(1), at: .functionVersion(1, of: name, in: scope))
        try compiled.store.put(record.version(12), at: .functionVersion(12, of: name, in: scope))
        try compiled.store.put(alias("live", 12), at: .functionAlias("live", of: name, in: scope))
        try compiled.store.put(alias("dev", nil), at: .functionAlias("dev", of: name, in: scope))
        try compiled.store.put(alias("lost", 7), at: .functionAlias("lost", of: name, in: scope))
        try await compiled.follow()
        #expect(compiled.version(arn)?.name == "$LATEST")
        #expect(compiled.version(qualified(.latest)) === compiled.version(arn))
        #expect(compiled.version(qualified(.version(1)))?.name == "1")
        #expect(compiled.version(qualified(.alias("live")))?.name == "12")
        #expect(compiled.version(qualified(.alias("dev"))) === compiled.version(arn))
        #expect(compiled.version(qualified(.alias("lost"))) == nil)
        #expect(compiled.version(qualified(.version(2))) == nil)
        #expect(compiled.version(qualified(.alias("other"))) == nil)
        var elsewhere = arn
        elsewhere.scope.region = try #require(Region("eu-west-1"))
        #expect(compiled.version(elsewhere) == nil)
    }

    @Test(
        "an alias with two versions draws its share anew for each call",
        arguments: [
            (0.0, 0.0, "1"), (0.25, 0.0, "2"), (0.25, 0.2499, "2"), (0.25, 0.25, "1"), (0.25, 0.9, "1"),
            (1.0, 0.9999, "2"),
        ] as [(Double, Double, String)])
    func weights(weight: Double, draw: Double, expected: String) async throws {
        var compiled = Compiled()
        let record = FunctionRecord.sample("f")
        try compiled.store.put(record, at: .function(name, in: scope))
        for number in 1...2 {
            try compiled.store.put(record.version(number), at: .functionVersion(number, of: name, in: scope))
        }
        try compiled.store.put(
            alias("live", 1, .init(version: 2, weight: weight)), at: .functionAlias("live", of: name, in: scope))
        try await compiled.follow()
        #expect(compiled.version(qualified(.alias("live")), draw: draw)?.name == expected)
    }

    @Test("provisioned concurrency of versions and aliases is counted by version")
    func provisionedConcurrency() async throws {
        var compiled = Compiled()
        let record = FunctionRecord.sample("f")
        func provision(_ qualifier: Qualifier, _ number: Int) throws {
            let provisioned = ProvisionedConcurrencyRecord(
                scope: scope, functionName: name, qualifier: qualifier, requested: number,
                lastModified: record.createdAt)
            try compiled.store.put(provisioned, at: .provisionedConcurrency(qualifier, of: name, in: scope))
        }
        func counts() -> [String: Int] {
            Dictionary(
                compiled.directory.provisionedVersions(of: arn).map { ($0.version.name, $0.count) },
                uniquingKeysWith: +)
        }
        try compiled.store.put(record, at: .function(name, in: scope))
        for number in 1...2 {
            try compiled.store.put(record.version(number), at: .functionVersion(number, of: name, in: scope))
        }
        try compiled.store.put(alias("live", 1), at: .functionAlias("live", of: name, in: scope))
        try compiled.store.put(alias("dev", nil), at: .functionAlias("dev", of: name, in: scope))
        try await compiled.follow()
        #expect(counts() == [:])
        let first = try #require(compiled.version(qualified(.version(1))))

        for (qualifier, number) in [
            (.version(1), 2), (.alias("live"), 5), (.alias("dev"), 3), (.alias("gone"), 1), (.version(9), 1),
        ] as [(Qualifier, Int)] { try provision(qualifier, number) }
        try await compiled.follow()
        #expect(counts() == ["1": 7])
        // The version keeps its environments: it is no other one.
        #expect(compiled.version(qualified(.version(1))) === first)
        #expect(compiled.directory.provisionedConcurrency(of: first) == 7)
        let latest = try #require(compiled.version(arn))
        #expect(compiled.directory.provisionedConcurrency(of: latest) == 0)

        try compiled.store.put(
            alias("live", 1, .init(version: 2, weight: 0.3)), at: .functionAlias("live", of: name, in: scope))
        try await compiled.follow()
        #expect(counts() == ["1": 6, "2": 1])
        try compiled.store.put(alias("live", 2), at: .functionAlias("live", of: name, in: scope))
        try await compiled.follow()
        #expect(counts() == ["1": 2, "2": 5])
        compiled.store.write([
            .delete(.provisionedConcurrency(.alias("live"), of: name, in: scope)),
            .delete(.functionVersion(1, of: name, in: scope)),
        ])
        try await compiled.follow()
        #expect(counts() == [:])
        #expect(compiled.directory.provisionedConcurrency(of: first) == 0)
    }

    /// Four standard deviations around the expected number, with a seed that stays.
    @Test("an alias's weight is its share of the calls", arguments: [0.01, 0.1, 0.5, 0.9] as [Double])
    func shares(weight: Double) async throws {
        var compiled = Compiled()
        let record = FunctionRecord.sample("f")
        try compiled.store.put(record, at: .function(name, in: scope))
        for number in 1...2 {
            try compiled.store.put(record.version(number), at: .functionVersion(number, of: name, in: scope))
        }
        try compiled.store.put(
            alias("live", 1, .init(version: 2, weight: weight)), at: .functionAlias("live", of: name, in: scope))
        try await compiled.follow()
        let random = SeededRandom(7)
        let calls = 20_000
        var additional = 0
        for _ in 0..<calls {
            let resolution = try #require(compiled.directory.resolve(qualified(.alias("live")), random))
            if resolution.version.name == "2" { additional += 1 }
        }
        let deviation = (Double(calls) * weight * (1 - weight)).squareRoot()
        #expect(abs(Double(additional) - Double(calls) * weight) < 4 * deviation)
    }

    @Test("each way to call has its own policy")
    func policies() async throws {
        var compiled = Compiled()
        let record = FunctionRecord.sample("f")
        try compiled.store.put(record, at: .function(name, in: scope))
        try compiled.store.put(record.version(3), at: .functionVersion(3, of: name, in: scope))
        try compiled.store.put(alias("live", 3), at: .functionAlias("live", of: name, in: scope))
        let ways: [Qualifier?] = [nil, .latest, .version(3), .alias("live")]
        for (index, qualifier) in ways.enumerated() {
            let statement = FunctionPolicyStatement(
                sid: "s\(index)", principal: .anyone, action: "*", resource: arn, conditions: [:])
            try compiled.store.put(
                FunctionPolicyRecord(statements: [statement], revisionID: "p"),
                at: .functionPolicy(qualifier, of: name, in: scope))
        }
        try await compiled.follow()
        for (index, qualifier) in ways.enumerated() {
            let resolution = compiled.directory.resolve(
                FunctionARN(scope: scope, name: name, qualifier: qualifier), ConstantRandom(bits: 0))
            #expect(resolution?.policy.statements.map(\.sid) == ["s\(index)"])
        }
        compiled.store.write([.delete(.functionPolicy(nil, of: name, in: scope))])
        try await compiled.follow()
        #expect(compiled.directory.resolve(arn, ConstantRandom(bits: 0))?.policy.statements.isEmpty == true)
    }

    @Test("only what a change touches is compiled; a version stays itself while its configuration does")
    func incremental() async throws {
        var compiled = Compiled()
        var record = FunctionRecord.sample("f")
        try compiled.store.put(record, at: .function(name, in: scope))
        try compiled.store.put(record.version(1), at: .functionVersion(1, of: name, in: scope))
        let other = FunctionRecord.sample("g")
        try compiled.store.put(other, at: .function(other.name, in: scope))
        try await compiled.follow()
        let latest = try #require(compiled.version(arn))
        let first = try #require(compiled.version(qualified(.version(1))))
        let untouched = try #require(compiled.version(other.arn))

        record.tags = ["a": "b"]
        try compiled.store.put(record, at: .function(name, in: scope))
        let update = try #require(try await compiled.follow().first)
        #expect(Array(update.functions.keys) == [arn])
        #expect(compiled.version(arn) === latest)

        record.latest.timeoutSeconds = 20
        try compiled.store.put(record, at: .function(name, in: scope))
        try await compiled.follow()
        #expect(compiled.version(arn) !== latest)
        #expect(!compiled.directory.holds(latest))
        #expect(compiled.version(qualified(.version(1))) === first)
        #expect(compiled.directory.holds(first))
        #expect(compiled.version(other.arn) === untouched)
        #expect(compiled.version(arn)?.owner == latest.owner, "all versions stay on one loop")
    }

    @Test("a deleted function is gone with everything; the same name again is another function")
    func deletion() async throws {
        var compiled = Compiled()
        let record = FunctionRecord.sample("f")
        try compiled.store.put(record, at: .function(name, in: scope))
        try compiled.store.put(alias("live", nil), at: .functionAlias("live", of: name, in: scope))
        try await compiled.follow()
        let old = try #require(compiled.version(arn))
        compiled.store.write([.delete(.function(name, in: scope))])
        try await compiled.follow()
        #expect(compiled.version(arn) == nil)
        #expect(compiled.version(qualified(.alias("live"))) == nil, "an alias without its function")
        #expect(!compiled.directory.holds(old))
        try compiled.store.put(record, at: .function(name, in: scope))
        try await compiled.follow()
        #expect(compiled.version(arn)?.id != old.id)
    }

    @Test("functions go to the loops in turn")
    func owners() async throws {
        var compiled = Compiled()
        var owners: [Int] = []
        for index in 0..<6 {
            let record = FunctionRecord.sample("f\(index)")
            try compiled.store.put(record, at: .function(record.name, in: scope))
            try await compiled.follow()
            owners.append(try #require(compiled.version(record.arn)).owner)
        }
        #expect(owners == [0, 1, 2, 0, 1, 2])
    }

    @Test("loading again keeps what is unchanged and drops what is gone")
    func load() async throws {
        var compiled = Compiled()
        let kept = FunctionRecord.sample("kept")
        let gone = FunctionRecord.sample("gone")
        try compiled.store.put(kept, at: .function(kept.name, in: scope))
        try compiled.store.put(gone, at: .function(gone.name, in: scope))
        try await compiled.load()
        let version = try #require(compiled.version(kept.arn))
        compiled.store.write([.delete(.function(gone.name, in: scope))])
        try await compiled.load()
        #expect(compiled.version(kept.arn) === version)
        #expect(compiled.version(gone.arn) == nil)
    }

    @Test("values that cannot be read count as absent, other keys are not looked at")
    func unreadable() async throws {
        var compiled = Compiled()
        let record = FunctionRecord.sample("f")
        try compiled.store.put(record, at: .function(name, in: scope))
        try await compiled.follow()
        let bad = Array("{}".utf8)
        compiled.store.write([
            .put(StoreKey(path: "/x"), bad), .put(StoreKey(path: "/123456789012/us-east-1/service/svc-1"), bad),
            .put(StoreKey(path: "/123456789012/us-east-1/function/bad name"), bad),
            .put(StoreKey(path: "/1/us-east-1/function/f"), bad),
            .put(StoreKey(path: "/123456789012/us-east-1/function-version/f/x"), bad),
            .put(StoreKey(path: "/123456789012/us-east-1/function-policy/f/what"), bad),
            .put(StoreKey(path: "/123456789012/us-east-1/function-alias/f"), bad),
        ])
        let update = try #require(try await compiled.follow().first)
        #expect(update.functions.isEmpty)
        #expect(compiled.unreadable == 0)
        compiled.store.write([.put(.functionVersion(1, of: name, in: scope), bad)])
        try await compiled.follow()
        #expect(compiled.unreadable == 1)
        #expect(compiled.version(arn) != nil)
        #expect(compiled.version(qualified(.version(1))) == nil)
        compiled.store.write([.put(.function(name, in: scope), bad)])
        try await compiled.follow()
        #expect(compiled.version(arn) == nil)
    }
}
