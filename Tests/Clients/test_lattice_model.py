"""Every operation of vpc-lattice against botocore's service model: valid input, and each constraint broken alone."""

import copy
import datetime
import json
import re
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.serialize
import botocore.session
import botocore.validate
import pytest
import urllib3

from conftest import Server
from lattice_inputs import INPUTS, World, inputs

MODEL = botocore.session.get_session().get_service_model("vpc-lattice")
OPERATIONS = sorted(MODEL.operation_names)
# Newer than the installed model: returned by the real service all the same.
NEWER_MEMBERS = {"idleTimeoutSeconds"}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# Members that no valid input sets because no answer to an earlier call gives a value.
UNUSED_MEMBERS = {"nextToken"}


@pytest.fixture(scope="module")
def declaring_server(tmp_path_factory):
    """A server with VPC endpoints, which nothing but its configuration can make."""
    server = Server(tmp_path_factory.mktemp("model") / "data").start()
    world = World(server)
    configuration = world.lattice.get_resource_configuration(resourceConfigurationIdentifier=world.configuration())
    network = world.lattice.get_service_network(serviceNetworkIdentifier=world.network())
    endpoints = [
        {"id": f"vpce-{number:017x}", "vpc": world.vpc(), "resourceConfiguration": configuration["arn"]}
        for number in range(3)]
    endpoints.append({"id": f"vpce-{9:017x}", "vpc": world.vpc(), "serviceNetwork": network["arn"]})
    # JSON is YAML.
    (server.data_dir.parent / "trellis.yaml").write_text(json.dumps({
        "vpcEndpoints": endpoints, "quotas": {"domainVerificationsPerRegion": 100, "serviceNetworksPerRegion": 1000}}))
    yield server.restart()
    assert server.stop() == 0


@pytest.fixture(scope="module")
def world(declaring_server):
    return World(declaring_server)


class Wire:
    """Signed requests as the SDK sends them, but with any content."""

    def __init__(self, server):
        self.address = server.environment["AWS_ENDPOINT_URL"]
        self.region = server.environment["AWS_REGION"]
        self.credentials = botocore.credentials.Credentials(
            server.environment["AWS_ACCESS_KEY_ID"], server.environment["AWS_SECRET_ACCESS_KEY"])
        self.pool = urllib3.PoolManager()
        self.serializer = botocore.serialize.create_serializer("rest-json", include_validation=False)

    def serialized(self, operation, values):
        return self.serializer.serialize_to_request(values, MODEL.operation_model(operation))

    def send(self, request):
        url = self.address + request["url_path"]
        if request["query_string"]:
            url += "?" + urllib.parse.urlencode(request["query_string"], doseq=True, quote_via=urllib.parse.quote)
        signed = botocore.awsrequest.AWSRequest(request["method"], url, request["headers"], request["body"])
        botocore.auth.SigV4Auth(self.credentials, "vpc-lattice", self.region).add_auth(signed)
        prepared = signed.prepare()
        return self.pool.request(
            prepared.method, prepared.url, headers=dict(prepared.headers), body=prepared.body, retries=False)


@pytest.fixture(scope="module")
def wire(declaring_server):
    return Wire(declaring_server)


def test_every_operation_has_inputs():
    assert sorted(INPUTS) == OPERATIONS


@pytest.mark.parametrize("operation", OPERATIONS)
def test_valid_input(world, wire, operation):
    shape = MODEL.operation_model(operation)
    used = set()
    for values in inputs(operation, world):
        report = botocore.validate.ParamValidator().validate(values, shape.input_shape)
        assert not report.has_errors(), report.generate_report()
        answer = wire.send(wire.serialized(operation, values))
        assert answer.status == shape.http.get("responseCode", 200), (values, answer.data)
        check_answer(shape, answer)
        used |= {path for path, _, _ in members(shape.input_shape, values)}
    unused = {path for path in all_members(shape.input_shape) - used if path.split(".")[-1] not in UNUSED_MEMBERS}
    assert not unused, "members of the model that no input uses"


def check_answer(operation, answer):
    if operation.output_shape is None or answer.status == 204:
        assert answer.data == b""
        return
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-amzn-requestid"]
    check_value(operation.output_shape, json.loads(answer.data), operation.output_shape.name)


def check_value(shape, value, path):
    """The value is what the model promises: types, members, lengths, patterns, ranges, enums, form of times."""
    metadata = shape.metadata
    if shape.type_name == "structure":
        assert isinstance(value, dict), path
        unknown = set(value) - set(shape.members) - NEWER_MEMBERS
        assert not unknown, f"{path} has unknown members {unknown}"
        missing = set(metadata.get("required", ())) - set(value)
        assert not missing, f"{path} lacks {missing}"
        for name in set(value) & set(shape.members):
            check_value(shape.members[name], value[name], f"{path}.{name}")
    elif shape.type_name == "list":
        assert isinstance(value, list), path
        check_size(metadata, len(value), path)
        for index, element in enumerate(value):
            check_value(shape.member, element, f"{path}[{index}]")
    elif shape.type_name == "map":
        assert isinstance(value, dict), path
        check_size(metadata, len(value), path)
        for key, element in value.items():
            check_value(shape.key, key, f"{path} key")
            check_value(shape.value, element, f"{path}.{key}")
    elif shape.type_name == "string":
        assert isinstance(value, str), path
        check_size(metadata, len(value), path)
        if "enum" in metadata:
            assert value in metadata["enum"], (path, value)
        if "pattern" in metadata:
            assert re.fullmatch(metadata["pattern"], value, re.ASCII), (path, value)
    elif shape.type_name in ("integer", "long"):
        assert isinstance(value, int) and not isinstance(value, bool), (path, value)
        check_size(metadata, value, path)
    elif shape.type_name == "boolean":
        assert isinstance(value, bool), (path, value)
    elif shape.type_name == "timestamp":
        assert isinstance(value, str) and TIMESTAMP.fullmatch(value), (path, value)
        datetime.datetime.fromisoformat(value)
    else:
        raise AssertionError(f"{path}: no check for {shape.type_name}")


