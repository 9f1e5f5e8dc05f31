import NIOCore
import Testing
import TrellisAPI
import TrellisModel

@testable import TrellisLogsAPI

@Suite struct LogsPermissionTests {
    private static let group = "arn:aws:logs:us-east-1:123456789012:log-group:/app"

    @Test(arguments: [
        ("DeleteLogGroup", #"{"logGroupName":"/app"}"#, "\(group):log-stream:"),
        ("PutLogEvents", #"{"logGroupName":"/app","logStreamName":"s"}"#, "\(group):log-stream:s"),
        ("GetLogEvents", #"{"logGroupIdentifier":"\#(group):*"}"#, "\(group):log-stream:"),
        ("ListTagsForResource", #"{"resourceArn":"\#(group)"}"#, group),
        ("UntagResource", #"{"resourceArn":"\#(group):*","tagKeys":["x"]}"#, "\(group):*"),
    ])
    func theTagsOfTheGroupThatIsNamed(operation: String, input: String, resource: String) async throws {
        let server = try await LogsServer()
        let made = await server.call(
            "CreateLogGroup", ["logGroupName": "/app", "tags": .object(["Team": "blue", "stage": "test"])])
        #expect(made["status"] == .integer(200))
        let permissions = await LogsPermissions.permissions(
            for: try call(operation, input), in: server.store)
        #expect(permissions.map(\.action) == ["logs:\(operation)"])
        #expect(permissions.map(\.resource) == [resource])
        #expect(permissions.first?.keys["aws:resourcetag/team"] == ["blue"])
        #expect(permissions.first?.keys["aws:resourcetag/stage"] == ["test"])
        #expect(permissions.first?.keys["aws:tagkeys"] == (operation == "UntagResource" ? ["x"] : nil))
    }

    @Test(arguments: [
        #"{"logGroupName":"/other"}"#, "{}", #"{"resourceArn":"arn:aws:s3:::b"}"#, #"{"logGroupName":"a b"}"#, "[]",
    ])
    func whatIsNotThereHasNoTags(input: String) async throws {
        let server = try await LogsServer()
        let permissions = await LogsPermissions.permissions(for: try call("DeleteLogGroup", input), in: server.store)
        #expect(permissions.count == 1)
        #expect(permissions.first?.keys == [:])
    }

    private func call(_ operation: String, _ body: String) throws -> APICall {
        let account = try #require(AccountID("123456789012"))
        return APICall(
            operation: operation,
            caller: Caller(
                accessKeyID: "AKIA", account: account, region: .usEast1, principalARN: account.rootARN,
                userID: account.rawValue), requestID: "r", body: ByteBuffer(string: body))
    }
}
