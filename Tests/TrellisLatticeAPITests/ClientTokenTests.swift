import Foundation
import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

@Suite struct ClientTokenTests {
    /// Target and body of each create operation without the token, and a change that makes it another request.
    static let creations: [(String, String, String)] = [
        ("/servicenetworks", #""name":"new""#, #""sharingConfig":{"enabled":false}"#),
        ("/services", #""name":"new""#, #""idleTimeoutSeconds":61"#),
        ("/targetgroups", #""name":"new","type":"LAMBDA""#, #""tags":{"a":"b"}"#),
        (
            "/services/{service}/listeners",
            #""name":"new","protocol":"HTTP","defaultAction":\#(TestWorld.notFoundAction)"#, #""port":81"#
        ),
        (
            "/services/{service}/listeners/{listener}/rules",
            #""name":"new","match":\#(TestWorld.getMatch),"action":\#(TestWorld.notFoundAction),"priority":9"#,
            #""tags":{"a":"b"}"#
        ),
        (
            "/servicenetworkserviceassociations",
            #""serviceIdentifier":"{other}","serviceNetworkIdentifier":"{network}""#, #""tags":{"a":"b"}"#
        ),
        (
            "/servicenetworkvpcassociations", #""vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"{network}""#,
            #""securityGroupIds":["sg-01234567"]"#
        ),
        (
            "/accesslogsubscriptions",
            #""resourceIdentifier":"{service}","destinationArn":"arn:aws:s3:::access-logs""#, #""tags":{"a":"b"}"#
        ),
    ]

    @Test(arguments: creations)
    func sameTokenAndInputAnswerTheSameAndAnotherInputConflicts(
        _ target: String, _ body: String, _ change: String
    ) async throws {
        let example = try await ServedExample()
        // The listener of the example has port 80.
        _ = await example.send("PATCH", "/services/{service}", "{}")
        let other = try await example.world.makeService("other")
        let body = (target.hasSuffix("/listeners") ? body + #","port":82"# : body).replacing("{other}", with: other)
        let change = target.hasSuffix("/listeners") ? #""tags":{"a":"b"}"# : change
        let token = #","clientToken":"a/b c!""#

        let first = await example.send("POST", target, "{\(body)\(token)}")
        try #require(first.status < 300)
        let keys = try await example.world.keys()
        try await example.world.settle()
        example.world.clock.advance(by: .seconds(60))
        // Members in another order, and a member that nobody knows, are the same input.
        let again = await example.send("POST", target, "{\"unknown\":1\(token),\(body)}")
        #expect(again.status == first.status)
        #expect(again.json == first.json)
        #expect(try await example.world.keys() == keys)

        let different = await example.send("POST", target, "{\(body)\(token),\(change)}")
        #expect(different.status == 409)
        #expect(different.errorType == "ConflictException")
        #expect(different.text("resourceId") == first.id)
        #expect(try await example.world.keys() == keys)
    }

    @Test func tokenIsForgottenAfterADay() async throws {
        let world = try TestWorld()
        let body = #"{"name":"new","clientToken":"token"}"#
        #expect(await world.send("POST", "/services", body).status == 201)
        world.clock.advance(by: .seconds(24 * 3600 - 1))
        #expect(await world.send("POST", "/services", body).status == 201)
        world.clock.advance(by: .seconds(1))
        // Now it is a new request, for a name that is taken.
        #expect(await world.send("POST", "/services", body).text("message").contains("already exists"))
    }

    @Test func tokensOfOtherOperationsAccountsAndRegionsAreOtherTokens() async throws {
        let world = try TestWorld()
        let body = #"{"name":"new","clientToken":"token"}"#
        let first = await world.send("POST", "/services", body)
        let others = [
            await world.send("POST", "/servicenetworks", body),
            await world.send("POST", "/services", body, account: try #require(TrellisAccount.other)),
            await world.send("POST", "/services", body, region: try #require(TrellisAccount.otherRegion)),
        ]
        for reply in others {
            #expect(reply.status == 201)
            #expect(reply.id != first.id)
        }
    }

    @Test func failedRequestLeavesItsTokenFree() async throws {
        let world = try TestWorld()
        let service = try await world.makeService("taken")
        let body = #"{"name":"taken","clientToken":"token"}"#
        #expect(await world.send("POST", "/services", body).status == 409)
        _ = await world.send("DELETE", "/services/\(service)")
        try await world.settle()
        #expect(await world.send("POST", "/services", body).status == 201)
    }

    @Test func withoutATokenTheSecondRequestConflicts() async throws {
        let world = try TestWorld()
        #expect(await world.send("POST", "/services", #"{"name":"new"}"#).status == 201)
        #expect(await world.send("POST", "/services", #"{"name":"new"}"#).status == 409)
        #expect(try await world.keys().filter { $0.contains(IndexKeys.clientToken) } == [])
    }

    @Test func tokenOutlivesTheProcess() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "lattice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: path) }
        let file = path.appending(path: "store.sqlite").path
        let body = #"{"name":"new","clientToken":"token"}"#

        let store = try SQLiteStore.open(at: file)
        let first = await (try TestWorld(store: store)).send("POST", "/services", body)
        try await store.close()
        let reopened = try SQLiteStore.open(at: file)
        let again = await (try TestWorld(store: reopened, seed: 2)).send("POST", "/services", body)
        #expect(again.json == first.json)
        try await reopened.close()
    }

    @Test func expiredTokensAreSwept() async throws {
        let world = try TestWorld()
        _ = await world.send("POST", "/services", #"{"name":"old","clientToken":"old"}"#)
        world.clock.advance(by: .seconds(20 * 3600))
        _ = await world.send("POST", "/services", #"{"name":"young","clientToken":"young"}"#)
        world.clock.advance(by: .seconds(4 * 3600))
        let sweep = ClientTokenSweep(store: world.store, clock: world.clock)
        for key in try await world.keys() { sweep.note(StoreKey(path: key)) }
        try await sweep.removeExpired()
        let left = try await world.keys().filter { $0.contains(IndexKeys.clientToken) }
        #expect(left.map { $0.split(separator: "/").last } == ["young"])
        #expect(try await world.keys().filter { $0.contains("/service/svc-") }.count == 2)
    }
}
