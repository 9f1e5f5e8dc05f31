"""The AWS errors that real clients see for wrong input and wrong signatures."""

import datetime
import json
import urllib.error
import urllib.request
import uuid

import botocore.exceptions
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import ROLE, zip_of


def error_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**members)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["RequestId"], "every answer names its request"
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer


def unchecked(server, service, **changes):
    """A client that sends what it is given without checking it first."""
    import botocore.config
    return server.client(service, config=botocore.config.Config(
        parameter_validation=False, retries={"total_max_attempts": 1}), **changes)


def raw(server, method, path, body=b"", service="vpc-lattice", sign=True, when=None, change=None):
    """Sends a request by hand, signed by botocore unless told otherwise."""
    request = AWSRequest(method, server.environment["AWS_ENDPOINT_URL"] + path, data=body,
                         headers={"content-type": "application/json"})
    if sign:
        credentials = Credentials(
            server.environment["AWS_ACCESS_KEY_ID"], server.environment["AWS_SECRET_ACCESS_KEY"])
        signer = SigV4Auth(credentials, service, server.environment["AWS_REGION"])
        if when is None:
            signer.add_auth(request)
        else:
            request.context["timestamp"] = when.strftime("%Y%m%dT%H%M%SZ")
            request.headers["X-Amz-Date"] = request.context["timestamp"]
            text = signer.string_to_sign(request, signer.canonical_request(request))
            signer._inject_signature_to_request(request, signer.signature(text, request))
    prepared = request.prepare()
    headers = dict(prepared.headers.items())
    if change:
        change(headers)
    out = urllib.request.Request(prepared.url, data=body or None, headers=headers, method=method)
    try:
        with urllib.request.urlopen(out, timeout=20) as answer:
            return answer.status, dict(answer.headers.items()), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers.items()), error.read()


def test_signatures(server):
    lattice = server.client("vpc-lattice", aws_secret_access_key="wrong")
    assert error_of(lattice.list_services)[:2] == ("InvalidSignatureException", 403)
    lattice = server.client("vpc-lattice", aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    assert error_of(lattice.list_services)[:2] == ("UnrecognizedClientException", 403)
    status, headers, _ = raw(server, "GET", "/services", sign=False)
    assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    late = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=16)
    status, headers, body = raw(server, "GET", "/services", when=late)
    assert (status, headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
    assert b"Signature expired" in body
    almost = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=14)
    assert raw(server, "GET", "/services", when=almost)[0] == 200

    def tamper(headers):
        headers["Authorization"] = headers["Authorization"].replace("Signature=", "Signature=0")
    assert raw(server, "GET", "/services", change=tamper)[0] in (400, 403)

    def drop(headers):
        headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=x"
    status, headers, _ = raw(server, "GET", "/services", change=drop)
    assert (status, headers["x-amzn-errortype"]) == (403, "IncompleteSignatureException")


