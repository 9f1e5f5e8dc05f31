import TrellisModel

/// A text to compare with, fixed or with variables.
struct ValuePattern: Hashable, Sendable {
    private enum Form: Hashable {
        case fixed(WildcardPattern)
        case template(PatternTemplate, ignoringCase: Bool)
    }

    private let form: Form

    init(
        _ text: String, wildcards: Bool, ignoringCase: Bool = false, version: PolicyDocument.Version
    ) throws(PatternError) {
        self.init(
            try PatternTemplate(text, wildcards: wildcards, variables: version == .v2012), ignoringCase: ignoringCase)
    }

    init(_ template: PatternTemplate, ignoringCase: Bool = false) {
        form =
            template.fixed.map { .fixed(WildcardPattern(elements: $0, ignoringCase: ignoringCase)) }
            ?? .template(template, ignoringCase: ignoringCase)
    }

    /// The pattern itself, or the one that the variables of this request make.
    func resolved(in request: any PolicyRequest) -> WildcardPattern? {
        switch form {
        case .fixed(let pattern): pattern
        case .template(let template, let ignoringCase):
            template.resolved(in: request).map { WildcardPattern(elements: $0, ignoringCase: ignoringCase) }
        }
    }

    func matches(_ text: UnsafeBufferPointer<UInt8>, in request: any PolicyRequest) -> Bool {
        resolved(in: request)?.matches(text) ?? false
    }
}

/// An ARN to compare with part by part, fixed or with variables.
struct ARNValuePattern: Hashable, Sendable {
    private enum Form: Hashable {
        case fixed(ARNPattern)
        case parts([ValuePattern])
    }

    private let form: Form

    /// - Returns: `nil` if there are fewer than six parts.
    init?(_ template: PatternTemplate) {
        let parts = template.split(atMost: ARNPattern.partCount)
        guard parts.count == ARNPattern.partCount else { return nil }
        let fixed = parts.compactMap { part in part.fixed.map { WildcardPattern(elements: $0) } }
        form = ARNPattern(parts: fixed).map(Form.fixed) ?? .parts(parts.map { ValuePattern($0) })
    }

    func matches(_ text: UnsafeBufferPointer<UInt8>, in request: any PolicyRequest) -> Bool {
        switch form {
        case .fixed(let pattern): return pattern.matches(text)
        case .parts(let parts):
            var resolved: [WildcardPattern] = []
            for part in parts {
                guard let pattern = part.resolved(in: request) else { return false }
                resolved.append(pattern)
            }
            return ARNPattern(parts: resolved)?.matches(text) ?? false
        }
    }
}

/// A value of `Resource`: an ARN, compared part by part, or a text such as `*/rates`, compared as a whole.
///
/// - Source: reference lattice.md, "Policy grammar", and identity.md, "Document" and "Variables".
struct ResourcePattern: Hashable, Sendable {
    private enum Form: Hashable {
        case whole(ValuePattern)
        case arn(ARNValuePattern)
    }

    private let form: Form

    /// - Throws: For a text that can match no resource, and for variables outside the last part of an ARN.
    init(_ text: String, version: PolicyDocument.Version) throws(PatternError) {
        let template = try PatternTemplate(text, wildcards: true, variables: version == .v2012)
        let parts = template.split(atMost: ARNPattern.partCount)
        if text.hasPrefix("arn:"), parts.count == ARNPattern.partCount, let arn = ARNValuePattern(template) {
            guard !parts.dropLast().contains(where: \.hasVariables) else {
                throw PatternError(message: "Policy variables may stand in the last part of a resource only: \(text)")
            }
            form = .arn(arn)
        } else {
            guard text.hasPrefix("*") || (text.hasPrefix("arn:") && text.contains("*")) else {
                throw PatternError(message: "Resource \(text) must be in ARN format or \"*\".")
            }
            form = .whole(ValuePattern(template))
        }
    }

    func matches(_ resource: UnsafeBufferPointer<UInt8>, in request: any PolicyRequest) -> Bool {
        switch form {
        case .whole(let pattern): pattern.matches(resource, in: request)
        case .arn(let pattern): pattern.matches(resource, in: request)
        }
    }
}
