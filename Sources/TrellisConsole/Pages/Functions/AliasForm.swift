import TrellisAPI

/// An alias as it was typed: a version, and another one with a share of the invocations.
struct AliasForm: Hashable, Sendable {
    var name = ""
    var version = ""
    /// Empty for none.
    var otherVersion = ""
    /// In per cent.
    var otherWeight = "0"

    init() {}

    init(_ form: FormValues) {
        name = form["alias"]
        version = form["version"]
        otherVersion = form["other-version"]
        otherWeight = form["other-weight"]
    }

    /// - Parameter alias: As the API shows it.
    init(_ alias: JSONValue) {
        name = alias["Name"]?.text ?? ""
        version = alias["FunctionVersion"]?.text ?? ""
        guard case .object(let weights)? = alias["RoutingConfig"]?["AdditionalVersionWeights"],
            let other = weights.first
        else { return }
        otherVersion = other.key
        switch other.value {
        case .double(let weight): otherWeight = String(Int((min(max(weight, 0), 1) * 100).rounded()))
        case .integer(let weight): otherWeight = weight >= 1 ? "100" : "0"
        default: break
        }
    }

    func input(withName: Bool) -> JSONValue {
        let weight: JSONValue = Int(otherWeight).map { .double(Double($0) / 100) } ?? .string(otherWeight)
        let weights: [String: JSONValue] = otherVersion.isEmpty ? [:] : [otherVersion: weight]
        return .object(omittingNil: [
            "Name": withName ? .string(name) : nil, "FunctionVersion": .string(version),
            "RoutingConfig": .object(["AdditionalVersionWeights": .object(weights)]),
        ])
    }

    static func input(of member: String) -> String? {
        switch member.lowercased() {
        case "name": "alias"
        case "functionversion": "version"
        case _ where member.lowercased().hasPrefix("routingconfig"): "other-version"
        default: nil
        }
    }

    func fields(_ errors: FormErrors) -> HTML {
        """
        \(Field("alias", "Alias name", value: name, error: errors["alias"]).html)
        \(Field("version", "Version", value: version, hint: "A number, or $LATEST.", error: errors["version"]).html)
        \(Field("other-version", "Additional version", value: otherVersion, hint: "Empty for none.",
            error: errors["other-version"]).html)
        \(Field("other-weight", "Share of the additional version in per cent", .number(0...100), value: otherWeight).html)
        """
    }
}
