import Foundation

enum CountingError: Error, CustomStringConvertible {
    case valgrindMissing
    case valgrindFailed(String)

    var description: String {
        switch self {
        case .valgrindMissing:
            "valgrind counts the instructions and is missing. On Debian: sudo apt-get install valgrind"
        case .valgrindFailed(let output): "valgrind failed:\n\(output)"
        }
    }
}

/// Counts the instructions of cases in other processes of this program under callgrind.
struct InstructionCount {
    /// What a process is told to do: all cases that work on one thread in order, nothing else.
    static let allCommand = "run-cases"
    /// What a process is told to do: one case, a number of times.
    static let oneCommand = "run"

    let cases: [BenchmarkCase]

    func runCases() throws {
        for benchmark in cases where benchmark.place == .oneThread { try Work(benchmark).run(benchmark.operations) }
    }

    /// - Returns: Instructions per operation in the order of the cases.
    func perOperation() throws -> [Int] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "benchmark-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let output = directory.appendingPathComponent("callgrind").path
        try Self.runUnderCallgrind(
            output, [Self.allCommand], ["--toggle-collect=benchmark_repeat", "--dump-after=benchmark_repeat"])
        var dumps = 0
        return try cases.map { benchmark in
            switch benchmark.place {
            case .oneThread:
                // Callgrind writes one file each time the function ends, with what was counted since the one before.
                dumps += 1
                return try Self.total(inFile: "\(output).\(dumps)") / benchmark.operations
            case .manyThreads:
                let few = try Self.wholeProcess(benchmark, benchmark.operations, output)
                let many = try Self.wholeProcess(benchmark, benchmark.operations * 2, output)
                return max(0, many - few) / benchmark.operations
            }
        }
    }

    private static func wholeProcess(_ benchmark: BenchmarkCase, _ operations: Int, _ output: String) throws -> Int {
        try runUnderCallgrind(output, [oneCommand, benchmark.name, String(operations)], [])
        return try total(inFile: output)
    }

    private static func runUnderCallgrind(_ output: String, _ arguments: [String], _ options: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=\(output)"] + options
            + [CommandLine.arguments[0]] + arguments
        // Hash tables probe in the same order every time.
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_DETERMINISTIC_HASHING": "1"]) { $1 }
        let messages = Pipe()
        process.standardError = messages
        try process.run()
        let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        switch process.terminationStatus {
        case 0: return
        case 127: throw CountingError.valgrindMissing
        default: throw CountingError.valgrindFailed(text)
        }
    }

    private static func total(inFile path: String) throws -> Int {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let line = text.split(separator: "\n").last { $0.hasPrefix("totals:") }
        guard let count = line.flatMap({ Int($0.dropFirst("totals:".count).trimmingCharacters(in: .whitespaces)) })
        else { throw CountingError.valgrindFailed("\(path) has no total") }
        return count
    }
}
