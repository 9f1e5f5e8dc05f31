import Foundation
import Testing
import TrellisAPI
import TrellisLambdaAPI
import TrellisModel

/// The API beside the service model that SDKs are made from.
@Suite(.enabled(if: ServiceModel.isInstalled, "python3 with botocore is not installed"))
struct ServiceModelTests {
    /// One request of each operation that Trellis has, on a function `f` with version 1 and alias `live`.
    static let requests: [(operation: String, labels: [String: String], query: String, body: JSONValue?)] = [
        ("CreateFunction", [:], "", LambdaServer.createBody("g", ["Publish": true])),
        ("ListFunctions", [:], "?MaxItems=1&FunctionVersion=ALL", nil),
        ("GetFunction", ["FunctionName": "f"], "?Qualifier=live", nil),
        ("GetFunctionConfiguration", ["FunctionName": "f"], "", nil),
        ("GetFunctionCodeSigningConfig", ["FunctionName": "f"], "", nil),
        ("UpdateFunctionCode", ["FunctionName": "f"], "", .object(["ZipFile": LambdaServer.zip("new")])),
        ("UpdateFunctionConfiguration", ["FunctionName": "f"], "", .object(["Timeout": 9])),
        ("Invoke", ["FunctionName": "f"], "", .object([:])),
        ("InvokeWithResponseStream", ["FunctionName": "f"], "", .object([:])),
        ("PublishVersion", ["FunctionName": "f"], "", .object([:])),
        ("ListVersionsByFunction", ["FunctionName": "f"], "?MaxItems=1", nil),
        ("CreateAlias", ["FunctionName": "f"], "", .object(["Name": "next", "FunctionVersion": "1"])),
        ("GetAlias", ["FunctionName": "f", "Name": "live"], "", nil),
        ("UpdateAlias", ["FunctionName": "f", "Name": "live"], "", .object(["Description": "d"])),
        ("ListAliases", ["FunctionName": "f"], "", nil),
        ("AddPermission", ["FunctionName": "f"], "", PermissionTests.permission("s")),
        ("GetPolicy", ["FunctionName": "f"], "?Qualifier=1", nil),
        ("ListTags", ["Resource": resource], "", nil),
        ("TagResource", ["Resource": resource], "", .object(["Tags": .object(["a": "b"])])),
        ("UntagResource", ["Resource": resource], "?tagKeys=a", nil),
        ("RemovePermission", ["FunctionName": "f", "StatementId": "one"], "?Qualifier=1", nil),
        ("GetRuntimeManagementConfig", ["FunctionName": "f"], "?Qualifier=1", nil),
        ("PutRuntimeManagementConfig", ["FunctionName": "f"], "", .object(["UpdateRuntimeOn": "Auto"])),
        ("GetFunctionRecursionConfig", ["FunctionName": "f"], "", nil),
        ("PutFunctionRecursionConfig", ["FunctionName": "f"], "", .object(["RecursiveLoop": "Allow"])),
        ("PutFunctionEventInvokeConfig", ["FunctionName": "f"], "?Qualifier=1", .object(["MaximumRetryAttempts": 1])),
        (
            "UpdateFunctionEventInvokeConfig", ["FunctionName": "f"], "?Qualifier=live",
            .object(["MaximumRetryAttempts": 1])
        ),
        ("GetFunctionEventInvokeConfig", ["FunctionName": "f"], "?Qualifier=live", nil),
        ("ListFunctionEventInvokeConfigs", ["FunctionName": "f"], "", nil),
        ("DeleteFunctionEventInvokeConfig", ["FunctionName": "f"], "?Qualifier=live", nil),
        ("PutFunctionConcurrency", ["FunctionName": "f"], "", .object(["ReservedConcurrentExecutions": 7])),
        ("GetFunctionConcurrency", ["FunctionName": "f"], "", nil),
        ("DeleteFunctionConcurrency", ["FunctionName": "f"], "", nil),
        (
            "PutProvisionedConcurrencyConfig", ["FunctionName": "f"], "?Qualifier=2",
            .object(["ProvisionedConcurrentExecutions": 2])
        ),
        ("GetProvisionedConcurrencyConfig", ["FunctionName": "f"], "?Qualifier=1", nil),
        ("ListProvisionedConcurrencyConfigs", ["FunctionName": "f"], "&MaxItems=1", nil),
        ("DeleteProvisionedConcurrencyConfig", ["FunctionName": "f"], "?Qualifier=1", nil),
        (
            "PublishLayerVersion", ["LayerName": "l"], "",
            .object([
                "Content": .object(["ZipFile": LambdaServer.zip("layer")]), "Description": "d",
                "CompatibleRuntimes": .array(["python3.12"]), "CompatibleArchitectures": .array(["x86_64"]),
                "LicenseInfo": "MIT",
            ])
        ),
        ("ListLayers", [:], "?CompatibleRuntime=python3.12&CompatibleArchitecture=x86_64", nil),
        ("ListLayerVersions", ["LayerName": "l"], "?MaxItems=1", nil),
        ("GetLayerVersion", ["LayerName": "l", "VersionNumber": "1"], "", nil),
        ("GetLayerVersionByArn", [:], "&Arn=arn:aws:lambda:us-west-2:123456789012:layer:l:1", nil),
        ("AddLayerVersionPermission", ["LayerName": "l", "VersionNumber": "1"], "", LayerTests.permission("next")),
        ("GetLayerVersionPolicy", ["LayerName": "l", "VersionNumber": "1"], "", nil),
        (
            "RemoveLayerVersionPermission", ["LayerName": "l", "VersionNumber": "1", "StatementId": "one"], "", nil
        ),
        ("DeleteLayerVersion", ["LayerName": "l", "VersionNumber": "1"], "", nil),
        ("GetAccountSettings", [:], "", nil),
        ("InvokeAsync", ["FunctionName": "f"], "", .object([:])),
        ("ListFunctionUrlConfigs", ["FunctionName": "f"], "", nil),
        ("ListCodeSigningConfigs", [:], "", nil),
        ("DeleteFunctionCodeSigningConfig", ["FunctionName": "f"], "", nil),
        ("DeleteAlias", ["FunctionName": "f", "Name": "live"], "", nil),
        ("DeleteFunction", ["FunctionName": "f"], "", nil),
    ]

