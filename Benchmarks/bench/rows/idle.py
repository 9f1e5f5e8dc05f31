"""A server that has nothing to do, beside Envoy with one listener."""

import time

from lambda_endpoint import Envoy

from ..measure import megabytes, processor_seconds
from ..peers.function_endpoint import function_endpoint
from ..results import Bar, Numbers, Result, compared

#: Long enough for a hundredth of a second to be a fifth of a per cent's half.
SECONDS = 10


def measure(context):
    envoy = Envoy(context.directory, function_endpoint(context))
    context.exits.callback(envoy.stop)
    ours, theirs, shares = [], [], []
    for number in range(context.rounds):
        # With its defaults: as many workers as processors.
        server = context.trellis(workers=None)
        ours.append(megabytes(server.process.pid, "VmRSS"))
        theirs.append(megabytes(envoy.process.pid, "VmRSS"))
        time.sleep(1)
        before = processor_seconds(server.process.pid)
        time.sleep(SECONDS)
        shares.append((processor_seconds(server.process.pid) - before) / SECONDS * 100)
        server.stop()
        context.progress(f"round {number + 1} of {context.rounds}")
    memory = compared("idle: memory after start", "MB", "Envoy", ours, theirs)
    return [
        Result(memory.what, memory.ours, memory.peer, memory.theirs, bar=Bar(at_most=45, unit="MB")),
        Result("idle: processor", Numbers(tuple(shares), "%"), bar=Bar(at_most=0.5, unit="%")),
    ]
