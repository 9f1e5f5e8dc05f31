import Foundation
import Testing
import TrellisAPI

/// The lambda service model of the botocore that is installed, if there is one.
struct ServiceModel: Sendable {
    static let installed: ServiceModel? = load()
    static let isInstalled = installed != nil

    var operations: [String: JSONValue]
    var shapes: [String: JSONValue]

    private static let script = """
        import botocore, gzip, json, os
        path = os.path.join(os.path.dirname(botocore.__file__), "data/lambda/2015-03-31/service-2.json")
        opened = open(path) if os.path.exists(path) else gzip.open(path + ".gz", "rt")
        model = json.load(opened)
        print(json.dumps({"operations": model["operations"], "shapes": model["shapes"]}))
        """

    private static func load() -> ServiceModel? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil, let text = try? output.fileHandleForReading.readToEnd() else { return nil }
        process.waitUntilExit()
        guard process.terminationStatus == 0, let model = try? JSONValue(parsing: text),
            let operations = model["operations"]?.members, let shapes = model["shapes"]?.members
        else { return nil }
        return ServiceModel(operations: operations, shapes: shapes)
    }

    /// Everything in a body that the shape does not allow.
    func problems(of value: JSONValue, as shapeName: String, at path: String = "") -> [String] {
        guard let shape = shapes[shapeName] else { return ["\(path): no shape \(shapeName)"] }
        switch (shape["type"]?.text, value) {
        case ("structure", .object(let members)):
            let known = shape["members"]?.members ?? [:]
            return members.flatMap { name, member -> [String] in
                guard let shape = known[name]?["shape"]?.text else { return ["\(path).\(name): not in \(shapeName)"] }
                return problems(of: member, as: shape, at: "\(path).\(name)")
            }
        case ("list", .array(let elements)):
            guard let member = shape["member"]?["shape"]?.text else { return ["\(path): list of nothing"] }
            return elements.enumerated().flatMap { problems(of: $1, as: member, at: "\(path)[\($0)]") }
        case ("map", .object(let members)):
            guard let member = shape["value"]?["shape"]?.text else { return ["\(path): map of nothing"] }
            return members.flatMap { problems(of: $1, as: member, at: "\(path).\($0)") }
        case ("string", .string(let text)):
            return textProblems(text, shape).map { "\(path): \($0)" }
        case ("integer", .integer), ("long", .integer), ("double", .integer), ("double", .double),
            ("boolean", .boolean), ("timestamp", .double), ("timestamp", .integer):
            return []
        case (let type, _):
            return ["\(path): not a \(type ?? "value")"]
        }
    }

    private func textProblems(_ text: String, _ shape: JSONValue) -> [String] {
        var problems: [String] = []
        if let values = shape["enum"]?.elements, !values.contains(.string(text)) {
            problems.append("'\(text)' not in enum")
        }
        if let pattern = shape["pattern"]?.text,
            text.range(of: "^(?:\(pattern))$", options: .regularExpression) == nil
        {
            problems.append("'\(text)' does not match \(pattern)")
        }
        return problems
    }
}
