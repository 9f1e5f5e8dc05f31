"""InvokeWithResponseStream: what a function writes arrives while it still runs."""

import base64
import json
import pathlib
import shutil
import socket

import pytest

from conftest import Lattice, function_source

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


class Gate:
    """Functions wait at it until it is opened."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = list(self.listener.getsockname())

    def open(self):
        waiting, _ = self.listener.accept()
        waiting.sendall(b"x")
        waiting.close()


@pytest.fixture()
def gate():
    gate = Gate()
    yield gate
    gate.listener.close()


@pytest.fixture(scope="module", params=["raw", pytest.param("node", marks=needs_node)])
def function(lattice, request):
    """A bootstrap that speaks the Runtime API itself, and a handler for Lambda's Node.js runtime."""
    name = f"streaming-{request.param}"
    if request.param == "raw":
        lattice.create_function(
            name, "provided.al2023", "none", {"bootstrap": function_source("streaming_bootstrap.py")}, Timeout=30)
    else:
        lattice.create_function(
            name, "nodejs20.x", "streaming.handler", {"streaming.mjs": function_source("streaming.mjs")}, Timeout=30)
    return name


def begin(lattice, name, event, **more):
    answer = lattice.functions.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event), **more)
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    return iter(answer["EventStream"])


def read(events):
    """The rest of the bytes, and the last event."""
    payload = b""
    for event in events:
        if "InvokeComplete" in event:
            assert list(events) == []
            return payload, event["InvokeComplete"]
        payload += event["PayloadChunk"]["Payload"]
    raise AssertionError(f"no end after {payload[:100]!r}")


def test_the_first_bytes_come_before_the_function_ends(lattice, function, gate):
    events = begin(lattice, function, {"gate": gate.address})
    assert next(events) == {"PayloadChunk": {"Payload": b"first"}}
    gate.open()
    assert read(events) == (b"second", {})


def test_a_failure_half_way_is_told_at_the_end(lattice, function, gate):
    events = begin(lattice, function, {"do": "fail", "gate": gate.address}, LogType="Tail")
    assert next(events) == {"PayloadChunk": {"Payload": b"first"}}
    gate.open()
    payload, end = read(events)
    assert (payload, end["ErrorCode"]) == (b"", "Unhandled")
    error = json.loads(end["ErrorDetails"])
    assert (error["errorType"], error["errorMessage"]) in [("Half.Way", "no more"), ("RangeError", "half way")]
    assert "START RequestId" in base64.b64decode(end["LogResult"]).decode()


def test_large_answers(lattice, function):
    blocks = 320
    payload, end = read(begin(lattice, function, {"do": "bytes", "blocks": blocks}))
    assert (len(payload), end) == (blocks * 65536, {})
    assert payload == b"x" * len(payload)


def test_invoke_collects_a_stream(lattice, function):
    answer = lattice.functions.invoke(FunctionName=function, Payload=b"{}")
    assert (answer["StatusCode"], answer["Payload"].read()) == (200, b"firstsecond")
    answer = lattice.functions.invoke(FunctionName=function, Payload=b'{"do":"fail"}')
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] in ("Half.Way", "RangeError")
    answer = lattice.functions.invoke(FunctionName=function, Payload=b'{"do":"bytes","blocks":97}')
    assert json.loads(answer["Payload"].read())["errorType"] == "Function.ResponseSizeTooLarge"
    answer = lattice.functions.invoke(FunctionName=function, Payload=b'{"do":"bytes","blocks":96}')
    assert len(answer["Payload"].read()) == 96 * 65536


def test_many_streams_at_once(lattice, function, gate):
    streams = [begin(lattice, function, {"gate": gate.address}) for _ in range(4)]
    for events in streams:
        assert next(events) == {"PayloadChunk": {"Payload": b"first"}}
    for _ in streams:
        gate.open()
    assert [read(events) for events in streams] == [(b"second", {})] * 4


def test_a_client_that_leaves_does_not_disturb(lattice, function, gate):
    answer = lattice.functions.invoke_with_response_stream(
        FunctionName=function, Payload=json.dumps({"do": "bytes", "blocks": 640}))
    assert next(iter(answer["EventStream"]))["PayloadChunk"]["Payload"].startswith(b"x")
    answer["EventStream"].close()
    assert read(begin(lattice, function, {})) == (b"firstsecond", {})


