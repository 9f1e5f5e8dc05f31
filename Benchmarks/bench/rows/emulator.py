"""HTTP → event → embedded Python function → response, beside AWS's Runtime Interface Emulator called directly."""

import dataclasses
import json
import pathlib

import rie
from conftest import Lattice

from .. import compare, load
from ..context import interpreter_without_client
from ..load import Side
from ..results import Bar, compared
from .invoke import BODY, JSON

FUNCTION = pathlib.Path(__file__).parents[1] / "functions/order.py"


def host(context, name, path):
    """A function host with two environments at most; a request that finds both at work waits for one."""
    server = context.trellis(
        path=path, maxEnvironmentsPerFunction=2, invocationQueueLength=16, invocationQueueWaitMs=5000)
    lattice = Lattice(server)
    function = lattice.create_function("order", "python3.11", "order.handler", {"order.py": FUNCTION.read_bytes()})
    service = lattice.service("order", lattice.target_group("order", function))
    return Side(name, server.process.pid, service["port"], service["host"], "/orders", JSON, BODY)


def must_agree(host_sides, emulator):
    """The emulator gives the function's document, the others the response that it describes."""
    _, _, document = compare.answer(emulator, ())
    described = json.loads(document)
    for side in host_sides:
        status, headers, body = compare.answer(side, ("content-type",))
        if (status, headers, body.decode()) != (described["statusCode"], described["headers"], described["body"]):
            raise compare.Disagreement(f"{side.name} answers {status} {headers} {body!r}, the emulator {document!r}")


def measure(context):
    own = host(context, "Trellis", interpreter_without_client())
    aws = host(context, "Trellis with awslambdaric", None)
    emulator = rie.RuntimeInterfaceEmulator(context.directory, "order.handler", functions=FUNCTION.parent)
    context.exits.callback(emulator.stop)
    event = {
        "version": "2.0", "path": "/orders", "method": "POST", "body": BODY.decode(), "isBase64Encoded": False,
        "headers": {"content-type": ["application/json"]}, "queryStringParameters": {}, "requestContext": {}}
    theirs = Side(
        "the emulator", emulator.process.pid, emulator.port, "localhost",
        "/2015-03-31/functions/function/invocations", JSON, json.dumps(event).encode())
    must_agree((own, aws), theirs)
    # The emulator ends when requests overlap: one connection, and a number of requests that is over when the turn is.
    expected = load.a_number_of(theirs, 1, 200).rate * context.duration
    turns = [
        dataclasses.replace(theirs, name="1"), dataclasses.replace(own, name="1"), dataclasses.replace(own, name="16"),
        dataclasses.replace(aws, name="1"), dataclasses.replace(aws, name="16")]
    for side in turns[1:]:
        load.a_number_of(side, int(side.name), 200)
    rates = [
        [reading.rate for reading in found] for found in compare.in_turns(
            context, turns, lambda side: load.a_number_of(side, int(side.name), max(100, int(expected))))]
    peer, what = "Runtime Interface Emulator, 1 connection", "embedded Python function: requests/s"
    return [
        compared(f"{what}, 1 connection", "", peer, rates[1], rates[0], Bar(at_least=1)),
        compared(f"{what}, 16 connections, 2 environments", "", peer, rates[2], rates[0], Bar(at_least=3)),
        compared(f"{what}, 1 connection, awslambdaric", "", peer, rates[3], rates[0]),
        compared(f"{what}, 16 connections, 2 environments, awslambdaric", "", peer, rates[4], rates[0]),
    ]
