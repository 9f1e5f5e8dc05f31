import TrellisAPI

/// The first step of "Create target group", as it was typed.
struct TargetGroupForm: Hashable, Sendable {
    var type = "LAMBDA"
    var name = ""
    var eventStructureVersion = "V2"
    var groupProtocol = "HTTP"
    var protocolVersion = "HTTP1"
    var port = ""
    var vpc = ""
    var tags = TagRows()

    init() {}

    init(_ form: FormValues) {
        type = form["type"]
        name = form["name"]
        eventStructureVersion = form["version"]
        groupProtocol = form["protocol"]
        protocolVersion = form["protocol-version"]
        port = form["port"]
        vpc = form["vpc"]
        tags = TagRows(form)
    }

    /// The input of CreateTargetGroup.
    var input: JSONValue {
        var members: [String: JSONValue?] = ["name": .string(name), "type": .string(type), "tags": tags.json]
        if type == "LAMBDA" {
            members["config"] = .object(["lambdaEventStructureVersion": .string(eventStructureVersion)])
        } else {
            members["config"] = .object(omittingNil: [
                "protocol": .string(groupProtocol), "port": port.isEmpty ? nil : .number(typed: port),
                "protocolVersion": groupProtocol == "TCP" ? nil : .string(protocolVersion),
                "vpcIdentifier": vpc.isEmpty ? nil : .string(vpc),
            ])
        }
        return .object(omittingNil: members)
    }

    /// The form's input for a member of the operation's.
    static func input(of member: String) -> String? {
        switch member {
        case "name", "type": member
        case "config.lambdaEventStructureVersion": "version"
        case "config.protocol": "protocol"
        case "config.protocolVersion": "protocol-version"
        case "config.port": "port"
        case "config.vpcIdentifier": "vpc"
        case _ where member.hasPrefix("tags"): "tags"
        default: nil
        }
    }

    static let types: [Field.Option] = [
        .init("LAMBDA", "Lambda function", hint: "Each request becomes an event of one function, version or alias."),
        .init("IP", "IP addresses", hint: "Servers at addresses of a VPC."),
        .init("INSTANCE", "Instances", hint: "Instances whose addresses the configuration names."),
        .init("ALB", "Application Load Balancer", hint: "A load balancer whose address the configuration names."),
    ]

    static let versions: [Field.Option] = [
        .init(
            "V2", "V2", hint: "Version 2.0: headers and query parameters with all their values, the request's context."),
        .init("V1", "V1", hint: "The first form: one text for each header and query parameter."),
    ]

    func fields(_ errors: FormErrors) -> HTML {
        """
        \(Field("type", "Choose a target type", .radio(Self.types), value: type, error: errors["type"]).html)
        \(Field("name", "Target group name", value: name,
            hint: "3 to 128 lower-case letters, digits and hyphens.", error: errors["name"]).html)
        \(Field("version", "Lambda event structure version", .radio(Self.versions), value: eventStructureVersion,
            hint: "The form of the event that the function gets.", error: errors["version"]).html)
        <details\(flag: "open", if: type != "LAMBDA")><summary>Only for IP addresses, instances and load balancers</summary>
        \(Field("protocol", "Protocol", .select(["HTTP", "HTTPS", "TCP"].map { .init($0) }), value: groupProtocol,
            error: errors["protocol"]).html)
        \(Field("protocol-version", "Protocol version", .select(["HTTP1", "HTTP2", "GRPC"].map { .init($0) }),
            value: protocolVersion, error: errors["protocol-version"]).html)
        \(Field("port", "Port", value: port, hint: "1 to 65535; empty for the one of the protocol.", error: errors["port"]).html)
        \(Field("vpc", "VPC", value: vpc, hint: "For example vpc-0a1b2c3d.", error: errors["vpc"]).html)
        </details>
        \(tags.html(error: errors["tags"]))
        """
    }

    /// Carries the step along in the next one.
    var hidden: HTML {
        HTML(
            [
                ("type", type), ("name", name), ("version", eventStructureVersion), ("protocol", groupProtocol),
                ("protocol-version", protocolVersion), ("port", port), ("vpc", vpc),
            ].map { Field.hidden($0.0, $0.1) }) + tags.hidden
    }
}

extension JSONValue {
    /// A number as somebody typed it; a text that is none stays one, for the API to say so.
    static func number(typed text: String) -> JSONValue {
        Int64(text).map(JSONValue.integer) ?? .string(text)
    }
}
