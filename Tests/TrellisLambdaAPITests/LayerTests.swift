import Foundation
import Testing
import TrellisAPI
import TrellisFunctionHost
import TrellisModel

@testable import TrellisLambdaAPI

@Suite struct LayerTests {
    static let layers = "/2018-10-31/layers"
    static let arn = "arn:aws:lambda:\(LambdaServer.region):\(LambdaServer.account):layer:"

    static func permission(_ sid: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
        let members: [String: JSONValue] = [
            "StatementId": .string(sid), "Action": "lambda:GetLayerVersion", "Principal": "*",
        ]
        return .object(members.merging(more) { $1 })
    }

    private func publish(
        _ name: String = "l", _ content: String = "layer", _ more: [String: JSONValue] = [:], on server: LambdaServer
    ) async -> Answer {
        let members = ["Content": JSONValue.object(["ZipFile": LambdaServer.zip(content)])].merging(more) { $1 }
        return await server.send("POST", "\(Self.layers)/\(name)/versions", .object(members))
    }

    private func use(_ arns: [String], on server: LambdaServer, function: String = "f") async -> Answer {
        await server.send(
            "PUT", "/functions/\(function)/configuration", .object(["Layers": .array(arns.map(JSONValue.string))]))
    }

    // MARK: Versions

    @Test func aVersionIsShownAsItWasPublished() async throws {
        let server = try LambdaServer()
        let zip = TestPackages.zip("layer")
        let answer = await publish(
            "l", "layer",
            [
                "Description": "d", "LicenseInfo": "MIT", "CompatibleRuntimes": .array(["python3.12"]),
                "CompatibleArchitectures": .array(["x86_64"]),
            ], on: server)
        #expect(answer.status == 201)
        #expect(answer["LayerArn"]?.text == Self.arn + "l")
        #expect(answer["LayerVersionArn"]?.text == Self.arn + "l:1")
        #expect(answer["Version"] == 1)
        #expect(answer["Description"] == "d")
        #expect(answer["LicenseInfo"] == "MIT")
        #expect(answer["CompatibleRuntimes"] == .array(["python3.12"]))
        #expect(answer["Content", "CodeSha256"]?.text == TestPackages.base64Digest(of: zip))
        #expect(answer["Content", "CodeSize"] == .integer(Int64(zip.count)))
        #expect(
            answer["Content", "Location"]?.text
                == "file:///packages/\(TestPackages.hexadecimalDigest(of: zip)).zip")
        #expect(await server.send("GET", "\(Self.layers)/l/versions/1").json == answer.json)
        #expect(await server.send("GET", "\(Self.layers)?find=LayerVersion&Arn=\(Self.arn)l:1").json == answer.json)
        let encoded = (Self.arn + "l").replacing(":", with: "%3A")
        #expect(await server.send("GET", "\(Self.layers)/\(encoded)/versions/1").json == answer.json)

