/// One operation that is counted and, if it is long enough, timed.
package struct BenchmarkCase {
    /// What a case promises whatever its thresholds say.
    package enum Bar {
        /// No more allocations per operation than this.
        case allocations(Int)
        /// No more instructions per operation than this.
        case instructions(Int)
        /// No more instructions than this many times those of an earlier case.
        case instructionsOf(String, times: Double)
        /// At least this many bytes per nanosecond in the median round.
        case gigabytesPerSecond(Double)
    }

    /// Where an operation works.
    package enum Place {
        /// On the thread that asks for it; everything is counted exactly.
        case oneThread
        /// On threads of its own: the instructions are what a process needs more for twice as many operations.
        case manyThreads
    }

    /// The name of the threshold file without its extension.
    package var name: String
    /// How many operations are counted together.
    package var operations: Int
    package var place: Place
    /// Whether it is long enough to be timed.
    package var isTimed: Bool
    package var bars: [Bar]
    /// Makes the input.
    package var prepare: () throws -> PreparedOperation

    package init(
        name: String, operations: Int, place: Place = .oneThread, isTimed: Bool = false, bars: [Bar] = [],
        prepare: @escaping () throws -> PreparedOperation
    ) {
        self.name = name
        self.operations = operations
        self.place = place
        self.isTimed = isTimed
        self.bars = bars
        self.prepare = prepare
    }
}

/// An operation and its input.
package struct PreparedOperation {
    /// How many bytes go in: of the body where a request is encoded, of the document where a response is decoded; 0 where nobody
    /// asks for a speed.
    package var bytes: Int
    /// Does it once and returns a number that tells a right result, for example the length of what came out.
    package var run: () throws -> Int

    package init(bytes: Int = 0, run: @escaping () throws -> Int) {
        self.bytes = bytes
        self.run = run
    }
}
