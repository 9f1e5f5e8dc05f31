import TrellisAPI

/// Which requests a rule is for, as it was typed.
struct MatchForm: Hashable, Sendable {
    static let maximumHeaders = 5

    struct Header: Hashable, Sendable {
        var name = ""
        /// `exact`, `prefix` or `contains`.
        var comparison = "exact"
        var value = ""
        var isCaseSensitive = false
    }

    var method = ""
    /// `any`, `exact` or `prefix`.
    var pathComparison = "prefix"
    var path = "/"
    var isPathCaseSensitive = false
    var headers: [Header] = []

    init() {}

    init(_ form: FormValues) {
        method = form["method"]
        pathComparison = form["path-comparison"]
        path = form["path"]
        isPathCaseSensitive = form["path-case"] == "on"
        headers = (0..<Self.maximumHeaders).filter { form.contains("header-\($0)") }.map { index in
            Header(
                name: form["header-\(index)"], comparison: form["header-comparison-\(index)"],
                value: form["header-value-\(index)"], isCaseSensitive: form["header-case-\(index)"] == "on")
        }
    }

    /// - Parameter match: A `RuleMatch` as the API shows it.
    init(_ match: JSONValue?) {
        let http = match?["httpMatch"]
        method = http?["method"]?.text ?? ""
        (pathComparison, path) = ("any", "")
        if let found = Self.comparison(http?["pathMatch"]?["match"]) { (pathComparison, path) = found }
        isPathCaseSensitive = http?["pathMatch"]?["caseSensitive"] == .boolean(true)
        headers = (http?["headerMatches"]?.elements ?? []).map { header in
            let (comparison, value) = Self.comparison(header["match"]) ?? ("exact", "")
            return Header(
                name: header["name"]?.text ?? "", comparison: comparison, value: value,
                isCaseSensitive: header["caseSensitive"] == .boolean(true))
        }
    }

    private static func comparison(_ match: JSONValue?) -> (String, String)? {
        for comparison in ["exact", "prefix", "contains"] {
            if let value = match?[comparison]?.text { return (comparison, value) }
        }
        return nil
    }

    mutating func apply(_ button: String) -> Bool {
        if button == "add-header" {
            if headers.count < Self.maximumHeaders { headers.append(Header()) }
            return true
        }
        guard button.hasPrefix("remove-header-") else { return false }
        if let index = Int(button.dropFirst("remove-header-".count)), headers.indices.contains(index) {
            headers.remove(at: index)
        }
        return true
    }

    /// The `RuleMatch`.
    var json: JSONValue {
        let path: JSONValue? =
            pathComparison == "any"
            ? nil
            : .object([
                "match": .object([pathComparison: .string(self.path)]), "caseSensitive": .boolean(isPathCaseSensitive),
            ])
        let headers = self.headers.map { header in
            JSONValue.object([
                "name": .string(header.name), "match": .object([header.comparison: .string(header.value)]),
                "caseSensitive": .boolean(header.isCaseSensitive),
            ])
        }
        return .object([
            "httpMatch": .object(omittingNil: [
                "method": method.isEmpty ? nil : .string(method), "pathMatch": path,
                "headerMatches": headers.isEmpty ? nil : .array(headers),
            ])
        ])
    }

    /// The form's input for a member below `match`.
    static func input(of member: String) -> String? {
        guard member.hasPrefix("match") else { return nil }
        if member.contains("pathMatch") { return "path" }
        if let start = member.firstRange(of: "headerMatches[")?.upperBound {
            let index = member[start...].prefix { $0 != "]" }
            return member.hasSuffix(".name") ? "header-\(index)" : "header-value-\(index)"
        }
        return member.hasSuffix("method") ? "method" : "path"
    }

    private static let methods: [Field.Option] =
        [.init("", "Any")]
        + ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"].map { .init($0) }

    func fields(_ errors: FormErrors) -> HTML {
        let comparisons: [Field.Option] = [
            .init("prefix", "Path begins with"), .init("exact", "Path is"), .init("any", "Any path"),
        ]
        return """
            \(Field("method", "Method", .select(Self.methods), value: method, error: errors["method"]).html)
            \(Field("path-comparison", "Path match", .select(comparisons), value: pathComparison).html)
            \(Field("path", "Path", value: path, error: errors["path"]).html)
            \(Field("path-case", "Upper and lower case of the path matter", .checkbox, value: isPathCaseSensitive ? "on" : "").html)
            <fieldset class="box"><legend>Headers</legend>
            \(headers.enumerated().map { headerRow($0.offset, $0.element, errors) })
            <p>\(Form.button("Add header", do: "add-header"))</p></fieldset>
            """
    }

    private func headerRow(_ index: Int, _ header: Header, _ errors: FormErrors) -> HTML {
        let comparisons: [Field.Option] = [
            .init("exact", "is"), .init("prefix", "begins with"), .init("contains", "contains"),
        ]
        return """
            <div class="box">\(Field("header-\(index)", "Header \(index + 1)", value: header.name,
                error: errors["header-\(index)"]).html)\
            \(Field("header-comparison-\(index)", "Comparison \(index + 1)", .select(comparisons), value: header.comparison).html)\
            \(Field("header-value-\(index)", "Value \(index + 1)", value: header.value,
                error: errors["header-value-\(index)"]).html)\
            \(Field("header-case-\(index)", "Case of header \(index + 1) matters", .checkbox,
                value: header.isCaseSensitive ? "on" : "").html)\
            <button name="do" value="remove-header-\(index)">Remove header \(index + 1)</button></div>
            """
    }

    /// In words, for tables: `GET, path begins with /orders, header x-team is blue`.
    static func summary(_ match: JSONValue?) -> String {
        let form = MatchForm(match)
        let words = ["exact": "is", "prefix": "begins with", "contains": "contains"]
        var parts = form.method.isEmpty ? [] : [form.method]
        if form.pathComparison != "any" { parts.append("path \(words[form.pathComparison] ?? "") \(form.path)") }
        parts += form.headers.map { "header \($0.name) \(words[$0.comparison] ?? "") \($0.value)" }
        return parts.joined(separator: ", ")
    }
}
