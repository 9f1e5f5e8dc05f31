import Foundation
import NIOCore

/// What Foundation reads in a JSON document, in a form that can be compared.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(_ document: ByteBuffer) throws {
        let value = try JSONSerialization.jsonObject(
            with: Data(document.readableBytesView), options: [.fragmentsAllowed])
        self = try Self.convert(value)
    }

    init(text: String) throws {
        try self.init(ByteBuffer(string: text))
    }

    private struct Unknown: Error {
        let value: String
    }

    private static func convert(_ value: Any) throws -> JSONValue {
        switch value {
        case is NSNull: .null
        case let string as String: .string(string)
        case let array as [Any]: .array(try array.map(convert))
        case let object as [String: Any]: .object(try object.mapValues(convert))
        // Not `as Bool`, which takes the numbers 0 and 1 too.
        case let number as NSNumber where String(cString: number.objCType) == "c": .bool(number.boolValue)
        case let number as NSNumber: .number(number.doubleValue)
        default: throw Unknown(value: "\(value)")
        }
    }

    subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var names: Set<String> {
        guard case .object(let members) = self else { return [] }
        return Set(members.keys)
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByBooleanLiteral
{
    init(stringLiteral value: String) { self = .string(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
    init(booleanLiteral value: Bool) { self = .bool(value) }
}