        let plain = await publish("l", "layer", ["CompatibleRuntimes": .array([])], on: server)
        #expect(plain["Version"] == 2)
        #expect(plain["CompatibleRuntimes"] == .array([]))
        #expect(plain["CompatibleArchitectures"] == nil)
        #expect(plain["LicenseInfo"] == nil)
        #expect(plain["Description"] == "")
    }

    @Test func numbersAreNeverUsedAgain() async throws {
        let server = try LambdaServer()
        for _ in 1...2 { #expect(await publish(on: server).status == 201) }
        for number in [1, 2, 2, 9] {
            #expect(await server.send("DELETE", "\(Self.layers)/l/versions/\(number)").status == 204)
        }
        #expect(await server.send("GET", "\(Self.layers)/l/versions").json == .object(["LayerVersions": .array([])]))
        #expect(await server.send("GET", Self.layers).json == .object(["Layers": .array([])]))
        #expect(await publish(on: server)["Version"] == 3)
    }

    @Test func listsShowTheLatestVersionsThatSuit() async throws {
        let server = try LambdaServer()
        #expect(await server.send("GET", "\(Self.layers)/none/versions")["LayerVersions"] == .array([]))
        for index in 1...11 {
            let runtime: JSONValue = index % 2 == 0 ? "python3.12" : "nodejs20.x"
            let more: [String: JSONValue] = [
                "CompatibleRuntimes": .array([runtime]), "CompatibleArchitectures": .array(["arm64"]),
            ]
            #expect(await publish("many", "layer", more, on: server).status == 201)
        }
        #expect(await publish("a-first", on: server).status == 201)
        func versions(_ query: String) async -> [Int64] {
            let answer = await server.send("GET", "\(Self.layers)/many/versions\(query)")
            return (answer["LayerVersions"]?.elements ?? []).compactMap {
                guard case .integer(let number) = $0["Version"] else { return nil }
                return number
            }
        }
        #expect(await versions("") == (1...11).reversed())
        #expect(await versions("?CompatibleRuntime=python3.12") == [10, 8, 6, 4, 2])
        #expect(await versions("?CompatibleArchitecture=x86_64") == [])
        let page = await server.send("GET", "\(Self.layers)/many/versions?MaxItems=4")
        let marker = try #require(page["NextMarker"]?.text)
        #expect(await versions("?MaxItems=50&Marker=\(marker)") == (1...7).reversed())

        func names(_ query: String) async -> [String] {
            let answer = await server.send("GET", "\(Self.layers)\(query)")
            return (answer["Layers"]?.elements ?? []).map {
                "\($0["LayerName"]?.text ?? "") \($0["LatestMatchingVersion"]?["LayerVersionArn"]?.text ?? "")"
            }
        }
        #expect(await names("") == ["a-first \(Self.arn)a-first:1", "many \(Self.arn)many:11"])
        let suiting = await names("?CompatibleRuntime=python3.12&CompatibleArchitecture=arm64")
        #expect(suiting == ["many \(Self.arn)many:10"])
        #expect(await names("?MaxItems=1").count == 1)
    }

    @Test func readsOfWhatIsNotThere() async throws {
        let server = try LambdaServer()
        _ = await publish(on: server)
        let missing = "The resource you requested does not exist."
        let below = "Layer Version Cannot be less than 1"
        let rows: [(String, String, Int, String)] = [
            ("GET", "/l/versions/2", 404, missing), ("GET", "/other/versions/1", 404, missing),
            ("GET", "?find=LayerVersion&Arn=\(Self.arn)l:2", 404, missing),
            ("GET", "?find=LayerVersion&Arn=arn:aws:lambda:eu-west-1:123456789012:layer:l:1", 404, missing),
            ("GET", "/l/versions/0", 400, below), ("GET", "/l/versions/-1", 400, below),
            ("DELETE", "/l/versions/-1", 400, below),
            ("GET", "/l/versions/x", 400, "The value 'x' at 'versionNumber' must be an integer."),
            ("GET", "/l/versions/1/policy", 404, "No policy is associated with the given resource."),
            ("GET", "/l/versions/2/policy", 404, "Layer version \(Self.arn)l:2 does not exist."),
            (
                "GET", "?CompatibleArchitecture=x", 400,
                "1 validation error detected: Value 'x' at 'compatibleArchitecture' failed to satisfy constraint: "
                    + "Member must satisfy enum value set: [x86_64, arm64]"
            ),
            (
                "GET", "?find=LayerVersion", 400,
                "1 validation error detected: Value null at 'arn' failed to satisfy constraint: "
                    + "Member must not be null"
            ),
        ]
        for (method, path, status, message) in rows {
            let answer = await server.send(method, Self.layers + path)
            #expect(answer.status == status, "\(path)")
            #expect(answer.message == message, "\(path)")
        }
    }

    @Test func whatCannotBeALayerIsRefused() async throws {
        let server = try LambdaServer()
        func message(_ members: [String: JSONValue], name: String = "l") async -> String? {
            await server.send("POST", "\(Self.layers)/\(name)/versions", .object(members)).message
        }
        let content = JSONValue.object(["ZipFile": LambdaServer.zip()])
        #expect(
            await message([:])
                == "1 validation error detected: Value null at 'content' failed to satisfy constraint: "
                + "Member must not be null")
        #expect(await message(["Content": .object([:])]) == "Please provide a source for layer content.")
        #expect(
            await message(["Content": .object(["S3Bucket": "b", "S3Key": "k"])])
                == "Content.S3Bucket, Content.S3Key are not supported by this Trellis.")
        let bad = JSONValue.object(["ZipFile": "AAAA"])
        #expect(
            await message(["Content": bad])
                == "Could not unzip uploaded file. Please check your file, then try to upload again.")
        let wrong = await message([
            "Content": content, "CompatibleRuntimes": .array(["invalidruntime", "nodejs20.x"]),
            "CompatibleArchitectures": .array(["invalidarch", "x86_64"]),
        ])
        #expect(
            wrong?.hasPrefix(
                "2 validation errors detected: Value '[invalidruntime, nodejs20.x]' at 'compatibleRuntimes' failed to "
                    + "satisfy constraint: Member must satisfy enum value set: [") == true)
        #expect(
            wrong?.hasSuffix(
                "; Value '[invalidarch, x86_64]' at 'compatibleArchitectures' failed to satisfy constraint: Member "
                    + "must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]") == true)
        #expect(await message(["Content": content], name: String(repeating: "l", count: 65)) != nil)
        #expect(await server.send("GET", Self.layers)["Layers"] == .array([]))
        #expect(server.packages.kept.isEmpty)
    }

    // MARK: In functions

    @Test func functionsKeepLayersThatAreDeleted() async throws {
        let server = try LambdaServer()
        let size = JSONValue.integer(Int64(TestPackages.zip("layer").count))
        for name in ["one", "two"] { #expect(await publish(name, on: server).status == 201) }
        let created = try await server.create("f", ["Layers": .array([.string(Self.arn + "one:1")])])
        #expect(
            created["Layers"] == .array([.object(["Arn": .string(Self.arn + "one:1"), "CodeSize": size])]))
        #expect(await server.send("POST", "/functions/f/versions").status == 201)
        let updated = await use([Self.arn + "two:1", Self.arn + "one:1"], on: server)
        #expect(updated.status == 200)
        let shown = ["two:1", "one:1"].map { JSONValue.object(["Arn": .string(Self.arn + $0), "CodeSize": size]) }
        #expect(updated["Layers"] == .array(shown))

        #expect(await server.send("DELETE", "\(Self.layers)/two/versions/1").status == 204)
        #expect(await server.send("GET", "/functions/f/configuration")["Layers"] == .array(shown))
        // The version has what it was published with.
        #expect(await server.send("GET", "/functions/f/configuration?Qualifier=1")["Layers"]?.elements?.count == 1)
        // Other changes leave layers as they are; an empty list takes them away.
        let timeout = await server.send("PUT", "/functions/f/configuration", .object(["Timeout": 5]))
        #expect(timeout["Layers"] == .array(shown))
        #expect(await use([], on: server)["Layers"] == nil)
    }

    @Test func layersThatDoNotSuitAreRefused() async throws {
        let server = try LambdaServer()
        try await server.create()
        for name in (1...6).map({ "l\($0)" }) + ["l1"] { #expect(await publish(name, on: server).status == 201) }
        let twice = "Two different versions of the same layer are not allowed to be referenced in the same function. "
        let pattern =
            #"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)"#
            + "|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
        let rows: [([String], String)] = [
            ((1...6).map { Self.arn + "l\($0):1" }, "Cannot reference more than 5 layers."),
            (
                [Self.arn + "l1:1", Self.arn + "l2:1", Self.arn + "l1:2"],
                twice + "\(Self.arn)l1:1 and \(Self.arn)l1:2 are versions of the same layer."
            ),
            (
                [Self.arn + "l1:1", Self.arn + "l1:1"],
                twice + "\(Self.arn)l1:1 and \(Self.arn)l1:1 are versions of the same layer."
            ),
            ([Self.arn + "doesnotexist:1"], "Layer version \(Self.arn)doesnotexist:1 does not exist."),
            ([Self.arn + "l1:9"], "Layer version \(Self.arn)l1:9 does not exist."),
            (["arn:aws:lambda:::awslayer:x"], "Layer version arn:aws:lambda:::awslayer:x does not exist."),
            (
                ["arn:aws:lambda:eu-west-1:123456789012:layer:l1:1"],
                "Layers are not in the same region as the function. Layers are expected to be in region us-west-2."
            ),
            (
                [Self.arn + "l1"],
                "1 validation error detected: Value '[\(Self.arn)l1]' at 'layers' failed to satisfy constraint: "
                    + "Member must satisfy constraint: [Member must have length less than or equal to 140, "
                    + "Member must have length greater than or equal to 1, Member must satisfy regular expression "
                    + "pattern: \(pattern), Member must not be null]"
            ),
        ]
        for (arns, message) in rows {
            let answer = await use(arns, on: server)
            #expect(answer.status == 400)
            #expect(answer.message == message)
            let create = await server.send(
                "POST", "/functions", LambdaServer.createBody("g", ["Layers": .array(arns.map(JSONValue.string))]))
            #expect(create.message == message)
        }
        #expect(await use((1...5).map { Self.arn + "l\($0):1" }, on: server).status == 200)
    }

    /// 100,000 bytes is what the test's packages may have unzipped.
    @Test func codeAndLayersTogetherHaveALimit() async throws {
        let server = try LambdaServer()
        func zeros(_ count: Int) -> JSONValue {
            let zip = TestPackages.zip([.init(path: "zeros", contents: [UInt8](repeating: 0, count: count))])
            return .object(["ZipFile": .string(Data(zip).base64EncodedString())])
        }
        for (name, size) in [("a", 50_000), ("b", 49_000)] {
            #expect(await publish(name, "", ["Content": zeros(size)], on: server).status == 201)
        }
        let layers = ["a:1", "b:1"].map { Self.arn + $0 }
        try await server.create("f", ["Code": zeros(1000)])
        #expect(await use(layers, on: server).status == 200)
        let message = "Function code combined with layers exceeds the maximum allowed size of 100000 bytes. "
        for dryRun: JSONValue in [true, false] {
            var code = zeros(1001)
            if case .object(var members) = code {
                members["DryRun"] = dryRun
                code = .object(members)
            }
            let answer = await server.send("PUT", "/functions/f/code", code)
            #expect(answer.status == 400)
            #expect(answer.message == message + "The actual size is 100001 bytes.")
        }
        let create = await server.send(
            "POST", "/functions",
            LambdaServer.createBody("g", ["Code": zeros(2000), "Layers": .array(layers.map(JSONValue.string))]))
        #expect(create.message == message + "The actual size is 101000 bytes.")
    }

    // MARK: Permissions

    @Test func permissionsAreAddedShownAndRemoved() async throws {
        let server = try LambdaServer()
        _ = await publish(on: server)
        let path = "\(Self.layers)/l/versions/1/policy"
        let first = await server.send("POST", path, Self.permission("s1"))
        #expect(first.status == 201)
        let statement =
            #"{"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"# + "\""
            + Self.arn + "l:1\"}"
        #expect(first["Statement"]?.text == statement)
        let shown = await server.send("GET", path)
        #expect(
            shown["Policy"]?.text == #"{"Version":"2012-10-17","Id":"default","Statement":["# + statement + "]}")
        #expect(shown["RevisionId"] == first["RevisionId"])

        let second = await server.send(
            "POST", path, Self.permission("s2", ["Principal": "999999999999", "OrganizationId": "o-1234567890"]))
        let condition = #""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}}"#
        #expect(second["Statement"]?.text?.hasSuffix(condition) == true)
        #expect(second["Statement"]?.text?.contains(#"{"AWS":"arn:aws:iam::999999999999:root"}"#) == true)
        let duplicate = await server.send("POST", path, Self.permission("s1"))
        #expect(duplicate.status == 409)
        #expect(
            duplicate.message
                == "The statement id (s1) provided already exists. Please provide a new statement id, or remove the "
                + "existing statement.")
        let stale =
            "The Revision Id provided does not match the latest Revision Id. "
            + "Call the GetLayerPolicy API to retrieve the latest Revision Id"
        let revision = try #require(first["RevisionId"]?.text)
        for (method, target, body) in [
            ("POST", "\(path)?RevisionId=\(revision)", Self.permission("s3")),
            ("DELETE", "\(path)/s1?RevisionId=\(revision)", nil),
        ] as [(String, String, JSONValue?)] {
            let answer = await server.send(method, target, body)
            #expect(answer.status == 412)
            #expect(answer.message == stale)
        }
        let none = await server.send("DELETE", "\(path)/none")
        #expect(none.message == "Statement none is not found in resource policy.")
        for sid in ["s1", "s2"] { #expect(await server.send("DELETE", "\(path)/\(sid)").status == 204) }
        #expect(await server.send("GET", path).message == "No policy is associated with the given resource.")
    }

    @Test func otherAccountsNeedAPermission() async throws {
        let server = try LambdaServer()
        _ = await publish(on: server)
        let other = try LambdaServer(store: server.store, packages: server.packages, account: "999999999999")
        try await other.create()
        let path = "\(Self.layers)/l/versions/1/policy"
        let byARN = "\(Self.layers)?find=LayerVersion&Arn=\(Self.arn)l:1"
        func isUsable() async -> [Int] {
            [await use([Self.arn + "l:1"], on: other).status, await other.send("GET", byARN).status]
        }
        #expect(await isUsable() == [403, 403])
        let refused = await use([Self.arn + "l:1"], on: other)
        #expect(
            refused.message
                == "User: arn:aws:iam::999999999999:root is not authorized to perform: lambda:GetLayerVersion on "
                + "resource: \(Self.arn)l:1 because no resource-based policy allows the lambda:GetLayerVersion action")
        for more: [String: JSONValue] in [
            ["Principal": "111111111111"], ["OrganizationId": "o-1234567890"],
        ] {
            #expect(await server.send("POST", path, Self.permission("s", more)).status == 201)
            #expect(await isUsable() == [403, 403])
            #expect(await server.send("DELETE", "\(path)/s").status == 204)
        }
        for principal: JSONValue in ["*", "999999999999", "arn:aws:iam::999999999999:root"] {
            #expect(await server.send("POST", path, Self.permission("s", ["Principal": principal])).status == 201)
            #expect(await isUsable() == [200, 200])
            #expect(await server.send("DELETE", "\(path)/s").status == 204)
        }
        // What another account owns, nobody else changes.
        let label = (Self.arn + "l").replacing(":", with: "%3A")
        for (method, tail) in [("DELETE", "/1"), ("GET", "/1/policy"), ("POST", "/1/policy"), ("GET", "")] {
            let body = method == "POST" ? Self.permission("x") : nil
            #expect(await other.send(method, "\(Self.layers)/\(label)/versions\(tail)", body).status == 403)
        }
        #expect(await server.send("GET", byARN).status == 200)
    }
}
