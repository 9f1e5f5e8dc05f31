"""Resource gateways, configurations, their associations, VPC endpoints and domain verifications, with boto3."""

import json
import subprocess

import botocore.exceptions
import pytest

from conftest import TRELLIS, wait_for

OWNER = "444455556666"


@pytest.fixture(scope="module")
def api(server):
    return server.client("vpc-lattice")


def active(read):
    """Waits until what `read` gives is ACTIVE, and returns it."""
    def check():
        answer = read()
        return answer if answer["status"] == "ACTIVE" else None
    return wait_for(check, "ACTIVE")


def gone(read):
    def check():
        try:
            read()
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"] == "ResourceNotFoundException"
    wait_for(check, "deletion")


def make_gateway(api, name, **members):
    gateway = api.create_resource_gateway(
        name=name, vpcIdentifier="vpc-0123456789abcdef0", subnetIds=["subnet-0123456789abcdef0"], **members)
    active(lambda: api.get_resource_gateway(resourceGatewayIdentifier=gateway["id"]))
    return gateway["id"]


def make_configuration(api, name, **members):
    created = api.create_resource_configuration(name=name, **members)
    active(lambda: api.get_resource_configuration(resourceConfigurationIdentifier=created["id"]))
    return created["id"]


def test_the_whole_way_and_back(api):
    network = api.create_service_network(name="resources")["id"]
    gateway = make_gateway(api, "whole", securityGroupIds=["sg-01234567"], tags={"team": "data"})
    single = make_configuration(
        api, "single", type="SINGLE", resourceGatewayIdentifier=gateway, portRanges=["5432", "8000-8080"],
        resourceConfigurationDefinition={"dnsResource": {"domainName": "db.example.com", "ipAddressType": "IPV4"}})
    group = make_configuration(
        api, "group", type="GROUP", resourceGatewayIdentifier=gateway, groupDomain="example.com")
    child = make_configuration(
        api, "child", type="CHILD", resourceConfigurationGroupIdentifier=group, customDomainName="a.example.com",
        resourceConfigurationDefinition={"ipResource": {"ipAddress": "10.0.0.7"}})
    arn = make_configuration(
        api, "arn", type="ARN", resourceGatewayIdentifier=gateway,
        resourceConfigurationDefinition={"arnResource": {"arn": "arn:aws:rds:us-east-1:123456789012:db:orders"}})
    assert api.get_resource_configuration(resourceConfigurationIdentifier=child)["resourceGatewayId"] == gateway

    associations = []
    for configuration in (single, group):
        association = api.create_service_network_resource_association(
            resourceConfigurationIdentifier=configuration, serviceNetworkIdentifier=network, privateDnsEnabled=True)
        associations.append(association["id"])
        active(lambda: api.get_service_network_resource_association(
            serviceNetworkResourceAssociationIdentifier=association["id"]))
    pages = api.get_paginator("list_service_network_resource_associations").paginate(
        serviceNetworkIdentifier=network, includeChildren=True, PaginationConfig={"PageSize": 1})
    listed = [item["resourceConfigurationId"] for page in pages for item in page["items"]]
    assert listed == [single, group, child]
    summary = next(item for item in api.list_service_networks()["items"] if item["id"] == network)
    assert summary["numberOfAssociatedResourceConfigurations"] == 2
    with pytest.raises(api.exceptions.ConflictException, match="has resource\\(s\\) associated"):
        api.delete_service_network(serviceNetworkIdentifier=network)
    with pytest.raises(api.exceptions.ConflictException):
        api.delete_resource_gateway(resourceGatewayIdentifier=gateway)
    with pytest.raises(api.exceptions.ConflictException):
        api.delete_resource_configuration(resourceConfigurationIdentifier=group)

    for association in associations:
        api.delete_service_network_resource_association(serviceNetworkResourceAssociationIdentifier=association)
        gone(lambda: api.get_service_network_resource_association(
            serviceNetworkResourceAssociationIdentifier=association))
    for configuration in (child, group, single, arn):
        api.delete_resource_configuration(resourceConfigurationIdentifier=configuration)
        gone(lambda: api.get_resource_configuration(resourceConfigurationIdentifier=configuration))
    assert api.delete_resource_gateway(resourceGatewayIdentifier=gateway)["status"] == "DELETE_IN_PROGRESS"
    gone(lambda: api.get_resource_gateway(resourceGatewayIdentifier=gateway))
    api.delete_service_network(serviceNetworkIdentifier=network)


