package import TrellisAPI

/// Tags as a form edits them: rows of a key and a value, added and removed by buttons.
///
/// A row is sent as `tag-key-0` and `tag-value-0`, counted from 0.
package struct TagRows: Hashable, Sendable {
    /// As many as a resource may have.
    static let maximumCount = 50

    package struct Row: Hashable, Sendable {
        package var key: String
        package var value: String

        package init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    package var rows: [Row]

    package init(_ rows: [Row] = []) { self.rows = rows }

    package init(_ form: FormValues) {
        rows = (0..<Self.maximumCount).filter { form.contains("tag-key-\($0)") }.map { index in
            Row(form["tag-key-\(index)"], form["tag-value-\(index)"])
        }
    }

    /// Carries out the button `add-tag` or `remove-tag-0`.
    ///
    /// - Returns: Whether it was one of these.
    package mutating func apply(_ action: String) -> Bool {
        if action == "add-tag" {
            if rows.count < Self.maximumCount { rows.append(Row("", "")) }
            return true
        }
        guard action.hasPrefix("remove-tag-") else { return false }
        if let index = Int(action.dropFirst("remove-tag-".count)), rows.indices.contains(index) {
            rows.remove(at: index)
        }
        return true
    }

    /// The member `tags`; `nil` without tags.
    ///
    /// A row that was left empty is none.
    package var json: JSONValue? {
        let filled = rows.filter { !$0.key.isEmpty || !$0.value.isEmpty }
        guard !filled.isEmpty else { return nil }
        return .object(Dictionary(filled.map { ($0.key, .string($0.value)) }, uniquingKeysWith: { _, last in last }))
    }

    /// Why the rows are not a set of tags, before the API looks at them: a map cannot say a key twice.
    package var problem: String? {
        let keys = rows.filter { !$0.key.isEmpty || !$0.value.isEmpty }.map(\.key)
        guard let twice = keys.first(where: { key in keys.count { $0 == key } > 1 }) else { return nil }
        return "The key '\(twice)' is there twice."
    }

    package func html(error: String?) -> HTML {
        let inputs = rows.enumerated().map { index, row -> HTML in
            """
            <div class="pair">\(Field("tag-key-\(index)", "Key \(index + 1)", value: row.key).html)\
            \(Field("tag-value-\(index)", "Value \(index + 1)", value: row.value).html)\
            <button name="do" value="remove-tag-\(index)" aria-label="Remove tag \(index + 1)">Remove</button></div>
            """
        }
        return """
            <fieldset class="box" id="\(Field.id(of: "tags"))"><legend>Tags</legend>
            <p class="hint">Names and values that you choose, at most \(Self.maximumCount).</p>
            \(inputs)
            \(error.map { "<p class=\"error\">\($0)</p>" as HTML })
            <p>\(Form.button("Add tag", do: "add-tag"))</p></fieldset>
            """
    }

    package var hidden: HTML {
        HTML(
            rows.enumerated().map { index, row in
                Field.hidden("tag-key-\(index)", row.key) + Field.hidden("tag-value-\(index)", row.value)
            })
    }
}