@pytest.fixture(scope="module")
def raw(lattice):
    lattice.create_function(
        "streaming-alone", "provided.al2023", "none", {"bootstrap": function_source("streaming_bootstrap.py")},
        Timeout=2)
    return "streaming-alone"


def test_a_process_that_ends_half_way(lattice, raw):
    payload, end = read(begin(lattice, raw, {"do": "exit"}))
    assert (payload, end["ErrorCode"]) == (b"first", "Unhandled")
    error = json.loads(end["ErrorDetails"])
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")


def test_the_time_limit_half_way(lattice, raw):
    events = begin(lattice, raw, {"do": "hang"})
    assert next(events) == {"PayloadChunk": {"Payload": b"first"}}
    payload, end = read(events)
    assert json.loads(end["ErrorDetails"])["errorType"] == "Sandbox.Timedout"


def test_a_prelude_for_http_is_passed_on_as_it_is(lattice, raw):
    assert read(begin(lattice, raw, {"do": "prelude"})) == (b'{"statusCode":201}' + bytes(8) + b"body", {})


def test_an_answer_in_one_piece(lattice, raw):
    assert read(begin(lattice, raw, {"do": "buffered"})) == (b'{"whole": true}', {})


def test_a_slow_reader_costs_no_memory(own_server):
    """The function is held back instead: the server never has more than a few megabytes of the answer."""
    lattice = Lattice(own_server)
    lattice.create_function(
        "slow", "provided.al2023", "none", {"bootstrap": function_source("streaming_bootstrap.py")}, Timeout=300)
    assert read(begin(lattice, "slow", {}))[0] == b"firstsecond"

    def peak():
        status = pathlib.Path(f"/proc/{own_server.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) // 1024

    before = peak()
    blocks = 640
    events = begin(lattice, "slow", {"do": "bytes", "blocks": blocks})
    size = len(next(events)["PayloadChunk"]["Payload"])
    # The server is at work meanwhile, and could have taken everything.
    for _ in range(100):
        lattice.functions.list_functions()
    payload, end = read(events)
    assert (size + len(payload), end) == (blocks * 65536, {})
    assert peak() - before < 25


# MARK: Node.js


@pytest.fixture(scope="module")
def node(lattice):
    files = {"streaming.mjs": function_source("streaming.mjs")}
    lattice.create_function("streaming-js", "nodejs20.x", "streaming.handler", files, Timeout=30)
    lattice.create_function("streaming-plain", "nodejs20.x", "streaming.plain", files, Timeout=30)
    return "streaming-js"


@needs_node
@pytest.mark.parametrize("event, payload, kind, message", [
    ({"do": "raise"}, b"", "TypeError", "nothing written"),
    ({"do": "pipeline-raises"}, b"first", "RangeError", "half way"),
    ({"do": "uncaught"}, b"first", "Error", "from outside"),
], ids=lambda value: value.get("do") if isinstance(value, dict) else "")
def test_errors_of_a_streaming_handler(lattice, node, event, payload, kind, message):
    got, end = read(begin(lattice, node, event))
    error = json.loads(end["ErrorDetails"])
    assert (got, error["errorType"], error["errorMessage"]) == (payload, kind, message)
    assert read(begin(lattice, node, {})) == (b"firstsecond", {})


@needs_node
def test_what_a_streaming_handler_is_given(lattice, node):
    answer = lattice.functions.invoke_with_response_stream(FunctionName=node, Payload=b'{"do":"id"}')
    payload, _ = read(iter(answer["EventStream"]))
    assert json.loads(payload) == {"id": answer["ResponseMetadata"]["RequestId"]}
    payload, _ = read(begin(lattice, node, {"do": "http"}))
    assert payload == b'{"statusCode":201,"cookies":["a=1"]}' + bytes(8) + b"firstsecond"


@needs_node
def test_a_streaming_handler_has_to_be_async(lattice, node):
    payload, end = read(begin(lattice, "streaming-plain", {}))
    assert payload == b"x"
    assert "non-async" in json.loads(end["ErrorDetails"])["errorMessage"]
