"""Idle connections: the server's memory, and what a request on another connection costs."""

import resource
import socket

from conftest import Lattice
from light_client import LightClient

from .. import compare, load
from ..context import fixed_response
from ..load import Side
from ..measure import megabytes
from .curve import Curve

SIZES = (10, 100, 1_000, 10_000)


def allow_descriptors(count):
    """Raises this process's limit, which the server inherits."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most == resource.RLIM_INFINITY or most >= count, f"the system allows {most} descriptors only, see ulimit -Hn"
    resource.setrlimit(resource.RLIMIT_NOFILE, (count if most == resource.RLIM_INFINITY else most, most))


def idle_connection(port, host):
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    # Idle after a request, which has made whatever a connection keeps.
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
    return connection


def measure(context):
    time, memory = Curve("connections", "processor time for a request, µs"), Curve("connections", "memory, MB")
    allow_descriptors(SIZES[-1] + 1000)
    server = context.trellis(maxConnections=SIZES[-1] + 100)
    service = fixed_response(Lattice(server), "fixed")
    environment = server.environment
    # Longer than all of it takes; the SDK does not know the member yet.
    with LightClient(environment["AWS_ENDPOINT_URL"], environment["AWS_ACCESS_KEY_ID"],
                     environment["AWS_SECRET_ACCESS_KEY"]) as client:
        status, answer = client.send("PATCH", f"/services/{service['id']}", {"idleTimeoutSeconds": 600})
    assert status == 200, answer
    side = Side("connections", server.process.pid, service["port"], service["host"], status=404)
    connections = []
    context.exits.callback(lambda: [connection.close() for connection in connections])
    for size in SIZES:
        connections += [idle_connection(service["port"], service["host"]) for _ in range(size - len(connections))]
        time.add(size, *(
            load.at_full_speed(side, compare.CONNECTIONS, context.duration).microseconds_per_request
            for _ in range(context.rounds)))
        memory.add(size, megabytes(server.process.pid, "VmRSS"))
        context.progress(f"{size:,} connections")
    return [time, memory]
