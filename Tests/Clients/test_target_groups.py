"""Target groups of every type, their targets, listeners and rules as boto3 sees them."""

import socket
import urllib.error
import urllib.request
import uuid

import pytest

from conftest import Server, free_port, wait_for
from test_control_plane_errors import error_of, unchecked

VPC = "vpc-0123456789abcdef0"


def unique(name):
    return f"{name}-{uuid.uuid4().hex[:8]}"


def active_group(client, type, **config):
    group = client.create_target_group(name=unique(type.lower()), type=type, config={"vpcIdentifier": VPC, **config})
    wait_for(
        lambda: client.get_target_group(targetGroupIdentifier=group["id"])["status"] == "ACTIVE", "an active group")
    return group["id"]


def forward(group):
    return {"forward": {"targetGroups": [{"targetGroupIdentifier": group}]}}


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def readiness(server):
    try:
        with urllib.request.urlopen(server.endpoints["operator"] + "/readyz", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_ip_group_and_its_targets(server):
    client = server.client("vpc-lattice")
    group = active_group(
        client, "IP", protocol="HTTP", port=8080, healthCheck={"path": "/ok", "matcher": {"httpCode": "200-299"}})
    config = client.get_target_group(targetGroupIdentifier=group)["config"]
    assert config == {
        "port": 8080, "protocol": "HTTP", "protocolVersion": "HTTP1", "ipAddressType": "IPV4", "vpcIdentifier": VPC,
        "healthCheck": {
            "enabled": True, "protocol": "HTTP", "protocolVersion": "HTTP1", "path": "/ok",
            "healthCheckIntervalSeconds": 30, "healthCheckTimeoutSeconds": 5, "healthyThresholdCount": 5,
            "unhealthyThresholdCount": 2, "matcher": {"httpCode": "200-299"}}}
    changed = client.update_target_group(
        targetGroupIdentifier=group, healthCheck={"healthCheckIntervalSeconds": 10})["config"]["healthCheck"]
    assert (changed["healthCheckIntervalSeconds"], changed["path"]) == (10, "/ok")

    answer = client.register_targets(
        targetGroupIdentifier=group, targets=[{"id": "127.0.0.1"}, {"id": "127.0.0.1", "port": 81}, {"id": "nobody"}])
    assert answer["successful"] == [{"id": "127.0.0.1", "port": 8080}, {"id": "127.0.0.1", "port": 81}]
    assert answer["unsuccessful"][0]["failureCode"] == "InvalidTarget"
    listed = client.list_targets(targetGroupIdentifier=group, targets=[{"id": "127.0.0.1", "port": 81}])["items"]
    assert listed == [
        {"id": "127.0.0.1", "port": 81, "status": "UNUSED", "reasonCode": "TargetGroupNotInUse"}]
    client.deregister_targets(targetGroupIdentifier=group, targets=[{"id": "127.0.0.1", "port": 81}])
    wait_for(
        lambda: len(client.list_targets(targetGroupIdentifier=group)["items"]) == 1, "the drained target to go")
    summary = next(
        item for page in client.get_paginator("list_target_groups").paginate(vpcIdentifier=VPC, targetGroupType="IP")
        for item in page["items"] if item["id"] == group)
    assert (summary["port"], summary["protocol"], summary["vpcIdentifier"]) == (8080, "HTTP", VPC)
    assert "lambdaEventStructureVersion" not in summary


@pytest.mark.parametrize("type, config", [
    ("IP", None), ("IP", {"protocol": "HTTP"}), ("IP", {"vpcIdentifier": VPC}),
    ("IP", {"vpcIdentifier": VPC, "protocol": "TCP"}),
    ("INSTANCE", {"vpcIdentifier": VPC, "protocol": "HTTP", "ipAddressType": "IPV4"}),
    ("ALB", {"vpcIdentifier": VPC, "protocol": "HTTP", "healthCheck": {"enabled": True}}),
    ("INSTANCE", {"vpcIdentifier": VPC, "protocol": "HTTP", "healthCheck": {"matcher": {"httpCode": "500"}}}),
])
def test_configs_that_a_type_does_not_have(server, type, config):
    client = unchecked(server, "vpc-lattice")
    members = {"config": config} if config is not None else {}
    code, status, answer = error_of(client.create_target_group, name=unique("bad"), type=type, **members)
    assert (code, status, answer["reason"]) == ("ValidationException", 400, "fieldValidationFailed")


def test_tcp_groups_go_with_tls_passthrough_listeners(server):
    client = server.client("vpc-lattice")
    service = client.create_service(name=unique("tcp"), customDomainName=f"{unique('tcp')}.example")["id"]
    tcp = active_group(client, "IP", protocol="TCP", port=5432)
    code, status, _ = error_of(
        client.create_listener, serviceIdentifier=service, name="bad", protocol="HTTPS", defaultAction=forward(tcp))
    assert (code, status) == ("ValidationException", 400)
    listener = client.create_listener(
        serviceIdentifier=service, name="tls", protocol="TLS_PASSTHROUGH", defaultAction=forward(tcp))
    assert listener["port"] == 443
    client.delete_listener(serviceIdentifier=service, listenerIdentifier=listener["id"])


def test_rules_swap_their_priorities(server):
    client = server.client("vpc-lattice")
    service = client.create_service(name=unique("swap"))["id"]
    action = {"fixedResponse": {"statusCode": 404}}
    listener = client.create_listener(
        serviceIdentifier=service, name="http", protocol="HTTP", port=free_port(), defaultAction=action)["id"]
    place = {"serviceIdentifier": service, "listenerIdentifier": listener}
    rules = [
        client.create_rule(
            **place, name=f"number-{n}", priority=n,
            match={"httpMatch": {"method": "GET"}}, action=action)["id"]
        for n in (1, 2)]
    answer = client.batch_update_rule(**place, rules=[
        {"ruleIdentifier": rules[0], "priority": 2}, {"ruleIdentifier": rules[1], "priority": 1},
        {"ruleIdentifier": "rule-00000000000000000", "priority": 3}])
    assert [rule["priority"] for rule in answer["successful"]] == [2, 1]
    assert answer["unsuccessful"] == [{
        "ruleIdentifier": "rule-00000000000000000", "failureCode": "ResourceNotFoundException",
        "failureMessage": "Rule rule-00000000000000000 not found"}]
    assert [client.get_rule(**place, ruleIdentifier=rule)["priority"] for rule in rules] == [2, 1]


def test_private_dns_of_a_vpc_association(server):
    client = server.client("vpc-lattice")
    network = client.create_service_network(name=unique("dns"))["id"]
    vpc = f"vpc-{uuid.uuid4().hex[:17]}"
    options = {"privateDnsPreference": "SPECIFIED_DOMAINS_ONLY", "privateDnsSpecifiedDomains": ["*.example.org"]}
    made = client.create_service_network_vpc_association(
        serviceNetworkIdentifier=network, vpcIdentifier=vpc, privateDnsEnabled=True, dnsOptions=options)
    assert (made["privateDnsEnabled"], made["dnsOptions"]) == (True, options)
    read = client.get_service_network_vpc_association(serviceNetworkVpcAssociationIdentifier=made["id"])
    assert (read["privateDnsEnabled"], read["dnsOptions"]) == (True, options)
    code, status, answer = error_of(
        client.create_service_network_vpc_association, serviceNetworkIdentifier=network,
        vpcIdentifier=f"vpc-{uuid.uuid4().hex[:17]}", dnsOptions=options)
    assert (code, status, answer["fieldList"][0]["name"]) == ("ValidationException", 400, "dnsOptions")


def test_quotas_come_from_the_configuration(tmp_path):
    (tmp_path / "trellis.yaml").write_text("quotas:\n  servicesPerRegion: 1\ntransitionDelayMs: 0\n")
    server = Server(tmp_path / "data").start()
    try:
        client = server.client("vpc-lattice")
        client.create_service(name="first")
        code, status, answer = error_of(client.create_service, name="second")
        assert (code, status) == ("ServiceQuotaExceededException", 402)
        assert (answer["resourceType"], answer["serviceCode"], answer["quotaCode"]) == (
            "SERVICE", "vpc-lattice", "L-620C821E")
    finally:
        server.stop()
