"""Functions written with aws-lambda-powertools understand every event, and clients get what such functions answer."""

import base64
import datetime
import gzip
import json
import pathlib
import urllib.parse

import aws_lambda_powertools
import pydantic
import pytest
from aws_lambda_powertools.utilities.data_classes import VPCLatticeEvent, VPCLatticeEventV2
from aws_lambda_powertools.utilities.parser.envelopes import VpcLatticeEnvelope, VpcLatticeV2Envelope
from aws_lambda_powertools.utilities.parser.models import VpcLatticeModel, VpcLatticeV2Model

from conftest import ROOT, curl, function_source
from generated_requests import Request, requests, send

VPC = "vpc-0e0e0e0e0e0e0e0e2"
CONFORMANCE = ROOT / "Tests/Conformance/events"
SITE = pathlib.Path(aws_lambda_powertools.__file__).parents[1]


def vendored():
    """The library and what it needs, as a deployment package has them beside the function."""
    files = [SITE / "typing_extensions.py", *SITE.glob("aws_lambda_powertools/**/*"), *SITE.glob("jmespath/**/*")]
    return {str(file.relative_to(SITE)): file.read_bytes() for file in files if file.suffix in (".py", ".json")}


@pytest.fixture(scope="module")
def notes_file(tmp_path_factory):
    return tmp_path_factory.mktemp("powertools") / "notes.json"


@pytest.fixture(scope="module")
def function(lattice, notes_file):
    files = {"powertools_app.py": function_source("powertools_app.py"), **vendored()}
    arn = lattice.create_function(
        "powertools", "python3.11", "powertools_app.handler", files, Timeout=60,
        Environment={"Variables": {"NOTES_FILE": str(notes_file), "POWERTOOLS_DEV": "0"}})
    network = lattice.lattice.create_service_network(name="powertools")
    lattice.lattice.create_service_network_vpc_association(
        serviceNetworkIdentifier=network["id"], vpcIdentifier=VPC)
    return {"arn": arn, "network": network}


@pytest.fixture(scope="module", params=["V1", "V2"])
def service(request, lattice, function):
    group = lattice.target_group(f"powertools-{request.param.lower()}", function["arn"], request.param)
    made = lattice.service(f"powertools-{request.param.lower()}", group, function["network"]["id"])
    made.update(version=request.param, group=lattice.lattice.get_target_group(targetGroupIdentifier=group)["arn"],
                arn=lattice.lattice.get_service(serviceIdentifier=made["id"])["arn"])
    return made


def test_routes_get_path_parameters_query_headers_and_cookies(service):
    status, headers, body = curl(
        service, "--header", "User-Agent: client", "--header", "Cookie: a=1; b=2",
        path="/orders/17/lines/3?state=open&state=late&note=a%26b+c")
    answer = json.loads(body)
    is_v1 = service["version"] == "V1"
    assert status == 200
    assert headers["content-type"] == ["application/json"]
    assert (answer["order"], answer["line"]) == ("17", "3")
    assert answer["query"] == {"state": "late" if is_v1 else "open,late", "note": "a&b c"}
    assert answer["resolved"]["state"] == (["late"] if is_v1 else ["open", "late"])
    assert answer["agent"] == ("client" if is_v1 else ["client"])
    assert answer["cookies"] == {"a": "1", "b": "2"}
    assert not answer["library"].startswith(str(SITE)), "the library comes from the package, not from the environment"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/vnd.api+json"])
def test_json_bodies(service, method, content_type):
    sent = {"id": 1, "name": "Zoë 漢😀", "quote": '"\\'}
    status, _, body = curl(
        service, "--request", method, "--header", f"Content-Type: {content_type}",
        "--data-binary", json.dumps(sent, ensure_ascii=False), path="/json")
    assert (status, json.loads(body)) == (200, {"method": method, "body": sent})


def test_binary_bodies_there_and_back(service, tmp_path):
    image = tmp_path / "image"
    image.write_bytes(bytes(range(256)) * 50)
    status, headers, body = curl(
        service, "--header", "Content-Type: image/png", "--data-binary", f"@{image}", path="/binary")
    assert (status, headers["content-type"], body) == (201, ["image/png"], image.read_bytes())


def test_compressed_answers(service):
    status, headers, body = curl(service, "--header", "Accept-Encoding: gzip", path="/compressed")
    assert (status, headers["content-encoding"]) == (200, ["gzip"])
    assert headers["content-length"] == [str(len(body))]
    assert gzip.decompress(body) == b"compressible " * 100
    assert "content-encoding" not in curl(service, path="/compressed")[1]


def test_headers_of_answers(service):
    status, headers, body = curl(service, path="/headers")
    assert (status, body.decode()) == (202, "é漢😀")
    assert (headers["x-one"], headers["x-two"]) == (["1"], ["a, b"]), "the library joins a list itself"
    # The library puts cookies into a member of their own, which is not part of VPC Lattice's format.
    assert "set-cookie" not in headers


def test_errors_of_routes(service):
    assert curl(service, path="/nowhere")[0] == 404
    assert curl(service, "--request", "DELETE", path="/error")[0] == 502
    assert curl(service, path="/orders/1/lines/2")[0] == 200


