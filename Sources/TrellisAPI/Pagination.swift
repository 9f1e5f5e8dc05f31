/// One page of a list that is kept in creation order.
package struct Page<Element> {
    package var items: [Element]
    /// Where the next page begins; `nil` on the last page.
    package var nextToken: String?

    package init(items: [Element], nextToken: String?) {
        self.items = items
        self.nextToken = nextToken
    }
}

/// Cuts pages out of an ordered list.
///
/// A token is the position of the last element shown, so that elements added or removed meanwhile shift nothing.
package enum Pagination {
    /// The token was not made by this list.
    package struct InvalidToken: Error {}

    /// - Parameters:
    ///   - elements: All elements, ordered by `position`.
    ///   - position: A text that orders the elements and never changes for one.
    ///   - limit: At least 1.
    package static func page<Element>(
        _ elements: [Element], after token: String?, limit: Int, position: (Element) -> String
    ) throws(InvalidToken) -> Page<Element> {
        var start = 0
        if let token {
            let last = try Pagination.position(of: token)
            start = elements.firstIndex { position($0) > last } ?? elements.count
        }
        let end = min(elements.count, start + max(1, limit))
        let items = Array(elements[start..<end])
        let next = end < elements.count ? items.last.map { self.token(for: position($0)) } : nil
        return Page(items: items, nextToken: next)
    }

    /// Hexadecimal with a version in front, so that a token of another form is told apart.
    package static func token(for position: String) -> String {
        "1" + position.utf8.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    package static func position(of token: String) throws(InvalidToken) -> String {
        guard token.first == "1", token.utf8.count % 2 == 1 else { throw InvalidToken() }
        var bytes: [UInt8] = []
        var digits = token.utf8.dropFirst().makeIterator()
        while let high = digits.next(), let low = digits.next() {
            guard let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16) else {
                throw InvalidToken()
            }
            bytes.append(byte)
        }
        guard let position = String(validating: bytes, as: UTF8.self) else { throw InvalidToken() }
        return position
    }
}
