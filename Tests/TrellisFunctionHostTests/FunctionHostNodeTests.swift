import FoundationEssentials
import Glibc
import NIOCore
import Testing
import TrellisInvoke

@testable import TrellisFunctionHost

/// One way to write a handler, and what it answers to `{"n":1}`.
struct NodeHandlerStyle: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var files: [ZipWriter.File]
    var handler = "app.handler"
    var answer = #"200 {"got":{"n":1}}"#

    static let all: [NodeHandlerStyle] = [
        NodeHandlerStyle(
            testDescription: "CommonJS, async",
            files: [.init(path: "app.js", text: "exports.handler = async (event) => ({ got: event });")]),
        NodeHandlerStyle(
            testDescription: "CommonJS, module.exports, .cjs",
            files: [.init(path: "app.cjs", text: "module.exports = { handler: async (event) => ({ got: event }) };")]),
        NodeHandlerStyle(
            testDescription: "ESM, .mjs",
            files: [.init(path: "app.mjs", text: "export const handler = async (event) => ({ got: event });")]),
        NodeHandlerStyle(
            testDescription: "ESM by package.json",
            files: [
                .init(path: "package.json", text: #"{"type":"module"}"#),
                .init(
                    path: "app.js",
                    text: "import fs from 'node:fs'; export async function handler(event) { return { got: event }; }"),
            ]),
        NodeHandlerStyle(
            testDescription: "ESM with top-level await",
            files: [
                .init(
                    path: "app.mjs",
                    text: "const x = await Promise.resolve(1); export const handler = async (e) => ({ got: e });")
            ]),
        NodeHandlerStyle(
            testDescription: "callback",
            files: [
                .init(
                    path: "app.js",
                    text:
                        "exports.handler = (event, context, callback) => setTimeout(() => callback(null, { got: event }), 5);"
                )
            ]),
        NodeHandlerStyle(
            testDescription: "callback that does not wait for the event loop",
            files: [
                .init(
                    path: "app.js",
                    text: """
                        exports.handler = (event, context, callback) => {
                          context.callbackWaitsForEmptyEventLoop = false;
                          setTimeout(() => {}, 600000);
                          callback(null, { got: event });
                        };
                        """)
            ]),
        NodeHandlerStyle(
            testDescription: "plain value",
            files: [.init(path: "app.js", text: "exports.handler = (event) => ({ got: event });")]),
        NodeHandlerStyle(
            testDescription: "undefined",
            files: [.init(path: "app.js", text: "exports.handler = async () => {};")], answer: "200 null"),
        NodeHandlerStyle(
            testDescription: "nothing at all",
            files: [.init(path: "app.js", text: "exports.handler = () => {};")], answer: "200 null"),
        NodeHandlerStyle(
            testDescription: "context.succeed",
            files: [
                .init(
                    path: "app.js", text: "exports.handler = (event, context) => { context.succeed({ got: event }); };")
            ]),
        NodeHandlerStyle(
            testDescription: "nested path and nested export",
            files: [
                .init(
                    path: "src/lib/app.js",
                    text: "exports.api = { v1: { handler: async (event) => ({ got: event }) } };")
            ],
            handler: "src/lib/app.api.v1.handler"),
        NodeHandlerStyle(
            testDescription: "modules of the package",
            files: [
                .init(path: "node_modules/dep/index.js", text: "module.exports = (event) => ({ got: event });"),
                .init(
                    path: "app.js", text: "const dep = require('dep'); exports.handler = async (event) => dep(event);"),
            ]),
    ]
}

@Suite(
    "Node.js functions", .serialized, .timeLimit(.minutes(5)),
    .enabled(if: system("node --version >/dev/null 2>&1") == 0, "node is not installed"))
struct FunctionHostNodeTests {
    func run(
        _ files: [ZipWriter.File], handler: String = "app.handler", timeout: Int = 10,
        _ body: (RunningHost) async throws -> Void
    ) async throws {
        try await RunningHost.run { (running) async throws in
            try await running.deploy("f", files, runtime: "nodejs20.x", handler: handler, timeout: timeout)
            try await body(running)
        }
    }

    @Test("styles of handlers, twice on one process", arguments: NodeHandlerStyle.all)
    func styles(style: NodeHandlerStyle) async throws {
        try await run(style.files, handler: style.handler) { (running) async throws in
            for _ in 1...2 {
                #expect(try await running.invoke("f", #"{"n":1}"#).summary == style.answer)
            }
            #expect(try await running.host.environments().count == 1)
        }
    }

    struct ReportedError: Decodable {
        var errorType: String
        var errorMessage: String
        var trace: [String]
    }

    func reportedError(_ outcome: InvocationOutcome) throws -> ReportedError {
        guard case .functionError(let result, .reported) = outcome else {
            throw FunctionHostPythonTests.Failure(description: outcome.summary)
        }
        return try JSONDecoder().decode(ReportedError.self, from: Data(result.payload.readableBytesView))
    }

