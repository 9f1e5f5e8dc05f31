import TrellisAPI
import TrellisModel
import TrellisStore

/// Pages that are read from the store one by one, in the order of the keys.
///
/// Keys end in ids and ids are in the order of creation. A page is one bounded read after the last key of the page before,
/// so it costs the same wherever it is and however many pages there are, and what is written meanwhile shifts nothing:
/// nothing is shown twice, and nothing that was there all the time is left out.
extension PageRequest {
    /// How many records that the filter leaves out a page may pass by before it ends early.
    private static let passLimit = 1000
    /// The first character of a position; tells these tokens from those of lists that are sorted in memory.
    private enum Mark: Character {
        /// The id is of a record of the caller's account.
        case own = "k"
        /// The id is of a record that comes after all of them.
        case trailing = "-"
    }

    /// Where the page before ended.
    private struct Position {
        var mark = Mark.own
        var id: String?
    }

    /// Answers with the records whose keys are the prefix and an id.
    ///
    /// - Parameters:
    ///   - leading: What comes before all records, and the id it goes by.
    ///   - trailing: The few records that come after all others, and the ids they go by.
    ///   - isShown: Which records are in the list.
    ///   - item: Returns `nil` for an element that went away while the list was read.
    /// - Throws: ``LatticeError/validation(reason:message:fields:)`` if the token is not one of a list's.
    func answer<Record: StoredRecord>(
        _ type: Record.Type, under prefix: StoreKey, of reader: PlainReader,
        leading: (id: String, item: JSONValue)? = nil, trailing: [(id: String, record: Record)] = [],
        where isShown: (Record) -> Bool = { _ in true }, item: (Record) async throws -> JSONValue?
    ) async throws -> APIResponse {
        var position = try position()
        var items: [JSONValue] = []
        if let leading, position.id == nil, position.mark == .own {
            items.append(leading.item)
            position.id = leading.id
        }
        var isMore = position.mark == .own
        var passed = 0
        while isMore {
            let wanted = limit - items.count
            let after = position.id == leading?.id ? nil : position.id.map { StoreKey(path: prefix.path + $0) }
            let entries = try await reader.store.range(under: prefix, after: after, limit: wanted + 1).entries
            isMore = entries.count > wanted
            for entry in entries.prefix(wanted) {
                position.id = String(entry.key.path.dropFirst(prefix.path.count))
                passed += 1
                let record = try StoredRecordCoding.decode(type, from: entry.value, at: entry.key)
                if isShown(record), let shown = try await item(record) { items.append(shown) }
            }
            if items.count >= limit || passed >= Self.passLimit { break }
        }
        guard !isMore else { return Self.response(items, next: position) }
        if position.mark == .own { position = Position(mark: .trailing) }
        let rest = trailing.filter { entry in position.id.map { entry.id > $0 } ?? true }.sorted { $0.id < $1.id }
        for entry in rest.prefix(limit - items.count) {
            position.id = entry.id
            if let shown = try await item(entry.record) { items.append(shown) }
        }
        let isTrailingLeft = rest.last.map { last in position.id.map { last.id > $0 } ?? true } ?? false
        return Self.response(items, next: isTrailingLeft ? position : nil)
    }

    /// Answers with the records of an index that a quota bounds; it is read as a whole and only the page's records are.
    ///
    /// - Parameter record: The record of an id; `nil` if it is not in the list, or went away while the list was read.
    func answer(ids: [String], item: (String) async throws -> JSONValue?) async throws -> APIResponse {
        let last = try lastID
        let rest = ids.filter { id in last.map { id > $0 } ?? true }.sorted()
        var items: [JSONValue] = []
        for id in rest.prefix(limit) {
            if let shown = try await item(id) { items.append(shown) }
        }
        return Self.response(items, next: rest.count > limit ? Position(id: rest[limit - 1]) : nil)
    }

    /// The id of the last element that the page before showed; `nil` on the first page.
    ///
    /// - Throws: ``LatticeError/validation(reason:message:fields:)`` if the token is not one of a list's.
    var lastID: String? { get throws { try position().id } }

    private func position() throws -> Position {
        guard let nextToken else { return Position() }
        guard let text = try? Pagination.position(of: nextToken), let mark = text.first.flatMap(Mark.init),
            text.utf8.allSatisfy(Self.isInIDs), mark == .trailing || text.utf8.count > 1
        else {
            throw LatticeError.invalid("nextToken", "The nextToken is not one that this operation returned")
        }
        return Position(mark: mark, id: text.utf8.count > 1 ? String(text.dropFirst()) : nil)
    }

    private static func isInIDs(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }

    private static func response(_ items: [JSONValue], next: Position?) -> APIResponse {
        let token = next.map { Pagination.token(for: "\($0.mark.rawValue)\($0.id ?? "")") }
        return .json(.object(omittingNil: ["items": .array(items), "nextToken": .optional(token)]))
    }
}
