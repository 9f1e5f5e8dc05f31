"""10,000 services (or as many as asked) with 10 rules each, beside 10: lookup, a change, memory, start."""

import concurrent.futures
import http.client
import time

from conftest import free_port, wait_for

from .. import compare
from ..load import Side
from ..measure import megabytes
from ..population import Population
from ..results import Bar, Numbers, Result

FEW, RULES, CHANGES = 10, 10, 20


class Asker:
    """One kept connection to a service."""

    def __init__(self, port, host):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.host = host

    def status(self, path):
        self.connection.request("GET", path, headers={"Host": self.host})
        response = self.connection.getresponse()
        response.read()
        return response.status

    def close(self):
        self.connection.close()


def populated(context, services):
    server = context.trellis()
    population = Population(server, free_port())
    context.exits.callback(population.close)
    context.progress(f"creating {services:,} services with {RULES} rules each")
    places = population.grow(services, RULES)
    side = Side(
        f"{services:,} services", server.process.pid, population.port, population.host(services // 2), f"/path{RULES}",
        status=500)
    wait_for(lambda: compare.answers(side), "the last service to be served", seconds=60)
    return server, population, side, places[services // 2]


def change_times(context, population, side, place):
    """Milliseconds from the answer of UpdateListener to the first request that sees it."""
    asker = Asker(side.port, side.host)
    context.exits.callback(asker.close)
    times = []
    for number in range(CHANGES):
        status = (500, 404)[number % 2]
        answer, _ = population.client.send("PATCH", f"/services/{place[0]}/listeners/{place[1]}", {
            "defaultAction": {"fixedResponse": {"statusCode": status}}})
        start = time.perf_counter()
        assert answer == 200, answer
        while asker.status("/nowhere") != status:
            assert time.perf_counter() < start + 10, "the change is not visible after ten seconds"
        times.append((time.perf_counter() - start) * 1000)
    return times


def starts(context, server, side):
    """Seconds from the start of the process to the first answer, and the memory in MB then, for each round."""
    seconds, memory = [], []
    for number in range(context.rounds):
        server.stop()
        with concurrent.futures.ThreadPoolExecutor(1) as asking:
            start = time.perf_counter()
            # Asked while the server starts: `start` returns later, when it has read the files that say where it is.
            answered = asking.submit(first_answer, side)
            server.start(server.options)
            seconds.append(answered.result() - start)
        memory.append(megabytes(server.process.pid))
        context.progress(f"start {number + 1} of {context.rounds}")
    return seconds, memory


def first_answer(side):
    """When the service answers for the first time."""
    return wait_for(lambda: compare.answers(side) and time.perf_counter(), f"{side.name} to answer after a start", seconds=60)


def measure(context):
    _, _, few, _ = populated(context, FEW)
    server, population, many, place = populated(context, context.services)
    compare.must_agree((many, few), header_names=("content-length",))
    many_readings, few_readings = compare.at_full_speed(context, (many, few))
    what = f"{context.services:,} services × {RULES} rules"
    yield compare.speed(what, many_readings, few_readings, f"{FEW} services", Bar(at_most=1.3))[0]
    yield Result(
        f"{what}: a change is visible after its answer", Numbers(tuple(change_times(context, population, many, place)), "ms"),
        bar=Bar(at_most=10, unit="ms"))
    most = Bar(at_most=250, unit="MB")
    yield Result(f"{what}: memory at most, all of them created", Numbers((megabytes(server.process.pid),), "MB"), bar=most)
    seconds, memory = starts(context, server, many)
    yield Result(f"{what}: memory at most, started anew", Numbers(tuple(memory), "MB"), bar=most)
    yield Result(f"{what}: start to first answer", Numbers(tuple(seconds), "s"), bar=Bar(at_most=1, unit="s"))
