"""Functions that have been created: the server's memory, and what the invocation of one of them costs the server."""

import subprocess
import time

from conftest import ROLE, ROOT, Lattice, zip_of

from .. import load
from ..load import Side
from ..measure import TICKS_PER_SECOND
from .curve import Curve

SIZES = (1, 10, 100, 1_000)


def echo_in_c(context):
    """A zip with a runtime that costs next to nothing."""
    program = context.directory / "bootstrap"
    subprocess.run(
        ["cc", "-O2", "-static", "-o", str(program), str(ROOT / "Tests/Clients/functions/bootstrap.c")], check=True)
    return zip_of({"bootstrap": program.read_bytes()})


def own_seconds(pid):
    """Processor time of the server without its functions' processes."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def own_megabytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1024


def idle_cost(server, seconds):
    """Milliseconds of the server's own processor time in a second without requests."""
    before = own_seconds(server.process.pid)
    time.sleep(seconds)
    return (own_seconds(server.process.pid) - before) * 1000 / seconds


def cost_of_invocation(context, server, service, idle):
    """Microseconds of the server's own processor time, without what it takes when idle, in each round."""
    side = Side("functions", server.process.pid, service["port"], service["host"])
    load.a_number_of(side, 1, 50)
    for _ in range(context.rounds):
        before = own_seconds(side.pid)
        reading = load.at_full_speed(side, 1, context.duration)
        spent = own_seconds(side.pid) - before - reading.seconds * idle / 1000
        yield max(0, spent) * 1e6 / reading.requests


def measure(context):
    cost, memory = Curve("functions", "server's processor time for an invocation, µs"), Curve("functions", "memory, MB")
    server = context.trellis(maxEnvironments=1)
    lattice = Lattice(server)
    package = echo_in_c(context)
    service, made = None, 0
    for size in SIZES:
        for number in range(made, size):
            arn = lattice.functions.create_function(
                FunctionName=f"function-{number}", Runtime="provided.al2023", Handler="bootstrap", Role=ROLE,
                Code={"ZipFile": package})["FunctionArn"]
            service = service or lattice.service("function", lattice.target_group("function", arn))
        made = size
        cost.add(size, *cost_of_invocation(context, server, service, idle_cost(server, context.duration)))
        memory.add(size, own_megabytes(server.process.pid))
        context.progress(f"{size:,} functions")
    return [cost, memory]

