import Foundation
import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@Suite struct CreateFunctionTests {
    @Test func answersWithTheWholeConfiguration() async throws {
        let server = try LambdaServer()
        let answer = try await server.create("f", ["Environment": .object(["Variables": .object(["KEY": "value"])])])
        #expect(answer.headers["content-type"] == "application/json")
        var members = try #require(answer.json.members)
        #expect(members.removeValue(forKey: "RevisionId")?.text?.utf8.count == 36)
        let runtime = try #require(members.removeValue(forKey: "RuntimeVersionConfig")?["RuntimeVersionArn"]?.text)
        #expect(runtime.hasPrefix("arn:aws:lambda:us-west-2::runtime:"))
        #expect(runtime.utf8.count == "arn:aws:lambda:us-west-2::runtime:".utf8.count + 64)
        let zip = TestPackages.zip("code")
        #expect(
            members == [
                "FunctionName": "f", "FunctionArn": "arn:aws:lambda:us-west-2:123456789012:function:f",
                "Runtime": "python3.12", "Role": .string(LambdaServer.role), "Handler": "app.handler",
                "CodeSize": .integer(Int64(zip.count)), "CodeSha256": .string(TestPackages.base64Digest(of: zip)),
                "Description": "", "Timeout": 3,
                "MemorySize": 128, "LastModified": "2025-11-05T10:11:13.123+0000", "Version": "$LATEST",
                "State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating",
                "PackageType": "Zip", "Architectures": .array(["x86_64"]),
                "EphemeralStorage": .object(["Size": 512]), "TracingConfig": .object(["Mode": "PassThrough"]),
                "SnapStart": .object(["ApplyOn": "None", "OptimizationStatus": "Off"]),
                "LoggingConfig": .object(["LogFormat": "Text", "LogGroup": "/aws/lambda/f"]),
                "Environment": .object(["Variables": .object(["KEY": "value"])]),
            ])
    }

    @Test func isActiveAtTheFirstReadAndInvocableAtOnce() async throws {
        let server = try LambdaServer()
        try await server.create()
        let read = await server.send("GET", "/functions/f/configuration")
        #expect(read["State"] == "Active")
        #expect(read["LastUpdateStatus"] == "Successful")
        #expect(read["StateReason"] == nil)
        #expect(await server.send("POST", "/functions/f/invocations").status == 200)
    }

    @Test func keepsWhatIsGiven() async throws {
        let server = try LambdaServer()
        try await server.create(
            "g",
            [
                "Description": "does things", "Timeout": 900, "MemorySize": 10240, "Runtime": "nodejs20.x",
                "EphemeralStorage": .object(["Size": 10240]), "Tags": .object(["team": "a"]),
            ])
        let read = await server.send("GET", "/functions/g")
        #expect(read["Configuration", "Description"] == "does things")
        #expect(read["Configuration", "Timeout"] == 900)
        #expect(read["Configuration", "MemorySize"] == 10240)
        #expect(read["Configuration", "Runtime"] == "nodejs20.x")
        #expect(read["Configuration", "EphemeralStorage", "Size"] == 10240)
        #expect(read["Tags"] == .object(["team": "a"]))
    }

    @Test(arguments: [
        "python3.8", "python3.14", "nodejs18.x", "nodejs24.x", "provided.al2", "provided.al2023",
    ])
    func takesTheRuntimesOfTheHost(_ runtime: String) async throws {
        let server = try LambdaServer()
        try await server.create("f", ["Runtime": .string(runtime)])
    }

    @Test func withPublishShowsVersionOneUnderTheUnqualifiedARN() async throws {
        let server = try LambdaServer()
        let answer = try await server.create("f", ["Publish": true])
        #expect(answer["Version"] == "1")
        #expect(answer["FunctionArn"] == .string(LambdaServer.arnPrefix + "f"))
        let version = await server.send("GET", "/functions/f?Qualifier=1")
        #expect(version["Configuration", "Version"] == "1")
        #expect(version["Configuration", "RevisionId"] == answer["RevisionId"])
        let latest = await server.send("GET", "/functions/f/configuration")
        #expect(latest["RevisionId"] != answer["RevisionId"])
    }

    /// What SDKs and Terraform send for settings that are not used.
    static let unused: [(String, JSONValue)] = [
        ("Layers", .array([])), ("VpcConfig", .object([:])), ("FileSystemConfigs", .array([])),
        ("VpcConfig", .object(["SubnetIds": .array([]), "SecurityGroupIds": .array([])])),
        ("VpcConfig", .object(["Ipv6AllowedForDualStack": false])),
        ("TracingConfig", .object(["Mode": "PassThrough"])), ("TracingConfig", .object([:])),
        ("EphemeralStorage", .object(["Size": 512])), ("Architectures", .array(["x86_64"])),
        ("SnapStart", .object(["ApplyOn": "None"])), ("DeadLetterConfig", .object([:])),
        ("DeadLetterConfig", .object(["TargetArn": ""])), ("KMSKeyArn", ""), ("CodeSigningConfigArn", ""),
        ("ImageConfig", .object([:])), ("PackageType", "Zip"), ("LoggingConfig", .object(["LogFormat": "Text"])),
        ("LoggingConfig", .object(["LogFormat": "Text", "LogGroup": "/aws/lambda/f"])),
        ("CapacityProviderConfig", .object([:])), ("Publish", false), ("Tags", .object([:])),
        ("Environment", .object([:])), ("Environment", .object(["Variables": .object([:])])),
    ]

    @Test(arguments: unused)
    func takesEmptyAndDefaultValues(_ member: String, _ value: JSONValue) async throws {
        let server = try LambdaServer()
        try await server.create("f", [member: value])
    }

    static let unsupported: [(String, [String: JSONValue])] = [
        ("VpcConfig", ["VpcConfig": .object(["SubnetIds": .array(["subnet-1"])])]),
        ("VpcConfig", ["VpcConfig": .object(["SecurityGroupIds": .array(["sg-1"])])]),
        ("VpcConfig", ["VpcConfig": .object(["Ipv6AllowedForDualStack": true])]),
        ("FileSystemConfigs", ["FileSystemConfigs": .array([.object(["Arn": "a", "LocalMountPath": "/mnt/a"])])]),
        ("PackageType Image", ["PackageType": "Image"]),
        ("DeadLetterConfig", ["DeadLetterConfig": .object(["TargetArn": "arn:aws:sqs:us-west-2:123456789012:q"])]),
        ("KMSKeyArn", ["KMSKeyArn": "arn:aws:kms:us-west-2:123456789012:key/k"]),
        ("SnapStart", ["SnapStart": .object(["ApplyOn": "PublishedVersions"])]),
        ("CodeSigningConfigArn", ["CodeSigningConfigArn": "arn:aws:lambda:us-west-2:123456789012:x"]),
        ("TracingConfig", ["TracingConfig": .object(["Mode": "Active"])]),
        ("DurableConfig", ["DurableConfig": .object(["ExecutionTimeout": 5])]),
        ("CapacityProviderConfig", ["CapacityProviderConfig": .object(["LambdaManagedInstances": .object([:])])]),
        ("TenancyConfig", ["TenancyConfig": .object(["TenantIsolationMode": "PER_TENANT"])]),
        ("ImageConfig", ["ImageConfig": .object(["Command": .array(["run"])])]),
        ("PublishTo", ["PublishTo": "LATEST_PUBLISHED"]),
        ("Code.ImageUri", ["Code": .object(["ImageUri": "registry/image"])]),
        (
            "Code.S3Bucket, Code.S3Key",
            ["Code": .object(["S3Bucket": "bucket", "S3Key": "key.zip"])]
        ),
    ]

    @Test(arguments: unsupported)
    func refusesWhatItCannotDo(_ names: String, _ members: [String: JSONValue]) async throws {
        let server = try LambdaServer()
        let answer = await server.send("POST", "/functions", LambdaServer.createBody("f", members))
        #expect(answer.status == 400)
        #expect(answer.errorType == "InvalidParameterValueException")
        let verb = names.contains(",") ? "are" : "is"
        #expect(answer.message == "\(names) \(verb) not supported by this Trellis.")
        #expect(await server.send("GET", "/functions/f").status == 404)
    }
}

extension JSONValue {
    var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
}
