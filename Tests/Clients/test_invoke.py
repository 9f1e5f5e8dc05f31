"""Invoke as boto3 sees it: types, qualifiers, headers, payloads, errors, and events that survive."""

import base64
import json
import re
import signal
import sqlite3

import botocore.exceptions
import pytest

from conftest import Lattice, function_source, wait_for

FILES = {"invoked.py": function_source("invoked.py")}


@pytest.fixture(scope="module")
def function(lattice):
    arn = lattice.create_function("invoked", "python3.11", "invoked.handler", FILES, Timeout=3, Publish=True)
    lattice.functions.create_alias(FunctionName="invoked", Name="live", FunctionVersion="1")
    return arn


def invoke(lattice, event=None, name="invoked", **more):
    answer = lattice.functions.invoke(FunctionName=name, Payload=json.dumps(event), **more)
    payload = answer["Payload"].read()
    return answer, json.loads(payload) if payload else None


def refusal(lattice, **call):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        lattice.functions.invoke(**dict({"FunctionName": "invoked", "Payload": b"{}"}, **call))
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


@pytest.mark.parametrize("name, qualifier, version", [
    ("invoked", None, "$LATEST"), ("invoked", "$LATEST", "$LATEST"), ("invoked", "1", "1"), ("invoked", "live", "1"),
    ("invoked:live", None, "1"), ("invoked:1", "1", "1"), ("ARN", None, "$LATEST"), ("ARN:live", None, "1"),
    ("ARN:live", "live", "1"), ("ACCOUNT:function:invoked", "live", "1"),
])
def test_what_is_called_is_what_runs(lattice, function, name, qualifier, version):
    name = name.replace("ARN", function).replace("ACCOUNT", function.split(":")[4])
    more = {"Qualifier": qualifier} if qualifier else {}
    answer, payload = invoke(lattice, {"a": "é"}, name, **more)
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == version
    assert payload == {"a": "é"}
    assert "FunctionError" not in answer and "LogResult" not in answer
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"


@pytest.mark.parametrize("event", [None, True, 0, "", [], {}, {"do": "nothing"}])
def test_answers_of_every_kind(lattice, function, event):
    assert invoke(lattice, event)[1] == (None if event == {"do": "nothing"} else event)


