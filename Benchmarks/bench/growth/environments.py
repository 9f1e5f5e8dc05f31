"""Execution environments of a function that are kept initialised: the server's memory, and what an invocation costs it."""

from conftest import ROLE, Lattice, wait_for

from .curve import Curve
from .functions import cost_of_invocation, echo_in_c, idle_cost, own_megabytes

SIZES = (1, 10, 100, 1_000)


def measure(context):
    cost, idle, memory = (
        Curve("environments", "server's processor time for an invocation, µs"),
        Curve("environments", "server's processor time in an idle second, ms"),
        Curve("environments", "the server's own memory, MB"))
    most = SIZES[-1] + 10
    server = context.trellis(
        maxEnvironments=most, maxEnvironmentsPerFunction=most, accountConcurrency=most + 100,
        memoryBudgetMb=most * 128)
    lattice = Lattice(server)
    lattice.functions.create_function(
        FunctionName="kept", Runtime="provided.al2023", Handler="bootstrap", Role=ROLE, Publish=True,
        Code={"ZipFile": echo_in_c(context)})
    alias = lattice.functions.create_alias(FunctionName="kept", Name="live", FunctionVersion="1")["AliasArn"]
    service = lattice.service("kept", lattice.target_group("kept", alias))
    for size in SIZES:
        lattice.functions.put_provisioned_concurrency_config(
            FunctionName="kept", Qualifier="live", ProvisionedConcurrentExecutions=size)
        wait_for(lambda: available(lattice) == size, f"{size} environments", seconds=600)
        without_requests = idle_cost(server, 2 * context.duration)
        idle.add(size, without_requests)
        cost.add(size, *cost_of_invocation(context, server, service, without_requests))
        memory.add(size, own_megabytes(server.process.pid))
        context.progress(f"{size:,} environments")
    return [cost, idle, memory]


def available(lattice):
    found = lattice.functions.get_provisioned_concurrency_config(FunctionName="kept", Qualifier="live")
    assert found["Status"] != "FAILED", found
    return found.get("AvailableProvisionedConcurrentExecutions")
