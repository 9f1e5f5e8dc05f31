"""Rules of a listener: what a request costs that the last one of them matches."""

from conftest import free_port, wait_for

from .. import compare, load
from ..load import Side
from ..population import Population
from .curve import Curve

SIZES = (2, 20, 200, 2_000)


def measure(context):
    curve = Curve("rules of a listener", "processor time for a request, µs")
    server = context.trellis()
    population = Population(server, free_port())
    context.exits.callback(population.close)
    service, listener = population.grow(1, 0)[0]
    made = 0
    for size in SIZES:
        population.step([
            (f"/services/{service}/listeners/{listener}/rules", population.rule(number))
            for number in range(made + 1, size + 1)])
        made = size
        side = Side("rules", server.process.pid, population.port, population.host(0), f"/path{size}", status=500)
        wait_for(lambda: compare.answers(side), "the last rule")
        curve.add(size, *(
            load.at_full_speed(side, compare.CONNECTIONS, context.duration).microseconds_per_request
            for _ in range(context.rounds)))
        context.progress(f"{size:,} rules")
    return [curve]
