"""Auth policies with requests that botocore signs, against a running server."""

import datetime
import http.client
import json

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from conftest import Lattice, Server, function_source

UNSIGNED = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}


class SignedClient:
    """Sends requests to a service, signed unless told otherwise."""

    def __init__(self, server, service):
        environment = server.environment
        self.key = environment["AWS_ACCESS_KEY_ID"]
        self.secret = environment["AWS_SECRET_ACCESS_KEY"]
        self.region = environment["AWS_REGION"]
        self.service = service

    def send(self, path="/", method="GET", headers=None, signed=True, secret=None, key=None, region=None,
             name="vpc-lattice-svcs", content=UNSIGNED, signer=SigV4Auth, change=None, body=None):
        url = f"http://{self.service['host']}:{self.service['port']}{path}"
        request = AWSRequest(method=method, url=url, data=body, headers={**(headers or {})})
        if signed:
            for field, value in content.items():
                request.headers[field] = value
            signer(Credentials(key or self.key, secret or self.secret), name, region or self.region).add_auth(request)
        if change:
            change(request)
        target = request.url.split(str(self.service["port"]), 1)[1]
        connection = http.client.HTTPConnection("127.0.0.1", self.service["port"], timeout=30)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", f"{self.service['host']}:{self.service['port']}")
        for field, value in request.headers.items():
            if field.lower() != "host":
                connection.putheader(field, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response, text

    def status(self, *arguments, **options):
        return self.send(*arguments, **options)[0].status


@pytest.fixture(scope="module")
def guarded(server, lattice):
    """A service with AWS_IAM in a network with a VPC, and a client that signs."""
    function = lattice.create_function("guarded", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    service = lattice.service("guarded", lattice.target_group("guarded-group", function))
    lattice.lattice.create_service_network_vpc_association(
        serviceNetworkIdentifier=service["network"], vpcIdentifier="vpc-0123456789abcdef1")
    details = lattice.lattice.get_service(serviceIdentifier=service["id"])
    service["arn"] = details["arn"]
    lattice.lattice.update_service(serviceIdentifier=service["id"], authType="AWS_IAM")
    return service


@pytest.fixture()
def client(server, guarded):
    return SignedClient(server, guarded)


@pytest.fixture()
def policy(lattice, guarded):
    """Sets the statements of the service's policy; without a call there is none."""
    lattice.lattice.delete_auth_policy(resourceIdentifier=guarded["id"])

    def put(*statements, resource=None):
        defaults = {"Effect": "Allow", "Principal": "*", "Action": "vpc-lattice-svcs:Invoke", "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [{**defaults, **statement} for statement in statements]}
        return lattice.lattice.put_auth_policy(
            resourceIdentifier=resource or guarded["id"], policy=json.dumps(document))
    return put


def denied(guarded, path, who="anonymous", layer="service"):
    return (f"AccessDeniedException: User: {who} is not authorized to perform: vpc-lattice-svcs:Invoke on resource: "
            f"{guarded['arn']}{path} because no {layer}-based policy allows the vpc-lattice-svcs:Invoke action")


def test_state_and_text_of_a_policy(lattice, guarded, policy):
    assert "policy" not in lattice.lattice.get_auth_policy(resourceIdentifier=guarded["id"])
    answer = policy({})
    assert answer["state"] == "Active"
    read = lattice.lattice.get_auth_policy(resourceIdentifier=guarded["arn"])
    assert read["policy"] == answer["policy"]
    assert read["state"] == "Active"
    with pytest.raises(ClientError) as refused:
        lattice.lattice.put_auth_policy(resourceIdentifier=guarded["id"], policy='{"Statement":{"Effect":"Allow"}}')
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert "Missing required field Principal (at $.Statement, byte 13)" in str(refused.value)


def test_without_a_policy_nobody_passes(server, guarded, client, policy):
    response, text = client.send("/a?b=c", signed=False)
    assert response.status == 403
    assert text == denied(guarded, "/a")
    assert response.headers["x-amzn-errortype"] == "AccessDeniedException"
    response, text = client.send("/")
    assert response.status == 403
    assert text == denied(guarded, "/", who=f"arn:aws:iam::{server.endpoints['account']}:root")


def test_signed_caller_reaches_the_function(server, client, policy):
    policy({"Principal": {"AWS": server.endpoints["account"]}})
    response, text = client.send("/orders?state=open&a=1", method="POST", body=b"text",
                                 headers={"content-type": "text/plain"})
    assert response.status == 200, text
    event = json.loads(text)
    root = f"arn:aws:iam::{server.endpoints['account']}:root"
    assert event["requestContext"]["identity"]["type"] == "AWS_IAM"
    assert event["requestContext"]["identity"]["principal"] == root
    assert f"Principal={root}" in event["headers"]["x-amzn-lattice-identity"][0]
    assert "authorization" not in event["headers"]
    assert client.status("/orders", signed=False) == 403


def test_anonymous_caller_has_no_identity(client, policy):
    policy({})
    response, text = client.send("/", signed=False, headers={"x-amzn-lattice-identity": "Principal=me"})
    assert response.status == 200
    event = json.loads(text)
    assert "principal" not in event["requestContext"]["identity"]
    assert "type" not in event["requestContext"]["identity"]
    assert "x-amzn-lattice-identity" not in event["headers"]
    assert client.status("/", signed=False, headers={"Authorization": "Bearer token"}) == 200


def test_allow_by_path(guarded, client, policy):
    policy({"Resource": f"{guarded['arn']}/public/*"})
    assert client.status("/public/a") == 200
    assert client.status("/public/a?x=/private") == 200
    assert client.status("/private") == 403
    assert client.status("/publicly") == 403
    policy({"Condition": {"StringLike": {"vpc-lattice-svcs:RequestPath": "/public*"}}})
    assert client.status("/publicly", signed=False) == 200
    assert client.status("/private", signed=False) == 403


@pytest.mark.parametrize("condition, allowed, refused", [
    ({"StringEquals": {"vpc-lattice-svcs:RequestMethod": "GET"}}, {}, {"method": "PUT"}),
    ({"StringEquals": {"vpc-lattice-svcs:RequestHeader/x-team": "blue"}}, {"headers": {"X-Team": "blue"}},
     {"headers": {"x-team": "red"}}),
    ({"StringEquals": {"vpc-lattice-svcs:RequestQueryString/team": "deep blue"}}, {"path": "/?a=1&team=deep%20blue"},
     {"path": "/?team=blue"}),
    ({"StringEquals": {"aws:PrincipalType": "Anonymous"}}, {"signed": False}, {}),
    ({"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}, {}, {"signed": False}),
    ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}, "Bool": {"aws:SecureTransport": "false"},
      "Null": {"aws:username": "true"}, "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
     {}, None),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, None, {}),
    ({"StringEquals": {"vpc-lattice-svcs:SourceVpc": "vpc-0123456789abcdef1"}}, {}, None),
    ({"StringEquals": {"vpc-lattice-svcs:SourceVpc": "vpc-0123456789abcdef2"}}, None, {}),
])
def test_allow_by_condition(client, policy, condition, allowed, refused):
    policy({"Condition": condition})
    if allowed is not None:
        assert client.status(**allowed) == 200
    if refused is not None:
        assert client.status(**refused) == 403


def test_more_condition_keys(server, guarded, lattice, client, policy):
    network = lattice.lattice.get_service_network(serviceNetworkIdentifier=guarded["network"])
    equals = {
        "vpc-lattice-svcs:ServiceArn": guarded["arn"], "vpc-lattice-svcs:ServiceNetworkArn": network["arn"],
        "vpc-lattice-svcs:SourceVpcOwnerAccount": server.endpoints["account"],
        "vpc-lattice-svcs:Port": str(guarded["port"]), "aws:PrincipalAccount": server.endpoints["account"],
        "aws:PrincipalArn": f"arn:aws:iam::{server.endpoints['account']}:root",
        "aws:RequestedRegion": server.environment["AWS_REGION"], "aws:ResourceTag/stage": "test",
    }
    lattice.lattice.tag_resource(resourceArn=guarded["arn"], tags={"stage": "test"})
    policy({"Condition": {"StringEquals": equals}})
    assert client.status() == 200
    for key in equals:
        policy({"Condition": {"StringEquals": {key: "other"}}})
        assert client.status() == 403, key


def test_explicit_deny_wins(guarded, client, policy):
    policy({}, {"Effect": "Deny", "Resource": "*/admin"})
    assert client.status("/") == 200
    response, text = client.send("/admin", signed=False)
    assert response.status == 403
    assert text == ("AccessDeniedException: User: anonymous is not authorized to perform: vpc-lattice-svcs:Invoke on "
                    f"resource: {guarded['arn']}/admin with an explicit deny in a service-based policy")


def test_a_policy_names_principals(server, client, policy):
    policy({"Principal": {"AWS": f"arn:aws:iam::{server.endpoints['account']}:root"}})
    assert client.status() == 200
    assert client.status(signed=False) == 403
    policy({"Principal": {"AWS": "999999999999"}})
    assert client.status() == 403


def test_network_policy_comes_first(lattice, guarded, client, policy):
    network = guarded["network"]
    policy({})
    lattice.lattice.update_service_network(serviceNetworkIdentifier=network, authType="AWS_IAM")
    try:
        response, text = client.send("/x", signed=False)
        assert (response.status, text) == (403, denied(guarded, "/x", layer="network"))
        policy({"Resource": "*/x"}, resource=network)
        assert client.status("/x", signed=False) == 200
        assert client.status("/y", signed=False) == 403
    finally:
        lattice.lattice.update_service_network(serviceNetworkIdentifier=network, authType="NONE")


def expired(request):
    old = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=6)).strftime("%Y%m%dT%H%M%SZ")
    del request.headers["X-Amz-Date"]
    request.headers["X-Amz-Date"] = old
    stamp = request.headers["Authorization"]
    credential = stamp.split("Credential=")[1].split("/")[1]
    request.headers.replace_header("Authorization", stamp.replace(f"/{credential}/", f"/{old[:8]}/"))


