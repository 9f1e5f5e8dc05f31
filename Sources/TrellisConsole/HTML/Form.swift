/// A form; works without scripts.
package struct Form: Sendable {
    package var action: String
    package var fields: HTML
    package var submit: String
    /// Sent as `do` with the main button; other buttons send other values.
    package var submitValue: String?
    package var cancelPath: String?
    /// Buttons in front of the main one.
    package var otherButtons: HTML
    package var takesFiles: Bool
    package var isDangerous: Bool

    package init(
        _ action: String, submit: String, submitValue: String? = nil, cancelPath: String? = nil,
        otherButtons: HTML = .empty, takesFiles: Bool = false, isDangerous: Bool = false, fields: HTML
    ) {
        self.action = action
        self.fields = fields
        self.submit = submit
        self.submitValue = submitValue
        self.cancelPath = cancelPath
        self.otherButtons = otherButtons
        self.takesFiles = takesFiles
        self.isDangerous = isDangerous
    }

    package func html(_ request: PageRequest) -> HTML {
        """
        <form class="form" method="post" action="\(action)" novalidate\
        \(attribute: "enctype", takesFiles ? "multipart/form-data" : nil)>
        \(Self.csrfField(request.session.csrfToken))
        \(defaultButton)
        \(fields)
        <div class="buttons">
        \(cancelPath.map { "<a class=\"button\" href=\"\($0)\">Cancel</a>" as HTML })
        \(otherButtons)
        <button class="\(isDangerous ? "danger" : "primary")"\(attribute: "name", submitValue.map { _ in "do" })\
        \(attribute: "value", submitValue)>\(submit)</button>
        </div>
        </form>
        """
    }

    static func csrfField(_ token: String) -> HTML { "<input type=\"hidden\" name=\"csrf\" value=\"\(token)\">" }

    /// The first button of a form is the one that Enter presses.
    private var defaultButton: HTML {
        guard let submitValue else { return .empty }
        return """
            <button class="default" name="do" value="\(submitValue)" tabindex="-1" aria-hidden="true">\(submit)</button>
            """
    }

    package static func button(_ text: String, do action: String) -> HTML {
        "<button name=\"do\" value=\"\(action)\">\(text)</button>"
    }
}

/// One input with its label, its hint and what is wrong with it.
package struct Field: Sendable {
    package struct Option: Sendable {
        package var value: String
        package var title: String
        package var hint: String?

        package init(_ value: String, _ title: String? = nil, hint: String? = nil) {
            self.value = value
            self.title = title ?? value
            self.hint = hint
        }
    }

    package enum Kind: Sendable {
        case text
        /// A text with values to choose from.
        case suggestions([String])
        case number(ClosedRange<Int>)
        case slider(ClosedRange<Int>)
        case textArea(rows: Int)
        case select([Option])
        case radio([Option])
        case checkbox
        /// - Parameter accept: For example `.zip`.
        case file(accept: String)
    }

    package var name: String
    package var label: String
    package var kind: Kind
    package var value: String
    package var hint: String?
    package var error: String?

    package init(
        _ name: String, _ label: String, _ kind: Kind = .text, value: String = "", hint: String? = nil,
        error: String? = nil
    ) {
        self.name = name
        self.label = label
        self.kind = kind
        self.value = value
        self.hint = hint
        self.error = error
    }

    /// Of the input, and what errors link to.
    package static func id(of name: String) -> String {
        "f-" + String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    }

    private var id: String { Self.id(of: name) }

    package var html: HTML {
        switch kind {
        case .radio(let options): group(options)
        case .checkbox:
            """
            <div class="field check"><input type="checkbox" id="\(id)" name="\(name)" value="on"\
            \(flag: "checked", if: value == "on")\(description)><label for="\(id)">\(label)</label>\(hintText)\(errorText)</div>
            """
        default:
            "<div class=\"field\"><label for=\"\(id)\">\(label)</label>\(hintText)\(input)\(errorText)</div>\n"
        }
    }

    private var input: HTML {
        switch kind {
        case .text, .radio, .checkbox:
            "<input type=\"text\" id=\"\(id)\" name=\"\(name)\" value=\"\(value)\" autocomplete=\"off\" spellcheck=\"false\"\(description)>"
        case .suggestions(let values):
            """
            <input type="text" id="\(id)" name="\(name)" value="\(value)" autocomplete="off" spellcheck="false" \
            list="\(id)-list"\(description)><datalist id="\(id)-list">\
            \(values.map { "<option value=\"\($0)\"></option>" as HTML })</datalist>
            """
        case .number(let range):
            """
            <input type="number" id="\(id)" name="\(name)" value="\(value)" min="\(range.lowerBound)" \
            max="\(range.upperBound)"\(description)>
            """
        case .slider(let range):
            """
            <input type="range" id="\(id)" name="\(name)" value="\(value)" min="\(range.lowerBound)" \
            max="\(range.upperBound)"\(description)>
            """
        case .textArea(let rows):
            "<textarea id=\"\(id)\" name=\"\(name)\" rows=\"\(rows)\" spellcheck=\"false\"\(description)>\n\(value)</textarea>"
        case .select(let options):
            """
            <select id="\(id)" name="\(name)"\(description)>\
            \(options.map { "<option value=\"\($0.value)\"\(flag: "selected", if: $0.value == value)>\($0.title)</option>" as HTML })\
            </select>
            """
        case .file(let accept):
            "<input type=\"file\" id=\"\(id)\" name=\"\(name)\" accept=\"\(accept)\"\(description)>"
        }
    }

    private func group(_ options: [Option]) -> HTML {
        let choices = options.enumerated().map { index, option -> HTML in
            let optionID = index == 0 ? id : "\(id)-\(index)"
            return """
                <div class="choice"><input type="radio" id="\(optionID)" name="\(name)" value="\(option.value)"\
                \(flag: "checked", if: option.value == value)\
                \(attribute: "aria-describedby", option.hint.map { _ in "\(optionID)-about" })>\
                <label for="\(optionID)">\(option.title)</label>\
                \(option.hint.map { "<p class=\"hint\" id=\"\(optionID)-about\">\($0)</p>" as HTML })</div>
                """
        }
        return """
            <fieldset class="field"\(description)><legend>\(label)</legend>\(hintText)\(choices)\(errorText)</fieldset>

            """
    }

    private var description: HTML {
        let ids = [hint.map { _ in "\(id)-hint" }, error.map { _ in "\(id)-error" }].compactMap(\.self)
        let describedBy = ids.isEmpty ? nil : ids.joined(separator: " ")
        return
            "\(attribute: "aria-describedby", describedBy)\(attribute: "aria-invalid", isRadio || error == nil ? nil : "true")"
    }

    private var isRadio: Bool { if case .radio = kind { true } else { false } }

    private var hintText: HTML? { hint.map { "<p class=\"hint\" id=\"\(id)-hint\">\($0)</p>" } }

    private var errorText: HTML? { error.map { "<p class=\"error\" id=\"\(id)-error\">\($0)</p>" } }
}

extension Field {
    package static func hidden(_ name: String, _ value: String) -> HTML {
        "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">"
    }
}
