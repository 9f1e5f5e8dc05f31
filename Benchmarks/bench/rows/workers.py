"""Two workers beside one."""

import os

from conftest import Lattice

from .. import compare
from ..context import fixed_response
from ..load import Side
from ..results import Bar, Numbers, Result

#: h2load takes a processor of its own, and the two workers one each.
PROCESSORS = 4


def measure(context):
    sides = []
    for workers in (1, 2):
        server = context.trellis(workers=workers)
        service = fixed_response(Lattice(server), "fixed")
        sides.append(Side(f"{workers} workers", server.process.pid, service["port"], service["host"], status=404))
    compare.must_agree(sides)
    one, two = compare.at_full_speed(context, sides)
    bar = Bar(at_least=1.7)
    enough = (os.cpu_count() or 1) >= PROCESSORS
    measured = [b.rate / a.rate for a, b in zip(one, two, strict=True)]
    # What two processors that have nothing else to do would carry.
    possible = [
        2 * a.microseconds_per_request / b.microseconds_per_request for a, b in zip(one, two, strict=True)]
    return [
        Result(
            "two workers: requests/s" + ("" if enough else f" (needs {PROCESSORS} processors to say anything)"),
            Numbers(tuple(reading.rate for reading in two)), "one worker", Numbers(tuple(reading.rate for reading in one)),
            Numbers(tuple(measured)), bar if enough else None),
        Result(
            "two workers: 2 × processor time for a request of one worker ÷ that of two",
            Numbers(tuple(reading.microseconds_per_request for reading in two), "µs"), "one worker",
            Numbers(tuple(reading.microseconds_per_request for reading in one), "µs"), Numbers(tuple(possible)),
            None if enough else bar),
    ]
