import Foundation
import TrellisAPI

/// The published service model, read from the botocore package of the machine's Python.
enum BotocoreModel {
    /// `nil` where there is no Python or no botocore.
    static let service: JSONValue? = {
        let script = """
            import botocore, gzip, os, sys
            path = os.path.join(os.path.dirname(botocore.__file__), "data", "vpc-lattice", "2022-11-30")
            zipped = os.path.join(path, "service-2.json.gz")
            plain = os.path.join(path, "service-2.json")
            opened = gzip.open(zipped) if os.path.exists(zipped) else open(plain, "rb")
            sys.stdout.buffer.write(opened.read())
            """
        return python(script).flatMap { try? JSONValue(parsing: $0) }
    }()

    static var isAvailable: Bool { service != nil }

    /// Runs a script with the machine's Python.
    ///
    /// - Returns: What it wrote; `nil` if it failed.
    static func python(_ script: String, argument: String = "") -> Data? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, argument]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : nil
    }
}

extension JSONValue {
    subscript(member: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[member]
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var number: Int? {
        guard case .integer(let number) = self else { return nil }
        return Int(number)
    }

    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    var memberNames: Set<String> {
        guard case .object(let members) = self else { return [] }
        return Set(members.keys)
    }
}
