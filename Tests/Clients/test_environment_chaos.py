"""Sixty seconds of load while processes of execution environments are killed at random.

Each failure is one documented 5xx to its own caller, nothing hangs, and nothing is left: no process, port, descriptor,
temporary file or memory.
"""

import collections
import http.client
import os
import random
import signal
import threading
import time

import pytest

import processes
from conftest import Lattice, Server, function_source, sandboxed_only, wait_for

SECONDS = 60
CLIENTS_PER_FUNCTION = 3
# A function error, at its limits, cannot be started, too slow: docs/life-of-a-request.md.
DOCUMENTED = {500, 502, 503, 504}
# Longer than every limit of these functions together.
LONGEST_WAIT = 45


@pytest.fixture(params=["none", pytest.param("bubblewrap", marks=sandboxed_only)])
def quick_server(request, tmp_path):
    """A server whose environments are frozen and stopped soon, so that the test sees both."""
    server = Server(tmp_path / "data", {
        "TRELLIS_ISOLATION": request.param,
        "TRELLIS_ENVIRONMENT_FREEZE_DELAY_MS": "20",
        "TRELLIS_ENVIRONMENT_IDLE_TIMEOUT_MS": "1000",
        "TRELLIS_MAX_ENVIRONMENTS_PER_FUNCTION": "3",
    }).start()
    yield server
    if server.process.poll() is None:
        server.stop()


class Caller(threading.Thread):
    """Calls one service until it is told to stop, and checks that every answer is its own."""

    def __init__(self, service, name, stopping):
        super().__init__(daemon=True)
        self.service, self.name, self.stopping = service, name, stopping
        self.statuses = collections.Counter()
        self.slowest = 0.0
        self.problems = []

    def run(self):
        number = 0
        connection = None
        while not self.stopping.is_set() and len(self.problems) < 5:
            number += 1
            path = f"/{self.name}/{number}"
            started = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection(
                    "127.0.0.1", self.service["port"], timeout=LONGEST_WAIT)
                connection.request("GET", path, headers={"Host": self.service["host"]})
                answer = connection.getresponse()
                body = answer.read().decode()
            except (OSError, http.client.HTTPException) as error:
                self.problems.append(f"{path}: {error!r}")
                connection = None
                continue
            self.slowest = max(self.slowest, time.monotonic() - started)
            self.statuses[answer.status] += 1
            if answer.status == 200:
                if body != path:
                    self.problems.append(f"{path}: the answer of {body}")
            elif answer.status not in DOCUMENTED or not body:
                self.problems.append(f"{path}: {answer.status} {body}")
            # Now and then the environments have time to be frozen.
            if number % 50 == 0:
                time.sleep(0.1)


def kill_at_random(root, until, seed):
    """Kills one of the processes below the server, again and again, and returns how many."""
    chance = random.Random(seed)
    killed = 0
    while time.monotonic() < until:
        candidates = processes.descendants(root)
        if candidates:
            try:
                os.kill(chance.choice(candidates), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
        time.sleep(chance.uniform(0.02, 0.2))
    return killed


def run_load(services, seconds, root=None, seed=0):
    stopping = threading.Event()
    callers = [
        Caller(service, f"{name}-{number}", stopping)
        for name, service in services.items() for number in range(CLIENTS_PER_FUNCTION)]
    for caller in callers:
        caller.start()
    until = time.monotonic() + seconds
    killed = kill_at_random(root, until, seed) if root else time.sleep(seconds)
    stopping.set()
    for caller in callers:
        caller.join(LONGEST_WAIT + 5)
        assert not caller.is_alive(), f"{caller.name} hangs"
    return callers, killed


def at_rest(server):
    """What the server holds when every environment was reaped."""
    wait_for(lambda: not processes.descendants(server.process.pid), "the environments to be reaped", 60)
    environments = server.data_dir / "environments"
    wait_for(lambda: not os.listdir(environments), "the environments' directories to be removed", 20)
    return processes.descriptors_by_kind(server.process.pid), processes.listening_ports(server.process.pid)


def make_services(server):
    lattice = Lattice(server)
    functions = {
        "python": ("python3.11", "restless.handler", {"restless.py": function_source("restless.py")}),
        "shell": ("provided.al2023", "unused", {"bootstrap": function_source("bootstrap.sh")}),
    }
    return {
        name: lattice.service(name, lattice.target_group(
            name, lattice.create_function(name, runtime, handler, files, Timeout=5)))
        for name, (runtime, handler, files) in functions.items()}


def test_killing_environments_under_load(quick_server):
    server = quick_server
    services = make_services(server)
    callers, _ = run_load(services, 3)
    assert not [problem for caller in callers for problem in caller.problems]
    descriptors, ports = at_rest(server)
    memory = processes.resident_megabytes(server.process.pid)

    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    callers, killed = run_load(services, SECONDS, server.process.pid, seed)
    statuses = sum((caller.statuses for caller in callers), collections.Counter())
    print(f"{killed} killed, answers {dict(statuses)}, slowest {max(caller.slowest for caller in callers):.1f} s")
    assert not [problem for caller in callers for problem in caller.problems]
    assert killed > SECONDS
    assert statuses[200] > 0 and statuses[502] > 0
    assert all(caller.statuses[200] for caller in callers), "everybody was served"

    surplus = {}

    def is_as_before():
        now = at_rest(server)
        surplus.update(descriptors=now[0] - descriptors, ports=now[1] - ports)
        return not surplus["descriptors"] and surplus["ports"] <= 0
    try:
        wait_for(is_as_before, "no more descriptors and ports than before", 60)
    except AssertionError as error:
        raise AssertionError(f"left: {surplus}") from error
    assert processes.resident_megabytes(server.process.pid) < memory + 64
    assert server.process.poll() is None
    # Every environment that was hurt is replaced.
    callers, _ = run_load(services, 2)
    # As many callers as environments: one that asks for its next event late is not there for the next caller.
    assert all(caller.statuses[200] and set(caller.statuses) <= {200, 503} for caller in callers), [
        caller.statuses for caller in callers]
    assert server.stop() == 0
    assert not processes.marked(str(server.data_dir))


def test_nothing_is_left_when_the_server_is_killed(quick_server):
    server = quick_server
    services = make_services(server)
    run_load(services, 3)
    # Also what left its session and has no parent.
    below = processes.descendants(server.process.pid)
    assert below
    server.stop(signal.SIGKILL)
    wait_for(lambda: not set(below) & set(processes.parents()), "the functions to end with the server")
    assert not processes.marked(str(server.data_dir))
    assert os.listdir(server.data_dir / "environments")
    server.start()
    assert not os.listdir(server.data_dir / "environments")
