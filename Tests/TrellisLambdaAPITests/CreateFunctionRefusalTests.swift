import Foundation
import Testing
import TrellisAPI
import TrellisModel

@Suite struct CreateFunctionRefusalTests {
    static let rolePattern = #"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#
    static let namePattern =
        #"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"#
        + #"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"#

    static func invalid(_ member: String, _ value: JSONValue, _ field: String, shown: String, _ constraint: String)
        -> Refusal
    {
        Refusal(
            LambdaServer.createBody("f", [member: value]), 400, "ValidationException",
            "1 validation error detected: Value \(shown)at '\(field)' failed to satisfy constraint: \(constraint)")
    }

    static let validation: [Refusal] = [
        invalid("FunctionName", .null, "functionName", shown: "null ", "Member must not be null"),
        invalid("Role", .null, "role", shown: "null ", "Member must not be null"),
        invalid("Code", .null, "code", shown: "null ", "Member must not be null"),
        invalid(
            "FunctionName", "invalid:function:name", "functionName", shown: "'invalid:function:name' ",
            "Member must satisfy regular expression pattern: \(namePattern)"),
        invalid(
            "FunctionName", "a b", "functionName", shown: "'a b' ",
            "Member must satisfy regular expression pattern: \(namePattern)"),
        invalid(
            "FunctionName", "", "functionName", shown: "'' ",
            "Member must have length greater than or equal to 1"),
        invalid(
            "FunctionName", .string(LambdaServer.arnPrefix + String(repeating: "a", count: 100)), "functionName",
            shown: "'\(LambdaServer.arnPrefix)\(String(repeating: "a", count: 100))' ",
            "Member must have length less than or equal to 140"),
        invalid(
            "Role", "r1", "role", shown: "'r1' ", "Member must satisfy regular expression pattern: \(rolePattern)"),
        invalid(
            "Role", "arn:aws:iam::123456789012:user/u", "role", shown: "'arn:aws:iam::123456789012:user/u' ",
            "Member must satisfy regular expression pattern: \(rolePattern)"),
        invalid("Timeout", 0, "timeout", shown: "'0' ", "Member must have value greater than or equal to 1"),
        invalid("Timeout", 901, "timeout", shown: "'901' ", "Member must have value less than or equal to 900"),
        invalid(
            "MemorySize", 127, "memorySize", shown: "'127' ", "Member must have value greater than or equal to 128"),
        invalid(
            "MemorySize", 10241, "memorySize", shown: "'10241' ",
            "Member must have value less than or equal to 10240"),
        invalid(
            "EphemeralStorage", .object(["Size": 511]), "ephemeralStorage.size", shown: "'511' ",
            "Member must have value greater than or equal to 512"),
        invalid(
            "EphemeralStorage", .object([:]), "ephemeralStorage.size", shown: "null ", "Member must not be null"),
        invalid(
            "Handler", "a b", "handler", shown: "'a b' ",
            #"Member must satisfy regular expression pattern: [^\s]+"#),
        invalid(
            "Handler", "a\u{0}b", "handler", shown: "'a\u{0}b' ",
            #"Member must satisfy regular expression pattern: [^\s]+"#),
        invalid(
            "Handler", .string(String(repeating: "h", count: 129)), "handler",
            shown: "'\(String(repeating: "h", count: 129))' ", "Member must have length less than or equal to 128"),
        invalid(
            "Description", .string(String(repeating: "d", count: 257)), "description",
            shown: "'\(String(repeating: "d", count: 257))' ", "Member must have length less than or equal to 256"),
        invalid(
            "PackageType", "Jar", "packageType", shown: "'Jar' ",
            "Member must satisfy enum value set: [Zip, Image]"),
        invalid(
            "SnapStart", .object(["ApplyOn": "invalidOption"]), "snapStart.applyOn", shown: "'invalidOption' ",
            "Member must satisfy enum value set: [PublishedVersions, None]"),
        invalid(
            "Architectures", .array([]), "architectures", shown: "'[]' ",
            "Member must have length greater than or equal to 1"),
        invalid(
            "Architectures", .array(["x86_64", "arm64"]), "architectures", shown: "'[x86_64, arm64]' ",
            "Member must have length less than or equal to 1"),
        invalid(
            "Architectures", .array(["X86_64"]), "architectures", shown: "'[X86_64]' ",
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], "
                + "Member must not be null]"),
        invalid(
            "Environment", .object(["Variables": .object(["A": "one letter"])]), "environment.variables", shown: "",
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                + "[a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]"),
        invalid(
            "Environment", .object(["Variables": .object(["1A": "digit first"])]), "environment.variables", shown: "",
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                + "[a-zA-Z]([a-zA-Z0-9_])+, Member must not be null]"),
        invalid(
            "Environment", .object(["Variables": .object(["AB": "nul\u{0}"])]), "environment.variables", shown: "",
            "Map value must satisfy constraint: [Member must not contain NUL]"),
        invalid(
            "Tags", .object(Dictionary(uniqueKeysWithValues: (0...50).map { ("k\($0)", "v") })), "tags", shown: "",
            "Member must have length less than or equal to 50"),
    ]

    @Test(arguments: validation)
    func namesTheBrokenConstraint(_ refusal: Refusal) async throws {
        let server = try LambdaServer()
        let answer = await server.send("POST", "/functions", refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
        #expect(answer.json.memberNames == ["message"])
    }

    @Test func countsAllProblems() async throws {
        let server = try LambdaServer()
        let body = LambdaServer.createBody("f", ["Timeout": 0, "MemorySize": 1])
        let answer = await server.send("POST", "/functions", body)
        #expect(
            answer.message == "2 validation errors detected: Value '0' at 'timeout' failed to satisfy constraint: "
                + "Member must have value greater than or equal to 1; Value '1' at 'memorySize' failed to satisfy "
                + "constraint: Member must have value greater than or equal to 128")
    }

    static let supportedRuntimes = "python3.6, python3.7"

    static let values: [Refusal] = [
        Refusal(
            LambdaServer.createBody(String(repeating: "a", count: 65)), 400, "InvalidParameterValueException",
            "1 validation error detected: Value '\(String(repeating: "a", count: 65))' at 'functionName' failed to "
                + "satisfy constraint: Member must have length less than or equal to 64"),
        Refusal(
            LambdaServer.createBody(String(repeating: "a", count: 200)), 400, "InvalidParameterValueException",
            "1 validation error detected: Value '\(String(repeating: "a", count: 200))' at 'functionName' failed to "
                + "satisfy constraint: Member must have length less than or equal to 64"),
        Refusal(
            LambdaServer.createBody("f:live"), 400, "InvalidParameterValueException",
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
                + "operation. Please specify either a function name or an unqualified function ARN."),
        Refusal(
            LambdaServer.createBody("arn:aws:lambda:ap-southeast-1:123456789012:function:f"), 404,
            "ResourceNotFoundException",
            "Functions from 'ap-southeast-1' are not reachable in this region ('us-west-2')"),
        Refusal(
            LambdaServer.createBody("arn:aws:lambda:us-west-2:999999999999:function:f"), 403, "AccessDeniedException",
            ""),
        Refusal(
            LambdaServer.createBody("f", ["Runtime": .null]), 400, "InvalidParameterValueException",
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."),
        Refusal(
            LambdaServer.createBody("f", ["Handler": .null]), 400, "InvalidParameterValueException",
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."),
        Refusal(
            LambdaServer.createBody("f", ["Architectures": .array(["arm64"])]), 400,
            "InvalidParameterValueException",
            "Architectures [arm64] is not supported by this Trellis: its host is x86_64."),
        Refusal(
            LambdaServer.createBody("f", ["Code": .object([:])]), 400, "InvalidParameterValueException",
            "Please provide a source for function code."),
        Refusal(
            LambdaServer.createBody("f", ["Code": .object(["ZipFile": ""])]), 400, "InvalidParameterValueException",
            "Uploaded file must be a non-empty zip"),
        Refusal(
            LambdaServer.createBody("f", ["Code": .object(["ZipFile": "bm90IGEgemlw"])]), 400,
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again."),
        Refusal(
            LambdaServer.createBody("f", ["Code": code(TestPackages.unsafeEntry)]), 400,
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again."),
        Refusal(
            LambdaServer.createBody("f", ["Code": code(TestPackages.tooManyEntries)]), 400,
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again."),
        Refusal(
            LambdaServer.createBody("f", ["Code": code(TestPackages.zip([]))]), 400,
            "InvalidParameterValueException", "Uploaded file must be a non-empty zip"),
        Refusal(
            LambdaServer.createBody("f", ["Code": code(TestPackages.tooLargeUnzipped)]), 400,
            "InvalidParameterValueException", "Unzipped size must be smaller than 100000 bytes"),
        Refusal(
            LambdaServer.createBody("f", ["Code": code(TestPackages.tooLargeZipped)]), 413,
            "RequestEntityTooLargeException", "Zipped size must be smaller than 8192 bytes"),
        Refusal(
            LambdaServer.createBody("f", ["Code": .object(["ZipFile": "UEs=\n"])]), 400, "SerializationException",
            "The value at 'zipFile' must be base64."),
        Refusal(
            LambdaServer.createBody("f", ["Code": .object(["ZipFile": "UEs"])]), 400, "SerializationException",
            "The value at 'zipFile' must be base64."),
        Refusal(
            LambdaServer.createBody("f", ["Timeout": "3"]), 400, "SerializationException",
            "The value '3' at 'timeout' must be an integer."),
        Refusal(
            LambdaServer.createBody("f", ["Environment": .array([])]), 400, "SerializationException",
            "The value at 'environment' must be a structure."),
        Refusal(
            variables(["AWS_REGION": "x", "AWS_LAMBDA_FUNCTION_NAME": "y", "MINE": "z"]), 400,
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
                + "provided contains reserved keys that are currently not supported for modification. Reserved keys "
                + "used in this request: AWS_LAMBDA_FUNCTION_NAME, AWS_REGION"),
        Refusal(
            variables(["BIG": .string(String(repeating: "x", count: 4087))]), 400, "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
                + #"provided exceeded the 4KB limit. String measured: {"BIG":"\#(String(repeating: "x", count: 4087))"}"#
        ),
    ]

    static func variables(_ variables: [String: JSONValue]) -> JSONValue {
        LambdaServer.createBody("f", ["Environment": .object(["Variables": .object(variables)])])
    }

    static func code(_ zip: [UInt8]) -> JSONValue {
        .object(["ZipFile": .string(Data(zip).base64EncodedString())])
    }

    @Test(arguments: values)
    func refusesValuesInLambdasWords(_ refusal: Refusal) async throws {
        let server = try LambdaServer()
        let answer = await server.send("POST", "/functions", refusal.body)
        #expect(refusal.matches(answer), "\(answer)")
        #expect(await server.send("GET", "/functions")["Functions"] == .array([]))
    }

    @Test func takesFourKilobytesOfVariables() async throws {
        let server = try LambdaServer()
        // {"BIG":"…"} is ten bytes around the value.
        let value = String(repeating: "x", count: 4096 - 10)
        let answer = await server.send("POST", "/functions", Self.variables(["BIG": .string(value)]))
        #expect(answer.status == 201)
    }

    @Test(arguments: [
        ("java21", "is not supported by this Trellis. Supported runtimes: nodejs, "), ("dotnet8", "is not"),
    ])
    func saysWhichRuntimesThereAre(_ runtime: String, _ text: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send(
            "POST", "/functions", LambdaServer.createBody("f", ["Runtime": .string(runtime)]))
        #expect(answer.errorType == "InvalidParameterValueException")
        #expect(answer.message?.hasPrefix("The runtime \(runtime) \(text)") == true, "\(answer)")
        #expect(answer.message?.contains("python3.12") == true)
        #expect(answer.message?.contains("java") == (runtime == "java21"))
    }

    @Test(arguments: ["python9.9", "PYTHON3.12", "nodejs", ""])
    func tellsUnknownRuntimesApart(_ runtime: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send(
            "POST", "/functions", LambdaServer.createBody("f", ["Runtime": .string(runtime)]))
        guard runtime != "nodejs" else {
            #expect(answer.status == 201)
            return
        }
        #expect(answer.errorType == "InvalidParameterValueException")
        let start = "Value \(runtime) at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
        #expect(answer.message?.hasPrefix(start) == true, "\(answer)")
        #expect(answer.message?.hasSuffix("] or be a valid ARN") == true)
    }

    @Test func refusesANameThatIsTaken() async throws {
        let server = try LambdaServer()
        try await server.create("f")
        let answer = await server.send(
            "POST", "/functions",
            LambdaServer.createBody("f", ["Code": .object(["ZipFile": LambdaServer.zip("other")])]))
        #expect(answer.status == 409)
        #expect(answer.errorType == "ResourceConflictException")
        #expect(answer.json == .object(["Type": "User", "message": "Function already exist: f"]))
        #expect(server.packages.kept.count == 1)
    }

    @Test func keepsAccountsAndRegionsApart() async throws {
        let server = try LambdaServer()
        let otherRegion = try LambdaServer(store: server.store, region: "eu-west-1")
        let otherAccount = try LambdaServer(store: server.store, account: "210987654321")
        try await server.create("f")
        for other in [otherRegion, otherAccount] {
            #expect(await other.send("GET", "/functions/f").status == 404)
            #expect(await other.send("GET", "/functions")["Functions"] == .array([]))
            try await other.create("f")
        }
    }

    @Test(arguments: [
        ("not json", "SerializationException"), ("[]", "SerializationException"), ("{", "SerializationException"),
    ])
    func refusesABodyThatIsNoJSONObject(_ body: String, _ type: String) async throws {
        let server = try LambdaServer()
        let answer = await server.send("POST", "/functions", bytes: Array(body.utf8))
        #expect(answer.status == 400)
        #expect(answer.errorType == type)
    }

    @Test func tellsNothingAboutItsOwnFailures() async throws {
        let server = try LambdaServer(packages: TestPackages(isBroken: true))
        let answer = await server.send("POST", "/functions", LambdaServer.createBody("f"))
        #expect(answer.status == 500)
        #expect(answer.errorType == "ServiceException")
        #expect(
            answer.json
                == .object(["Type": "Service", "Message": "An error occurred and the request cannot be processed."]))
        #expect(server.internalErrors.count == 1)
        #expect(server.internalErrors.first?.hasPrefix("CreateFunction: ") == true)
        #expect(await server.send("GET", "/functions/f").status == 404)
    }
}
