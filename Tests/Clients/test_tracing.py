"""`traceparent`, `tracestate` and `X-Amzn-Trace-Id`: passed on to functions and targets, and into the function's environment."""

import json
import re

import pytest

from conftest import Lattice, curl
from test_targets import UNCHECKED, forward_to, target

SOURCE = """
import json, os
def handler(event, context):
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    seen = {name: headers.get(name) for name in ("traceparent", "tracestate", "x-amzn-trace-id")}
    return {"statusCode": 200, "body": json.dumps({**seen, "environment": os.environ.get("_X_AMZN_TRACE_ID")})}
"""
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
TRACESTATE = "vendor=00f067aa0ba902b7"
ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"
TRACE = f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.fixture(scope="module")
def traced(server):
    lattice = Lattice(server)
    arn = lattice.create_function("traced", "python3.11", "app.handler", {"app.py": SOURCE})
    return lattice, arn, lattice.service("traced", lattice.target_group("traced", arn, "V1"))


def seen(service, **headers):
    options = [part for name, value in headers.items() for part in ("--header", f"{name.replace('_', '-')}: {value}")]
    status, _, body = curl(service, *options)
    assert status == 200
    return json.loads(body)


def test_a_function_gets_the_callers_trace(traced):
    found = seen(traced[2], traceparent=TRACEPARENT, tracestate=TRACESTATE, X_Amzn_Trace_Id=TRACE)
    assert found == {
        "traceparent": TRACEPARENT, "tracestate": TRACESTATE, "x-amzn-trace-id": TRACE, "environment": TRACE}


def test_each_invocation_of_an_environment_has_its_own(traced):
    first = seen(traced[2], X_Amzn_Trace_Id=TRACE)["environment"]
    second = seen(traced[2], X_Amzn_Trace_Id=TRACE.replace("5759e988", "5759e989"))["environment"]
    assert (first, second) == (TRACE, TRACE.replace("5759e988", "5759e989"))


@pytest.mark.parametrize("sent", [None, "nonsense", "Root=1-2-3"])
def test_without_a_trace_the_function_has_a_new_one(traced, sent):
    found = seen(traced[2], **({"X_Amzn_Trace_Id": sent} if sent else {}))
    assert found["x-amzn-trace-id"] == sent and found["traceparent"] is None
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", found["environment"])


def test_what_is_missing_in_the_callers_trace_is_added(traced):
    environment = seen(traced[2], X_Amzn_Trace_Id=ROOT)["environment"]
    assert re.fullmatch(re.escape(ROOT) + r";Parent=[0-9a-f]{16};Sampled=0", environment)


def test_invoke_passes_the_trace_on(traced):
    functions = traced[0].functions
    functions.meta.events.register_first(
        "before-sign.lambda.Invoke", lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", TRACE),
        unique_id="trace")
    try:
        answer = json.loads(functions.invoke(FunctionName=traced[1], Payload=b"{}")["Payload"].read())
    finally:
        functions.meta.events.unregister("before-sign.lambda.Invoke", unique_id="trace")
    assert json.loads(answer["body"])["environment"] == TRACE


def test_a_target_gets_the_callers_trace_and_no_other(lattice):
    with target() as one:
        service, _ = forward_to(lattice, [one.server_port], **UNCHECKED)
        names = ("traceparent", "tracestate", "x-amzn-trace-id")
        for headers in [{}, dict(zip(names, (TRACEPARENT, TRACESTATE, TRACE)))]:
            options = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
            assert curl(service, *options)[0] == 200
            got = {name.lower(): value for name, value in one.seen[-1][1].items()}
            assert {name: got[name] for name in names if name in got} == headers
