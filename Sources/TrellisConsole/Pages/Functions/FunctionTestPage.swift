import NIOCore
import TrellisAPI

/// `/console/functions/{name}/test`: invokes the function with an event.
struct FunctionTestPage {
    var operations: Operations

    var routes: [ConsoleRoute] {
        let path = "/console/functions/{name}/test"
        return [
            ConsoleRoute("GET", path) { request in
                let sample = SampleEvent(rawValue: request.query["sample"] ?? "") ?? .v2
                return .page(page(request, sample.json, "", nil))
            },
            // An event has at most 6 MB, and a form may escape each of its bytes.
            ConsoleRoute("POST", path, bodyLimit: 19_000_000) { .page(await invoke($0)) },
        ]
    }

    /// What an invocation came to.
    struct Outcome {
        var status: Int
        /// `Unhandled` if the function failed.
        var functionError: String?
        var version: String?
        var payload: String
        /// The end of its log, at most 4 KiB.
        var log: String?

        init(_ response: APIResponse) {
            func header(_ name: String) -> String? { response.headers.first { $0.name.lowercased() == name }?.value }
            status = response.status
            functionError = header("x-amz-function-error")
            version = header("x-amz-executed-version")
            payload = String(decoding: response.body.readableBytesView.prefix(65_536), as: UTF8.self)
            log = header("x-amz-log-result").flatMap(Base64Text.decodedText)
        }

        var html: HTML {
            let verdict: Notice =
                if status >= 300 {
                    Notice(.problem, "The function was not invoked.")
                } else if functionError != nil {
                    Notice(.problem, "The function failed.")
                } else {
                    Notice(.done, "The function succeeded.")
                }
            return """
                <h2 id="result">Result</h2>\(verdict.html)
                \(Details([("Executed version", version.map { "\($0)" })]).html)
                <pre class="code" tabindex="0" id="payload">\(payload)</pre>
                \(log.map { "<h3>Log</h3><pre class=\"code\" tabindex=\"0\">\($0)</pre>" as HTML })
                """
        }
    }

    private func page(_ request: PageRequest, _ event: String, _ qualifier: String, _ outcome: Outcome?) -> Page {
        let name = request.label("name")
        let samples = SampleEvent.allCases.map { sample -> HTML in
            "<a class=\"button\" href=\"\(ConsolePath.append([("sample", sample.rawValue)], to: request.path))\">\(sample.title)</a> "
        }
        let form = Form(
            request.path, submit: "Invoke",
            fields: """
                \(Field("qualifier", "Version or alias", value: qualifier, hint: "Empty for $LATEST.").html)
                \(Field("event", "Event", .textArea(rows: 18), value: event).html)
                """)
        return Page(
            "Test \(name)", in: .functions, crumbs: [FunctionPages.crumb, .init(name, FunctionPages.path(name))],
            content: """
                \(FunctionPages.tabs(name, current: "test"))
                <p>Samples: \(samples)</p>
                \(form.html(request))
                \(outcome?.html)
                """)
    }

    private func invoke(_ request: PageRequest) async -> Page {
        let event = request.form.text("event")
        let qualifier = request.form["qualifier"]
        let response = await operations.respond(
            .lambda, "POST", ["2015-03-31", "functions", request.label("name"), "invocations"],
            items: [("Qualifier", qualifier.isEmpty ? nil : qualifier)], headers: [("x-amz-log-type", "Tail")],
            body: Array(event.utf8))
        return page(request, event, qualifier, Outcome(response))
    }
}

/// Events as a service sends them, to begin a test with; a test compares them with the encoder's.
enum SampleEvent: String, CaseIterable {
    case v2
    case v1

    var title: String { self == .v2 ? "Event structure V2" : "Event structure V1" }

    var json: String {
        switch self {
        case .v2:
            """
            {
              "version": "2.0",
              "path": "/orders/1?state=open",
              "method": "GET",
              "headers": {"accept": ["*/*"], "host": ["orders.localhost"]},
              "queryStringParameters": {"state": ["open"]},
              "body": "",
              "isBase64Encoded": false,
              "requestContext": {
                "serviceNetworkArn": "arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-0a1b2c3d4e5f60718",
                "serviceArn": "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-0a1b2c3d4e5f60718",
                "targetGroupArn": "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-0a1b2c3d4e5f60718",
                "identity": {},
                "region": "us-east-1",
                "timeEpoch": "1764000000000000"
              }
            }
            """
        case .v1:
            """
            {
              "raw_path": "/orders/1?state=open",
              "method": "GET",
              "headers": {"accept": "*/*", "host": "orders.localhost"},
              "query_string_parameters": {"state": "open"},
              "body": "",
              "is_base64_encoded": false
            }
            """
        }
    }
}
