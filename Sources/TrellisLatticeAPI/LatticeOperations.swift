/// Every operation that is served.
enum LatticeOperations {
    static let all: [any LatticeOperation.Type] = [
        CreateServiceNetwork.self, GetServiceNetwork.self, ListServiceNetworks.self, UpdateServiceNetwork.self,
        DeleteServiceNetwork.self,

        CreateService.self, GetService.self, ListServices.self, UpdateService.self, DeleteService.self,

        CreateListener.self, GetListener.self, ListListeners.self, UpdateListener.self, DeleteListener.self,

        CreateRule.self, GetRule.self, ListRules.self, UpdateRule.self, BatchUpdateRule.self, DeleteRule.self,

        CreateTargetGroup.self, GetTargetGroup.self, ListTargetGroups.self, UpdateTargetGroup.self,
        DeleteTargetGroup.self,

        RegisterTargets.self, DeregisterTargets.self, ListTargets.self,

        CreateServiceNetworkServiceAssociation.self, GetServiceNetworkServiceAssociation.self,
        ListServiceNetworkServiceAssociations.self, DeleteServiceNetworkServiceAssociation.self,

        CreateServiceNetworkVpcAssociation.self, GetServiceNetworkVpcAssociation.self,
        ListServiceNetworkVpcAssociations.self, UpdateServiceNetworkVpcAssociation.self,
        DeleteServiceNetworkVpcAssociation.self,

        CreateAccessLogSubscription.self, GetAccessLogSubscription.self, ListAccessLogSubscriptions.self,
        UpdateAccessLogSubscription.self, DeleteAccessLogSubscription.self,
        CreateResourceGateway.self, GetResourceGateway.self, ListResourceGateways.self, UpdateResourceGateway.self,
        DeleteResourceGateway.self,

        CreateResourceConfiguration.self, GetResourceConfiguration.self, ListResourceConfigurations.self,
        UpdateResourceConfiguration.self, DeleteResourceConfiguration.self,

        CreateServiceNetworkResourceAssociation.self, GetServiceNetworkResourceAssociation.self,
        ListServiceNetworkResourceAssociations.self, DeleteServiceNetworkResourceAssociation.self,

        ListServiceNetworkVpcEndpointAssociations.self, ListResourceEndpointAssociations.self,
        DeleteResourceEndpointAssociation.self,

        StartDomainVerification.self, GetDomainVerification.self, ListDomainVerifications.self,
        DeleteDomainVerification.self,
        PutAuthPolicy.self, GetAuthPolicy.self, DeleteAuthPolicy.self,

        PutResourcePolicy.self, GetResourcePolicy.self, DeleteResourcePolicy.self,

        TagResource.self, UntagResource.self, ListTagsForResource.self,
    ]
}
