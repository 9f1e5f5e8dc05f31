/// One operation that is counted and, if it is long enough, timed.
struct BenchmarkCase {
    /// What a case promises whatever its thresholds say.
    enum Bar {
        /// No more allocations per operation than this.
        case allocations(Int)
        /// At least this many bytes per nanosecond in the median round.
        case gigabytesPerSecond(Double)
    }

    /// The name of the threshold file without its extension.
    var name: String
    /// How many operations are counted together.
    var operations: Int
    /// Whether it is long enough to be timed.
    var isTimed = false
    var bar: Bar?
    /// Makes the input.
    var prepare: () throws -> PreparedOperation
}

/// An operation and its input.
struct PreparedOperation {
    /// How many bytes go in: of the body where a request is encoded, of the document where a response is decoded.
    var bytes: Int
    /// Does it once and returns the length of what came out.
    var run: () throws -> Int
}

/// Everything that is measured, in the order of the table.
var allCases: [BenchmarkCase] { eventCases + responseCases }
