"""HTTP → event → signed Invoke on a remote endpoint → response, beside Envoy's `aws_lambda` filter."""

import json

from conftest import Lattice
from lambda_endpoint import Envoy

from .. import compare
from ..context import ACCOUNT
from ..load import Side
from ..peers.function_endpoint import function_endpoint
from ..results import Bar

BODY = json.dumps({"order": 17, "lines": [{"item": "tea", "count": 2}] * 8}).encode()
#: Requests/s at most where the rate is fixed.
RATE = 800
JSON = (("content-type", "application/json"),)


def measure(context):
    endpoint = function_endpoint(context)
    server = context.trellis(
        variables={"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"},
        remoteFunctions=[{"endpoint": {"url": f"http://127.0.0.1:{endpoint.port}"}}])
    envoy = Envoy(context.directory, endpoint)
    context.exits.callback(envoy.stop)
    lattice = Lattice(server)
    group = lattice.target_group("orders", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:orders")
    service = lattice.service("orders", group)
    sides = (
        Side("Trellis", server.process.pid, service["port"], service["host"], "/orders", JSON, BODY),
        Side("Envoy", envoy.process.pid, envoy.port, "localhost", "/orders", JSON, BODY))
    compare.must_agree(sides)
    what, peer = "remote function, signed Invoke", "Envoy"
    ours, theirs = compare.at_full_speed(context, sides)
    rate = compare.rate_of(RATE, ours, theirs)
    yield from compare.speed(what, ours, theirs, peer, Bar(at_most=0.4))
    yield from compare.latency(what, rate, *compare.at_rate(context, sides, rate), peer, Bar(at_most=0.6))
