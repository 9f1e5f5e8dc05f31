import Foundation

// EventBenchmark check|update <directory of thresholds>
// EventBenchmark run <case> <operations>, for a profiler

/// How many times faster than Foundation's decoder a response of 1 KB must be decoded.
let leastRatioToFoundation = 10.0

func complaints(_ benchmark: BenchmarkCase, _ counts: Counts, _ threshold: Counts?, _ speed: Throughput?) -> [String] {
    var found: [String] = []
    if let threshold {
        if counts.allocations > threshold.allocations { found.append("more allocations") }
        if Double(counts.instructions) > Double(threshold.instructions) * (1 + Thresholds.slack) {
            found.append("more instructions")
        }
    } else {
        found.append("no threshold")
    }
    switch benchmark.bar {
    case .allocations(let most) where counts.allocations > most:
        found.append("at most \(most) allocations promised")
    case .gigabytesPerSecond(let least) where (speed?.gigabytesPerSecond ?? 0) < least:
        found.append("\(Table.decimal(least)) GB/s promised")
    case .allocations, .gigabytesPerSecond, nil: break
    }
    return found
}

func measureAll(_ thresholds: Thresholds, isUpdate: Bool) throws -> Bool {
    print("counting instructions under valgrind, about a minute")
    let instructions = try InstructionCount.perOperation()
    print("counting allocations and measuring time")
    var rows: [Row] = []
    for (benchmark, instructions) in zip(allCases, instructions) {
        let work = try Work(benchmark)
        let counts = Counts(
            allocations: try countAllocations(work, benchmark.operations), instructions: instructions)
        let speed = benchmark.isTimed ? try measureThroughput(work) : nil
        let threshold = isUpdate ? counts : try thresholds.counts(of: benchmark.name)
        rows.append(
            Row(
                name: benchmark.name, counts: counts, threshold: threshold, throughput: speed,
                complaints: complaints(benchmark, counts, threshold, speed)))
    }
    let foundation = try compareWithFoundation()
    let isFastEnough = foundation.median >= leastRatioToFoundation
    if isUpdate { try thresholds.write(rows.map { ($0.name, $0.counts) }) }
    print("\n" + Table.text(rows))
    print(
        "\ndecode-json-1k is \(Table.text(foundation)) times faster than Foundation's JSONDecoder, "
            + "\(Int(leastRatioToFoundation)) promised: \(isFastEnough ? "ok" : "FAILED")")
    print("thresholds: \(thresholds.path)\(isUpdate ? ", rewritten" : "")")
    return isFastEnough && rows.allSatisfy(\.complaints.isEmpty)
}

do {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case InstructionCount.command:
        try InstructionCount.runCases()
    case "check" where arguments.count == 2, "update" where arguments.count == 2:
        let isGood = try measureAll(Thresholds(root: arguments[1]), isUpdate: arguments[0] == "update")
        exit(isGood ? 0 : 1)
    case "run" where arguments.count == 3:
        guard let benchmark = allCases.first(where: { $0.name == arguments[1] }), let count = Int(arguments[2])
        else { fallthrough }
        try Work(benchmark).run(count)
    default:
        print("usage: EventBenchmark check|update <directory of thresholds>, or run <case> <operations>")
        exit(64)
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(error is CountingError ? 69 : 70)
}
