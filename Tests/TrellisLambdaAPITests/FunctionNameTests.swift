import Foundation
import Testing
import TrellisAPI
import TrellisInvoke
import TrellisModel

@Suite struct FunctionNameTests {
    static let arn = "arn:aws:lambda:us-west-2:123456789012:function:f"

    /// Every way to write function `f`, and which version its answer shows under which ARN.
    static let forms: [(path: String, version: String, shownARN: String)] = [
        ("f", "$LATEST", arn),
        ("function:f", "$LATEST", arn),
        ("123456789012:f", "$LATEST", arn),
        ("123456789012:function:f", "$LATEST", arn),
        ("us-west-2:123456789012:function:f", "$LATEST", arn),
        ("us-west-2:f", "$LATEST", arn),
        (arn, "$LATEST", arn),
        ("arn:aws:lambda:f", "$LATEST", arn),
        ("f:$LATEST", "$LATEST", "\(arn):$LATEST"),
        ("f?Qualifier=$LATEST", "$LATEST", "\(arn):$LATEST"),
        ("f:1", "1", "\(arn):1"),
        ("f?Qualifier=1", "1", "\(arn):1"),
        ("f:1?Qualifier=1", "1", "\(arn):1"),
        ("f:live", "1", "\(arn):live"),
        ("f?Qualifier=live", "1", "\(arn):live"),
        ("123456789012:function:f:live", "1", "\(arn):live"),
        ("\(arn):1", "1", "\(arn):1"),
        ("\(arn):live", "1", "\(arn):live"),
        ("\(arn):live?Qualifier=live", "1", "\(arn):live"),
        ("f:newest", "$LATEST", "\(arn):newest"),
    ]

    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        for (name, version) in [("live", "1"), ("newest", "$LATEST")] {
            let alias = JSONValue.object(["Name": .string(name), "FunctionVersion": .string(version)])
            try #require(await server.send("POST", "/functions/f/aliases", alias).status == 201)
        }
        return server
    }

    @Test(arguments: forms, [true, false])
    func everyFormIsRead(_ form: (path: String, version: String, shownARN: String), encoded: Bool) async throws {
        let server = try await server()
        let path = encoded ? Self.percentEncoded(form.path) : form.path
        let function = await server.send("GET", "/functions/\(path)")
        #expect(function["Configuration", "FunctionArn"] == .string(form.shownARN), "\(function)")
        #expect(function["Configuration", "Version"] == .string(form.version))
        let parts = path.split(separator: "?")
        let query = parts.count == 2 ? "?\(parts[1])" : ""
        let configuration = await server.send("GET", "/functions/\(parts[0])/configuration\(query)")
        #expect(configuration.json == function["Configuration"])
        #expect(await server.send("POST", "/functions/\(parts[0])/invocations\(query)").status == 200)
        #expect(server.invoker.invocations.map(\.function.description) == [form.shownARN])
    }

    /// As boto3 writes paths: colons and dollars too.
    private static func percentEncoded(_ path: String) -> String {
        path.split(separator: "?").map {
            $0.replacingOccurrences(of: ":", with: "%3A").replacingOccurrences(of: "$", with: "%24")
        }.joined(separator: "?")
    }

    static let refused: [(path: String, status: Int, type: String, message: String)] = [
        ("nope", 404, "ResourceNotFoundException", "Function not found: \(prefix)nope"),
        ("nope?Qualifier=$LATEST", 404, "ResourceNotFoundException", "Function not found: \(prefix)nope:$LATEST"),
        ("nope:3", 404, "ResourceNotFoundException", "Function not found: \(prefix)nope:3"),
        ("f:1221", 404, "ResourceNotFoundException", "Function not found: \(prefix)f:1221"),
        (
            "f:99999999999999999999999", 404, "ResourceNotFoundException",
            "Function not found: \(prefix)f:99999999999999999999999"
        ),
        ("f:0", 404, "ResourceNotFoundException", "Function not found: \(prefix)f:0"),
        ("f:nope", 404, "ResourceNotFoundException", "Function not found: \(prefix)f:nope"),
        ("f:$LATEST.PUBLISHED", 404, "ResourceNotFoundException", "Function not found: \(prefix)f:$LATEST.PUBLISHED"),
        ("f.g", 404, "ResourceNotFoundException", "Function not found: \(prefix)f.g"),
        (
            String(repeating: "n", count: 65), 404, "ResourceNotFoundException",
            "Function not found: \(prefix)\(String(repeating: "n", count: 65))"
        ),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:f", 404, "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-west-2')"
        ),
        (
            "eu-west-1:f", 404, "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-west-2')"
        ),
        ("210987654321:function:f", 403, "AccessDeniedException", ""),
        (
            "f:1?Qualifier=2", 400, "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier."
        ),
        ("a:b:c", 400, "ValidationException", pattern("a:b:c")),
        ("f:", 400, "ValidationException", pattern("f:")),
        (":f", 400, "ValidationException", pattern(":f")),
        ("a%20b", 400, "ValidationException", pattern("a b")),
        ("f%C3%A9", 400, "ValidationException", pattern("fé")),
        ("f%00", 400, "ValidationException", pattern("f\u{0}")),
        (
            "arn:aws:lambda:us-west-2:12345:function:f", 400, "ValidationException",
            pattern("arn:aws:lambda:us-west-2:12345:function:f")
        ),
        (
            "arn:aws:s3:us-west-2:123456789012:function:f", 400, "ValidationException",
            pattern("arn:aws:s3:us-west-2:123456789012:function:f")
        ),
        (
            "f?Qualifier=a%20b", 400, "ValidationException",
            "1 validation error detected: Value 'a b' at 'qualifier' failed to satisfy constraint: Member must satisfy "
                + #"regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"#
        ),
        (
            "f?Qualifier=", 400, "ValidationException",
            "1 validation error detected: Value '' at 'qualifier' failed to satisfy constraint: Member must have "
                + "length greater than or equal to 1"
        ),
        (
            String(repeating: "n", count: 257), 400, "ValidationException",
            "1 validation error detected: Value '\(String(repeating: "n", count: 257))' at 'functionName' failed to "
                + "satisfy constraint: Member must have length less than or equal to 256"
        ),
    ]

    private static let prefix = LambdaServer.arnPrefix

    private static func pattern(_ value: String) -> String {
        "1 validation error detected: Value '\(value)' at 'functionName' failed to satisfy constraint: "
            + "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?"
            + #"([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"#
            + #"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"#
    }

    @Test(arguments: refused)
    func everyOtherTextIsRefused(_ row: (path: String, status: Int, type: String, message: String)) async throws {
        let server = try await server()
        let answer = await server.send("GET", "/functions/\(row.path)")
        #expect(answer.status == row.status)
        #expect(answer.errorType == row.type)
        #expect(answer.message == row.message)
    }

    /// Names that look like the parts that may come before a name.
    @Test(arguments: [
        ("function", "function", nil), ("function:$LATEST", "function", "$LATEST"),
        ("123456789012", "123456789012", nil),
        ("123456789012:$LATEST", "123456789012", "$LATEST"), ("function:function", "function", nil),
        ("us-west-2", "us-west-2", nil), ("arn", "arn", nil), ("arn:aws", "arn", "aws"),
    ])
    func namesMayLookLikePrefixes(_ path: String, _ name: String, _ qualifier: String?) async throws {
        let server = try LambdaServer()
        let answer = await server.send("GET", "/functions/\(path)")
        let suffix = qualifier.map { ":\($0)" } ?? ""
        #expect(answer.message == "Function not found: \(LambdaServer.arnPrefix)\(name)\(suffix)")
    }

    @Test func aRegionOfItsOwnIsReadToo() async throws {
        let server = try LambdaServer(region: "local")
        try await server.create()
        let answer = await server.send("GET", "/functions/arn:aws:lambda:local:123456789012:function:f")
        #expect(answer["Configuration", "FunctionArn"] == "arn:aws:lambda:local:123456789012:function:f")
        #expect(await server.send("GET", "/2017-03-31/tags/arn:aws:lambda:local:123456789012:function:f").status == 200)
    }

    /// Operations on whole functions take no qualifier.
    @Test(arguments: [
        ("PUT", "/functions/f:1/code", true), ("PUT", "/functions/f:1/configuration", true),
        ("POST", "/functions/f:1/versions", true), ("GET", "/functions/f:1/versions", false),
        ("GET", "/functions/f:1/aliases", false), ("GET", "/functions/f:1/aliases/live", false),
        ("DELETE", "/functions/f:1/aliases/live", false),
        ("GET", "/2020-06-30/functions/f:1/code-signing-config", false),
    ])
    func aQualifierIsRefusedWhereItMeansNothing(_ method: String, _ path: String, hasBody: Bool) async throws {
        let server = try await server()
        let answer = await server.send(method, path, hasBody ? .object([:]) : nil)
        #expect(answer.status == 400)
        #expect(answer.message?.hasPrefix("This operation is permitted on Lambda functions only.") == true, "\(answer)")
    }

    @Test func functionNamesWithoutNamespaceTakeNoDots() async throws {
        let server = try await server()
        let answer = await server.send("PUT", "/functions/f.g/configuration", .object([:]))
        #expect(answer.errorType == "ValidationException")
    }
}
