"""Valid inputs for every operation of vpc-lattice: between them they use every member of every input shape."""

import itertools
import json
import random

from conftest import ROLE, free_port, function_source, wait_for, zip_of

ALL_TRAFFIC = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "vpc-lattice-svcs:Invoke", "Resource": "*"}]})
RULE_MATCH = {"httpMatch": {
    "method": "GET",
    "pathMatch": {"match": {"prefix": "/orders"}, "caseSensitive": True},
    "headerMatches": [
        {"name": "x-stage", "match": {"exact": "beta"}, "caseSensitive": False},
        {"name": "x-team", "match": {"prefix": "blue"}},
        {"name": "x-tags", "match": {"contains": "new"}},
    ]}}
EXACT_MATCH = {"httpMatch": {"pathMatch": {"match": {"exact": "/orders"}}}}
NOT_FOUND = {"fixedResponse": {"statusCode": 404}}
TAGS = {"team": "blue"}
HEALTH_CHECK = {
    "enabled": True, "protocol": "HTTP", "protocolVersion": "HTTP1", "port": 8081, "path": "/health",
    "healthCheckIntervalSeconds": 30, "healthCheckTimeoutSeconds": 5, "healthyThresholdCount": 3,
    "unhealthyThresholdCount": 2, "matcher": {"httpCode": "200-299,304"},
}


