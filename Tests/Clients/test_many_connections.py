"""Ten thousand idle connections and many large uploads at once: what they cost, and that the others are served."""

import resource
import socket
import subprocess
import sys
import threading

import pytest

from conftest import Lattice, Server, curl, wait_for
from processes import descriptors, resident_megabytes

SOURCE = """
def handler(event, context):
    return {"statusCode": 200, "body": str(len(event.get("body") or ""))}
"""
IDLE = 10_000
#: A socket, its buffers in the server, and what the data plane keeps for it.
KILOBYTES_PER_CONNECTION = 24
MEBIBYTE = 1024 * 1024


def served(server, name):
    lattice = Lattice(server)
    arn = lattice.create_function(name, "python3.11", "app.handler", {"app.py": SOURCE}, MemorySize=512)
    return lattice.service(name, lattice.target_group(name, arn))


@pytest.fixture()
def many_descriptors():
    """Room for the clients' ends, as far as the system allows it."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < IDLE + 1000:
        pytest.skip(f"the system allows {before[1]} descriptors only, see ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_ten_thousand_idle_connections(tmp_path, many_descriptors):
    server = Server(tmp_path / "data", {"TRELLIS_MAX_CONNECTIONS": str(IDLE + 10)}).start()
    service = served(server, "idle")
    assert curl(service)[0] == 200
    before = resident_megabytes(server.process.pid)
    connections = []
    try:
        for _ in range(IDLE):
            connection = socket.create_connection(("127.0.0.1", service["port"]), timeout=60)
            # Idle after a request, which has made whatever a connection keeps.
            connection.sendall(f"GET /idle HTTP/1.1\r\nHost: nobody\r\n\r\n".encode())
            connections.append(connection)
        for connection in connections:
            assert connection.recv(65536).startswith(b"HTTP/1.1 404 ")
        assert descriptors(server.process.pid) > IDLE
        each = (resident_megabytes(server.process.pid) - before) * 1024 / IDLE
        print(f"{each:.1f} KiB for each connection", file=sys.stderr)
        assert each < KILOBYTES_PER_CONNECTION
        assert curl(service)[0] == 200
        # A function has no more descriptors than Lambda gives it, whatever the server has.
        assert int(subprocess.run(
            ["sh", "-c", f"grep 'Max open files' /proc/{server.process.pid}/limits | awk '{{print $4}}'"],
            capture_output=True).stdout) > IDLE
    finally:
        for connection in connections:
            connection.close()
    wait_for(lambda: descriptors(server.process.pid) < 1000, "the connections to be gone")
    assert server.stop() == 0


def test_uploads_beyond_the_budget_are_refused_and_memory_is_bounded(tmp_path):
    budget, clients, size = 60, 100, 6 * MEBIBYTE - 4096
    server = Server(tmp_path / "data", {"TRELLIS_BODY_BUDGET_MB": str(budget)}).start()
    service = served(server, "uploads")
    assert curl(service)[0] == 200
    before = resident_megabytes(server.process.pid)
    statuses, begun = [], threading.Barrier(clients)
    lock = threading.Lock()
    most = 0

    def upload():
        with socket.create_connection(("127.0.0.1", service["port"]), timeout=120) as connection:
            head = (f"POST / HTTP/1.1\r\nHost: {service['host']}\r\nContent-Type: text/plain\r\n"
                    f"Content-Length: {size}\r\nConnection: close\r\n\r\n")
            status = None
            try:
                connection.sendall(head.encode() + b"a" * (size - 1))
                begun.wait(timeout=120)
                connection.sendall(b"a")
            except OSError:
                begun.wait(timeout=120)
            try:
                status = connection.recv(12)[-3:].decode()
            except OSError:
                status = "reset"
            with lock:
                statuses.append(status)
    threads = [threading.Thread(target=upload) for _ in range(clients)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most = max(most, resident_megabytes(server.process.pid))
        threads[0].join(timeout=0.05)
        threads = [thread for thread in threads if thread.is_alive()] or threads[:1]
        if not threads[0].is_alive():
            break
    print(f"{most - before:.0f} MiB above {before:.0f}, {sorted(statuses)}", file=sys.stderr)
    assert len(statuses) == clients
    assert statuses.count("503") > 0
    assert "200" in statuses
    # Bodies, events made of them, and buffers that have grown by doubling.
    assert most - before < 4 * budget + 100
    # All of it was given back.
    assert curl(service, "--data-binary", "x" * 1000, "--header", "content-type: text/plain")[2] == b"1000"
    metrics = subprocess.run(
        ["curl", "--silent", f"{server.endpoints['operator']}/metrics"], capture_output=True).stdout.decode()
    assert "\ntrellis_collected_body_bytes 0\n" in metrics
    assert server.stop() == 0


def test_requests_beyond_the_rate_are_refused(tmp_path):
    server = Server(tmp_path / "data", {"TRELLIS_REQUESTS_PER_SECOND": "5"}).start()
    service = served(server, "rate")
    answers = [curl(service) for _ in range(30)]
    assert {status for status, _, _ in answers} <= {200, 429}
    assert (429, b"too many requests") in {(status, body) for status, _, body in answers}
    # The other services have their own.
    assert curl(dict(service, host="nobody"))[0] == 404
    assert server.stop() == 0
