/// The header names a signature covers: lower case, sorted by their bytes, each once.
package struct SignedHeaderNames: Hashable, Sendable {
    package let names: [String]
    /// `host;x-amz-date`.
    package let joined: String

    /// - Parameter names: In any case and order, repeated or not.
    package init(_ names: some Sequence<String>) {
        var sorted = names.map { $0.asciiLowercased }
        guard !sorted.isStrictlyAscending else {
            self.names = sorted
            joined = sorted.joined(separator: ";")
            return
        }
        sorted.sort { compareHeaderNames($0, $1) == .before }
        var unique: [String] = []
        unique.reserveCapacity(sorted.count)
        for name in sorted where unique.last != name {
            unique.append(name)
        }
        self.names = unique
        joined = unique.joined(separator: ";")
    }

    /// - Parameter text: The value of `SignedHeaders`: `host;x-amz-date`. Empty text names nothing.
    /// - Returns: `nil` if a name is empty or has a character no header name has. `:authority` is a name.
    package init?(parsing text: String) {
        guard !text.isEmpty else {
            self.init([])
            return
        }
        let pieces = text.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        for piece in pieces {
            let name = piece.first == UInt8(ascii: ":") ? piece.dropFirst() : piece
            guard !name.isEmpty, name.allSatisfy(\.isTokenCharacter) else { return nil }
        }
        self.init(pieces.map { String(Substring($0)) })
    }

    /// - Parameter name: In any case.
    package func contains(_ name: String) -> Bool { position(of: name) != nil }

    /// Finds a name as received, in logarithmic time, so that many headers against many names stay cheap.
    func position(of received: String) -> Int? {
        var low = 0
        var high = names.count
        while low < high {
            let middle = low + (high - low) / 2
            switch compareHeaderNames(received, names[middle]) {
            case .equal: return middle
            case .before: high = middle
            case .after: low = middle + 1
            }
        }
        return nil
    }
}

extension [String] {
    /// As most clients write the names, all in lower case.
    fileprivate var isStrictlyAscending: Bool {
        indices.dropFirst().allSatisfy { compareHeaderNames(self[$0 - 1], self[$0]) == .before }
    }
}