def test_every_wrong_field_is_in_the_answer(api):
    with pytest.raises(api.exceptions.ValidationException) as refused:
        api.create_resource_configuration(
            name="new", type="GROUP", customDomainName="a.example.com", portRanges=["90-80"],
            resourceConfigurationDefinition={"ipResource": {"ipAddress": "8.8.8.8"}})
    fields = {field["name"] for field in refused.value.response["fieldList"]}
    assert fields == {
        "customDomainName", "portRanges[0]", "resourceConfigurationDefinition", "resourceGatewayIdentifier"}
    assert "Unexpected attribute customDomainName for type GROUP" in str(refused.value)


def test_tags(api):
    gateway = make_gateway(api, "tagged", tags={"team": "data"})
    arn = api.get_resource_gateway(resourceGatewayIdentifier=gateway)["arn"]
    api.tag_resource(resourceArn=arn, tags={"stage": "test"})
    api.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}
    api.delete_resource_gateway(resourceGatewayIdentifier=gateway)


def test_declared_endpoints_and_domains(own_server, tmp_path):
    api = own_server.client("vpc-lattice")
    network = api.create_service_network(name="network")
    gateway = make_gateway(api, "gateway")
    configuration = make_configuration(
        api, "single", type="SINGLE", resourceGatewayIdentifier=gateway,
        resourceConfigurationDefinition={"ipResource": {"ipAddress": "10.0.0.7"}})
    arn = api.get_resource_configuration(resourceConfigurationIdentifier=configuration)["arn"]
    proved = api.start_domain_verification(domainName="shop.example.com")
    open_ = api.start_domain_verification(domainName="example.net")
    record = proved["txtMethodConfig"]
    own_server.stop()

    # JSON is YAML.
    (tmp_path / "trellis.yaml").write_text(json.dumps({
        "vpcEndpoints": [
            {"id": "vpce-0123456789abcdef0", "vpc": "vpc-01234567", "owner": OWNER, "serviceNetwork": network["arn"]},
            {"id": "vpce-0123456789abcdef1", "vpc": "vpc-01234567", "resourceConfiguration": arn},
        ],
        "domainVerification": {"records": {record["name"]: record["value"]}, "ownedDomains": ["example.org"]},
    }))
    own_server.start()
    api = own_server.client("vpc-lattice")
    [of_network] = api.list_service_network_vpc_endpoint_associations(serviceNetworkIdentifier=network["id"])["items"]
    assert (of_network["vpcEndpointId"], of_network["vpcEndpointOwnerId"]) == ("vpce-0123456789abcdef0", OWNER)
    [of_resource] = api.list_resource_endpoint_associations(resourceConfigurationIdentifier=configuration)["items"]
    assert of_resource["vpcEndpointId"] == "vpce-0123456789abcdef1"
    with pytest.raises(api.exceptions.ConflictException, match="VPC endpoint"):
        api.delete_resource_configuration(resourceConfigurationIdentifier=configuration)
    api.delete_resource_endpoint_association(resourceEndpointAssociationIdentifier=of_resource["id"])

    def status(verification):
        return api.get_domain_verification(domainVerificationIdentifier=verification["id"])["status"]
    owned = api.start_domain_verification(domainName="a.example.org")
    wait_for(lambda: status(proved) == status(owned) == "VERIFIED", "verified domains")
    assert status(open_) == "PENDING"

    # Neither the deletion nor the verification is lost with the process.
    own_server.restart()
    api = own_server.client("vpc-lattice")
    assert api.list_resource_endpoint_associations(resourceConfigurationIdentifier=configuration)["items"] == []
    assert status(proved) == "VERIFIED"
    api.delete_resource_configuration(resourceConfigurationIdentifier=configuration)


def test_every_problem_of_the_declarations_is_shown(tmp_path):
    (tmp_path / "trellis.yaml").write_text("""
vpcEndpoints:
  - id: vpce-1
    vpc: vpc-01234567
    serviceNetwork: arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-0123456789abcdef0
  - {id: vpce-0123456789abcdef0, vpc: network, owner: me, resourceconfiguration: x}
domainVerification:
  records: [a]
  ownedDomains: [example]
  zone: file
""")
    done = subprocess.run(
        [str(TRELLIS), "serve", "--data-dir", str(tmp_path / "data"), "--api", ":0", "--operator", ":0"],
        capture_output=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 78
    text = done.stderr.decode()
    for problem in [
        "vpcEndpoints[0].id: 'vpce-1'", "vpcEndpoints[0].serviceNetwork: 'arn:aws", "vpcEndpoints[1].vpc: 'network'",
        "vpcEndpoints[1].owner: 'me'", "vpcEndpoints[1]: unknown key 'resourceconfiguration'",
        "vpcEndpoints[1]: needs either serviceNetwork or resourceConfiguration",
        "domainVerification.records: must be a mapping", "domainVerification.ownedDomains[0]: 'example'",
        "domainVerification: unknown key 'zone'",
    ]:
        assert problem in text, text