def test_the_caller(server):
    identity = server.client("sts").get_caller_identity()
    assert identity["Account"] == server.endpoints["account"]
    assert identity["Arn"] == f"arn:aws:iam::{identity['Account']}:root"
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        server.client("sts", aws_secret_access_key="wrong").get_caller_identity()
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_protocol_errors(server):
    status, headers, body = raw(server, "POST", "/nothing-here", b"{}")
    assert (status, headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert json.loads(body)["reason"] == "unknownOperation"
    status, headers, body = raw(server, "POST", "/services", b'{"name": ')
    assert (status, headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert json.loads(body)["reason"] == "cannotParse"
    status, headers, _ = raw(server, "POST", "/services", b'["name"]')
    assert (status, headers["x-amzn-errortype"]) == (400, "ValidationException")
    status, headers, _ = raw(server, "GET", "/", service="dynamodb")
    assert status == 404 and headers["x-amzn-errortype"] == "UnknownOperationException"


def test_all_wrong_fields_at_once(server):
    code, status, answer = error_of(
        unchecked(server, "vpc-lattice").create_rule, serviceIdentifier="svc-0123456789abcdef0",
        listenerIdentifier="listener-0123456789abcdef0", name="-bad-", priority=0,
        match={"httpMatch": {"pathMatch": {"match": {"prefix": "no-slash"}}}}, action={"fixedResponse": {}})
    assert (code, status) == ("ValidationException", 400)
    assert answer["reason"] == "fieldValidationFailed"
    fields = {field["name"] for field in answer["fieldList"]}
    assert {"name", "priority"} <= fields and len(fields) >= 4


@pytest.mark.parametrize("operation, members, code, status", [
    ("get_service", {"serviceIdentifier": "svc-00000000000000000"}, "ResourceNotFoundException", 404),
    ("get_service", {"serviceIdentifier": "by-name-never-works"}, "ValidationException", 400),
    ("get_service", {"serviceIdentifier": "arn:aws:vpc-lattice:us-east-1:123456789012:nonsense/svc-1"},
     "ValidationException", 400),
    ("create_service", {"name": 7}, "ValidationException", 400),
    ("create_service", {}, "ValidationException", 400),
    ("create_service", {"name": "svc-reserved"}, "ValidationException", 400),
    ("list_services", {"maxResults": 101}, "ValidationException", 400),
    ("list_services", {"nextToken": "made up"}, "ValidationException", 400),
    ("create_target_group", {"name": "lambda-with-port", "type": "LAMBDA", "config": {"port": 80}},
     "ValidationException", 400),
    ("tag_resource", {"resourceArn": "nonsense", "tags": {"a": "b"}}, "ValidationException", 400),
])
def test_lattice_errors(server, operation, members, code, status):
    assert error_of(getattr(unchecked(server, "vpc-lattice"), operation), **members)[:2] == (code, status)


def test_duplicates_and_guards(server):
    lattice = server.client("vpc-lattice")
    name = f"guarded-{uuid.uuid4().hex[:8]}"
    network = lattice.create_service_network(name=name)["id"]
    service = lattice.create_service(name=name)["id"]
    assert error_of(lattice.create_service, name=name)[:2] == ("ConflictException", 409)
    association = lattice.create_service_network_service_association(
        serviceNetworkIdentifier=network, serviceIdentifier=service)["id"]
    assert error_of(lattice.delete_service, serviceIdentifier=service)[:2] == ("ConflictException", 409)
    assert error_of(lattice.delete_service_network, serviceNetworkIdentifier=network)[:2] == ("ConflictException", 409)
    token = str(uuid.uuid4())
    first = lattice.create_target_group(name=name, type="LAMBDA", clientToken=token)
    assert lattice.create_target_group(name=name, type="LAMBDA", clientToken=token)["id"] == first["id"]
    registered = lattice.register_targets(
        targetGroupIdentifier=first["id"],
        targets=[{"id": f"arn:aws:lambda:us-east-1:{server.endpoints['account']}:function:nobody"}])
    assert registered["successful"] == [] and registered["unsuccessful"][0]["failureCode"]
    assert association.startswith("snsa-")


def test_pages(server):
    lattice = server.client("vpc-lattice")
    names = [f"page-{n}-{uuid.uuid4().hex[:8]}" for n in range(5)]
    for name in names:
        lattice.create_service_network(name=name)
    pages = list(lattice.get_paginator("list_service_networks").paginate(PaginationConfig={"PageSize": 2}))
    listed = [item["name"] for page in pages for item in page["items"]]
    assert [name for name in listed if name in names] == names, "every one once, in creation order"
    assert max(len(page["items"]) for page in pages) == 2


def test_arns_in_paths(server):
    lattice = server.client("vpc-lattice")
    service = lattice.create_service(name=f"arn-{uuid.uuid4().hex[:8]}", tags={"team": "a b"})
    assert lattice.get_service(serviceIdentifier=service["arn"])["id"] == service["id"]
    lattice.tag_resource(resourceArn=service["arn"], tags={"stage": "ü"})
    assert lattice.list_tags_for_resource(resourceArn=service["arn"])["tags"] == {"team": "a b", "stage": "ü"}
    lattice.untag_resource(resourceArn=service["arn"], tagKeys=["team", "stage"])
    assert lattice.list_tags_for_resource(resourceArn=service["arn"])["tags"] == {}


@pytest.mark.parametrize("operation, members, code, status", [
    ("get_function", {"FunctionName": "nobody"}, "ResourceNotFoundException", 404),
    ("get_function", {"FunctionName": "not a name"}, "ValidationException", 400),
    ("invoke", {"FunctionName": "nobody", "Payload": b"{}"}, "ResourceNotFoundException", 404),
    ("create_function", {"FunctionName": "bad-zip", "Runtime": "python3.11", "Handler": "a.b", "Role": ROLE,
                         "Code": {"ZipFile": b"not a zip"}}, "InvalidParameterValueException", 400),
    ("create_function", {"FunctionName": "no-code", "Runtime": "python3.11", "Handler": "a.b", "Role": ROLE},
     "ValidationException", 400),
    ("create_function", {"FunctionName": "timeless", "Runtime": "python3.11", "Handler": "a.b", "Role": ROLE,
                         "Timeout": 901, "Code": {"ZipFile": zip_of({"a.py": ""})}}, "ValidationException", 400),
    ("create_function", {"FunctionName": "image", "Role": ROLE, "PackageType": "Image",
                         "Code": {"ImageUri": "x"}}, "InvalidParameterValueException", 400),
])
def test_lambda_errors(server, operation, members, code, status):
    assert error_of(getattr(unchecked(server, "lambda"), operation), **members)[:2] == (code, status)
