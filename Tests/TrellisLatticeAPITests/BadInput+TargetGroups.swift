extension BadInput {
    /// Configs of the types with targets in a VPC.
    static let networkTargetGroups: [BadInput] =
        [
            ("INSTANCE", nil, ["config"]), ("IP", nil, ["config"]), ("ALB", nil, ["config"]),
            ("IP", "[]", ["config"]), ("IP", "{}", ["config.vpcIdentifier", "config.protocol"]),
            ("IP", #"{\#(vpc),"protocol":"UDP"}"#, ["config.protocol"]),
            ("IP", #"{"vpcIdentifier":"vpc-1","protocol":"HTTP"}"#, ["config.vpcIdentifier"]),
            ("IP", #"{\#(vpc),"protocol":"TCP"}"#, ["config.port"]),
            (
                "IP", #"{\#(vpc),"protocol":"TCP","protocolVersion":"HTTP1","port":0}"#,
                ["config.port", "config.protocolVersion"]
            ),
            ("IP", #"{\#(http),"protocolVersion":"HTTP3"}"#, ["config.protocolVersion"]),
            ("IP", #"{\#(http),"ipAddressType":"DUALSTACK"}"#, ["config.ipAddressType"]),
            ("IP", #"{\#(http),"lambdaEventStructureVersion":"V1"}"#, ["config.lambdaEventStructureVersion"]),
            ("IP", #"{\#(http),"port":65536}"#, ["config.port"]),
            ("INSTANCE", #"{\#(http),"ipAddressType":"IPV4"}"#, ["config.ipAddressType"]),
            (
                "ALB",
                #"{\#(http),"healthCheck":{},"ipAddressType":"IPV4","lambdaEventStructureVersion":"V1"}"#,
                ["config.healthCheck", "config.ipAddressType", "config.lambdaEventStructureVersion"]
            ),
            ("ALB", #"{\#(http),"protocolVersion":"GRPC"}"#, ["config.protocolVersion"]),
        ].map { (type: String, config: String?, fields: Set<String>) in
            let config = config.map { #","config":\#($0)"# } ?? ""
            return BadInput("POST", "/targetgroups", #"{"name":"new","type":"\#(type)"\#(config)}"#, names: fields)
        }
        + healthChecks.map { healthCheck, fields in
            BadInput(
                "POST", "/targetgroups",
                #"{"name":"new","type":"INSTANCE","config":{\#(http),"healthCheck":\#(healthCheck)}}"#,
                names: Set(fields.map { $0.isEmpty ? "config.healthCheck" : "config.healthCheck.\($0)" }))
        }

    private static let vpc = #""vpcIdentifier":"vpc-01234567""#
    private static let http = vpc + #","protocol":"HTTP""#

    private static let healthChecks: [(String, [String])] =
        [
            ("7", [""]), (#"{"enabled":"yes"}"#, ["enabled"]), (#"{"protocol":"TCP"}"#, ["protocol"]),
            (#"{"protocol":"http"}"#, ["protocol"]), (#"{"protocolVersion":"GRPC"}"#, ["protocolVersion"]),
            (#"{"port":-1}"#, ["port"]), (#"{"port":65536}"#, ["port"]), (#"{"path":"ok"}"#, ["path"]),
            (#"{"path":"/a b"}"#, ["path"]), (#"{"path":"/\#(long)"}"#, ["path"]),
            (#"{"healthCheckIntervalSeconds":4}"#, ["healthCheckIntervalSeconds"]),
            (#"{"healthCheckIntervalSeconds":301}"#, ["healthCheckIntervalSeconds"]),
            (#"{"healthCheckTimeoutSeconds":121}"#, ["healthCheckTimeoutSeconds"]),
            (#"{"healthCheckTimeoutSeconds":-1}"#, ["healthCheckTimeoutSeconds"]),
            (
                #"{"healthyThresholdCount":1,"unhealthyThresholdCount":11,"enabled":0}"#,
                ["healthyThresholdCount", "unhealthyThresholdCount", "enabled"]
            ),
            (#"{"matcher":"200"}"#, ["matcher"]), (#"{"matcher":{}}"#, ["matcher"]),
            (#"{"matcher":{"grpcCode":"0"}}"#, ["matcher"]),
        ]
        + ["199", "500", "200-500", "299-200", "200,", ",", "-", "200--299", "200-250-299", "2000", "x", "200 201"].map
    {
        (#"{"matcher":{"httpCode":"\#($0)"}}"#, ["matcher.httpCode"])
    }

    // MARK: BatchUpdateRule

    private static let batch = "/services/{service}/listeners/{listener}/rules"

    static let ruleBatches: [BadInput] = [
        BadInput("PATCH", batch, "{}", names: ["rules"]),
        BadInput("PATCH", batch, #"{"rules":[]}"#, names: ["rules"]),
        BadInput("PATCH", batch, #"{"rules":{}}"#, names: ["rules"]),
        BadInput(
            "PATCH", batch,
            #"{"rules":[\#(Array(repeating: #"{"ruleIdentifier":"{rule}"}"#, count: 11).joined(separator: ","))]}"#,
            names: ["rules"]),
        BadInput("PATCH", batch, #"{"rules":[{}]}"#, names: ["rules[0].ruleIdentifier"]),
        BadInput(
            "PATCH", batch,
            #"{"rules":[{"ruleIdentifier":"rule","priority":0},{"ruleIdentifier":"{rule}","match":{},"action":{}}]}"#,
            names: ["rules[0].ruleIdentifier", "rules[0].priority", "rules[1].match", "rules[1].action"]),
        BadInput(
            "PATCH", "/services/x/listeners/y/rules", #"{"rules":[{"ruleIdentifier":"{rule}","priority":2001}]}"#,
            names: ["serviceIdentifier", "listenerIdentifier", "rules[0].priority"]),
    ]
}
