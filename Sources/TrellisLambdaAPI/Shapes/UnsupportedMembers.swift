import TrellisAPI
import TrellisModel

/// Finds what a request asks for and Trellis cannot do, so that it is refused instead of forgotten.
///
/// Empty and default values, which SDKs and Terraform send for what is not used, are no request:
/// `TracingConfig: {"Mode": "PassThrough"}`, `VpcConfig` with empty lists and the like.
struct UnsupportedMembers {
    private(set) var names: [String] = []

    /// - Throws: ``LambdaError`` that names the members.
    func check() throws(LambdaError) {
        guard names.isEmpty else { throw .unsupportedMembers(names) }
    }

    /// The members that CreateFunction and UpdateFunctionConfiguration share.
    mutating func addSettings(_ reader: InputReader) {
        addNetwork(reader)
        addText("KMSKeyArn", in: reader)
        addTracing(reader)
        if let systems = reader.objects("FileSystemConfigs", count: 0...Int.max), !systems.isEmpty {
            names.append("FileSystemConfigs")
        }
        if let deadLetters = reader.object("DeadLetterConfig") {
            addText("TargetArn", in: deadLetters, as: "DeadLetterConfig")
        }
        addImageConfig(reader)
        addSnapStart(reader)
        for name in ["CapacityProviderConfig", "DurableConfig", "TenancyConfig"] { addStructure(name, in: reader) }
    }

    mutating func add(_ name: String) { names.append(name) }

    /// A text member that must be absent or empty.
    mutating func addText(_ name: String, in reader: InputReader, as shown: String? = nil) {
        if let text = reader.string(name), !text.isEmpty { names.append(shown ?? name) }
    }

    private mutating func addNetwork(_ reader: InputReader) {
        guard let network = reader.object("VpcConfig") else { return }
        let subnets = network.strings("SubnetIds", count: 0...16) ?? []
        let groups = network.strings("SecurityGroupIds", count: 0...5) ?? []
        let isDualStack = network.boolean("Ipv6AllowedForDualStack") ?? false
        if !subnets.isEmpty || !groups.isEmpty || isDualStack { names.append("VpcConfig") }
    }

    private mutating func addTracing(_ reader: InputReader) {
        let mode: TracingMode? = reader.object("TracingConfig")?.enumeration("Mode")
        if mode == .active { names.append("TracingConfig") }
    }

    private mutating func addSnapStart(_ reader: InputReader) {
        let applyOn: SnapStartApplyOn? = reader.object("SnapStart")?.enumeration("ApplyOn")
        if applyOn == .publishedVersions { names.append("SnapStart") }
    }

    private mutating func addImageConfig(_ reader: InputReader) {
        guard let image = reader.object("ImageConfig") else { return }
        let entryPoint = image.strings("EntryPoint", count: 0...1500) ?? []
        let command = image.strings("Command", count: 0...1500) ?? []
        let directory = image.string("WorkingDirectory", length: 0...1000) ?? ""
        if !entryPoint.isEmpty || !command.isEmpty || !directory.isEmpty { names.append("ImageConfig") }
    }

    private mutating func addStructure(_ name: String, in reader: InputReader) {
        if let structure = reader.object(name), !structure.presentMembers.isEmpty { names.append(name) }
    }
}

private enum TracingMode: String, CaseIterable {
    case active = "Active"
    case passThrough = "PassThrough"
}

private enum SnapStartApplyOn: String, CaseIterable {
    case publishedVersions = "PublishedVersions"
    case never = "None"
}
