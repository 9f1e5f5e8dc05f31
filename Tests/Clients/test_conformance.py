"""The conformance cases through the running server: its sockets, a real function, the bytes on the wire."""

import http.client
import json
import pathlib
import socket

import pytest

from conftest import ROOT, function_source

FOLDER = ROOT / "Tests/Conformance/events"
#: What a server says by itself.
OWN = {"date", "x-amzn-requestid", "connection", "x-trellis-reason"}
#: Methods that the server's HTTP decoder does not know, so that it refuses them like everything malformed.
UNKNOWN_METHODS = {"get"}


def cases(half, without):
    """The folders of all cases whose `case.json` has none of the given members."""
    folders = sorted(file.parent for file in FOLDER.glob(f"{half}/**/case.json"))
    return [folder for folder in folders if not without & set(json.loads((folder / "case.json").read_text()))]


RESPONSES = cases("responses", {"options"})
REQUESTS = cases("requests", {"context", "maximumEventBytes"})


def name(folder):
    return str(folder.relative_to(FOLDER))


@pytest.fixture(scope="module")
def event_file(tmp_path_factory):
    return tmp_path_factory.mktemp("conformance") / "event.json"


@pytest.fixture(scope="module")
def services(lattice, event_file):
    files = {"bootstrap": function_source("raw_answers.py")}
    files.update({f"answers/{number}": (folder / "answer.json").read_bytes()
                  for number, folder in enumerate(RESPONSES)})
    arn = lattice.create_function(
        "conformance", "provided.al2023", "none", files, Environment={"Variables": {"EVENT_FILE": str(event_file)}})
    return {version: lattice.service(f"conformance-{version.lower()}",
                                     lattice.target_group(f"conformance-{version.lower()}", arn, version))
            for version in ("V1", "V2")}


@pytest.fixture(autouse=True)
def more_headers(monkeypatch):
    # A function's hundred, and the server's own.
    monkeypatch.setattr(http.client, "_MAXHEADERS", 110)


def exchange(service, raw, method):
    with socket.create_connection(("127.0.0.1", service["port"]), timeout=20) as connection:
        connection.sendall(raw)
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return answer.status, answer.getheaders(), answer.read()


def head_of(file: pathlib.Path):
    first, *lines = file.read_text().splitlines()
    return first, [(line.partition(":")[0], line.partition(":")[2].strip(" ")) for line in lines]


@pytest.mark.parametrize("folder", RESPONSES, ids=name)
def test_answers(services, folder):
    service, number = services["V2"], RESPONSES.index(folder)
    method = json.loads((folder / "case.json").read_text()).get("method", "GET")
    raw = f"{method} / HTTP/1.1\r\nHost: {service['host']}\r\nX-Answer: {number}\r\n\r\n".encode()
    status, headers, body = exchange(service, raw, method)
    if (folder / "error.json").exists():
        offset = json.loads((folder / "error.json").read_text())["offset"]
        assert (status, body) == (502, b"malformed function response")
        assert dict(headers)["x-trellis-reason"].endswith(f"(byte {offset})")
        return
    first, lines = head_of(folder / "response.http")
    assert f"HTTP/1.1 {status}" == first
    found = [(key, value.encode("latin-1").decode()) for key, value in headers if key.lower() not in OWN]
    assert found == lines
    expected = folder / "response.body"
    assert body == (expected.read_bytes() if expected.exists() else b"")


def is_the_connections(header):
    return header in ("host", "content-length") or header.startswith(("x-forwarded-", "x-amzn-"))


@pytest.mark.parametrize("version", ["V1", "V2"])
@pytest.mark.parametrize("folder", REQUESTS, ids=name)
def test_requests(services, event_file, folder, version):
    expected = folder / f"event.{version.lower()}.json"
    if not expected.exists():
        assert (folder / f"event.{'v2' if version == 'V1' else 'v1'}.json").exists()
        return
    service = services[version]
    first, headers = head_of(folder / "request.http")
    body = (folder / "request.body").read_bytes() if (folder / "request.body").exists() else b""
    names = {key.lower() for key, _ in headers}
    if "transfer-encoding" in names:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    elif "content-length" not in names:
        headers.append(("Content-Length", str(len(body))))
    lines = [f"{key}: {service['host'] if key.lower() == 'host' else value}" for key, value in headers]
    event_file.unlink(missing_ok=True)
    method = first.split(" ")[0]
    status = exchange(service, "\r\n".join([first, *lines, "", ""]).encode() + body, method)[0]
    if method in UNKNOWN_METHODS:
        assert (status, event_file.exists()) == (400, False)
        return
    if any(key.lower() == "authorization" and value.startswith("AWS4-") for key, value in headers):
        # What the plain files show is a caller who is known; this server does not know the key.
        assert (status, event_file.exists()) == (403, False)
        return
    assert status == 200
    event, wanted = json.loads(event_file.read_text()), json.loads(expected.read_text())
    for values in (event, wanted):
        values.pop("requestContext", None)
        values["headers"] = {key: value for key, value in values["headers"].items() if not is_the_connections(key)}
    assert event == wanted


def test_enough_cases_are_sent():
    assert len(RESPONSES) > 120 and len(REQUESTS) > 70