def asymmetric(request):
    request.headers.replace_header(
        "Authorization", request.headers["Authorization"].replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"))


@pytest.mark.parametrize("options, text", [
    ({"secret": "wrong"}, "InvalidSignatureException: The request signature we calculated does not match"),
    ({"key": "AKIAIOSFODNN7EXAMPLE"}, "UnrecognizedClientException: The security token included in the request"),
    ({"region": "eu-north-1"}, "InvalidSignatureException: Credential should be scoped to a valid Region, not"),
    ({"name": "vpc-lattice"}, "InvalidSignatureException: Credential should be scoped to correct service: "
                              "'vpc-lattice-svcs'"),
    ({"content": {}}, "IncompleteSignatureException: Missing the 'x-amz-content-sha256' in canonical headers."),
    ({"content": {"x-amz-content-sha256": "0" * 64}}, "IncompleteSignatureException: "),
    ({"change": expired}, "InvalidSignatureException: Signature expired: "),
    ({"change": asymmetric}, "IncompleteSignatureException: Credential must have exactly 4 slash-delimited elements"),
    ({"signer": SigV4QueryAuth, "content": {}},
     "IncompleteSignatureException: Missing the 'x-amz-content-sha256' in canonical headers."),
    ({"headers": {}, "change": lambda request: request.headers.add_header("x-amz-extra", "1")},
     "IncompleteSignatureException: 'x-amz-extra' must be a 'SignedHeader'"),
])
@pytest.mark.parametrize("auth_type", ["AWS_IAM", "NONE"])
def test_a_bad_signature_is_refused_whatever_the_auth_type(lattice, guarded, client, policy, auth_type, options, text):
    policy({})
    lattice.lattice.update_service(serviceIdentifier=guarded["id"], authType=auth_type)
    try:
        response, body = client.send("/", **options)
        assert response.status == 403, body
        assert body.startswith(text), body
        assert response.headers["x-amzn-errortype"] == body.split(":")[0]
    finally:
        lattice.lattice.update_service(serviceIdentifier=guarded["id"], authType="AWS_IAM")


def test_a_good_signature_passes_with_auth_type_none(lattice, guarded, client, policy):
    lattice.lattice.update_service(serviceIdentifier=guarded["id"], authType="NONE")
    try:
        response, text = client.send("/")
        assert response.status == 200
        assert "type" not in json.loads(text)["requestContext"]["identity"]
        assert client.status("/", signed=False) == 200
    finally:
        lattice.lattice.update_service(serviceIdentifier=guarded["id"], authType="AWS_IAM")


def test_policies_survive_a_restart(own_server):
    lattice = Lattice(own_server)
    function = lattice.create_function("kept", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    service = lattice.service("kept", lattice.target_group("kept-group", function))
    lattice.lattice.update_service(serviceIdentifier=service["id"], authType="AWS_IAM")
    lattice.lattice.put_auth_policy(resourceIdentifier=service["id"], policy=json.dumps({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*/open"}}))
    own_server.restart()
    client = SignedClient(own_server, service)
    assert client.status("/open") == 200
    assert client.status("/closed") == 403


def test_any_key_is_the_root_of_the_account(tmp_path):
    server = Server(tmp_path / "data").start(["--any-key"])
    try:
        lattice = Lattice(server)
        function = lattice.create_function("any", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
        service = lattice.service("any", lattice.target_group("any-group", function))
        lattice.lattice.update_service(serviceIdentifier=service["id"], authType="AWS_IAM")
        lattice.lattice.put_auth_policy(resourceIdentifier=service["id"], policy=json.dumps({
            "Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Principal": {"AWS": server.endpoints["account"]}, "Action": "*", "Resource": "*"}}))
        client = SignedClient(server, service)
        assert client.status("/", key="test", secret="test") == 200
        assert client.status("/", signed=False) == 403
    finally:
        server.stop()
