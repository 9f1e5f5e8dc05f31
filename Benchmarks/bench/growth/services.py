"""Services, each with a listener and one rule: what a request to one of them costs, and the server's memory."""

from conftest import free_port, wait_for

from .. import compare, load
from ..load import Side
from ..measure import megabytes
from ..population import Population
from .curve import Curve

SIZES = (10, 100, 1_000, 10_000)


def measure(context):
    time, memory = Curve("services", "processor time for a request, µs"), Curve("services", "memory, MB")
    server = context.trellis()
    population = Population(server, free_port())
    context.exits.callback(population.close)
    for size in SIZES:
        population.grow(size, 1)
        side = Side("services", server.process.pid, population.port, population.host(size - 1), "/path1", status=500)
        wait_for(lambda: compare.answers(side), "the last service", seconds=60)
        time.add(size, *(
            load.at_full_speed(side, compare.CONNECTIONS, context.duration).microseconds_per_request
            for _ in range(context.rounds)))
        memory.add(size, megabytes(server.process.pid, "VmRSS"))
        context.progress(f"{size:,} services")
    return [time, memory]
