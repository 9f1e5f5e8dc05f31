"""Requests/s after ten minutes, beside the first ones. Only with BENCH_LONG=1."""

from conftest import Lattice

from .. import compare, load
from ..context import fixed_response
from ..load import Side
from ..measure import megabytes
from ..results import Bar, Numbers, Result

TURNS, SECONDS = 20, 30


def measure(context):
    if not context.is_long:
        context.progress("takes ten minutes, left out without BENCH_LONG=1")
        return []
    server = context.trellis()
    service = fixed_response(Lattice(server), "fixed")
    side = Side("Trellis", server.process.pid, service["port"], service["host"], status=404)
    load.at_full_speed(side, compare.CONNECTIONS, 1)
    readings, memory = [], []
    for number in range(TURNS):
        readings.append(load.at_full_speed(side, compare.CONNECTIONS, SECONDS))
        memory.append(megabytes(side.pid, "VmRSS"))
        context.progress(f"{(number + 1) * SECONDS} of {TURNS * SECONDS} s")
    first, last = readings[:3], readings[-3:]
    return [
        Result(
            "ten minutes of fixed responses: requests/s at the end ÷ at the start",
            Numbers(tuple(reading.rate for reading in last)), "the first 90 s",
            Numbers(tuple(reading.rate for reading in first)),
            Numbers(tuple(b.rate / a.rate for a, b in zip(first, last, strict=True))), Bar(at_least=0.9)),
        Result("ten minutes of fixed responses: memory at the end", Numbers(tuple(memory[-3:]), "MB"),
               "the first 90 s", Numbers(tuple(memory[:3]), "MB")),
    ]
