extension BadInput {
    private static let place = #","vpcIdentifier":"vpc-01234567","subnetIds":["subnet-1"]"#
    private static let single =
        #","type":"SINGLE","resourceGatewayIdentifier":"{gateway}","#
        + #""resourceConfigurationDefinition":{"ipResource":{"ipAddress":"10.0.0.1"}}"#

    static let vpcResources = gateways + configurations + resourceAssociations + verifications + endpoints

    private static let gateways: [BadInput] =
        names("/resourcegateways", longest: 40, place, prefix: "rgw-")
        + tokens("/resourcegateways", #""name":"new""# + place) + [
            BadInput("POST", "/resourcegateways", "{}", names: ["name", "vpcIdentifier", "subnetIds"]),
            BadInput(
                "POST", "/resourcegateways",
                #"{"name":"new","vpcIdentifier":"vpc-1","subnetIds":[],"securityGroupIds":["x"],"ipAddressType":"IP","#
                    + #""ipv4AddressesPerEni":63,"resourceConfigDnsResolution":"OUT","tags":{"aws:a":"b"}}"#,
                names: [
                    "vpcIdentifier", "subnetIds", "securityGroupIds[0]", "ipAddressType", "ipv4AddressesPerEni",
                    "resourceConfigDnsResolution", "tags",
                ]),
            BadInput(
                "POST", "/resourcegateways",
                #"{"name":"new","vpcIdentifier":"vpc-01234567","subnetIds":["subnet-1","s","subnet-1"]}"#,
                names: ["subnetIds[1]"]),
            BadInput(
                "POST", "/resourcegateways",
                #"{"name":"new","ipAddressType":"IPV6","ipv4AddressesPerEni":1\#(place)}"#,
                names: ["ipv4AddressesPerEni"]),
            BadInput("GET", "/resourcegateways/{configuration}", names: ["resourceGatewayIdentifier"]),
            BadInput(
                "PATCH", "/resourcegateways/x", #"{"securityGroupIds":"sg-01234567"}"#,
                names: ["resourceGatewayIdentifier", "securityGroupIds"]),
        ]

    private static let configurations: [BadInput] =
        names("/resourceconfigurations", longest: 40, single, prefix: "rcfg-")
        + tokens("/resourceconfigurations", #""name":"new""# + single) + [
            BadInput("POST", "/resourceconfigurations", "{}", names: ["name", "type"]),
            BadInput(
                "POST", "/resourceconfigurations",
                #"{"name":"new","type":"CIDR","portRanges":["a"],"protocol":"UDP","customDomainName":"a..b"}"#,
                names: ["type", "portRanges[0]", "protocol", "customDomainName"]),
            BadInput(
                "POST", "/resourceconfigurations",
                #"{"name":"new"\#(single),"portRanges":[],"allowAssociationToShareableServiceNetwork":"yes"}"#,
                names: ["portRanges", "allowAssociationToShareableServiceNetwork"]),
        ]
        + [
            (#"{}"#, ""), (#"{"ipResource":{"ipAddress":"10.0.0.1"},"arnResource":{}}"#, ""), (#"[]"#, ""),
            (#"{"ipResource":{}}"#, ".ipResource.ipAddress"), (#"{"ipResource":7}"#, ".ipResource"),
            (#"{"arnResource":{"arn":"arn:aws:rds:us-west-2:111122223333:db:a"}}"#, ".arnResource"),
            (#"{"dnsResource":{"domainName":"-a.b","ipAddressType":"IPV4"}}"#, ".dnsResource.domainName"),
            (#"{"dnsResource":{"domainName":"a.b","ipAddressType":"DUALSTACK"}}"#, ".dnsResource.ipAddressType"),
        ].map { definition, field in
            BadInput(
                "POST", "/resourceconfigurations",
                #"{"name":"new","type":"SINGLE","resourceGatewayIdentifier":"{gateway}","#
                    + #""resourceConfigurationDefinition":\#(definition)}"#,
                names: ["resourceConfigurationDefinition" + field])
        }
        + [#"arn:aws:s3:::bucket-of-somebody"#, #"arn:aws:ec2:us-west-2:111122223333:instance/i-1"#].map { arn in
            BadInput(
                "POST", "/resourceconfigurations",
                #"{"name":"new","type":"ARN","resourceGatewayIdentifier":"{gateway}","#
                    + #""resourceConfigurationDefinition":{"arnResource":{"arn":"\#(arn)"}}}"#,
                names: ["resourceConfigurationDefinition.arnResource.arn"])
        } + [
            BadInput("DELETE", "/resourceconfigurations/configuration", names: ["resourceConfigurationIdentifier"]),
            BadInput(
                "PATCH", "/resourceconfigurations/{gateway}", #"{"portRanges":["0"]}"#,
                names: ["resourceConfigurationIdentifier", "portRanges[0]"]),
            BadInput(
                "GET", "/resourceconfigurations?resourceGatewayIdentifier=a&domainVerificationIdentifier=b",
                names: ["resourceGatewayIdentifier", "domainVerificationIdentifier"]),
        ]

    private static let resourceAssociations: [BadInput] = [
        BadInput(
            "POST", "/servicenetworkresourceassociations", #"{"privateDnsEnabled":1}"#,
            names: ["resourceConfigurationIdentifier", "serviceNetworkIdentifier", "privateDnsEnabled"]),
        BadInput(
            "POST", "/servicenetworkresourceassociations",
            #"{"resourceConfigurationIdentifier":"{gateway}","serviceNetworkIdentifier":"network"}"#,
            names: ["resourceConfigurationIdentifier", "serviceNetworkIdentifier"]),
        BadInput(
            "GET", "/servicenetworkresourceassociations/x", names: ["serviceNetworkResourceAssociationIdentifier"]),
        BadInput(
            "GET", "/servicenetworkresourceassociations?includeChildren=1&maxResults=0",
            names: ["includeChildren", "maxResults"]),
    ]

    private static let verifications: [BadInput] =
        tokens("/domainverifications", #""domainName":"new.example.com""#) + [
            BadInput("POST", "/domainverifications", "{}", names: ["domainName"]),
            BadInput("POST", "/domainverifications", #"{"domainName":"example"}"#, names: ["domainName"]),
            BadInput("POST", "/domainverifications", #"{"domainName":"*.example.com"}"#, names: ["domainName"]),
            BadInput("GET", "/domainverifications/dv", names: ["domainVerificationIdentifier"]),
            BadInput("DELETE", "/domainverifications/{gateway}", names: ["domainVerificationIdentifier"]),
        ]

    private static let endpoints: [BadInput] = [
        BadInput("GET", "/resourceendpointassociations", names: ["resourceConfigurationIdentifier"]),
        BadInput(
            "GET", "/resourceendpointassociations?resourceConfigurationIdentifier=a&vpcEndpointId=b&vpcEndpointOwner=c",
            names: ["resourceConfigurationIdentifier", "vpcEndpointId", "vpcEndpointOwner"]),
        BadInput("DELETE", "/resourceendpointassociations/x", names: ["resourceEndpointAssociationIdentifier"]),
        BadInput("GET", "/servicenetworkvpcendpointassociations", names: ["serviceNetworkIdentifier"]),
    ]
}
