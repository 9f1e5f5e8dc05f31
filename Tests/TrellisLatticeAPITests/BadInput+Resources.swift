extension BadInput {
    // MARK: Service networks and services

    static let networks: [BadInput] =
        names("/servicenetworks", longest: 63, prefix: nil) + tokens("/servicenetworks", #""name":"new""#) + [
            BadInput("POST", "/servicenetworks", names: ["name"]),
            BadInput("POST", "/servicenetworks", #"{"name":"new","authType":"IAM"}"#, names: ["authType"]),
            BadInput("POST", "/servicenetworks", #"{"name":"new","authType":true}"#, names: ["authType"]),
            BadInput("POST", "/servicenetworks", #"{"name":"new","sharingConfig":[]}"#, names: ["sharingConfig"]),
            BadInput(
                "POST", "/servicenetworks", #"{"name":"new","sharingConfig":{"enabled":"yes"}}"#,
                names: ["sharingConfig.enabled"]),
            BadInput(
                "POST", "/servicenetworks", #"{"name":"-","authType":"X","tags":{"aws:a":"b"},"clientToken":""}"#,
                names: ["name", "authType", "tags", "clientToken"]),
            BadInput("GET", "/servicenetworks/network", names: ["serviceNetworkIdentifier"]),
            BadInput("GET", "/servicenetworks/{service}", names: ["serviceNetworkIdentifier"]),
            BadInput("DELETE", "/servicenetworks/sn-1", names: ["serviceNetworkIdentifier"]),
            BadInput("PATCH", "/servicenetworks/{network}", "{}", names: ["authType"]),
            BadInput(
                "PATCH", "/servicenetworks/x", #"{"authType":"none"}"#,
                names: ["serviceNetworkIdentifier", "authType"]),
        ]

    static let services: [BadInput] =
        names("/services", longest: 40, prefix: "svc-") + tokens("/services", #""name":"new""#) + [
            BadInput("POST", "/services", names: ["name"]),
            BadInput("POST", "/services", #"{"name":"new","customDomainName":"ab"}"#, names: ["customDomainName"]),
            BadInput(
                "POST", "/services", #"{"name":"new","customDomainName":"\#(long.prefix(256))"}"#,
                names: ["customDomainName"]),
            BadInput("POST", "/services", #"{"name":"new","certificateArn":"x"}"#, names: ["certificateArn"]),
        ]
        + [
            "localhost", "a b.example", "-a.example", "a-.example", ".example", "a.example.", "a..b", "*.example",
            "ä.b",
        ].map {
            BadInput("POST", "/services", #"{"name":"new","customDomainName":"\#($0)"}"#, names: ["customDomainName"])
        } + [
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":59}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":601}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":60.5}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","idleTimeoutSeconds":"60"}"#, names: ["idleTimeoutSeconds"]),
            BadInput("POST", "/services", #"{"name":"new","authType":""}"#, names: ["authType"]),
            BadInput("GET", "/services/service", names: ["serviceIdentifier"]),
            BadInput("GET", "/services/\(long)", names: ["serviceIdentifier"]),
            BadInput("DELETE", "/services/{network}", names: ["serviceIdentifier"]),
            BadInput(
                "PATCH", "/services/x",
                #"{"certificateArn":7,"authType":"X","idleTimeoutSeconds":0}"#,
                names: ["serviceIdentifier", "certificateArn", "authType", "idleTimeoutSeconds"]),
        ]

    // MARK: Target groups and targets

    private static let lambda = #","type":"LAMBDA""#

    static let targetGroups: [BadInput] =
        names("/targetgroups", longest: 128, lambda, prefix: "tg-")
        + tokens("/targetgroups", #""name":"new","type":"LAMBDA""#)
        + ["port", "protocol", "protocolVersion", "ipAddressType", "vpcIdentifier", "healthCheck"].flatMap { member in
            [
                BadInput(
                    "POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":{"\#(member)":1}}"#,
                    names: ["config.\(member)"]),
                BadInput(
                    "PATCH", "/targetgroups/{group}",
                    #"{"config":{"\#(member)":1,"lambdaEventStructureVersion":"V2"}}"#, names: ["config.\(member)"]),
            ]
        } + [
            BadInput("POST", "/targetgroups", "{}", names: ["name", "type"]),
            BadInput("POST", "/targetgroups", #"{"name":"new","type":"FUNCTION"}"#, names: ["type"]),
            BadInput(
                "POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":{"lambdaEventStructureVersion":"V3"}}"#,
                names: ["config.lambdaEventStructureVersion"]),
            BadInput("POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":"V1"}"#, names: ["config"]),
            BadInput(
                "POST", "/targetgroups", #"{"name":"new"\#(lambda),"config":{"port":1,"vpcIdentifier":"vpc-1"}}"#,
                names: ["config.port", "config.vpcIdentifier"]),
            BadInput("GET", "/targetgroups/group", names: ["targetGroupIdentifier"]),
            BadInput("DELETE", "/targetgroups/{service}", names: ["targetGroupIdentifier"]),
            BadInput("PATCH", "/targetgroups/{group}", "{}", names: ["healthCheck"]),
            BadInput("PATCH", "/targetgroups/{group}", #"{"healthCheck":{}}"#, names: ["healthCheck"]),
            BadInput(
                "PATCH", "/targetgroups/{group}",
                #"{"healthCheck":{"enabled":true},"config":{"lambdaEventStructureVersion":"V2"}}"#,
                names: ["healthCheck"]),
            BadInput(
                "PATCH", "/targetgroups/{group}", #"{"config":{}}"#, names: ["config.lambdaEventStructureVersion"]),
            BadInput(
                "PATCH", "/targetgroups/{group}", #"{"config":{"lambdaEventStructureVersion":2}}"#,
                names: ["config.lambdaEventStructureVersion"]),
            BadInput("GET", "/targetgroups?targetGroupType=X", names: ["targetGroupType"]),
            BadInput("GET", "/targetgroups?vpcIdentifier=vpc", names: ["vpcIdentifier"]),
        ]

    static let targets: [BadInput] =
        ["registertargets", "deregistertargets"].flatMap { operation in
            let path = "/targetgroups/{group}/\(operation)"
            let tooMany = Array(repeating: #"{"id":"x"}"#, count: 101).joined(separator: ",")
            return [
                BadInput("POST", path, "{}", names: ["targets"]),
                BadInput("POST", path, #"{"targets":[]}"#, names: ["targets"]),
                BadInput("POST", path, #"{"targets":"x"}"#, names: ["targets"]),
                BadInput("POST", path, #"{"targets":[\#(tooMany)]}"#, names: ["targets"]),
                BadInput("POST", path, #"{"targets":[{}]}"#, names: ["targets[0].id"]),
                BadInput("POST", path, #"{"targets":[{"id":""}]}"#, names: ["targets[0].id"]),
                BadInput("POST", path, #"{"targets":[{"id":"\#(long.prefix(201))"}]}"#, names: ["targets[0].id"]),
                BadInput("POST", path, #"{"targets":[{"id":"x"},{"id":7}]}"#, names: ["targets[1].id"]),
                BadInput("POST", path, #"{"targets":[{"id":"x","port":0}]}"#, names: ["targets[0].port"]),
                BadInput("POST", path, #"{"targets":[{"id":"x","port":65536}]}"#, names: ["targets[0].port"]),
                BadInput(
                    "POST", "/targetgroups/x/\(operation)", #"{"targets":[{"id":"x","port":"80"}]}"#,
                    names: ["targetGroupIdentifier", "targets[0].port"]),
            ]
        } + [
            BadInput(
                "POST", "/targetgroups/{group}/listtargets",
                #"{"targets":[\#(Array(repeating: #"{"id":"x"}"#, count: 21).joined(separator: ","))]}"#,
                names: ["targets"]),
            BadInput(
                "POST", "/targetgroups/{group}/listtargets", #"{"targets":[{"port":80}]}"#, names: ["targets[0].id"]),
        ]

    // MARK: Associations and tags

    private static let vpc = #""vpcIdentifier":"vpc-01234567","serviceNetworkIdentifier":"{network}""#

    static let associations: [BadInput] =
        tokens(
            "/servicenetworkserviceassociations",
            #""serviceIdentifier":"{service}","serviceNetworkIdentifier":"{network}""#)
        + tokens("/servicenetworkvpcassociations", vpc) + [
            BadInput(
                "POST", "/servicenetworkserviceassociations", "{}",
                names: ["serviceIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "POST", "/servicenetworkserviceassociations",
                #"{"serviceIdentifier":"service","serviceNetworkIdentifier":7}"#,
                names: ["serviceIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "GET", "/servicenetworkserviceassociations/x", names: ["serviceNetworkServiceAssociationIdentifier"]),
            BadInput(
                "DELETE", "/servicenetworkserviceassociations/{vpcAssociation}",
                names: ["serviceNetworkServiceAssociationIdentifier"]),
            BadInput("GET", "/servicenetworkserviceassociations", names: ["serviceNetworkIdentifier"]),
            BadInput(
                "GET", "/servicenetworkserviceassociations?serviceIdentifier=x&serviceNetworkIdentifier=y",
                names: ["serviceIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations", "{}", names: ["vpcIdentifier", "serviceNetworkIdentifier"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations",
                #"{"vpcIdentifier":"vpc-1","serviceNetworkIdentifier":"{network}"}"#, names: ["vpcIdentifier"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations", #"{\#(vpc),"securityGroupIds":["sg-1","sg-01234567",7]}"#,
                names: ["securityGroupIds[0]", "securityGroupIds[2]"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations",
                #"{\#(vpc),"securityGroupIds":["sg-01234567","sg-01234567"]}"#, names: ["securityGroupIds[1]"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations",
                #"{\#(vpc),"securityGroupIds":["a","b","c","d","e","f"]}"#, names: ["securityGroupIds"]),
            BadInput(
                "POST", "/servicenetworkvpcassociations", #"{\#(vpc),"privateDnsEnabled":"true"}"#,
                names: ["privateDnsEnabled"]),
            BadInput("POST", "/servicenetworkvpcassociations", #"{\#(vpc),"dnsOptions":7}"#, names: ["dnsOptions"]),
        ]
        + [
            (#""privateDnsEnabled":false,"dnsOptions":{"privateDnsPreference":"ALL_DOMAINS"}"#, ["dnsOptions"]),
            (#""dnsOptions":{}"#, ["dnsOptions"]),
            (
                #""privateDnsEnabled":true,"dnsOptions":{"privateDnsPreference":"ALL","privateDnsSpecifiedDomains":[]}"#,
                ["dnsOptions.privateDnsPreference", "dnsOptions.privateDnsSpecifiedDomains"]
            ),
            (
                #""privateDnsEnabled":true,"dnsOptions":{"privateDnsPreference":"SPECIFIED_DOMAINS_ONLY"}"#,
                ["dnsOptions.privateDnsSpecifiedDomains"]
            ),
            (
                #""privateDnsEnabled":true,"dnsOptions":{"privateDnsSpecifiedDomains":["a.example"]}"#,
                ["dnsOptions.privateDnsSpecifiedDomains"]
            ),
            (
                #""privateDnsEnabled":true,"dnsOptions":{"privateDnsPreference":"SPECIFIED_DOMAINS_ONLY","#
                    + #""privateDnsSpecifiedDomains":["a..example"]}"#, ["dnsOptions.privateDnsSpecifiedDomains"]
            ),
            (
                #""privateDnsEnabled":true,"dnsOptions":{"privateDnsPreference":"SPECIFIED_DOMAINS_ONLY","#
                    + #""privateDnsSpecifiedDomains":["a.*.example"]}"#, ["dnsOptions.privateDnsSpecifiedDomains"]
            ),
        ].map { (members: String, fields: Set<String>) in
            BadInput("POST", "/servicenetworkvpcassociations", "{\(vpc),\(members)}", names: fields)
        } + [
            BadInput("GET", "/servicenetworkvpcassociations", names: ["serviceNetworkIdentifier"]),
            BadInput("GET", "/servicenetworkvpcassociations?vpcIdentifier=x", names: ["vpcIdentifier"]),
            BadInput("GET", "/servicenetworkvpcassociations/x", names: ["serviceNetworkVpcAssociationIdentifier"]),
            BadInput("PATCH", "/servicenetworkvpcassociations/{vpcAssociation}", "{}", names: ["securityGroupIds"]),
            BadInput(
                "PATCH", "/servicenetworkvpcassociations/{vpcAssociation}", #"{"securityGroupIds":[]}"#,
                names: ["securityGroupIds"]),
            BadInput(
                "PATCH", "/servicenetworkvpcassociations/x", #"{"securityGroupIds":["sg"]}"#,
                names: ["serviceNetworkVpcAssociationIdentifier", "securityGroupIds[0]"]),
        ]

    private static let tooManyTags = (0...200).map { #""k\#($0)":"v""# }.joined(separator: ",")
    private static let tagsOverTheLimit = (0...50).map { #""k\#($0)":"v""# }.joined(separator: ",")

    static let tags: [BadInput] =
        [
            (#"{"aws:a":"v"}"#, "tags"), (#"{"AWS:a":"v"}"#, "tags"), (#"{"":"v"}"#, "tags"),
            (#"{"\#(long.prefix(129))":"v"}"#, "tags"), (#"{"a":"\#(long.prefix(257))"}"#, "tags.a"),
            (#"{"a":7}"#, "tags.a"), (#"{"a":"v!"}"#, "tags.a"), (#"{"a!":"v"}"#, "tags"), (#"{" a":"v"}"#, "tags"),
            (#"{"a ":"v"}"#, "tags"), (#"{"a":" v"}"#, "tags.a"), ("[]", "tags"), ("{\(tooManyTags)}", "tags"),
            ("{\(tagsOverTheLimit)}", "tags"),
        ].flatMap { tags, field in
            [
                BadInput("POST", "/services", #"{"name":"new","tags":\#(tags)}"#, names: [field]),
                BadInput("POST", "/tags/{arn}", #"{"tags":\#(tags)}"#, names: [field]),
            ]
        } + [
            BadInput("POST", "/tags/{arn}", "{}", names: ["tags"]),
            BadInput("POST", "/tags/{service}", #"{"tags":{"a":"b"}}"#, names: ["resourceArn"]),
            BadInput("GET", "/tags/arn%3Aaws%3As3%3A%3A%3Abucket", names: ["resourceArn"]),
            BadInput("DELETE", "/tags/{arn}", names: ["tagKeys"]),
            BadInput("DELETE", "/tags/{arn}?tagKeys=", names: ["tagKeys[0]"]),
            BadInput("DELETE", "/tags/{arn}?tagKeys=a&tagKeys=\(long.prefix(129))", names: ["tagKeys[1]"]),
            BadInput(
                "DELETE", "/tags/{arn}?" + (0...200).map { "tagKeys=\($0)" }.joined(separator: "&"),
                names: ["tagKeys"]),
        ]

    // MARK: Pages

    static let pages: [BadInput] =
        [
            "/services", "/servicenetworks", "/targetgroups", "/services/{service}/listeners",
            "/services/{service}/listeners/{listener}/rules",
        ].flatMap { path in
            [
                BadInput("GET", "\(path)?maxResults=0", names: ["maxResults"]),
                BadInput("GET", "\(path)?maxResults=101", names: ["maxResults"]),
                BadInput("GET", "\(path)?maxResults=x&nextToken=", names: ["maxResults", "nextToken"]),
                BadInput("GET", "\(path)?nextToken=\(long)", names: ["nextToken"]),
                BadInput("GET", "\(path)?nextToken=zzz", names: ["nextToken"]),
            ]
        } + [
            BadInput("POST", "/targetgroups/{group}/listtargets?maxResults=0", names: ["maxResults"]),
            BadInput("POST", "/targetgroups/{group}/listtargets?nextToken=0", names: ["nextToken"]),
        ]
}
