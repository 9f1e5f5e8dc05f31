"""A function in each runtime answers GET and POST, text and binary, with both event versions."""

import json
import shutil
import subprocess

import pytest

from conftest import FUNCTIONS, curl, function_source

BINARY = bytes(range(256)) * 8


def python_files(tmp_path_factory):
    return "python3.11", "echo.handler", {"echo.py": function_source("echo.py")}


def node_files(tmp_path_factory):
    assert shutil.which("node"), "the test command installs nodejs"
    return "nodejs20.x", "echo.handler", {"echo.mjs": function_source("echo.mjs")}


def compiled_files(tmp_path_factory):
    binary = tmp_path_factory.mktemp("bootstrap") / "bootstrap"
    subprocess.run(["cc", "-O1", "-o", str(binary), str(FUNCTIONS / "bootstrap.c")], check=True)
    return "provided.al2023", "unused", {"bootstrap": binary.read_bytes()}


@pytest.fixture(scope="module", params=[
    (files, version) for files in (python_files, node_files, compiled_files) for version in ("V1", "V2")
], ids=lambda param: f"{param[0].__name__.removesuffix('_files')}-{param[1]}")
def service(request, lattice, tmp_path_factory):
    """A service in front of a function of one runtime, with one event structure version."""
    make_files, version = request.param
    runtime, handler, files = make_files(tmp_path_factory)
    name = f"{make_files.__name__.removesuffix('_files')}-{version}".lower()
    arn = lattice.create_function(name, runtime, handler, files, Timeout=20)
    made = lattice.service(name, lattice.target_group(name, arn, version=version))
    return dict(made, version=version, echoes=make_files is not compiled_files)


def event_of(body, service):
    event = json.loads(body)
    return event, event["raw_path" if service["version"] == "V1" else "path"]


def test_get(service):
    status, headers, body = curl(service, path="/a%20b?x=1&x=2&y=%C3%A9", )
    assert status == 200
    assert headers["content-type"] == ["application/json"]
    event, path = event_of(body, service)
    assert path == "/a%20b?x=1&x=2&y=%C3%A9"
    assert event["method"] == "GET"
    if service["version"] == "V1":
        assert event["query_string_parameters"] == {"x": "2", "y": "é"}
        assert event["headers"]["host"] == service["host"]
        assert (event["body"], event["is_base64_encoded"]) == ("", False)
        assert set(event) == {"raw_path", "method", "headers", "query_string_parameters", "body",
                              "is_base64_encoded"}
    else:
        assert event["version"] == "2.0"
        assert event["queryStringParameters"] == {"x": ["1", "2"], "y": ["é"]}
        assert event["headers"]["host"] == [service["host"]]
        assert event["requestContext"]["serviceArn"].endswith(service["id"])
        assert event["requestContext"]["timeEpoch"].isdigit()
        assert (event["body"], event["isBase64Encoded"]) == ("", False)


def test_post_text(service):
    status, _, body = curl(service, "--header", "Content-Type: text/plain; charset=utf-8", "--data-binary", "grüße\n")
    assert status == 200
    event, _ = event_of(body, service)
    assert event["method"] == "POST"
    assert event["body"] == "grüße\n"


def test_repeated_headers(service):
    _, _, body = curl(service, "--header", "X-Many: one", "--header", "x-many: two")
    event, _ = event_of(body, service)
    assert event["headers"]["x-many"] == ("one, two" if service["version"] == "V1" else ["one", "two"])


def test_post_binary_comes_back(service, tmp_path):
    payload = tmp_path / "payload"
    payload.write_bytes(BINARY)
    arguments = ["--header", "Content-Type: application/octet-stream", "--data-binary", f"@{payload}"]
    if service["echoes"]:
        status, headers, body = curl(service, "--header", "X-Echo-Body: 1", *arguments)
        assert (status, headers["content-type"], body) == (200, ["application/octet-stream"], BINARY)
    else:
        # The compiled runtime shows the event; its answer itself is a decoded base64 body.
        import base64
        event, _ = event_of(curl(service, *arguments)[2], service)
        assert event["isBase64Encoded" if service["version"] == "V2" else "is_base64_encoded"] is True
        assert base64.b64decode(event["body"]) == BINARY


def test_head_has_a_length_and_no_body(service):
    status, headers, body = curl(service, "--head")
    assert status == 200
    assert int(headers["content-length"][0]) > 0
    assert body == b""