    @Test(
        "errors of the handler",
        arguments: [
            ("async () => { throw new TypeError('boom'); }", "TypeError", "boom"),
            ("() => { throw new RangeError('boom'); }", "RangeError", "boom"),
            ("(e, c, cb) => cb(new Error('boom'))", "Error", "boom"),
            ("(e, c, cb) => cb('text')", "string", "text"),
            ("async () => { throw 'text'; }", "string", "text"),
            ("async () => { const a = {}; a.a = a; return a; }", "Error", "Unable to stringify response body"),
            (
                "() => new Promise(() => {})", "Runtime.NodeJsExit",
                "The event loop is empty, but the promise of the handler was never settled"
            ),
        ] as [(String, String, String)])
    func handlerErrors(code: String, type: String, message: String) async throws {
        let app =
            "let n = 0; const bad = \(code);\nexports.handler = (e, c, cb) => n++ ? cb(null, 'fine') : bad(e, c, cb);"
        try await run([.init(path: "app.js", text: app)]) { (running) async throws in
            let error = try reportedError(try await running.invoke())
            #expect(error.errorType == type)
            #expect(error.errorMessage == message)
            #expect(try await running.invoke().summary == #"200 "fine""#)
            #expect(try await running.host.environments().count == 1)
        }
    }

    @Test(
        "errors of the initialisation",
        arguments: [
            ("app.handler", "require('not-there')", "Runtime.ImportModuleError"),
            ("nope.handler", "", "Runtime.ImportModuleError"),
            ("app.nope", "exports.handler = 1", "Runtime.HandlerNotFound"),
            ("app.handler", "exports.handler = 1", "Runtime.HandlerNotFound"),
            ("app.handler", "const = ;", "Runtime.UserCodeSyntaxError"),
            ("app", "", "Runtime.MalformedHandlerName"),
            ("../app.handler", "", "Runtime.MalformedHandlerName"),
            ("app.handler", "throw new TypeError('at start')", "TypeError"),
        ] as [(String, String, String)])
    func initErrors(handler: String, code: String, type: String) async throws {
        try await run([.init(path: "app.js", text: code)], handler: handler) { (running) async throws in
            let error = try reportedError(try await running.invoke())
            #expect(error.errorType == type)
        }
    }

    @Test("errors that nobody catches end the invocation and the process")
    func uncaught() async throws {
        let app = """
            exports.handler = async (event) => {
              if (event === "late") { setTimeout(() => { throw new Error("later"); }, 1); await new Promise(() => {}); }
              if (event === "rejected") { Promise.reject(new Error("lost")); await new Promise(() => {}); }
              if (event === "exit") process.exit(4);
              return "fine";
            };
            """
        try await run([.init(path: "app.js", text: app)]) { (running) async throws in
            let late = try reportedError(try await running.invoke("f", #""late""#))
            #expect(late.errorType == "Error")
            #expect(late.errorMessage == "later")
            #expect(try await running.invoke().summary == #"200 "fine""#)
            let rejected = try reportedError(try await running.invoke("f", #""rejected""#))
            #expect(rejected.errorType == "Runtime.UnhandledPromiseRejection")
            #expect(try await running.invoke("f", #""exit""#).summary.contains("exit status 4"))
            #expect(try await running.invoke().summary == #"200 "fine""#)
        }
    }

    @Test("context, environment and console")
    func context() async throws {
        let app = """
            exports.handler = async (event, c) => {
              console.log("hello %s", "there"); console.error("two\\nlines");
              return [c.awsRequestId, c.functionName, c.functionVersion, c.memoryLimitInMB, c.invokedFunctionArn,
                c.logGroupName, c.clientContext.custom, c.getRemainingTimeInMillis() > 8000, process.cwd() === __dirname,
                process.env.AWS_EXECUTION_ENV];
            };
            """
        try await run([.init(path: "app.js", text: app)]) { (running) async throws in
            let outcome = try await running.invoke(requestID: "r-1", clientContext: #"{"custom":{"k":"v"}}"#)
            #expect(
                outcome.summary == """
                    200 ["r-1","f","$LATEST","128","arn:aws:lambda:us-east-1:123456789012:function:f","/aws/lambda/f",{"k":"v"},\
                    true,true,"AWS_Lambda_nodejs20.x"]
                    """)
            #expect(outcome.tail.contains("Z\tr-1\tINFO\thello there\n"))
            #expect(outcome.tail.contains("Z\tr-1\tERROR\ttwo\nlines\nEND RequestId"))
        }
    }

    @Test("a busy loop is ended after the timeout")
    func timesOut() async throws {
        let app = "exports.handler = async (event) => { while (event === 1) {} return 'alive'; };"
        try await run([.init(path: "app.js", text: app)], timeout: 1) { (running) async throws in
            #expect(try await running.invoke("f", "1").summary.hasPrefix("error timedOut "))
            #expect(try await running.invoke("f", "2").summary == #"200 "alive""#)
        }
    }

    @Test("an answer of 7 MB is too large")
    func largeAnswer() async throws {
        let app = "exports.handler = async (event) => 'x'.repeat(event);"
        try await run([.init(path: "app.js", text: app)]) { (running) async throws in
            #expect(try await running.invoke("f", "7000000").summary.hasPrefix("error responseTooLarge "))
            #expect(try await running.invoke("f", "1").summary == #"200 "x""#)
        }
    }
}
