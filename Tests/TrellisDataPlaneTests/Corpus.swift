import Foundation
import NIOCore
import Testing

/// The cases of `Tests/Corpus`, whose README explains the files.
enum Corpus {
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var name: String
        /// The lines that say what the client sends.
        var lines: [String] = []
        /// The lines after `->`.
        var answers: [String] = []
        /// The lines after `=>`.
        var events: [String] = []

        var testDescription: String { "\(file): \(name)" }

        /// Whether the server keeps the connection.
        var staysOpen: Bool { answers.last == "open" }

        /// All answers without what becomes of the connection.
        var responses: ArraySlice<String> { answers.dropLast() }
    }

    struct Malformed: Error, CustomStringConvertible {
        var description: String
    }

    /// - Parameter folder: `http1` or `http2`.
    /// - Throws: ``Malformed``, also for a folder without cases.
    static func cases(in folder: String) throws -> [Case] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus/\(folder)", directoryHint: .isDirectory)
        let files = try FileManager.default.contentsOfDirectory(atPath: root.path()).filter { $0.hasSuffix(".txt") }
        guard !files.isEmpty else { throw Malformed(description: "\(root.path()) has no cases") }
        return try files.sorted().flatMap { file in
            try cases(inText: String(contentsOf: root.appending(path: file), encoding: .utf8), file)
        }
    }

    private static func cases(inText text: String, _ file: String) throws -> [Case] {
        var cases: [Case] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init) {
            if line.hasPrefix("#") { continue }
            if line.hasPrefix("== ") {
                cases.append(Case(file: file, name: String(line.dropFirst(3))))
                continue
            }
            guard var last = cases.popLast() else { throw Malformed(description: "\(file): no case before \(line)") }
            if line.hasPrefix("-> ") {
                last.answers.append(String(line.dropFirst(3)))
            } else if line.hasPrefix("=> ") {
                last.events.append(String(line.dropFirst(3)))
            } else if last.answers.isEmpty {
                last.lines.append(line)
            } else {
                throw Malformed(description: "\(file): \(last.name) goes on after its answers")
            }
            cases.append(last)
        }
        for test in cases where test.answers.last != "open" && test.answers.last != "closed" {
            throw Malformed(description: "\(file): \(test.name) does not say whether the connection stays open")
        }
        return cases
    }

    /// The bytes that a text with escapes stands for.
    static func bytes(_ text: some StringProtocol) throws -> [UInt8] {
        var rest = Array(text.utf8)[...]
        let bytes = try bytes(&rest, isRepeated: false)
        return bytes
    }

    private static func bytes(_ rest: inout ArraySlice<UInt8>, isRepeated: Bool) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if isRepeated, byte == UInt8(ascii: "*"), let count = try count(&rest) {
                return Array(repeatElement(bytes, count: count).joined())
            }
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "t"): bytes.append(0x09)
            case UInt8(ascii: "\\"): bytes.append(0x5C)
            case UInt8(ascii: "{"): bytes += try self.bytes(&rest, isRepeated: true)
            case UInt8(ascii: "x"):
                guard let byte = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                    throw Malformed(description: "\\x without two digits")
                }
                rest = rest.dropFirst(2)
                bytes.append(byte)
            default: throw Malformed(description: "an escape that nobody knows")
            }
        }
        guard !isRepeated else { throw Malformed(description: "a repeat without an end") }
        return bytes
    }

    /// The digits up to a closing brace; `nil` if it is something else.
    private static func count(_ rest: inout ArraySlice<UInt8>) throws -> Int? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")),
            let count = Int(String(decoding: rest[..<end], as: UTF8.self))
        else { return nil }
        rest = rest[rest.index(after: end)...]
        return count
    }

    /// Whether an event is the expected one, which leaves out at `…` what Trellis adds.
    static func matches(_ event: String, _ expected: String) -> Bool {
        let parts = expected.split(separator: "…", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, event.hasPrefix(parts[0]) else { return false }
        let rest = event.dropFirst(parts[0].count)
        guard rest.hasPrefix(#","x-forwarded-for":["127.0.0.1"],"#), let tail = rest.range(of: parts[1]) else {
            return false
        }
        return rest[tail.upperBound...].hasPrefix(#","requestContext":{"#)
    }
}
