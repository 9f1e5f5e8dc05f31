import NIOCore
import TrellisAPI

/// A form for an imagined request, and the answer of `POST /explain` to it.
struct ExplainPanel {
    var explain: Console.Explain

    /// The question as `docs/auth-policies.md` shows it.
    struct Question: Hashable {
        var method = "GET"
        var url = ""
        /// `name: value`, one in each line.
        var headers = ""
        /// Empty for an anonymous caller.
        var accessKeyID = ""

        init(_ query: QueryItems) {
            method = query["method"] ?? "GET"
            url = query["url"] ?? ""
            headers = query["headers"] ?? ""
            accessKeyID = query["key"] ?? ""
        }

        var json: JSONValue {
            let lines = headers.split(whereSeparator: \.isNewline).map { line -> JSONValue in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return .array(
                    parts.map {
                        .string(
                            String($0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()))
                    })
            }
            return .object(omittingNil: [
                "method": .string(method), "url": .string(url), "headers": lines.isEmpty ? nil : .array(lines),
                "accessKeyId": accessKeyID.isEmpty ? nil : .string(accessKeyID),
            ])
        }
    }

    /// - Parameter url: What the form holds first.
    func html(_ request: PageRequest, url: String) async throws -> HTML {
        var question = Question(request.query)
        let isAsked = !question.url.isEmpty
        if !isAsked { question.url = url }
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"].map { Field.Option($0) }
        return """
            <form class="form" method="get" action="\(request.path)#explain">
            \(Field("method", "Method", .select(methods), value: question.method).html)
            \(Field("url", "URL", value: question.url).html)
            \(Field("headers", "Headers", .textArea(rows: 3), value: question.headers, hint: "One in each line: x-team: blue").html)
            \(Field("key", "Access key ID", value: question.accessKeyID, hint: "Empty for an anonymous caller.").html)
            <div class="buttons"><button>Explain</button></div></form>
            \(isAsked ? try await answer(question) : .empty)
            """
    }

    private func answer(_ question: Question) async throws -> HTML {
        let answer = try await explain(ByteBuffer(bytes: question.json.encoded()))
        guard answer.status == 200, let report = try? JSONValue(parsing: answer.body.readableBytesView) else {
            return Notice(.problem, String(buffer: answer.body)).html
        }
        return Self.html(of: report)
    }

    static func html(of report: JSONValue) -> HTML {
        let isAllowed = report["isAllowed"] == .boolean(true)
        let verdict =
            isAllowed
            ? Notice(.done, "The request is allowed.")
            : Notice(.problem, "The request is refused: \(report["answer"]?.text ?? "")")
        func list(_ title: String, _ lines: [String]) -> HTML {
            guard !lines.isEmpty else { return .empty }
            return "<h3>\(title)</h3><ul>\(lines.map { "<li>\($0)</li>" as HTML })</ul>"
        }
        let layers = (report["layers"]?.elements ?? []).map { layer in
            list(layer["layer"]?.text ?? "", (layer["statements"]?.elements ?? []).compactMap(\.text))
        }
        return """
            \(verdict.html)
            \(Details([
                ("Listener", report["listener"]?.text.map { "\($0)" }), ("Service", report["serviceArn"]?.text.map { "\($0)" }),
                ("Service network", report["serviceNetworkArn"]?.text.map { "\($0)" }),
                ("Caller", report["caller"]?.text.map { "\($0)" }), ("Rule", report["rule"]?.text.map { "\($0)" }),
                ("Action", report["action"]?.text.map { "\($0)" }),
            ]).html)
            \(layers)
            \(list("To change", (report["changes"]?.elements ?? []).compactMap(\.text)))
            """
    }
}