def check_size(metadata, size, path):
    assert metadata.get("min", size) <= size <= metadata.get("max", size), (path, size)


# --- one constraint broken at a time ---------------------------------------------------------------------------------

def members(shape, value, path="", place=()):
    """Every member that a value sets: its path without indices, its shape, and the way to it."""
    if shape.type_name == "structure":
        for name, element in value.items():
            inner = f"{path}.{name}" if path else name
            yield inner, shape.members[name], (*place, name)
            yield from members(shape.members[name], element, inner, (*place, name))
    elif shape.type_name == "list":
        for index, element in enumerate(value):
            yield f"{path}.*", shape.member, (*place, index)
            yield from members(shape.member, element, f"{path}.*", (*place, index))


def all_members(shape, path=""):
    if shape.type_name == "structure":
        found = set()
        for name, member in shape.members.items():
            inner = f"{path}.{name}" if path else name
            found |= {inner} | all_members(member, inner)
        return found
    if shape.type_name == "list":
        return {f"{path}.*"} | all_members(shape.member, f"{path}.*")
    return set()


WRONG_TYPES = {
    "string": ["of", "strings"], "integer": "many", "long": "many", "boolean": "yes", "structure": "none",
    "list": {"not": "a list"}, "map": "none"}


def broken(shape, value, in_body):
    """Values that break one constraint each, with its name."""
    metadata = shape.metadata
    if in_body:
        yield "wrong type", WRONG_TYPES[shape.type_name]
    if shape.type_name == "string":
        if metadata.get("min", 0) > (0 if in_body else 1):
            yield "too short", value[: metadata["min"] - 1]
        if "max" in metadata:
            yield "too long", (value or "x") + "x" * (metadata["max"] + 1 - len(value or "x"))
        if "enum" in metadata:
            yield "enum", "NOT_IN_THE_MODEL"
        if "pattern" in metadata:
            yield "pattern", unmatched(metadata, value)
    elif shape.type_name in ("integer", "long"):
        if "min" in metadata:
            yield "below the range", metadata["min"] - 1
        if "max" in metadata:
            yield "above the range", metadata["max"] + 1
    elif shape.type_name == "list":
        if metadata.get("min", 0) > 0:
            yield "too few", []
        if "max" in metadata:
            yield "too many", [value[0]] * (metadata["max"] + 1)
    elif shape.type_name == "map" and "max" in metadata:
        yield "too many", {f"key{number}": "value" for number in range(metadata["max"] + 1)}


def unmatched(metadata, value):
    """A text that breaks the pattern and no other constraint."""
    for text in (value + "!", value[:-1] + "!", value[:-1] + "\u00e9", " " * max(metadata.get("min", 1), 1)):
        fits = metadata.get("min", 0) <= len(text) <= metadata.get("max", len(text))
        if fits and not re.fullmatch(metadata["pattern"], text, re.ASCII):
            return text
    raise AssertionError(f"every text matches {metadata['pattern']}")


def mutations(operation, values):
    """`(what, path, field, changed request part)` for each constraint of the members that an input sets."""
    shape = MODEL.operation_model(operation).input_shape
    for path, member, place in members(shape, values):
        location = shape.members[place[0]].serialization.get("location", "body")
        for what, bad in broken(member, at(values, place), in_body=location == "body"):
            yield what, path, place, location, bad
    for path, structure, place in [("", shape, ()), *members(shape, values)]:
        if structure.type_name != "structure":
            continue
        for name in structure.required_members:
            location = shape.members[(*place, name)[0]].serialization.get("location", "body")
            if location != "uri":
                yield "missing", f"{path}.{name}".lstrip("."), (*place, name), location, None


def at(values, place):
    for step in place:
        values = values[step]
    return values


def field_name(place):
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else ("." if text else "") + step
    return text


def mutated(wire, operation, values, place, location, bad):
    """The request of an input in which one value is another, or missing for `None`."""
    if location != "body":
        return wire.serialized(operation, changed(values, place, bad))
    # Only the body can hold a value of another type than the serializer expects.
    request = wire.serialized(operation, values)
    request["body"] = json.dumps(changed(json.loads(request["body"]), place, bad)).encode()
    return request


def changed(values, place, bad):
    values = copy.deepcopy(values)
    holder = at(values, place[:-1])
    if bad is None:
        del holder[place[-1]]
    else:
        holder[place[-1]] = bad
    return values


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_broken_constraint(world, wire, operation):
    tried = set()
    wrong = []
    for values in inputs(operation, world):
        for what, path, place, location, bad in mutations(operation, values):
            if (what, path) in tried:
                continue
            tried.add((what, path))
            answer = wire.send(mutated(wire, operation, values, place, location, bad))
            fault = fault_of(answer, field_name(place))
            if fault:
                wrong.append(f"{what} {path}: {fault}")
    assert not wrong, "\n".join(wrong)


def fault_of(answer, field):
    if answer.status != 400 or answer.headers.get("x-amzn-errortype") != "ValidationException":
        return f"{answer.status} {answer.data[:200]}"
    error = json.loads(answer.data)
    names = [entry["name"] for entry in error.get("fieldList", [])]
    if error.get("reason") != "fieldValidationFailed" or names != [field]:
        return f"reason {error.get('reason')}, fields {names} instead of {field}"
    return None
