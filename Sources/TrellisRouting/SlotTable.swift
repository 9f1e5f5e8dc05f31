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

/// A slot of a table, and which of the resources that have it over time.
package struct SlotIdentity: Hashable, Sendable {
    /// Small, used again when its resource is gone.
    package let index: Int
    /// Never used again.
    package let generation: Int

    package init(index: Int, generation: Int) {
        self.index = index
        self.generation = generation
    }
}

/// Gives out slots and takes them back, the lowest new one first.
struct SlotAllocator: Sendable {
    private var free: [Int] = []
    private var next = 0
    private var generation = 0

    mutating func take() -> SlotIdentity {
        generation += 1
        if let index = free.popLast() { return SlotIdentity(index: index, generation: generation) }
        defer { next += 1 }
        return SlotIdentity(index: next, generation: generation)
    }

    mutating func giveBack(_ slot: SlotIdentity) {
        free.append(slot.index)
    }
}
