"""Callers of every kind: who they are, how they sign a request to a service, and services that let some of them in."""

import http.client
import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from conftest import function_source

ALLOW_INVOKE = {"Effect": "Allow", "Action": "vpc-lattice-svcs:Invoke", "Resource": "*"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, *actions, **more):
    statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions) or ["sts:AssumeRole"]}
    return document({**statement, **more})


def client(server, service, keys, **changes):
    """A boto3 client with keys as STS and IAM answer them."""
    return server.client(
        service, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"), **changes)


def ask(server, service, keys=None, path="/", method="GET"):
    """Sends a request to a service, signed if there are keys, and returns status and body."""
    request = AWSRequest(method=method, url=f"http://{service['host']}:{service['port']}{path}")
    if keys:
        request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
        credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
        SigV4Auth(credentials, "vpc-lattice-svcs", server.environment["AWS_REGION"]).add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", service["port"], timeout=30)
    headers = {"Host": f"{service['host']}:{service['port']}", **dict(request.headers.items())}
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def identity(server, service, keys, path="/"):
    """What the function behind an echo service sees of the caller."""
    status, body = ask(server, service, keys, path)
    assert status == 200, body
    return json.loads(body)["requestContext"]["identity"]


def refused(call, **members):
    """Code and message of the error that a call must end with."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def echo_service(lattice, name):
    """A service with AWS_IAM and a policy that lets the whole account in; whom IAM lets is up to each caller."""
    function = lattice.create_function(name, "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    service = lattice.service(name, lattice.target_group(f"{name}-group", function))
    lattice.lattice.update_service(serviceIdentifier=service["id"], authType="AWS_IAM")
    put_auth_policy(lattice, service)
    return service


def put_auth_policy(lattice, service, **changes):
    statement = {**ALLOW_INVOKE, "Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}}
    lattice.lattice.put_auth_policy(
        resourceIdentifier=service["id"], policy=document({**statement, **changes}))


def make_role(iam, name, principal, *policies, **settings):
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal), **settings)["Role"]
    for index, policy in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=f"policy{index}", PolicyDocument=document(policy))
    return role
