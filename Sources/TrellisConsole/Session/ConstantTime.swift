/// Compares texts that one side must not learn.
enum ConstantTime {
    /// Looks at every byte whatever the first difference; only the lengths can be told from the time it takes.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return zip(left.utf8, right.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
