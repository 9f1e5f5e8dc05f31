import TrellisAPI
import TrellisFunctionHost
import TrellisLambdaAPI
import TrellisModel

/// A function to be created, as it was typed: with pasted code or with a zip.
struct NewFunctionForm: Hashable, Sendable {
    var name = ""
    var runtime = "python3.13"
    var handler = "index.handler"
    var role = ""
    /// `paste` or `zip`.
    var source = "paste"
    var code = Self.sampleCode
    var zip: [UInt8]?

    init(account: AccountID) { role = "arn:aws:iam::\(account):role/function" }

    init(_ form: FormValues) {
        name = form["new-name"]
        runtime = form["runtime"]
        handler = form["handler"]
        role = form["role"]
        source = form["source"]
        code = form.text("code")
        zip = form.files["zip"]?.bytes
    }

    static let sampleCode = """
        def handler(event, context):
            return {
                "statusCode": 200,
                "headers": {"content-type": "text/plain"},
                "body": "Hello from Trellis\\n",
            }

        """

    /// The runtimes that can run here, newest first.
    static let runtimes: [Field.Option] = LambdaAPI.supportedRuntimes.reversed().map { .init($0) }

    /// What a runtime calls the file that its handler `index.handler` is in.
    static func file(of runtime: String, code: String) -> ZipWriter.File {
        switch runtime {
        case _ where runtime.hasPrefix("python"): .init(path: "index.py", text: code)
        case _ where runtime.hasPrefix("nodejs"): .init(path: "index.mjs", text: code)
        default: .init(path: "bootstrap", text: code, isExecutable: true)
        }
    }

    /// The package; empty if a zip was to be chosen and was not, which the API refuses.
    func package() throws -> [UInt8] {
        source == "zip" ? zip ?? [] : try ZipWriter.zip([Self.file(of: runtime, code: code)])
    }

    /// The input of CreateFunction.
    func input(package: [UInt8]) -> JSONValue {
        .object([
            "FunctionName": .string(name), "Runtime": .string(runtime), "Handler": .string(handler),
            "Role": .string(role), "Code": .object(["ZipFile": .string(Base64Text.encoded(package))]),
        ])
    }

    /// The form's input for a member that an error of CreateFunction names.
    static func input(of member: String) -> String? {
        switch member.prefix(1).lowercased() + member.dropFirst() {
        case "functionName": "new-name"
        case "runtime": "runtime"
        case "handler": "handler"
        case "role": "role"
        case _ where member.lowercased().hasPrefix("code"): "zip"
        default: nil
        }
    }

    /// Errors of CreateFunction beside the inputs that they are about.
    static func errors(_ failure: OperationFailure) -> FormErrors {
        var errors = FormErrors(failure, input: input)
        // These name no member.
        guard errors.fields.isEmpty else { return errors }
        if failure.type == "ResourceConflictException" {
            errors = FormErrors(fields: ["new-name": failure.message])
        } else if failure.message.lowercased().contains("runtime") {
            errors = FormErrors(fields: ["runtime": failure.message])
        } else if failure.message.lowercased().contains("zip") {
            errors = FormErrors(fields: ["zip": failure.message])
        }
        return errors
    }

    func fields(_ errors: FormErrors) -> HTML {
        """
        \(Field("new-name", "Function name", value: name, error: errors["new-name"]).html)
        \(Field("runtime", "Runtime", .select(Self.runtimes), value: runtime, error: errors["runtime"]).html)
        \(Field("handler", "Handler", value: handler,
            hint: "File and function: index.handler is 'handler' in index.py or index.mjs.", error: errors["handler"]).html)
        \(Field("role", "Execution role", value: role, hint: "The ARN of a role.", error: errors["role"]).html)
        \(Field("source", "Code", .radio([.init("paste", "Paste the code"), .init("zip", "Upload a .zip file")]),
            value: source, error: errors["source"]).html)
        \(Field("code", "Pasted code", .textArea(rows: 10), value: code, error: errors["code"]).html)
        \(Field("zip", ".zip file", .file(accept: ".zip,application/zip"),
            hint: "After an error it has to be chosen again: browsers do not keep it.", error: errors["zip"]).html)
        """
    }
}
