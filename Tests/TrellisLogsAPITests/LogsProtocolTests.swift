import NIOCore
import Testing
import TrellisAPI

@testable import TrellisLogsAPI

@Suite("The JSON 1.1 protocol of the logs API")
struct LogsProtocolTests {
    @Test(
        "operations that are not served have the service's own error",
        arguments: [
            "Logs_20140328.StartLiveTail", "Logs_20140328.StartQuery", "Logs_20140328.PutMetricFilter",
            "Logs_20140328.describeLogGroups", "Logs_20140328.", "Logs_20140328", "Other.DescribeLogGroups", "", nil,
        ] as [String?])
    func unknownOperations(target: String?) async throws {
        let server = try await LogsServer()
        let answer = await server.raw(target)
        #expect(answer.status == 400)
        let body = try JSONValue(parsing: answer.body.readableBytesView)
        #expect(body["__type"] == "UnknownOperationException")
        #expect(body["message"] != nil)
        #expect(answer.headers.contains { $0.name == "content-type" && $0.value == "application/x-amz-json-1.1" })
    }

    @Test("only POST / is a call", arguments: [("GET", "/"), ("POST", "/x"), ("PUT", "/")])
    func otherForms(method: String, path: String) async throws {
        let answer = await (try LogsServer()).raw("Logs_20140328.DescribeLogGroups", method: method, path: path)
        #expect(answer.status == 400)
    }

    @Test("a body that is no JSON object is a SerializationException", arguments: ["[", "[]", "1", "{", "\u{0}"])
    func malformed(body: String) async throws {
        let answer = await (try LogsServer()).raw("Logs_20140328.DescribeLogGroups", body: body)
        #expect(try JSONValue(parsing: answer.body.readableBytesView)["__type"] == "SerializationException")
    }

    @Test("an answer has the protocol's content type")
    func contentType() async throws {
        let answer = await (try LogsServer()).raw("Logs_20140328.DescribeLogGroups")
        #expect(answer.status == 200)
        #expect(answer.headers.map(\.value) == ["application/x-amz-json-1.1"])
    }

    static let badInputs: [(operation: String, input: [String: JSONValue], type: String)] = [
        ("CreateLogGroup", [:], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": ""], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": "a b"], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": "aws/x"], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": .string(String(repeating: "x", count: 513))], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": 7], "SerializationException"),
        ("CreateLogGroup", ["logGroupName": "x", "kmsKeyId": "k"], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": "x", "logGroupClass": "CHEAP"], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": "x", "tags": .object([:])], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": "x", "tags": .object(["a<": "b"])], "InvalidParameterException"),
        ("CreateLogGroup", ["logGroupName": "g"], "ResourceAlreadyExistsException"),
        ("DeleteLogGroup", ["logGroupName": "none"], "ResourceNotFoundException"),
        ("DescribeLogGroups", ["limit": 51], "InvalidParameterException"),
        ("DescribeLogGroups", ["nextToken": "x"], "InvalidParameterException"),
        ("DescribeLogGroups", ["logGroupNamePrefix": "a", "logGroupNamePattern": "a"], "InvalidParameterException"),
        ("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 2], "InvalidParameterException"),
        ("PutRetentionPolicy", ["logGroupName": "g"], "InvalidParameterException"),
        ("PutRetentionPolicy", ["logGroupName": "none", "retentionInDays": 1], "ResourceNotFoundException"),
        ("DeleteRetentionPolicy", ["logGroupName": "none"], "ResourceNotFoundException"),
        ("CreateLogStream", ["logGroupName": "g", "logStreamName": "a:b"], "InvalidParameterException"),
        ("CreateLogStream", ["logGroupName": "g", "logStreamName": "s"], "ResourceAlreadyExistsException"),
        ("CreateLogStream", ["logGroupName": "none", "logStreamName": "s"], "ResourceNotFoundException"),
        ("DeleteLogStream", ["logGroupName": "g", "logStreamName": "none"], "ResourceNotFoundException"),
        ("DescribeLogStreams", [:], "InvalidParameterException"),
        ("DescribeLogStreams", ["logGroupName": "g", "logGroupIdentifier": "g"], "InvalidParameterException"),
        ("DescribeLogStreams", ["logGroupName": "none"], "ResourceNotFoundException"),
        (
            "DescribeLogStreams", ["logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "s"],
            "InvalidParameterException"
        ),
        ("DescribeLogStreams", ["logGroupName": "g", "nextToken": "161"], "InvalidParameterException"),
        ("GetLogEvents", ["logGroupName": "g"], "InvalidParameterException"),
        ("GetLogEvents", ["logGroupName": "g", "logStreamName": "none"], "ResourceNotFoundException"),
        (
            "GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "nextToken": "f/1/s"],
            "InvalidParameterException"
        ),
        ("GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "limit": 0], "InvalidParameterException"),
        ("GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "startTime": -1], "InvalidParameterException"),
        ("FilterLogEvents", ["logGroupName": "g", "filterPattern": "[a]"], "InvalidParameterException"),
        ("FilterLogEvents", ["logGroupName": "g", "nextToken": "zz"], "InvalidParameterException"),
        (
            "FilterLogEvents", ["logGroupName": "g", "logStreamNames": .array(["s"]), "logStreamNamePrefix": "s"],
            "InvalidParameterException"
        ),
        ("FilterLogEvents", ["logGroupName": "g", "logStreamNames": .array(["none"])], "ResourceNotFoundException"),
        (
            "FilterLogEvents", ["logGroupIdentifier": "arn:aws:logs:eu-west-1:123456789012:log-group:g"],
            "ResourceNotFoundException"
        ),
        (
            "PutLogEvents", ["logGroupName": "g", "logStreamName": "s", "logEvents": .array([])],
            "InvalidParameterException"
        ),
        (
            "PutLogEvents",
            ["logGroupName": "g", "logStreamName": "s", "logEvents": .array([.object(["timestamp": 1])])],
            "InvalidParameterException"
        ),
        ("TagResource", ["resourceArn": "arn:aws:s3:::b", "tags": .object(["a": "b"])], "InvalidParameterException"),
        (
            "ListTagsForResource", ["resourceArn": "arn:aws:logs:us-east-1:123456789012:log-group:none"],
            "ResourceNotFoundException"
        ),
        (
            "UntagResource", ["resourceArn": "arn:aws:logs:us-east-1:123456789012:log-group:g"],
            "InvalidParameterException"
        ),
    ]

    @Test(arguments: badInputs)
    func badInput(_ operation: String, _ input: [String: JSONValue], _ type: String) async throws {
        let server = try await LogsServer()
        await server.put([(0, "one")])
        #expect(await server.refusal(operation, input) == type)
    }
}
