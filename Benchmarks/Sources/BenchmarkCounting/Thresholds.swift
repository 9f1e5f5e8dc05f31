import Foundation

/// One file per case with the counts that were accepted, for one compiler and one kind of processor.
struct Thresholds {
    /// How far instructions may exceed the threshold before it counts as worse, and how far below it is worth a note.
    static let slack = 0.03
    /// How far where threads wait for each other, and spin now longer and now shorter before they do.
    static let slackOfManyThreads = 0.5

    private let directory: URL

    /// - Parameter root: Where the directories of all compilers are.
    init(root: String) {
        directory = URL(fileURLWithPath: root).appendingPathComponent("\(Self.compiler)-\(Self.processor)")
    }

    var path: String { directory.path }

    func counts(of name: String) throws -> Counts? {
        let file = file(of: name)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try JSONDecoder().decode(Counts.self, from: Data(contentsOf: file))
    }

    /// Replaces all thresholds, those of cases that are gone included.
    func write(_ counts: [(name: String, counts: Counts)]) throws {
        try? FileManager.default.removeItem(at: directory)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        for (name, counts) in counts {
            try (encoder.encode(counts) + Data("\n".utf8)).write(to: file(of: name))
        }
    }

    private func file(of name: String) -> URL { directory.appendingPathComponent(name + ".json") }

    private static var compiler: String {
        #if compiler(>=6.4)
        "swift-6.4"
        #else
        "swift-6.3"
        #endif
    }

    private static var processor: String {
        #if arch(arm64)
        "arm64"
        #else
        "x86_64"
        #endif
    }
}
