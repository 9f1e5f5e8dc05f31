import Foundation

/// The command line of a benchmark program.
///
///     check|update <directory of thresholds>
///     run <case> <operations>, for a profiler
///     time <case>, one JSON object for each round
package struct BenchmarkProgram {
    /// A promise that is no count of a case.
    package struct Comparison {
        package var text: String
        package var isKept: Bool

        package init(text: String, isKept: Bool) {
            self.text = text
            self.isKept = isKept
        }
    }

    private let cases: [BenchmarkCase]
    private let comparison: () throws -> Comparison?

    /// - Parameter comparison: Measured once after the cases.
    package init(_ cases: [BenchmarkCase], comparison: @escaping () throws -> Comparison? = { nil }) {
        self.cases = cases
        self.comparison = comparison
    }

    /// Does what the arguments say and ends the process: 0 if everything holds, 1 if not, 64 for wrong arguments, 69 without
    /// valgrind.
    package func run() -> Never {
        do {
            exit(try run(Array(CommandLine.arguments.dropFirst())))
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(error is CountingError ? 69 : 70)
        }
    }

    private func run(_ arguments: [String]) throws -> Int32 {
        switch (arguments.first, arguments.count) {
        case (InstructionCount.allCommand, 1):
            try InstructionCount(cases: cases).runCases()
            return 0
        case ("check", 2), ("update", 2):
            return try measureAll(Thresholds(root: arguments[1]), isUpdate: arguments[0] == "update") ? 0 : 1
        case (InstructionCount.oneCommand, 3):
            guard let benchmark = cases.first(where: { $0.name == arguments[1] }), let count = Int(arguments[2])
            else { return usage() }
            try Work(benchmark).run(count)
            return 0
        case ("time", 2):
            guard let benchmark = cases.first(where: { $0.name == arguments[1] && $0.isTimed }) else { return usage() }
            for round in try throughputRounds(Work(benchmark)) { print(round.json) }
            return 0
        default: return usage()
        }
    }

    private func usage() -> Int32 {
        let program = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? "benchmark"
        print("usage: \(program) check|update <directory of thresholds>, run <case> <operations>, or time <case>")
        return 64
    }

    private func measureAll(_ thresholds: Thresholds, isUpdate: Bool) throws -> Bool {
        print("counting instructions under valgrind, about a minute")
        let instructions = try InstructionCount(cases: cases).perOperation()
        print("counting allocations and measuring time")
        let byName = Dictionary(uniqueKeysWithValues: zip(cases.map(\.name), instructions))
        var rows: [Row] = []
        for (benchmark, instructions) in zip(cases, instructions) {
            let work = try Work(benchmark)
            let counts = Counts(
                allocations: try countAllocations(work, benchmark.operations), instructions: instructions)
            let speed = benchmark.isTimed ? try measureThroughput(work) : nil
            let threshold = isUpdate ? counts : try thresholds.counts(of: benchmark.name)
            let worse = threshold.map { complaints(counts, $0, benchmark.place) } ?? ["no threshold"]
            rows.append(
                Row(
                    name: benchmark.name, counts: counts, threshold: threshold, throughput: speed,
                    complaints: worse + benchmark.bars.compactMap { complaint($0, counts, speed, byName) }))
        }
        let comparison = try comparison()
        if isUpdate { try thresholds.write(rows.map { ($0.name, $0.counts) }) }
        print("\n" + Table.text(rows) + "\n")
        if let comparison { print("\(comparison.text): \(comparison.isKept ? "ok" : "FAILED")") }
        print("thresholds: \(thresholds.path)\(isUpdate ? ", rewritten" : "")")
        return comparison?.isKept != false && rows.allSatisfy(\.complaints.isEmpty)
    }

    private func complaints(_ counts: Counts, _ threshold: Counts, _ place: BenchmarkCase.Place) -> [String] {
        var found: [String] = []
        let slack = place == .oneThread ? Thresholds.slack : Thresholds.slackOfManyThreads
        if Double(counts.allocations) > Double(threshold.allocations) * (place == .oneThread ? 1 : 1 + slack) {
            found.append("more allocations")
        }
        if Double(counts.instructions) > Double(threshold.instructions) * (1 + slack) {
            found.append("more instructions")
        }
        return found
    }

    private func complaint(
        _ bar: BenchmarkCase.Bar, _ counts: Counts, _ speed: Throughput?, _ instructions: [String: Int]
    ) -> String? {
        switch bar {
        case .allocations(let most): counts.allocations > most ? "at most \(most) allocations promised" : nil
        case .instructions(let most): counts.instructions > most ? "at most \(most) instructions promised" : nil
        case .instructionsOf(let name, let times):
            Double(counts.instructions) > Double(instructions[name] ?? 0) * times
                ? "at most \(Table.decimal(times)) × \(name) promised" : nil
        case .gigabytesPerSecond(let least):
            (speed?.gigabytesPerSecond ?? 0) < least ? "\(Table.decimal(least)) GB/s promised" : nil
        }
    }
}
