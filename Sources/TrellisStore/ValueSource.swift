import TrellisModel

/// The record that a value is the JSON of, kept beside it so that whoever reads the value in the same process need not
/// decode it.
///
/// What counts is the value: it alone is stored, and two things that differ only in their source are equal.
struct ValueSource: Hashable, Sendable {
    static let unknown = ValueSource(record: nil)

    let record: (any StoredRecord)?

    static func == (_: ValueSource, _: ValueSource) -> Bool { true }

    func hash(into _: inout Hasher) {}
}