class World:
    """Makes the resources that inputs refer to; every call makes a new one unless its name says `the`."""

    def __init__(self, server):
        self.server = server
        self.lattice = server.client("vpc-lattice")
        self.random = random.Random(20221130)
        self.numbers = itertools.count(1)
        self.kept = {}

    def name(self):
        return f"x{self.random.randrange(10**6):06}-{next(self.numbers)}"

    def hexadecimal(self, count=17):
        return "".join(self.random.choice("0123456789abcdef") for _ in range(count))

    def token(self):
        return self.name()

    def vpc(self):
        return "vpc-" + self.hexadecimal()

    def the(self, make, *arguments):
        """What `make` made the first time."""
        key = (make.__name__, *arguments)
        if key not in self.kept:
            self.kept[key] = make(*arguments)
        return self.kept[key]

    def settled(self, get, **identifier):
        """Waits until an asynchronous change of a resource is over, and returns the resource."""
        def answer():
            resource = get(**identifier)
            assert not resource["status"].endswith("FAILED"), resource
            return resource if resource["status"] == "ACTIVE" else None
        return wait_for(answer, identifier)

    def network(self):
        return self.lattice.create_service_network(name=self.name())["id"]

    def service(self):
        identifier = self.lattice.create_service(name=self.name())["id"]
        self.settled(self.lattice.get_service, serviceIdentifier=identifier)
        return identifier

    def service_with_domain(self):
        name = self.name()
        identifier = self.lattice.create_service(name=name, customDomainName=f"{name}.example.com")["id"]
        self.settled(self.lattice.get_service, serviceIdentifier=identifier)
        return identifier

    def listener(self, service=None):
        service = service or self.service()
        made = self.lattice.create_listener(
            serviceIdentifier=service, name=self.name(), protocol="HTTP", port=free_port(), defaultAction=NOT_FOUND)
        return {"serviceIdentifier": service, "listenerIdentifier": made["id"]}

    def rule(self):
        listener = self.listener()
        made = self.lattice.create_rule(
            **listener, name=self.name(), priority=10, match=EXACT_MATCH, action=NOT_FOUND)
        return dict(listener, ruleIdentifier=made["id"])

    def group(self, type="LAMBDA", **config):
        made = self.lattice.create_target_group(name=self.name(), type=type, **({"config": config} if config else {}))
        self.settled(self.lattice.get_target_group, targetGroupIdentifier=made["id"])
        return made["id"]

    def ip_group(self):
        return self.group("IP", port=80, protocol="HTTP", vpcIdentifier=self.vpc())

    def tcp_group(self):
        return self.group("IP", port=443, protocol="TCP", vpcIdentifier=self.vpc())

    def function(self):
        return self.server.client("lambda").create_function(
            FunctionName=self.name(), Runtime="python3.12", Handler="echo.handler", Role=ROLE,
            Code={"ZipFile": zip_of({"echo.py": function_source("echo.py")})})["FunctionArn"]

    def service_association(self, network=None, service=None):
        made = self.lattice.create_service_network_service_association(
            serviceNetworkIdentifier=network or self.network(), serviceIdentifier=service or self.service())
        get = self.lattice.get_service_network_service_association
        self.settled(get, serviceNetworkServiceAssociationIdentifier=made["id"])
        return made["id"]

    def vpc_association(self, network=None, vpc=None):
        made = self.lattice.create_service_network_vpc_association(
            serviceNetworkIdentifier=network or self.network(), vpcIdentifier=vpc or self.vpc())
        get = self.lattice.get_service_network_vpc_association
        self.settled(get, serviceNetworkVpcAssociationIdentifier=made["id"])
        return made["id"]

    def subscription(self):
        return self.lattice.create_access_log_subscription(
            resourceIdentifier=self.service(), destinationArn="arn:aws:s3:::access-logs")["id"]

    def service_arn(self):
        return self.lattice.get_service(serviceIdentifier=self.service())["arn"]

    def gateway(self):
        made = self.lattice.create_resource_gateway(
            name=self.name(), vpcIdentifier=self.vpc(), subnetIds=["subnet-" + self.hexadecimal()])
        self.settled(self.lattice.get_resource_gateway, resourceGatewayIdentifier=made["id"])
        return made["id"]

    def configuration(self, type="SINGLE", **members):
        if type != "GROUP":
            members.setdefault("resourceConfigurationDefinition", {"ipResource": {"ipAddress": "10.0.0.7"}})
            members.setdefault("portRanges", ["80"])
        if type != "CHILD":
            members.setdefault("resourceGatewayIdentifier", self.the(self.gateway))
            members.setdefault("protocol", "TCP")
        made = self.lattice.create_resource_configuration(name=self.name(), type=type, **members)
        self.settled(self.lattice.get_resource_configuration, resourceConfigurationIdentifier=made["id"])
        return made["id"]

    def resource_group(self):
        return self.configuration("GROUP")

    def resource_association(self, network=None):
        made = self.lattice.create_service_network_resource_association(
            serviceNetworkIdentifier=network or self.network(),
            resourceConfigurationIdentifier=self.configuration())
        get = self.lattice.get_service_network_resource_association
        self.settled(get, serviceNetworkResourceAssociationIdentifier=made["id"])
        return made["id"]

    def verification(self):
        return self.lattice.start_domain_verification(domainName=f"{self.name()}.example.com")["id"]

    def endpoint_association(self):
        """One that the configuration of the server declares; made by an EC2 VPC endpoint on AWS."""
        for configuration in self.lattice.list_resource_configurations()["items"]:
            found = self.lattice.list_resource_endpoint_associations(
                resourceConfigurationIdentifier=configuration["id"])["items"]
            if found:
                return found[0]["id"]
        raise AssertionError("the server's configuration declares no VPC endpoint of a resource configuration")


PAGE = {"maxResults": 50}


def inputs(operation, world):
    """The inputs to try, made when they are asked for, because names and tokens can be used once."""
    return [make(world) for make in INPUTS[operation]]


def target(world):
    return {"targets": [{"id": world.the(world.function)}]}


def registered(world):
    group = world.ip_group()
    targets = [{"id": "10.0.0.8", "port": 8080}]
    world.lattice.register_targets(targetGroupIdentifier=group, targets=targets)
    return {"targetGroupIdentifier": group, "targets": targets}


def batch(world, **changes):
    rule = world.rule()
    identifier = rule.pop("ruleIdentifier")
    return dict(rule, rules=[dict(changes, ruleIdentifier=identifier)])


def tagged(world):
    arn = world.service_arn()
    world.lattice.tag_resource(resourceArn=arn, tags=TAGS)
    return arn


