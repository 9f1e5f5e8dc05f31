import Foundation
import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@Suite struct UpdateFunctionTests {
    @Test func configurationChangesOnlyWhatIsGiven() async throws {
        let server = try LambdaServer()
        let created = try await server.create(
            "f", ["Description": "old", "Environment": .object(["Variables": .object(["AA": "1"])])])
        let update = await server.send(
            "PUT", "/functions/f/configuration",
            .object(["Timeout": 10, "MemorySize": 256, "Runtime": "nodejs20.x", "Handler": "index.handler"]))
        #expect(update.status == 200)
        #expect(update["State"] == "Active")
        #expect(update["LastUpdateStatus"] == "InProgress")
        #expect(update["LastUpdateStatusReason"] == "The function is being created.")
        #expect(update["LastUpdateStatusReasonCode"] == "Creating")
        #expect(update["RevisionId"] != created["RevisionId"])
        #expect(update["LastModified"] != created["LastModified"])
        let read = await server.send("GET", "/functions/f/configuration")
        #expect(read["LastUpdateStatus"] == "Successful")
        #expect(read["RevisionId"] == update["RevisionId"])
        #expect(read["Timeout"] == 10)
        #expect(read["MemorySize"] == 256)
        #expect(read["Runtime"] == "nodejs20.x")
        #expect(read["Handler"] == "index.handler")
        #expect(read["Description"] == "old")
        #expect(read["Environment", "Variables"] == .object(["AA": "1"]))
        #expect(read["CodeSha256"] == created["CodeSha256"])
        #expect(read["RuntimeVersionConfig"] != created["RuntimeVersionConfig"])
    }

    @Test func anEnvironmentIsReplacedAsAWhole() async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Environment": .object(["Variables": .object(["AA": "1", "BB": "2"])])])
        let environment = JSONValue.object(["Variables": .object(["CC": "3"])])
        let first = await server.send("PUT", "/functions/f/configuration", .object(["Environment": environment]))
        #expect(first["Environment"] == environment)
        let second = await server.send(
            "PUT", "/functions/f/configuration", .object(["Environment": .object(["Variables": .object([:])])]))
        #expect(second["Environment"] == .object(["Variables": .object([:])]))
    }

    @Test func anEnvironmentIsOnlyShownIfOneWasGiven() async throws {
        let server = try LambdaServer()
        #expect(try await server.create("f")["Environment"] == nil)
        let given = try await server.create("g", ["Environment": .object(["Variables": .object([:])])])
        #expect(given["Environment"] == .object(["Variables": .object([:])]))
    }

    @Test func codeIsReplaced() async throws {
        let server = try LambdaServer()
        let created = try await server.create()
        let update = await server.send("PUT", "/functions/f/code", .object(["ZipFile": LambdaServer.zip("newer")]))
        #expect(update.status == 200)
        #expect(update["LastUpdateStatus"] == "InProgress")
        #expect(update["CodeSha256"] != created["CodeSha256"])
        let zip = TestPackages.zip("newer")
        #expect(update["CodeSha256"] == .string(TestPackages.base64Digest(of: zip)))
        #expect(update["CodeSize"] == .integer(Int64(zip.count)))
        let read = await server.send("GET", "/functions/f")
        #expect(read["Configuration", "CodeSha256"] == update["CodeSha256"])
        #expect(read["Code", "RepositoryType"] == "S3")
        let digest = TestPackages.hexadecimalDigest(of: zip)
        #expect(read["Code", "Location"] == .string("file:///packages/\(digest).zip"))
    }

    @Test func codeThatIsPublishedShowsTheVersion() async throws {
        let server = try LambdaServer()
        try await server.create()
        let update = try await server.publish(code: "v1")
        #expect(update["Version"] == "1")
        #expect(update["FunctionArn"] == .string(LambdaServer.arnPrefix + "f:1"))
        #expect(update["State"] == "Pending")
        #expect(update["LastUpdateStatus"] == nil)
    }

    @Test func aDryRunChangesNothing() async throws {
        let server = try LambdaServer()
        try await server.create()
        let before = await server.send("GET", "/functions/f")
        let answer = await server.send(
            "PUT", "/functions/f/code",
            .object(["ZipFile": LambdaServer.zip("newer"), "DryRun": true, "Publish": true]))
        #expect(answer.status == 200)
        let zip = TestPackages.zip("newer")
        #expect(answer["CodeSize"] == .integer(Int64(zip.count)))
        #expect(answer["CodeSha256"] == .string(TestPackages.base64Digest(of: zip)))
        #expect(server.packages.kept.count == 1)
        #expect(await server.send("GET", "/functions/f").json == before.json)
        #expect(await server.send("GET", "/functions/f/versions")["Versions"]?.elements?.count == 1)
    }

    static let staleRevision =
        "The Revision Id provided does not match the latest Revision Id. "
        + "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"

    @Test(arguments: [
        ("PUT", "/functions/f/code"), ("PUT", "/functions/f/configuration"), ("POST", "/functions/f/versions"),
    ])
    func aStaleRevisionIsRefused(_ method: String, _ path: String) async throws {
        let server = try LambdaServer()
        let created = try await server.create()
        let revision = try #require(created["RevisionId"])
        func body(_ revision: JSONValue) -> JSONValue {
            .object(
                path.hasSuffix("code")
                    ? ["RevisionId": revision, "ZipFile": LambdaServer.zip("newer")] : ["RevisionId": revision])
        }
        let stale = await server.send(method, path, body("00000000-0000-4000-8000-000000000000"))
        #expect(stale.status == 412)
        #expect(stale.errorType == "PreconditionFailedException")
        #expect(stale.json == .object(["Type": "User", "message": .string(Self.staleRevision)]))
        #expect(await server.send(method, path, body(revision)).status < 300)
        // The first change has made the revision stale.
        #expect(await server.send(method, path, body(revision)).status == 412)
    }

    static let refusals: [(String, Refusal)] = [
        (
            "code",
            Refusal(members: [:], 400, "InvalidParameterValueException", "Please provide a source for function code.")
        ),
        (
            "code",
            Refusal(
                members: ["ImageUri": "registry/image"], 400, "InvalidParameterValueException",
                "Please don't provide ImageUri when updating a function with packageType Zip.")
        ),
        (
            "code",
            Refusal(
                members: ["S3Bucket": "bucket", "S3Key": "key"], 400, "InvalidParameterValueException",
                "S3Bucket, S3Key are not supported by this Trellis.")
        ),
        (
            "code",
            Refusal(
                members: ["ZipFile": "bm90IGEgemlw"], 400, "InvalidParameterValueException",
                "Could not unzip uploaded file. Please check your file, then try to upload again.")
        ),
        (
            "code",
            Refusal(
                members: ["ZipFile": LambdaServer.zip(), "Architectures": .array(["arm64"])], 400,
                "InvalidParameterValueException",
                "Architectures [arm64] is not supported by this Trellis: its host is x86_64.")
        ),
        (
            "code",
            Refusal(
                members: ["ZipFile": LambdaServer.zip(), "PublishTo": "LATEST_PUBLISHED"], 400,
                "InvalidParameterValueException", "PublishTo is not supported by this Trellis.")
        ),
        (
            "configuration",
            Refusal(
                members: ["Timeout": 1000], 400, "ValidationException",
                "1 validation error detected: Value '1000' at 'timeout' failed to satisfy constraint: "
                    + "Member must have value less than or equal to 900")
        ),
        (
            "configuration",
            Refusal(
                members: ["Layers": .array(["arn:aws:lambda:us-west-2:123456789012:layer:l:1"])], 400,
                "InvalidParameterValueException",
                "Layer version arn:aws:lambda:us-west-2:123456789012:layer:l:1 does not exist.")
        ),
        (
            "configuration",
            Refusal(
                members: ["Environment": .object(["Variables": .object(["AWS_SESSION_TOKEN": "x"])])], 400,
                "InvalidParameterValueException",
                "Lambda was unable to configure your environment variables because the environment variables you "
                    + "have provided contains reserved keys that are currently not supported for modification. "
                    + "Reserved keys used in this request: AWS_SESSION_TOKEN")
        ),
    ]

    @Test(arguments: refusals)
    func refusedUpdatesChangeNothing(_ what: String, _ refusal: Refusal) async throws {
        let server = try LambdaServer()
        try await server.create()
        let before = await server.send("GET", "/functions/f")
        let answer = await server.send("PUT", "/functions/f/\(what)", refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
        #expect(await server.send("GET", "/functions/f").json == before.json)
    }

    @Test(arguments: ["code", "configuration"])
    func aMissingFunctionIsNotFound(_ what: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send("PUT", "/functions/f/\(what)", .object(["ZipFile": LambdaServer.zip()]))
        #expect(answer.status == 404)
        #expect(answer.message == "Function not found: \(LambdaServer.arnPrefix)f")
        #expect(server.packages.kept.isEmpty)
    }

    @Test func theRecordSaysThatItWasUpdated() async throws {
        let server = try LambdaServer()
        try await server.create()
        let key = StoreKey.function(try #require(FunctionName("f")), in: server.scope)
        #expect(try await server.store.record(FunctionRecord.self, at: key)?.wasUpdated == false)
        _ = await server.send("PUT", "/functions/f/configuration", .object(["Timeout": 4]))
        #expect(try await server.store.record(FunctionRecord.self, at: key)?.wasUpdated == true)
    }
}
