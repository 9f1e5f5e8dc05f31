/// Values by slot number, made to be copied: after a copy a change duplicates one page and the list of pages.
struct SlotTable<Value: Sendable>: Sendable {
    private static var pageSize: Int { 128 }

    private var pages: [[Value?]] = []

    subscript(slot: Int) -> Value? {
        guard slot >= 0, slot / Self.pageSize < pages.count else { return nil }
        return pages[slot / Self.pageSize][slot % Self.pageSize]
    }

    /// - Parameter slot: Not negative; the table grows to hold it.
    mutating func set(_ slot: Int, to value: Value?) {
        while slot / Self.pageSize >= pages.count {
            pages.append(Array(repeating: nil, count: Self.pageSize))
        }
        pages[slot / Self.pageSize][slot % Self.pageSize] = value
    }
}

/// Gives out slot numbers and takes them back, the lowest new one first.
struct SlotAllocator: Sendable {
    private var free: [Int] = []
    private var next = 0

    mutating func take() -> Int {
        if let slot = free.popLast() { return slot }
        defer { next += 1 }
        return next
    }

    mutating func giveBack(_ slot: Int) {
        free.append(slot)
    }
}
