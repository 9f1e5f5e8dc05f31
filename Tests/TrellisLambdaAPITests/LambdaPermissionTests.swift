import NIOCore
import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLambdaAPI

@Suite struct LambdaPermissionTests {
    private func permissions(
        _ operation: String, labels: [String: String], query: String = "", in server: LambdaServer
    ) async throws -> [Permission] {
        let account = try #require(AccountID(LambdaServer.account))
        let caller = Caller(
            accessKeyID: "AKIA", account: account, region: try #require(Region(LambdaServer.region)),
            principalARN: account.rootARN, userID: account.rawValue)
        let call = APICall(
            operation: operation, caller: caller, requestID: "r", labels: labels,
            query: try #require(QueryItems(query)))
        return try await LambdaPermissions.permissions(for: call, in: server.store)
    }

    @Test(arguments: [
        ("GetFunction", ["FunctionName": "f"], "", "f"),
        ("DeleteFunction", ["FunctionName": "f"], "Qualifier=1", "f:1"),
        ("GetAlias", ["FunctionName": "\(LambdaServer.arnPrefix)f"], "", "f"),
        ("ListTags", ["Resource": "\(LambdaServer.arnPrefix)f"], "", "f"),
        ("UntagResource", ["Resource": "\(LambdaServer.arnPrefix)f"], "tagKeys=a&tagKeys=b", "f"),
    ])
    func theTagsOfTheFunctionThatIsNamed(
        operation: String, labels: [String: String], query: String, resource: String
    ) async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Tags": .object(["Team": "blue"])])
        let found = try await permissions(operation, labels: labels, query: query, in: server)
        #expect(found.map(\.resource) == ["\(LambdaServer.arnPrefix)\(resource)"])
        #expect(found.first?.keys["aws:resourcetag/team"] == ["blue"])
        #expect(found.first?.keys["aws:tagkeys"] == (operation == "UntagResource" ? ["a", "b"] : nil))
    }

    @Test func whatIsNotThereHasNoTags() async throws {
        let server = try LambdaServer()
        for labels in [["FunctionName": "f"], ["FunctionName": "a b"], ["LayerName": "l"], [:]] {
            #expect(try await permissions("GetFunction", labels: labels, in: server).first?.keys == [:])
        }
    }
}
