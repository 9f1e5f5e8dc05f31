"""Two accounts and two Regions on one server: apart, but for what a resource policy shares."""

import json

import pytest
from botocore.exceptions import ClientError

from conftest import Lattice, Server, curl, zip_of

OTHER = "444455556666"
NAMED = "def handler(event, context):\n    return {'statusCode': 200, 'body': '%s'}\n"


class Account(Lattice):
    """One account in one Region, seen with boto3."""

    def __init__(self, server, account, region):
        self.settings = dict(region_name=region)
        if account:
            keys = json.loads(server.env("--account", account))
            self.settings.update(
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"], aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"])
        self.server = server
        self.lattice = server.client("vpc-lattice", **self.settings)
        self.functions = server.client("lambda", **self.settings)
        self.number = server.client("sts", **self.settings).get_caller_identity()["Account"]


@pytest.fixture()
def server(tmp_path):
    (tmp_path / "trellis.yaml").write_text(f"accounts: ['{OTHER}']\n")
    server = Server(tmp_path / "data").start()
    yield server
    if server.process.poll() is None:
        server.stop()


def refusal(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_same_names_everywhere(server):
    """Each account and Region has its own service, group and function of one name, and traffic reaches each."""
    places = [
        Account(server, account, region) for account in (None, OTHER) for region in ("us-east-1", "eu-west-1")]
    assert [place.number for place in places[2:]] == [OTHER, OTHER] and places[0].number != OTHER
    services = []
    for index, place in enumerate(places):
        function = place.create_function(
            "same", "python3.11", "app.handler", {"app.py": NAMED % f"place {index}"})
        assert f":{place.settings['region_name']}:{place.number}:" in function
        services.append(place.service("same", place.target_group("same", function)))
    for index, (place, service) in enumerate(zip(places, services)):
        assert curl(service)[2] == b"place %d" % index
        assert [item["id"] for item in place.lattice.list_services()["items"]] == [service["id"]]
        assert len(place.functions.list_functions()["Functions"]) == 1
        for other in services:
            if other is not service:
                assert refusal(place.lattice.get_service, serviceIdentifier=other["id"]) == "ResourceNotFoundException"
    # Only its owner reaches a resource by its ARN.
    arn = places[0].lattice.get_service(serviceIdentifier=services[0]["id"])["arn"]
    assert refusal(places[2].lattice.get_service, serviceIdentifier=arn) == "AccessDeniedException"
    assert refusal(places[2].lattice.delete_service, serviceIdentifier=arn) == "AccessDeniedException"
    server.restart()
    assert curl(services[3])[2] == b"place 3"


def test_a_policy_shares_a_network_and_nothing_else(server):
    owner, guest = (Account(server, account, "us-east-1") for account in (None, OTHER))
    network = owner.lattice.create_service_network(name="shared", sharingConfig={"enabled": True})
    function = guest.create_function("guest", "python3.11", "app.handler", {"app.py": NAMED % "guest"})

    def guest_service(name):
        return guest.service(name, guest.target_group(f"{name}-group", function), network["arn"])

    assert refusal(guest.lattice.get_service_network, serviceNetworkIdentifier=network["arn"]) == "AccessDeniedException"
    with pytest.raises(ClientError, match="AccessDenied"):
        guest_service("early")
    owner.lattice.put_resource_policy(
        resourceArn=network["arn"],
        policy=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": OTHER}, "Resource": network["arn"],
            "Action": ["vpc-lattice:GetServiceNetwork", "vpc-lattice:CreateServiceNetworkServiceAssociation"]}]}))
    assert guest.lattice.get_service_network(serviceNetworkIdentifier=network["arn"])["name"] == "shared"
    assert curl(guest_service("late"))[2] == b"guest"
    associations = owner.lattice.list_service_network_service_associations(
        serviceNetworkIdentifier=network["id"])["items"]
    assert [item["createdBy"] for item in associations] == [OTHER]
    assert refusal(
        guest.lattice.update_service_network, serviceNetworkIdentifier=network["arn"],
        authType="AWS_IAM") == "AccessDeniedException"
    # A policy for one Region's network means nothing in another.
    elsewhere = Account(server, OTHER, "eu-west-1")
    assert refusal(
        elsewhere.lattice.get_service_network, serviceNetworkIdentifier=network["arn"]) in (
            "AccessDeniedException", "ValidationException")


def test_an_account_that_nobody_asks_for_is_locked_out(server, tmp_path):
    guest = Account(server, OTHER, "us-east-1")
    service = guest.lattice.create_service(name="kept")["id"]
    (tmp_path / "trellis.yaml").write_text("")
    server.restart()
    guest = Account(server, None, "us-east-1")
    assert guest.lattice.list_services()["items"] == []
    keys = json.loads(server.env("--account", OTHER))
    locked = server.client(
        "vpc-lattice", region_name="us-east-1", aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"])
    assert refusal(locked.list_services) == "UnrecognizedClientException"
    (tmp_path / "trellis.yaml").write_text(f"accounts: ['{OTHER}']\n")
    server.restart()
    assert Account(server, OTHER, "us-east-1").lattice.get_service(serviceIdentifier=service)["name"] == "kept"


def test_an_account_that_is_not_there(server):
    done = server.env("--account", "999999999999", check=False)
    assert done.returncode == 65
    assert b"add it to accounts in trellis.yaml" in done.stderr
