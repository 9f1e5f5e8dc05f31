extension ValidRequest {
    private static let definition = #""resourceConfigurationDefinition":{"ipResource":{"ipAddress":"10.0.0.1"}}"#
    private static let association = "/servicenetworkresourceassociations/{resourceAssociation}"

    static let vpcResources: [ValidRequest] = [
        ValidRequest(
            "CreateResourceGateway", "/resourcegateways",
            #"{"name":"new","vpcIdentifier":"vpc-01234567","subnetIds":["subnet-1"],"securityGroupIds":["sg-01234567"],"#
                + #""ipAddressType":"DUALSTACK","ipv4AddressesPerEni":62,"resourceConfigDnsResolution":"IN_VPC"}"#,
            expect: [
                "name", "id", "arn", "status", "vpcIdentifier", "subnetIds", "securityGroupIds", "ipAddressType",
                "ipv4AddressesPerEni", "resourceConfigDnsResolution",
            ]),
        ValidRequest(
            "GetResourceGateway", "/resourcegateways/{gateway}",
            expect: [
                "name", "id", "arn", "status", "vpcId", "subnetIds", "serviceManaged", "securityGroupIds",
                "ipAddressType", "ipv4AddressesPerEni", "resourceConfigDnsResolution", "createdAt", "lastUpdatedAt",
            ]),
        ValidRequest("ListResourceGateways", "/resourcegateways", expect: ["items"]),
        ValidRequest(
            "UpdateResourceGateway", "/resourcegateways/{gateway}", #"{"securityGroupIds":[]}"#,
            expect: ["name", "id", "arn", "status", "vpcId", "subnetIds", "securityGroupIds", "ipAddressType"]),
        ValidRequest(
            "DeleteResourceGateway", "/resourcegateways/{spareGateway}", expect: ["id", "arn", "name", "status"]),
        ValidRequest(
            "CreateResourceConfiguration", "/resourceconfigurations",
            #"{"name":"new","type":"SINGLE","resourceGatewayIdentifier":"{gateway}",\#(definition),"portRanges":["1-2"],"#
                + #""customDomainName":"new.example.com","domainVerificationIdentifier":"{verification}"}"#,
            expect: [
                "id", "name", "arn", "resourceGatewayId", "type", "portRanges", "protocol", "status",
                "resourceConfigurationDefinition", "allowAssociationToShareableServiceNetwork", "createdAt",
                "customDomainName", "domainVerificationId", "domainVerificationArn",
            ]),
        ValidRequest(
            "GetResourceConfiguration", "/resourceconfigurations/{child}",
            expect: [
                "id", "name", "arn", "resourceGatewayId", "resourceConfigurationGroupId", "type", "portRanges",
                "protocol", "customDomainName", "status", "resourceConfigurationDefinition", "createdAt",
                "amazonManaged", "lastUpdatedAt", "domainVerificationId", "domainVerificationArn",
                "domainVerificationStatus",
            ]),
        ValidRequest("ListResourceConfigurations", "/resourceconfigurations", expect: ["items"]),
        ValidRequest(
            "UpdateResourceConfiguration", "/resourceconfigurations/{configuration}",
            #"{"portRanges":["80"],"allowAssociationToShareableServiceNetwork":true}"#,
            expect: [
                "id", "name", "arn", "resourceGatewayId", "type", "portRanges",
                "allowAssociationToShareableServiceNetwork", "protocol", "status", "resourceConfigurationDefinition",
            ]),
        ValidRequest("DeleteResourceConfiguration", "/resourceconfigurations/{child}"),
        ValidRequest(
            "CreateServiceNetworkResourceAssociation", "/servicenetworkresourceassociations",
            #"{"resourceConfigurationIdentifier":"{resourceGroup}","serviceNetworkIdentifier":"{resourceNetwork}"}"#,
            expect: ["id", "arn", "status", "createdBy", "privateDnsEnabled"]),
        ValidRequest(
            "GetServiceNetworkResourceAssociation", association,
            expect: [
                "id", "arn", "status", "createdBy", "createdAt", "resourceConfigurationId",
                "resourceConfigurationArn", "resourceConfigurationName", "serviceNetworkId", "serviceNetworkArn",
                "serviceNetworkName", "lastUpdatedAt", "privateDnsEntry", "privateDnsEnabled", "dnsEntry",
                "isManagedAssociation", "domainVerificationStatus",
            ]),
        ValidRequest(
            "ListServiceNetworkResourceAssociations", "/servicenetworkresourceassociations?includeChildren=true"),
        ValidRequest("DeleteServiceNetworkResourceAssociation", association, expect: ["id", "arn", "status"]),
        ValidRequest(
            "ListServiceNetworkVpcEndpointAssociations",
            "/servicenetworkvpcendpointassociations?serviceNetworkIdentifier={resourceNetwork}"),
        ValidRequest(
            "ListResourceEndpointAssociations",
            "/resourceendpointassociations?resourceConfigurationIdentifier={resourceGroup}"),
        ValidRequest(
            "DeleteResourceEndpointAssociation", "/resourceendpointassociations/{endpointAssociation}",
            expect: ["id", "arn", "resourceConfigurationId", "resourceConfigurationArn", "vpcEndpointId"]),
        ValidRequest(
            "StartDomainVerification", "/domainverifications", #"{"domainName":"new.example.com"}"#,
            expect: ["txtMethodConfig"]),
        ValidRequest(
            "GetDomainVerification", "/domainverifications/{verification}", expect: ["txtMethodConfig", "tags"]),
        ValidRequest("ListDomainVerifications", "/domainverifications"),
        ValidRequest("DeleteDomainVerification", "/domainverifications/{verification}"),
    ]
}