    /// Operations on what no function has, which is never found.
    static let findingNothing: Set<String> = [
        "GetFunctionUrlConfig", "UpdateFunctionUrlConfig", "DeleteFunctionUrlConfig", "GetCodeSigningConfig",
        "UpdateCodeSigningConfig", "DeleteCodeSigningConfig", "ListFunctionsByCodeSigningConfig",
        "PutFunctionCodeSigningConfig",
    ]

    private static let resource = "arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Af"

    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true, "Tags": .object(["a": "b"])])
        let routing = JSONValue.object(["AdditionalVersionWeights": .object(["2": .double(0.25)])])
        try await server.publish(code: "second")
        _ = await server.send(
            "POST", "/functions/f/aliases",
            .object(["Name": "live", "FunctionVersion": "1", "RoutingConfig": routing]))
        _ = await server.send("POST", "/functions/f:1/policy", PermissionTests.permission("one"))
        _ = await server.send(
            "PUT", "/2019-09-25/functions/f:live/event-invoke-config", .object(["MaximumRetryAttempts": 1]))
        _ = await server.send(
            "POST", "/2018-10-31/layers/l/versions",
            .object([
                "Content": .object(["ZipFile": LambdaServer.zip("layer")]),
                "CompatibleRuntimes": .array(["python3.12"]), "CompatibleArchitectures": .array(["x86_64"]),
            ]))
        _ = await server.send("POST", "/2018-10-31/layers/l/versions/1/policy", LayerTests.permission("one"))
        _ = await server.send(
            "PUT", "/functions/f/configuration",
            .object(["Layers": .array(["arn:aws:lambda:us-west-2:123456789012:layer:l:1"])]))
        _ = await server.send(
            "PUT", "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
            .object(["ProvisionedConcurrentExecutions": 1]))
        return server
    }

    @Test(arguments: requests)
    func answersInTheModelsShape(
        _ request: (operation: String, labels: [String: String], query: String, body: JSONValue?)
    ) async throws {
        let model = try #require(ServiceModel.installed)
        let operation = try #require(model.operations[request.operation])
        var path = try #require(operation["http"]?["requestUri"]?.text)
        for (name, value) in request.labels { path = path.replacingOccurrences(of: "{\(name)}", with: value) }
        let method = try #require(operation["http"]?["method"]?.text)
        let answer = try await server().send(method, path + request.query, request.body)
        // The model names 200 because the status is a member of the answer; clients are answered 204.
        let status: JSONValue? = request.operation == "DeleteFunction" ? 204 : operation["http"]?["responseCode"]
        #expect(status == .integer(Int64(answer.status)), "\(answer)")
        guard let output = operation["output"]?["shape"]?.text, answer.status != 204 else {
            #expect(answer.body.isEmpty)
            return
        }
        guard model.shapes[output]?["payload"] == nil else { return }
        // AWS answers updates with this code (recorded) though the model's enumeration does not have it.
        let recorded = ".LastUpdateStatusReasonCode: 'Creating' not in enum"
        #expect(model.problems(of: answer.json, as: output).filter { $0 != recorded } == [])
    }

    @Test func everyOtherOperationIsNamedInItsRefusal() async throws {
        let model = try #require(ServiceModel.installed)
        let implemented = Set(Self.requests.map(\.operation)).union(Self.findingNothing)
        let server = try LambdaServer()
        for (name, operation) in model.operations where !implemented.contains(name) {
            let method = try #require(operation["http"]?["method"]?.text)
            let uri = try #require(operation["http"]?["requestUri"]?.text)
            let path = uri.replacing(/\{[A-Za-z]+\}/, with: "x")
            let answer = await server.send(method, path)
            #expect(answer.status == 400, "\(name)")
            #expect(answer.errorType == "UnsupportedOperationException", "\(name)")
            #expect(answer.message == "The operation \(name) is not supported by this Trellis.")
        }
    }

    @Test func whatNoFunctionHasIsNotFound() async throws {
        let model = try #require(ServiceModel.installed)
        let server = try await server()
        let config = "arn:aws:lambda:us-west-2:123456789012:code-signing-config:csc-0123456789abcdef0"
        for name in Self.findingNothing {
            let http = try #require(model.operations[name]?["http"])
            let path = try #require(http["requestUri"]?.text)
                .replacing("{FunctionName}", with: "f").replacing("{CodeSigningConfigArn}", with: config)
            let body: JSONValue? = name.hasPrefix("Put") ? .object(["CodeSigningConfigArn": .string(config)]) : nil
            let answer = await server.send(try #require(http["method"]?.text), path, body)
            #expect(answer.status == 404, "\(name)")
            let isURL = name.contains("Url")
            #expect(
                answer.errorType == (isURL ? "ResourceNotFoundException" : "CodeSigningConfigNotFoundException"))
            #expect(answer.message?.contains(isURL ? "The resource you requested does not exist." : config) == true)
        }
    }

    @Test func everyExceptionLooksAsInTheModel() throws {
        let model = try #require(ServiceModel.installed)
        let ofTheProtocolLayer: Set<LambdaError.Code> = [
            .accessDenied, .requestEntityTooLarge, .serialization, .unknownOperation, .unsupportedOperation,
            .validation,
        ]
        for code in LambdaError.Code.allCases {
            let shape = model.shapes[code.rawValue]
            #expect((shape == nil) == ofTheProtocolLayer.contains(code), "\(code)")
            guard let shape else { continue }
            let row = LambdaErrorTable.row(of: code)
            #expect(shape["error"]?["httpStatusCode"] == .integer(Int64(row.status)), "\(code)")
            #expect(shape["members"]?[row.messageKey] != nil, "\(code)")
            #expect((shape["fault"] == true) == (row.fault == .service), "\(code)")
        }
    }

    @Test func everyRuntimeOfTheModelIsKnown() async throws {
        let model = try #require(ServiceModel.installed)
        let server = try LambdaServer()
        for runtime in try #require(model.shapes["Runtime"]?["enum"]?.elements) {
            let answer = await server.send(
                "POST", "/functions",
                LambdaServer.createBody("f-\(UInt(bitPattern: runtime.hashValue))", ["Runtime": runtime]))
            #expect(answer.message?.contains("enum value set") != true, "\(runtime)")
        }
    }

    /// The patterns in errors are the model's own.
    @Test func patternsAreTheModels() async throws {
        let model = try #require(ServiceModel.installed)
        let server = try await server()
        let cases: [(shape: String, method: String, path: String, body: JSONValue?)] = [
            ("FunctionName", "PUT", "/functions/a%20b/code", .object([:])),
            ("NamespacedFunctionName", "GET", "/functions/a%20b", nil),
            ("NumericLatestPublishedOrAliasQualifier", "GET", "/functions/f?Qualifier=a%20b", nil),
            ("RoleArn", "PUT", "/functions/f/configuration", .object(["Role": "r"])),
            ("Handler", "PUT", "/functions/f/configuration", .object(["Handler": "a b"])),
            ("Alias", "GET", "/functions/f/aliases/123", nil),
            ("Qualifier", "GET", "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=a%20b", nil),
            ("FunctionUrlQualifier", "GET", "/2021-10-31/functions/f/url?Qualifier=1", nil),
            ("CodeSigningConfigArn", "GET", "/2020-04-22/code-signing-configs/x", nil),
            ("LayerName", "GET", "/2018-10-31/layers/a%20b/versions", nil),
            ("LayerVersionArn", "GET", "/2018-10-31/layers?find=LayerVersion&Arn=a", nil),
            (
                "LayerPermissionAllowedAction", "POST", "/2018-10-31/layers/l/versions/1/policy",
                LayerTests.permission("s", ["Action": "*"])
            ),
            (
                "LayerPermissionAllowedPrincipal", "POST", "/2018-10-31/layers/l/versions/1/policy",
                LayerTests.permission("s", ["Principal": "a"])
            ),
            (
                "OrganizationId", "POST", "/2018-10-31/layers/l/versions/1/policy",
                LayerTests.permission("s", ["OrganizationId": "o"])
            ),
            ("VersionWithLatestPublished", "GET", "/functions/f/aliases?FunctionVersion=x", nil),
            ("StatementId", "POST", "/functions/f/policy", PermissionTests.permission("a b")),
            ("NamespacedStatementId", "DELETE", "/functions/f/policy/a%20b", nil),
            ("Action", "POST", "/functions/f/policy", PermissionTests.permission("s", ["Action": "a"])),
            ("Principal", "POST", "/functions/f/policy", PermissionTests.permission("s", ["Principal": "a b"])),
            ("Arn", "POST", "/functions/f/policy", PermissionTests.permission("s", ["SourceArn": "a"])),
            ("SourceOwner", "POST", "/functions/f/policy", PermissionTests.permission("s", ["SourceAccount": "a"])),
            (
                "EventSourceToken", "POST", "/functions/f/policy",
                PermissionTests.permission("s", ["EventSourceToken": "a b"])
            ),
            (
                "DestinationArn", "PUT", "/2019-09-25/functions/f/event-invoke-config",
                .object(["DestinationConfig": .object(["OnSuccess": .object(["Destination": "x"])])])
            ),
            ("UnqualifiedFunctionName", "GET", "/2024-08-31/functions/f:1/recursion-config", nil),
            (
                "RuntimeVersionArn", "PUT", "/2021-07-20/functions/f/runtime-management-config",
                .object([
                    "UpdateRuntimeOn": "Auto", "RuntimeVersionArn": "arn:aws:lambda:us-west-2::layer:x",
                ])
            ),
            ("TaggableResource", "GET", "/2017-03-31/tags/x", nil),
        ]
        for row in cases {
            let pattern = try #require(model.shapes[row.shape]?["pattern"]?.text)
            let answer = await server.send(row.method, row.path, row.body)
            #expect(answer.errorType == "ValidationException", "\(row.shape): \(answer)")
            #expect(
                answer.message?.hasSuffix("regular expression pattern: \(pattern)") == true, "\(row.shape): \(answer)")
        }
    }
}