INPUTS = {
    # Service networks
    "CreateServiceNetwork": [
        lambda w: {"name": w.name()},
        lambda w: {
            "name": w.name(), "authType": "NONE", "clientToken": w.token(), "tags": TAGS,
            "sharingConfig": {"enabled": True}},
    ],
    "GetServiceNetwork": [lambda w: {"serviceNetworkIdentifier": w.the(w.network)}],
    "ListServiceNetworks": [lambda w: {}, lambda w: PAGE],
    "UpdateServiceNetwork": [
        lambda w: {"serviceNetworkIdentifier": w.the(w.network), "authType": "NONE"},
        lambda w: {"serviceNetworkIdentifier": w.network(), "authType": "AWS_IAM"}],
    "DeleteServiceNetwork": [lambda w: {"serviceNetworkIdentifier": w.network()}],

    # Services
    "CreateService": [
        lambda w: {"name": w.name()},
        lambda w: {
            "name": w.name(), "authType": "AWS_IAM", "clientToken": w.token(), "tags": TAGS,
            "customDomainName": f"{w.name()}.example.com",
            "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b"},
    ],
    "GetService": [lambda w: {"serviceIdentifier": w.the(w.service)}],
    "ListServices": [lambda w: {}, lambda w: PAGE],
    "UpdateService": [lambda w: {
        "serviceIdentifier": w.service(), "authType": "AWS_IAM",
        "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b"}],
    "DeleteService": [lambda w: {"serviceIdentifier": w.service()}],

    # Listeners and rules
    "CreateListener": [
        lambda w: {
            "serviceIdentifier": w.service(), "name": w.name(), "protocol": "HTTP", "port": free_port(),
            "defaultAction": NOT_FOUND, "clientToken": w.token(), "tags": TAGS},
        lambda w: {
            "serviceIdentifier": w.service(), "name": w.name(), "protocol": "HTTPS", "port": free_port(),
            "defaultAction": {"forward": {"targetGroups": [{"targetGroupIdentifier": w.group(), "weight": 7}]}}},
        lambda w: {
            "serviceIdentifier": w.service_with_domain(), "name": w.name(), "protocol": "TLS_PASSTHROUGH",
            "port": free_port(),
            "defaultAction": {"forward": {"targetGroups": [{"targetGroupIdentifier": w.tcp_group()}]}}},
    ],
    "GetListener": [lambda w: w.the(w.listener)],
    "ListListeners": [lambda w: {"serviceIdentifier": w.the(w.listener)["serviceIdentifier"], **PAGE}],
    "UpdateListener": [
        lambda w: dict(w.the(w.listener), defaultAction={"fixedResponse": {"statusCode": 500}}),
        lambda w: dict(w.listener(), defaultAction={
            "forward": {"targetGroups": [{"targetGroupIdentifier": w.group(), "weight": 1}]}})],
    "DeleteListener": [lambda w: w.listener()],
    "CreateRule": [
        lambda w: dict(
            w.listener(), name=w.name(), priority=1, match=RULE_MATCH, action=NOT_FOUND, clientToken=w.token(),
            tags=TAGS),
        lambda w: dict(
            w.listener(), name=w.name(), priority=2, match=EXACT_MATCH,
            action={"forward": {"targetGroups": [{"targetGroupIdentifier": w.group(), "weight": 999}]}})],
    "GetRule": [lambda w: w.the(w.rule)],
    "ListRules": [lambda w: dict(w.the(w.listener), **PAGE)],
    "UpdateRule": [
        lambda w: dict(w.rule(), priority=30, match=RULE_MATCH, action=NOT_FOUND),
        lambda w: dict(
            w.rule(), match=EXACT_MATCH,
            action={"forward": {"targetGroups": [{"targetGroupIdentifier": w.group(), "weight": 0}]}})],
    "BatchUpdateRule": [
        lambda w: batch(w, match=RULE_MATCH, priority=20, action=NOT_FOUND),
        lambda w: batch(w, match=EXACT_MATCH, action={
            "forward": {"targetGroups": [{"targetGroupIdentifier": w.group(), "weight": 3}]}})],
    "DeleteRule": [lambda w: w.rule()],

    # Target groups and targets
    "CreateTargetGroup": [
        lambda w: {"name": w.name(), "type": "LAMBDA"},
        lambda w: {
            "name": w.name(), "type": "LAMBDA", "config": {"lambdaEventStructureVersion": "V2"},
            "clientToken": w.token(), "tags": TAGS},
        lambda w: {"name": w.name(), "type": "IP", "config": {
            "port": 80, "protocol": "HTTP", "protocolVersion": "HTTP1", "ipAddressType": "IPV4",
            "vpcIdentifier": w.vpc(), "healthCheck": HEALTH_CHECK}},
        lambda w: {"name": w.name(), "type": "INSTANCE", "config": {
            "port": 443, "protocol": "HTTPS", "vpcIdentifier": w.vpc()}},
        lambda w: {"name": w.name(), "type": "ALB", "config": {
            "port": 80, "protocol": "HTTP", "vpcIdentifier": w.vpc()}},
    ],
    "GetTargetGroup": [
        lambda w: {"targetGroupIdentifier": w.the(w.group)}, lambda w: {"targetGroupIdentifier": w.the(w.ip_group)}],
    "ListTargetGroups": [
        lambda w: PAGE, lambda w: {"vpcIdentifier": w.vpc()}, lambda w: {"targetGroupType": "LAMBDA"}],
    "UpdateTargetGroup": [lambda w: {"targetGroupIdentifier": w.ip_group(), "healthCheck": HEALTH_CHECK}],
    "DeleteTargetGroup": [lambda w: {"targetGroupIdentifier": w.group()}],
    "RegisterTargets": [
        lambda w: {"targetGroupIdentifier": w.group(), **target(w)},
        lambda w: {"targetGroupIdentifier": w.ip_group(), "targets": [{"id": "10.0.0.9", "port": 8080}]}],
    "ListTargets": [
        lambda w: {"targetGroupIdentifier": w.the(w.group)}, lambda w: dict(registered(w), **PAGE)],
    "DeregisterTargets": [registered],

    # Associations
    "CreateServiceNetworkServiceAssociation": [lambda w: {
        "serviceNetworkIdentifier": w.network(), "serviceIdentifier": w.service(), "clientToken": w.token(),
        "tags": TAGS}],
    "GetServiceNetworkServiceAssociation": [lambda w: {
        "serviceNetworkServiceAssociationIdentifier": w.the(w.service_association)}],
    "ListServiceNetworkServiceAssociations": [
        lambda w: {"serviceIdentifier": w.the(w.service), **PAGE},
        lambda w: {"serviceNetworkIdentifier": w.the(w.network)}],
    "DeleteServiceNetworkServiceAssociation": [lambda w: {
        "serviceNetworkServiceAssociationIdentifier": w.service_association()}],
    "CreateServiceNetworkVpcAssociation": [lambda w: {
        "serviceNetworkIdentifier": w.network(), "vpcIdentifier": w.vpc(), "clientToken": w.token(), "tags": TAGS,
        "securityGroupIds": ["sg-" + w.hexadecimal()], "privateDnsEnabled": True,
        "dnsOptions": {
            "privateDnsPreference": "SPECIFIED_DOMAINS_ONLY", "privateDnsSpecifiedDomains": ["example.com"]}}],
    "GetServiceNetworkVpcAssociation": [lambda w: {
        "serviceNetworkVpcAssociationIdentifier": w.the(w.vpc_association)}],
    "ListServiceNetworkVpcAssociations": [
        lambda w: {"vpcIdentifier": w.vpc(), **PAGE}, lambda w: {"serviceNetworkIdentifier": w.the(w.network)}],
    "UpdateServiceNetworkVpcAssociation": [lambda w: {
        "serviceNetworkVpcAssociationIdentifier": w.vpc_association(), "securityGroupIds": ["sg-" + w.hexadecimal()]}],
    "DeleteServiceNetworkVpcAssociation": [lambda w: {
        "serviceNetworkVpcAssociationIdentifier": w.vpc_association()}],
    "ListServiceNetworkVpcEndpointAssociations": [lambda w: {"serviceNetworkIdentifier": w.the(w.network), **PAGE}],

    # Access logs and policies
    "CreateAccessLogSubscription": [
        lambda w: {"resourceIdentifier": w.service(), "destinationArn": "arn:aws:s3:::access-logs"},
        lambda w: {
            "resourceIdentifier": w.network(), "clientToken": w.token(), "tags": TAGS,
            "destinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:lattice",
            "serviceNetworkLogType": "SERVICE"}],
    "GetAccessLogSubscription": [lambda w: {"accessLogSubscriptionIdentifier": w.the(w.subscription)}],
    "ListAccessLogSubscriptions": [lambda w: {"resourceIdentifier": w.the(w.service), **PAGE}],
    "UpdateAccessLogSubscription": [lambda w: {
        "accessLogSubscriptionIdentifier": w.subscription(), "destinationArn": "arn:aws:s3:::other-access-logs"}],
    "DeleteAccessLogSubscription": [lambda w: {"accessLogSubscriptionIdentifier": w.subscription()}],
    "PutAuthPolicy": [lambda w: {"resourceIdentifier": w.the(w.service), "policy": ALL_TRAFFIC}],
    "GetAuthPolicy": [
        lambda w: {"resourceIdentifier": w.the(w.network)}, lambda w: {"resourceIdentifier": w.the(w.service)}],
    "DeleteAuthPolicy": [lambda w: {"resourceIdentifier": with_auth_policy(w)}],
    "PutResourcePolicy": [lambda w: {
        "resourceArn": (arn := w.service_arn()), "policy": sharing(arn)}],
    "GetResourcePolicy": [lambda w: {"resourceArn": w.the(w.service_arn)}],
    "DeleteResourcePolicy": [lambda w: {"resourceArn": with_resource_policy(w)}],

    # Resources
    "CreateResourceGateway": [lambda w: {
        "name": w.name(), "vpcIdentifier": w.vpc(), "subnetIds": ["subnet-" + w.hexadecimal()],
        "securityGroupIds": ["sg-" + w.hexadecimal()], "ipAddressType": "IPV4", "ipv4AddressesPerEni": 16,
        "resourceConfigDnsResolution": "PUBLIC", "clientToken": w.token(), "tags": TAGS}],
    "GetResourceGateway": [lambda w: {"resourceGatewayIdentifier": w.the(w.gateway)}],
    "ListResourceGateways": [lambda w: PAGE],
    "UpdateResourceGateway": [lambda w: {
        "resourceGatewayIdentifier": w.gateway(), "securityGroupIds": ["sg-" + w.hexadecimal()]}],
    "DeleteResourceGateway": [lambda w: {"resourceGatewayIdentifier": w.gateway()}],
    "CreateResourceConfiguration": [
        lambda w: {
            "name": w.name(), "type": "SINGLE", "portRanges": ["80", "8000-8080"], "protocol": "TCP",
            "resourceGatewayIdentifier": w.the(w.gateway),
            "resourceConfigurationDefinition": {
                "dnsResource": {"domainName": "db.example.com", "ipAddressType": "IPV4"}},
            "allowAssociationToShareableServiceNetwork": True, "clientToken": w.token(), "tags": TAGS},
        lambda w: {
            "name": w.name(), "type": "CHILD", "portRanges": ["443"],
            "resourceConfigurationGroupIdentifier": w.the(w.resource_group),
            "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.0.7"}}},
        lambda w: {
            "name": w.name(), "type": "ARN", "resourceGatewayIdentifier": w.the(w.gateway),
            "resourceConfigurationDefinition": {
                "arnResource": {"arn": "arn:aws:rds:us-east-1:123456789012:db:orders"}}},
        lambda w: {
            "name": w.name(), "type": "GROUP", "protocol": "TCP", "resourceGatewayIdentifier": w.the(w.gateway),
            "groupDomain": f"{w.name()}.example.com"},
        lambda w: {
            "name": w.name(), "type": "SINGLE", "portRanges": ["80"], "protocol": "TCP",
            "resourceGatewayIdentifier": w.the(w.gateway),
            "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.0.7"}},
            **verified_domain(w)},
    ],
    "GetResourceConfiguration": [lambda w: {"resourceConfigurationIdentifier": w.the(w.configuration)}],
    "ListResourceConfigurations": [
        lambda w: PAGE, lambda w: {"resourceGatewayIdentifier": w.the(w.gateway)},
        lambda w: {"resourceConfigurationGroupIdentifier": w.the(w.resource_group)},
        lambda w: {"domainVerificationIdentifier": w.the(w.verification)}],
    "UpdateResourceConfiguration": [
        lambda w: {
            "resourceConfigurationIdentifier": w.configuration(), "portRanges": ["81"],
            "allowAssociationToShareableServiceNetwork": False,
            "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.0.8"}}},
        lambda w: {
            "resourceConfigurationIdentifier": w.configuration(resourceConfigurationDefinition={
                "dnsResource": {"domainName": "db.example.com", "ipAddressType": "IPV4"}}),
            "resourceConfigurationDefinition": {
                "dnsResource": {"domainName": "db2.example.com", "ipAddressType": "IPV4"}}},
        lambda w: {
            "resourceConfigurationIdentifier": w.lattice.create_resource_configuration(
                name=w.name(), type="ARN", resourceGatewayIdentifier=w.the(w.gateway), resourceConfigurationDefinition={
                    "arnResource": {"arn": "arn:aws:rds:us-east-1:123456789012:db:orders"}})["id"],
            "resourceConfigurationDefinition": {
                "arnResource": {"arn": "arn:aws:rds:us-east-1:123456789012:db:parcels"}}}],
    "DeleteResourceConfiguration": [lambda w: {"resourceConfigurationIdentifier": w.configuration()}],
    "CreateServiceNetworkResourceAssociation": [lambda w: {
        "resourceConfigurationIdentifier": w.configuration(), "serviceNetworkIdentifier": w.network(),
        "privateDnsEnabled": True, "clientToken": w.token(), "tags": TAGS}],
    "GetServiceNetworkResourceAssociation": [lambda w: {
        "serviceNetworkResourceAssociationIdentifier": w.the(w.resource_association)}],
    "ListServiceNetworkResourceAssociations": [
        lambda w: {"serviceNetworkIdentifier": w.the(w.network), "includeChildren": True, **PAGE},
        lambda w: {"resourceConfigurationIdentifier": w.the(w.configuration)}],
    "DeleteServiceNetworkResourceAssociation": [lambda w: {
        "serviceNetworkResourceAssociationIdentifier": w.resource_association()}],
    "ListResourceEndpointAssociations": [lambda w: {
        "resourceConfigurationIdentifier": w.the(w.configuration), "vpcEndpointId": "vpce-" + w.hexadecimal(),
        "resourceEndpointAssociationIdentifier": "rea-" + w.hexadecimal(), "vpcEndpointOwner": "123456789012", **PAGE}],
    "DeleteResourceEndpointAssociation": [lambda w: {
        "resourceEndpointAssociationIdentifier": w.endpoint_association()}],
    "StartDomainVerification": [lambda w: {
        "domainName": f"{w.name()}.example.com", "clientToken": w.token(), "tags": TAGS}],
    "GetDomainVerification": [lambda w: {"domainVerificationIdentifier": w.the(w.verification)}],
    "ListDomainVerifications": [lambda w: PAGE],
    "DeleteDomainVerification": [lambda w: {"domainVerificationIdentifier": w.verification()}],

    # Tags
    "TagResource": [lambda w: {"resourceArn": w.the(w.service_arn), "tags": TAGS}],
    "UntagResource": [lambda w: {"resourceArn": tagged(w), "tagKeys": ["team"]}],
    "ListTagsForResource": [lambda w: {"resourceArn": w.the(w.service_arn)}],
}


def verified_domain(world):
    """A custom domain below one that is verified; the server's configuration holds its TXT record."""
    started = world.lattice.start_domain_verification(domainName=f"{world.name()}.example.com")
    return {"customDomainName": f"db.{started['domainName']}", "domainVerificationIdentifier": started["id"]}


def with_auth_policy(world):
    service = world.service()
    world.lattice.put_auth_policy(resourceIdentifier=service, policy=ALL_TRAFFIC)
    return service


def sharing(arn):
    return json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Resource": arn,
        "Action": ["vpc-lattice:CreateServiceNetworkServiceAssociation", "vpc-lattice:GetService"]}]})


def with_resource_policy(world):
    arn = world.service_arn()
    world.lattice.put_resource_policy(resourceArn=arn, policy=sharing(arn))
    return arn