def test_the_request_context(service, function):
    if service["version"] == "V1":
        assert curl(service, path="/context")[0] == 502, "there is none, so the route fails"
        return
    before = datetime.datetime.now(datetime.timezone.utc).timestamp()
    context = json.loads(curl(service, path="/context")[2])
    account, region = service["arn"].split(":")[4], service["arn"].split(":")[3]
    assert abs(int(context.pop("time")) / 1e6 - before) < 3600
    assert context == {
        "network": function["network"]["arn"], "service": service["arn"], "group": service["group"], "region": region,
        "vpc": f"arn:aws:ec2:{region}:{account}:vpc/{VPC}",
        "type": None, "principal": None, "organization": None, "session": None,
    }


class Order(pydantic.BaseModel):
    id: int
    name: str = ""


def expected_query(request, version):
    pairs = urllib.parse.parse_qsl(request.target.partition("?")[2], keep_blank_values=True, errors="replace")
    values = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: found[-1] if version == "V1" else ",".join(found) for name, found in values.items()}


def check_data_class(noted, request, version):
    """The data classes say about an event what is true of its request."""
    assert noted["method"] == request.method
    if request.target.startswith("/"):
        assert noted["path"] == request.target.partition("?")[0]
    assert noted["query"] == expected_query(request, version)
    lines = [line.encode("latin-1").decode(errors="replace") for line in request.lines("x-a")]
    assert noted["headers"].get("x-a", []) == (", ".join(lines) if lines and version == "V1" else lines)
    body = base64.b64decode(noted["body"]) if noted["is_base64"] else noted["body"].encode()
    assert body == request.body
    if noted["text"] is not None:
        assert noted["text"].encode() == request.body


def check_model(event, version):
    """The parser's models take the event, version 2.0 with joined lists."""
    if version == "V1":
        VpcLatticeModel.model_validate(event)
        return
    # The model wants strings where the guide shows lists; with that mended, nothing else may be wrong.
    with pytest.raises(pydantic.ValidationError) as refused:
        VpcLatticeV2Model.model_validate(event)
    for fault in refused.value.errors():
        assert fault["loc"][0] in ("headers", "queryStringParameters") and fault["type"] == "string_type", fault
    model = VpcLatticeV2Model.model_validate(with_joined_lists(event))
    microseconds = int(event["requestContext"]["timeEpoch"])
    assert model.request_context.time_epoch == float(microseconds)
    if microseconds > 1e15:
        # Smaller ones the model takes for seconds.
        assert model.request_context.time_epoch_as_datetime.timestamp() == round(microseconds / 1000) / 1000
    assert model.is_base64_encoded is event["isBase64Encoded"]


def with_joined_lists(event):
    joined = {
        name: {key: ",".join(values) for key, values in event[name].items()}
        for name in ("headers", "queryStringParameters") if name in event}
    return {**event, **joined}


def test_every_event_is_understood(service, notes_file):
    notes_file.unlink(missing_ok=True)
    understood = 0
    for request in requests():
        status = send(request, service["port"], service["host"])[0]
        if not notes_file.exists():
            assert status == 400, request
            continue
        noted = json.loads(notes_file.read_text())
        notes_file.unlink()
        assert ("[Cannot be deserialized]" in noted["all"]) == (noted["text"] is None), "only bodies that are no text"
        check_data_class(noted, request, service["version"])
        check_model(noted["event"], service["version"])
        understood += 1
    assert understood > 300


IDENTITY = {
    "sourceVpcArn": "source_vpc_arn", "type": "get_type", "principal": "principal", "sessionName": "session_name",
    "principalOrgID": "principal_org_id", "x509SanDns": "x509_san_dns",
}


@pytest.mark.parametrize("version", ["V1", "V2"])
def test_conformance_events_are_understood(version):
    """The cases have what this server cannot be asked for, such as callers with certificates."""
    files = sorted(CONFORMANCE.glob(f"requests/**/event.{version.lower()}.json"))
    assert len(files) > 90
    callers = 0
    for file in files:
        event = json.loads(file.read_text())
        check_model(event, version)
        if version == "V1":
            assert VPCLatticeEvent(event).raw_path == event["raw_path"], file
            continue
        given = VPCLatticeEventV2(event).request_context
        assert given.service_network_arn == event["requestContext"]["serviceNetworkArn"], file
        for member, name in IDENTITY.items():
            assert getattr(given.identity, name) == event["requestContext"]["identity"].get(member), file
        callers += given.identity.principal is not None
    assert callers > 5 or version == "V1"


def test_envelopes(service, notes_file):
    body = '{"id":1,"name":"Zoë"}'
    send(Request("POST", "/json", [("Content-Type", "application/json")], body.encode()),
         service["port"], service["host"])
    event = json.loads(notes_file.read_text())["event"]
    if service["version"] == "V1":
        parsed = VpcLatticeEnvelope().parse(event, Order)
    else:
        parsed = VpcLatticeV2Envelope().parse(with_joined_lists(event), Order)
    assert parsed == Order(id=1, name="Zoë")
