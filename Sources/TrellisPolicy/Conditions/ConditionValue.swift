import TrellisModel

/// A value of a condition, prepared for its operator.
struct ConditionValue: Hashable, Sendable {
    private enum Form: Hashable {
        case text(ValuePattern)
        case arn(ARNValuePattern)
        case number(Double, ConditionTest.Order)
        /// In milliseconds since 1970.
        case date(Int64, ConditionTest.Order)
        case boolean(Bool)
        case binary(String)
        case addresses(CIDRBlock)
    }

    private let form: Form

    /// - Throws: For a value that the operator can never match.
    init(
        _ text: String, for comparison: ConditionTest.Comparison, version: PolicyDocument.Version
    ) throws(PatternError) {
        func invalid(_ what: String) -> PatternError { PatternError(message: "'\(text)' is not \(what)") }
        switch comparison {
        case .string:
            form = .text(try ValuePattern(text, wildcards: false, version: version))
        case .stringIgnoringCase:
            form = .text(try ValuePattern(text, wildcards: false, ignoringCase: true, version: version))
        case .stringLike:
            form = .text(try ValuePattern(text, wildcards: true, version: version))
        case .arn:
            let template = try PatternTemplate(text, wildcards: true, variables: version == .v2012)
            if let pattern = ARNValuePattern(template) {
                form = .arn(pattern)
            } else if text == "*" {
                form = .text(ValuePattern(template))
            } else if template.hasVariables {
                // One variable may stand for a whole ARN.
                form = .text(ValuePattern(template))
            } else {
                throw invalid("an ARN")
            }
        case .number(let order):
            guard let number = policyNumber(text) else { throw invalid("a number") }
            form = .number(number, order)
        case .date(let order):
            guard let date = text.withBytes(policyDate) else { throw invalid("a date") }
            form = .date(date, order)
        case .boolean, .absence:
            guard let flag = text.withBytes(policyBoolean) else { throw invalid("true or false") }
            form = .boolean(flag)
        case .binary:
            guard isBase64(text) else { throw invalid("base64 text") }
            form = .binary(text)
        case .address:
            guard let block = CIDRBlock(text) ?? CIDRBlock(single: text) else {
                throw invalid("an IP address or a CIDR block")
            }
            form = .addresses(block)
        }
    }

    enum Match {
        case match
        case noMatch
        /// The request's value is not of the operator's type.
        case unreadable

        init(_ matches: Bool?) {
            self =
                switch matches {
                case true?: .match
                case false?: .noMatch
                case nil: .unreadable
                }
        }
    }

    /// Whether a request's value is this one, or on the asked side of it.
    func match(_ value: UnsafeBufferPointer<UInt8>, in request: any PolicyRequest) -> Match {
        switch form {
        case .text(let pattern): Match(pattern.matches(value, in: request))
        case .arn(let pattern): Match(pattern.matches(value, in: request))
        case .number(let expected, let order): Match(policyNumber(text(value)).map { order.holds($0, expected) })
        case .date(let expected, let order): Match(policyDate(value).map { order.holds($0, expected) })
        case .boolean(let expected): Match(policyBoolean(value).map { $0 == expected })
        case .binary(let expected): Match(value.elementsEqual(expected.utf8))
        case .addresses(let block): Match((IPAddress(v4: value) ?? IPAddress(text(value))).map { block.contains($0) })
        }
    }

    /// The flag of a test of absence.
    var flag: Bool {
        if case .boolean(let flag) = form { flag } else { false }
    }

    private func text(_ value: UnsafeBufferPointer<UInt8>) -> String { String(decoding: value, as: UTF8.self) }
}

extension CIDRBlock {
    /// - Returns: `nil` unless the text is an address.
    fileprivate init?(single text: String) {
        self.init(text + (text.utf8.contains(UInt8(ascii: ":")) ? "/128" : "/32"))
    }
}

/// A decimal number; nothing else that a floating-point reader would take.
private func policyNumber(_ text: String) -> Double? {
    guard (1...64).contains(text.utf8.count),
        text.utf8.allSatisfy({
            (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0)
        }), let number = Double(text), number.isFinite
    else { return nil }
    return number
}

/// `true` or `false` in any case.
private func policyBoolean(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
    let text = text.lazy.map(asciiLowercase)
    if text.elementsEqual("true".utf8) { return true }
    return text.elementsEqual("false".utf8) ? false : nil
}

private func isBase64(_ text: String) -> Bool {
    let body = text.utf8.prefix { $0 != UInt8(ascii: "=") }
    let padding = text.utf8.dropFirst(body.count)
    return text.utf8.count.isMultiple(of: 4) && padding.count <= 2
        && padding.allSatisfy { $0 == UInt8(ascii: "=") }
        && body.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
}
