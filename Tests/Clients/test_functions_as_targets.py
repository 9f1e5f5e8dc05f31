"""The flow of "Lambda functions as targets", walked by the AWS CLI and by boto3."""

import concurrent.futures
import json
import re
import signal
import threading

import pytest
from botocore import xform_name

from conftest import ROLE, curl, free_port, function_source, wait_for, zip_of


class CLI:
    """Calls operations with `aws <service> <operation> --member value …`."""

    def __init__(self, server, directory):
        self.server = server
        self.directory = directory

    def __call__(self, service, operation, **members):
        arguments = []
        for name, value in members.items():
            if name == "Code":
                package = self.directory / "function.zip"
                package.write_bytes(value["ZipFile"])
                arguments += ["--zip-file", f"fileb://{package}"]
                continue
            flag = "--" + xform_name(name, "-")
            arguments += [flag, value if isinstance(value, str) else json.dumps(value)]
        return self.server.aws(service, xform_name(operation, "-"), *arguments)


class Boto3:
    def __init__(self, server, directory):
        self.server = server

    def __call__(self, service, operation, **members):
        return getattr(self.server.client(service), xform_name(operation))(**members)


@pytest.fixture(params=[CLI, Boto3])
def call(request, own_server, tmp_path):
    def invoke(*arguments, **members):
        # The server may have been restarted on another port in between.
        return request.param(own_server, tmp_path)(*arguments, **members)
    return invoke


def test_functions_as_targets(call, own_server, tmp_path):
    def create(name, release):
        call("lambda", "CreateFunction", FunctionName=name, Runtime="python3.11", Handler="steps.handler", Role=ROLE,
             Timeout=60, Environment={"Variables": {"RELEASE": release, "MARKS": str(tmp_path)}},
             Code={"ZipFile": zip_of({"steps.py": function_source("steps.py")})})
        version = call("lambda", "PublishVersion", FunctionName=name)["Version"]
        return call("lambda", "CreateAlias", FunctionName=name, Name="live", FunctionVersion=version)["AliasArn"]

    first = create("first", "one")
    group = call("vpc-lattice", "CreateTargetGroup", name="first-group", type="LAMBDA",
                 config={"lambdaEventStructureVersion": "V2"})
    granted = call("lambda", "AddPermission", FunctionName=first, StatementId="vpc-lattice",
                   Action="lambda:InvokeFunction", Principal="vpc-lattice.amazonaws.com", SourceArn=group["arn"])
    assert json.loads(granted["Statement"])["Condition"]["ArnLike"]["AWS:SourceArn"] == group["arn"]

    registered = call("vpc-lattice", "RegisterTargets", targetGroupIdentifier=group["id"], targets=[{"id": first}])
    assert [target["id"] for target in registered["successful"]] == [first]
    policy = json.loads(call("lambda", "GetPolicy", FunctionName=first)["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["vpc-lattice"], "the grant was there already"

    network = call("vpc-lattice", "CreateServiceNetwork", name="network")
    call("vpc-lattice", "CreateServiceNetworkVpcAssociation", serviceNetworkIdentifier=network["id"],
         vpcIdentifier="vpc-0123456789abcdef0")
    created = call("vpc-lattice", "CreateService", name="orders")
    call("vpc-lattice", "CreateServiceNetworkServiceAssociation", serviceNetworkIdentifier=network["id"],
         serviceIdentifier=created["id"])
    port = free_port()
    listener = call("vpc-lattice", "CreateListener", serviceIdentifier=created["id"], name="http", protocol="HTTP",
                    port=port, defaultAction={"fixedResponse": {"statusCode": 404}})
    forward = {"forward": {"targetGroups": [{"targetGroupIdentifier": group["id"]}]}}
    rule = call("vpc-lattice", "CreateRule", serviceIdentifier=created["id"], listenerIdentifier=listener["id"],
                name="all", priority=10, match={"httpMatch": {"pathMatch": {"match": {"prefix": "/"}}}},
                action=forward)
    service = {"host": created["dnsEntry"]["domainName"], "port": port}

    def answer():
        try:
            status, _, body = curl(service)
        except AssertionError as error:
            return str(error)
        return body.decode() if status == 200 else status

    wait_for(lambda: answer() == "one", "the function's answer")

    def active(operation, **members):
        wait_for(lambda: call("vpc-lattice", operation, **members)["status"] == "ACTIVE", operation)

    active("GetService", serviceIdentifier=created["id"])
    active("GetTargetGroup", targetGroupIdentifier=group["id"])
    for how in (signal.SIGTERM, signal.SIGKILL):
        own_server.restart(how)
        assert answer() == "one", f"after a restart by {how.name}"

    # Deregistering fails what is in flight, at once, and everything after it.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        in_flight = pool.submit(curl, service, path="/slow")
        wait_for((tmp_path / "begun").exists, "the slow request to reach the function")
        call("vpc-lattice", "DeregisterTargets", targetGroupIdentifier=group["id"], targets=[{"id": first}])
        status, _, _ = in_flight.result(timeout=30)
    assert 500 <= status <= 599
    assert not (tmp_path / "ended").exists(), "the request must not wait for its function"
    assert [500 <= curl(service)[0] <= 599 for _ in range(3)] == [True] * 3

    # The documented way to replace a function: a new group, then the rule.
    groups = {}
    for name, release in (("second", "two"), ("third", "three")):
        groups[name] = call("vpc-lattice", "CreateTargetGroup", name=f"{name}-group", type="LAMBDA",
                            config={"lambdaEventStructureVersion": "V2"})["id"]
        call("vpc-lattice", "RegisterTargets", targetGroupIdentifier=groups[name],
             targets=[{"id": create(name, release)}])

    def switch_to(name):
        call("vpc-lattice", "UpdateRule", serviceIdentifier=created["id"], listenerIdentifier=listener["id"],
             ruleIdentifier=rule["id"],
             action={"forward": {"targetGroups": [{"targetGroupIdentifier": groups[name]}]}})

    switch_to("second")
    assert answer() == "two"
    answers, stop = [], threading.Event()

    def keep_asking():
        while not stop.is_set():
            answers.append(answer())

    threads = [threading.Thread(target=keep_asking) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(answers) > 20, "some requests before the switch")
    switch_to("third")
    wait_for(lambda: "three" in answers, "the new function to answer")
    seen = len(answers)
    wait_for(lambda: len(answers) > seen + 20, "some requests after the switch")
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) == {"two", "three"}, "a request was lost while the function was replaced"

    targets = call("vpc-lattice", "ListTargets", targetGroupIdentifier=groups["third"])["items"]
    assert [(target["status"], target["reasonCode"]) for target in targets] == [
        ("UNAVAILABLE", "HealthCheckNotSupported")]
    assert re.fullmatch(r"svc-[0-9a-z]{17}", created["id"])
