import NIOCore
import TrellisAPI

/// What a form sent.
package struct FormValues: Sendable {
    package struct File: Hashable, Sendable {
        package var name: String
        package var bytes: [UInt8]
    }

    /// In the order of the form; a name may appear several times.
    package var items: [(name: String, value: String)]
    /// By the name of their field; a field without a chosen file is not among them.
    package var files: [String: File]

    package init(_ items: [(name: String, value: String)] = [], files: [String: File] = [:]) {
        self.items = items
        self.files = files
    }

    /// - Returns: `nil` for a body that is not what its content type says.
    init?(contentType: String?, body: ByteBuffer) {
        if let boundary = Multipart.boundary(of: contentType ?? "") {
            guard let form = Multipart.parse(body.readableBytesView, boundary: boundary) else { return nil }
            self = form
            return
        }
        guard let text = String(validating: body.readableBytesView, as: UTF8.self), let query = QueryItems(text)
        else { return nil }
        self.init(query.items.map { ($0.name, $0.value) })
    }

    /// Without spaces at both ends; empty if it was not sent.
    package subscript(name: String) -> String {
        let value = items.first { $0.name == name }?.value ?? ""
        return String(value.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// As it was typed, with line ends of one kind.
    package func text(_ name: String) -> String {
        let value = items.first { $0.name == name }?.value ?? ""
        return String(value.map { $0 == "\r\n" ? "\n" : $0 })
    }

    package func values(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    package func contains(_ name: String) -> Bool { items.contains { $0.name == name } }

    /// The value of the pressed button.
    package var action: String { items.first { $0.name == "do" }?.value ?? "" }
}