@pytest.mark.parametrize("event, error", [
    ({"do": "raise"}, {"errorType": "ValueError", "errorMessage": "boom"}),
    ({"do": "exit", "status": 3},
     {"errorType": "Runtime.ExitError",
      "errorMessage": "RequestId: ID Error: Runtime exited with error: exit status 3"}),
    ({"do": "exit", "status": 0},
     {"errorType": "Runtime.ExitError",
      "errorMessage": "RequestId: ID Error: Runtime exited without providing a reason"}),
    ({"do": "kill"},
     {"errorType": "Runtime.ExitError",
      "errorMessage": "RequestId: ID Error: Runtime exited with error: signal: killed"}),
    ({"do": "hang"},
     {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: ID Error: Task timed out after 3.00 seconds"}),
    ({"do": "large"},
     {"errorType": "Function.ResponseSizeTooLarge",
      "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}),
], ids=lambda value: value.get("do"))
def test_function_errors_are_200(lattice, function, event, error):
    answer, payload = invoke(lattice, event)
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert answer["ExecutedVersion"] == "$LATEST"
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert {name: payload[name].replace(request_id, "ID") for name in error} == error
    assert invoke(lattice, {"fine": 1})[1] == {"fine": 1}


@pytest.mark.parametrize("name, runtime, handler, files, kind, words", [
    ("no-module", "python3.11", "missing.handler", FILES, "Runtime.ImportModuleError", "No module named 'missing'"),
    ("no-handler", "python3.11", "invoked.missing", FILES, "Runtime.HandlerNotFound", "missing"),
    ("no-syntax", "python3.11", "app.handler", {"app.py": "def handler(:"}, "Runtime.UserCodeSyntaxError", "app"),
    ("raises-early", "python3.11", "app.handler", {"app.py": "raise KeyError('early')"}, "KeyError", "early"),
    ("exits-early", "python3.11", "app.handler", {"app.py": "import os\nos._exit(7)"}, "Runtime.ExitError",
     "RequestId: ID Error: Runtime exited with error: exit status 7"),
    ("no-bootstrap", "provided.al2023", "none", {"other": "x"}, "Runtime.InvalidEntrypoint",
     "RequestId: ID Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
])
def test_a_function_that_does_not_start(lattice, name, runtime, handler, files, kind, words):
    lattice.create_function(name, runtime, handler, files, Timeout=10)
    for _ in range(2):
        answer, payload = invoke(lattice, {}, name)
        assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
        assert answer["ExecutedVersion"] == "$LATEST"
        message = payload["errorMessage"].replace(answer["ResponseMetadata"]["RequestId"], "ID")
        assert payload["errorType"] == kind
        assert words in message


def test_what_the_handler_learns_of_its_call(lattice):
    code = ("def handler(event, context):\n"
            "    client = context.client_context\n"
            "    return [context.aws_request_id, context.invoked_function_arn, client and client.custom]\n")
    arn = lattice.create_function("learns", "python3.11", "app.handler", {"app.py": code}, Timeout=30, Publish=True)
    lattice.functions.create_alias(FunctionName="learns", Name="live", FunctionVersion="1")
    for qualifier, called in [(None, arn), ("$LATEST", f"{arn}:$LATEST"), ("1", f"{arn}:1"), ("live", f"{arn}:live")]:
        context = base64.b64encode(json.dumps({"custom": {"q": str(qualifier)}}).encode()).decode()
        more = {"Qualifier": qualifier} if qualifier else {}
        answer, payload = invoke(lattice, {}, "learns", ClientContext=context, **more)
        assert payload == [answer["ResponseMetadata"]["RequestId"], called, {"q": str(qualifier)}]
    assert invoke(lattice, {}, "learns")[1][2] is None


@pytest.mark.parametrize("headers, status, code", [
    ({"X-Amz-Invocation-Type": "Later"}, 400, "ValidationException"),
    ({"X-Amz-Log-Type": "Head"}, 400, "ValidationException"),
    ({"X-Amz-Client-Context": "no base64"}, 400, "InvalidRequestContentException"),
    ({"X-Amz-Client-Context": "A" * 3584}, 400, "InvalidRequestContentException"),
    ({"X-Amz-Tenant-Id": "t"}, 400, "InvalidParameterValueException"),
    ({"Content-Type": "application/xml"}, 415, "UnsupportedMediaTypeException"),
    ({"Content-Type": "application/cloudevents+json; charset=utf-8"}, 200, None),
], ids=str)
def test_headers_that_no_client_would_send(server, function, headers, status, code):
    client = server.client("lambda")

    def say(request, **_):
        for name, value in headers.items():
            request.headers[name] = value

    client.meta.events.register("before-sign.lambda.Invoke", say)
    try:
        answer = client.invoke(FunctionName="invoked", Payload=b"{}")
    except botocore.exceptions.ClientError as error:
        answer = error.response
        assert answer["Error"]["Code"] == code
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


def test_the_log_tail(lattice, function):
    answer, _ = invoke(lattice, {"do": "print", "size": 10}, LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert re.fullmatch(
        rf"START RequestId: {request_id} Version: \$LATEST\nx{{10}}\nthe last line\nEND RequestId: {request_id}\n"
        rf"REPORT RequestId: {request_id}\tDuration: [0-9.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: \d+ MB\t(Init Duration: [0-9.]+ ms\t)?\n", log), log
    answer, _ = invoke(lattice, {"do": "print", "size": 9000}, LogType="Tail")
    log = base64.b64decode(answer["LogResult"])
    assert len(log) == 4096
    assert b"the last line\nEND" in log


@pytest.mark.parametrize("call, status, code, words", [
    ({"FunctionName": "missing"}, 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:.*:missing:\\$LATEST"),
    ({"Qualifier": "9"}, 404, "ResourceNotFoundException", "Function not found: .*:invoked:9"),
    ({"Qualifier": "none"}, 404, "ResourceNotFoundException", "Cannot find alias arn: .*:invoked:none"),
    ({"FunctionName": "invoked:live", "Qualifier": "1"}, 400, "InvalidParameterValueException",
     "The derived qualifier from the function name does not match the specified qualifier."),
    ({"Payload": b"{"}, 400, "InvalidRequestContentException",
     "Could not parse request body into json: Could not parse payload into json: .*"),
    ({"Payload": b'"' + b"x" * 6_291_455 + b'"'}, 413, "RequestTooLargeException",
     "Request must be smaller than 6291456 bytes for the InvokeFunction operation"),
    ({"InvocationType": "Event", "Payload": b'"' + b"x" * 1_048_575 + b'"'}, 413, "RequestTooLargeException",
     "Request must be smaller than 1048576 bytes for the InvokeFunction operation"),
    ({"InvocationType": "Event", "FunctionName": "missing"}, 404, "ResourceNotFoundException", "Function not found: .*"),
    ({"InvocationType": "DryRun", "FunctionName": "missing"}, 404, "ResourceNotFoundException",
     "Function not found: .*"),
], ids=str)
def test_what_never_reaches_the_function_is_an_error(lattice, function, call, status, code, words):
    got = refusal(lattice, **call)
    assert got[:2] == (status, code)
    assert re.fullmatch(words, got[2]), got[2]


def test_another_region_is_not_reachable(lattice, function):
    there = function.replace(f":{function.split(':')[3]}:", ":ap-south-1:")
    assert refusal(lattice, FunctionName=there)[:2] == (404, "ResourceNotFoundException")


def test_an_event_that_is_no_json_by_its_type(server, function):
    client = server.client("lambda")

    def say(request, **_):
        request.headers["Content-Type"] = "text/plain"

    client.meta.events.register("before-sign.lambda.Invoke", say)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.invoke(FunctionName="invoked", Payload=b"{}")
    assert caught.value.response["Error"]["Code"] == "UnsupportedMediaTypeException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 415


def test_a_dry_run(lattice, function):
    answer, payload = invoke(lattice, {}, InvocationType="DryRun")
    assert (answer["StatusCode"], payload) == (204, None)
    assert "ExecutedVersion" not in answer


def stream(lattice, event, **more):
    answer = lattice.functions.invoke_with_response_stream(
        FunctionName="invoked", Payload=json.dumps(event), **more)
    # The client checks the framing and both checksums of each message.
    events = list(answer["EventStream"])
    assert [list(event) for event in events[:-1]] == [["PayloadChunk"]] * (len(events) - 1)
    return answer, [event["PayloadChunk"]["Payload"] for event in events[:-1]], events[-1]["InvokeComplete"]


def test_an_answer_as_an_event_stream(lattice, function):
    answer, chunks, complete = stream(lattice, {"text": "é" * 50_000}, Qualifier="live")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "1")
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    assert json.loads(b"".join(chunks)) == {"text": "é" * 50_000}
    assert len(chunks) > 1
    assert complete == {}


def test_the_end_of_an_event_stream(lattice, function):
    _, _, complete = stream(lattice, {"do": "print", "size": 1}, LogType="Tail")
    assert "the last line\nEND" in base64.b64decode(complete["LogResult"]).decode()
    _, chunks, complete = stream(lattice, {"do": "raise"})
    assert chunks == []
    assert complete["ErrorCode"] == "Unhandled"
    assert json.loads(complete["ErrorDetails"])["errorMessage"] == "boom"


def test_an_event_stream_that_never_begins(lattice, function):
    answer = lattice.functions.invoke_with_response_stream(FunctionName="invoked", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    with pytest.raises(lattice.functions.exceptions.ResourceNotFoundException):
        lattice.functions.invoke_with_response_stream(FunctionName="missing")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        lattice.functions.invoke_with_response_stream(FunctionName="invoked", InvocationType="Event")
    assert caught.value.response["Error"]["Code"] == "ValidationException"


# MARK: Events


@pytest.fixture()
def events(own_server_with_short_retries, tmp_path):
    """A server of its own, and a function that writes its calls to a file."""
    lattice = Lattice(own_server_with_short_retries)
    calls = tmp_path / "calls"
    lattice.create_function(
        "later", "python3.11", "invoked.handler", FILES, Timeout=60,
        Environment={"Variables": {"CALLS": str(calls)}})

    def read():
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []

    return lattice, read


@pytest.fixture()
def own_server_with_short_retries(monkeypatch, request):
    monkeypatch.setenv("TRELLIS_EVENT_RETRY_DELAY_MS", "200")
    return request.getfixturevalue("own_server")


def send(lattice, event):
    answer, payload = invoke(lattice, event, "later", InvocationType="Event")
    assert (answer["StatusCode"], payload) == (202, None)
    assert "ExecutedVersion" not in answer
    return answer["ResponseMetadata"]["RequestId"]


def test_an_event_runs_once(events):
    lattice, calls = events
    request_id = send(lattice, {"a": 1})
    assert wait_for(calls, "the function")[0] == {
        "id": request_id, "event": {"a": 1},
        "arn": lattice.functions.get_function(FunctionName="later")["Configuration"]["FunctionArn"]}
    last = send(lattice, {"a": 2})
    wait_for(lambda: any(call["id"] == last for call in calls()), "the second event")
    assert len(calls()) == 2


@pytest.mark.parametrize("event, attempts", [
    ({"do": "fail-first", "times": 1}, 2), ({"do": "fail-first", "times": 2}, 3), ({"do": "raise"}, 3),
    ({"do": "exit", "status": 1}, 3),
], ids=str)
def test_a_failing_event_is_tried_again(events, event, attempts):
    lattice, calls = events
    request_id = send(lattice, event)
    wait_for(lambda: len(calls()) == attempts, f"{attempts} calls")
    assert {call["id"] for call in calls()} == {request_id}
    wait_for(lambda: nothing_waits(lattice.server), "an empty queue")
    assert len(calls()) == attempts


def test_a_configured_event_fails_once_and_its_destination_is_told(events):
    lattice, calls = events
    variables = lattice.functions.get_function(FunctionName="later")["Configuration"]["Environment"]
    destination = lattice.create_function(
        "told", "python3.11", "invoked.handler", FILES, Timeout=60, Environment=variables)
    lattice.functions.put_function_event_invoke_config(
        FunctionName="later", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": destination}})
    request_id = send(lattice, {"do": "raise"})
    wait_for(lambda: len(calls()) == 2, "the function and its destination")
    failed, told = calls()
    assert (failed["id"], failed["event"]) == (request_id, {"do": "raise"})
    assert told["arn"] == destination
    context = told["event"]["requestContext"]
    assert (context["requestId"], context["condition"], context["approximateInvokeCount"]) == (
        request_id, "RetriesExhausted", 1)
    assert told["event"]["requestPayload"] == {"do": "raise"}
    wait_for(lambda: nothing_waits(lattice.server), "an empty queue")
    assert len(calls()) == 2


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_event_survives_the_server(events, how):
    lattice, calls = events
    request_id = send(lattice, {"do": "hang-first"})
    wait_for(calls, "the first attempt")
    lattice.server.restart(how)
    wait_for(lambda: len(calls()) == 2, "the second attempt")
    assert {call["id"] for call in calls()} == {request_id}
    wait_for(lambda: nothing_waits(lattice.server), "an empty queue")


def test_many_events_at_once(events):
    """More than there may be environments: throttles are tried again."""
    lattice, calls = events
    sent = {send(lattice, {"number": number}) for number in range(40)}
    wait_for(lambda: len(calls()) >= 40, "all calls", seconds=60)
    assert {call["id"] for call in calls()} == sent


def nothing_waits(server):
    database = sqlite3.connect(f"file:{server.data_dir / 'trellis.sqlite'}?mode=ro", uri=True)
    try:
        return database.execute(
            "SELECT count(*) FROM entry WHERE instr(key, CAST('/event-invocation' AS BLOB)) > 0").fetchone()[0] == 0
    finally:
        database.close()
