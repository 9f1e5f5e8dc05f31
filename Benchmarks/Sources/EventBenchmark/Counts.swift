import CBenchmarkSupport
import Foundation

/// What one operation costs, the same in every run.
struct Counts: Codable {
    var allocations: Int
    var instructions: Int
}

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

/// Counts the allocations of one operation.
///
/// - Returns: Rounded up, so that an allocation now and then counts as one.
func countAllocations(_ work: Work, _ operations: Int) throws -> Int {
    let before = benchmark_allocations()
    try work.run(operations)
    return (benchmark_allocations() - before + operations - 1) / operations
}

/// Counts the instructions of all cases in a second process of this program under callgrind.
enum InstructionCount {
    /// What the second process is told to do: all cases in order, nothing else.
    static let command = "run-cases"

    static func runCases() throws {
        for benchmark in allCases { try Work(benchmark).run(benchmark.operations) }
    }

    /// - Returns: Instructions per operation in the order of ``allCases``.
    static func perOperation() throws -> [Int] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "event-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let output = directory.appendingPathComponent("callgrind")
        try runUnderCallgrind(output)
        // Callgrind writes one file each time the function ends, with what was counted since the one before.
        return try allCases.enumerated().map { index, benchmark in
            try total(inFile: output.path + ".\(index + 1)") / benchmark.operations
        }
    }

    private static func runUnderCallgrind(_ output: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "valgrind", "--tool=callgrind", "--callgrind-out-file=\(output.path)", "--toggle-collect=benchmark_repeat",
            "--dump-after=benchmark_repeat", CommandLine.arguments[0], command,
        ]
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
