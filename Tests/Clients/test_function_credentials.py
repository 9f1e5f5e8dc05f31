"""A function has the credentials of its role, and calls what only its role may call."""

import json

import pytest

from conftest import zip_of
from principals import ALLOW_INVOKE, ask, document, echo_service, make_role, put_auth_policy

CALLER = """
import http.client, json, os
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

def handler(event, context):
    names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
    if "host" not in event:
        return {name: os.environ.get(name) for name in names}
    request = AWSRequest(method="GET", url=f"http://{event['host']}:{event['port']}/from-function")
    request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    # The credentials of the environment, as every SDK finds them.
    SigV4Auth(Session().get_credentials(), "vpc-lattice-svcs", os.environ["AWS_REGION"]).add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", event["port"], timeout=20)
    connection.request("GET", "/from-function", headers={
        "Host": f"{event['host']}:{event['port']}", **dict(request.headers.items())})
    response = connection.getresponse()
    return {"status": response.status, "body": response.read().decode()}
"""


@pytest.fixture(scope="module")
def guarded(lattice):
    return echo_service(lattice, "for-functions")


def make_function(server, lattice, name, role):
    lattice.functions.create_function(
        FunctionName=name, Runtime="python3.11", Handler="caller.handler", Role=role, Timeout=30,
        Code={"ZipFile": zip_of({"caller.py": CALLER})})
    return name


def run(lattice, name, **event):
    answer = lattice.functions.invoke(FunctionName=name, Payload=json.dumps(event))
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload


def test_function_calls_a_service_that_only_its_role_may_call(server, lattice, guarded):
    iam = server.client("iam")
    role = make_role(iam, "caller", {"Service": "lambda.amazonaws.com"}, ALLOW_INVOKE)
    other = make_role(iam, "other", {"Service": "lambda.amazonaws.com"}, ALLOW_INVOKE)
    put_auth_policy(lattice, guarded, Principal={"AWS": role["Arn"]}, Condition={})
    for name, arn in (("caller", role["Arn"]), ("stranger", other["Arn"])):
        make_function(server, lattice, name, arn)
    answer = run(lattice, "caller", host=guarded["host"], port=guarded["port"])
    assert answer["status"] == 200, answer
    seen = json.loads(answer["body"])["requestContext"]["identity"]
    session = f"arn:aws:sts::{server.endpoints['account']}:assumed-role/caller/caller"
    assert (seen["principal"], seen["sessionName"]) == (session, "caller")
    refused = run(lattice, "stranger", host=guarded["host"], port=guarded["port"])
    assert refused["status"] == 403 and "assumed-role/other/stranger is not authorized" in refused["body"]
    # The environment stays, and what its role may do is what the role may do now.
    iam.put_role_policy(RoleName="caller", PolicyName="policy0", PolicyDocument=document(
        {**ALLOW_INVOKE, "Resource": "arn:aws:vpc-lattice:*:*:service/other/*"}))
    assert run(lattice, "caller", host=guarded["host"], port=guarded["port"])["status"] == 403
    # The same keys on the control plane.
    keys = run(lattice, "caller")
    sts = server.client("sts", aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                        aws_session_token=keys["AWS_SESSION_TOKEN"])
    assert sts.get_caller_identity()["Arn"] == session
    put_auth_policy(lattice, guarded)


def test_no_credentials_without_trust(server, lattice):
    role = make_role(server.client("iam"), "untrusting", {"Service": "ec2.amazonaws.com"}, ALLOW_INVOKE)
    missing = role["Arn"].replace("untrusting", "missing")
    for name, arn in (("untrusted", role["Arn"]), ("roleless", missing)):
        make_function(server, lattice, name, arn)
        assert set(run(lattice, name).values()) == {None}
