"""Ten thousand idle connections and many large uploads at once: what they cost, and that the others are served."""

import collections
import resource
import selectors
import socket
import subprocess
import sys
import time

import pytest

from conftest import Lattice, Server, curl, wait_for
from processes import descriptors, peak_megabytes, resident_megabytes

SOURCE = """
def handler(event, context):
    return {"statusCode": 200, "body": str(len(event.get("body") or ""))}
"""
IDLE = 10_000
#: A socket, its buffers in the server, and what the data plane keeps for it.
KILOBYTES_PER_CONNECTION = 24
MEBIBYTE = 1024 * 1024


def served(server, name, **settings):
    lattice = Lattice(server)
    arn = lattice.create_function(name, "python3.11", "app.handler", {"app.py": SOURCE}, MemorySize=512, **settings)
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


class Upload:
    """A large POST, sent as fast as the server takes it."""

    block = memoryview(b"a" * 262_144)

    def __init__(self, service, size):
        self.connection = socket.create_connection(("127.0.0.1", service["port"]), timeout=60)
        self.connection.sendall(
            f"POST / HTTP/1.1\r\nHost: {service['host']}\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {size}\r\nConnection: close\r\n\r\n".encode())
        self.connection.setblocking(False)
        self.left, self.status = size, None

    def send(self, keep):
        """Sends what goes now, but for the last bytes; `False` if the server takes nothing more."""
        try:
            while self.left > keep:
                self.left -= self.connection.send(self.block[:self.left - keep])
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def receive(self):
        try:
            self.status = self.connection.recv(12)[-3:].decode() or "closed"
        except OSError:
            self.status = "reset"
        self.connection.close()


def advance(uploads, keep, watch):
    """Sends all but the last `keep` bytes of each, and takes the answers that come before that."""
    deadline = time.monotonic() + 300
    with selectors.DefaultSelector() as selector:
        for upload in uploads:
            if upload.status is None and upload.left > keep:
                selector.register(upload.connection, selectors.EVENT_READ | selectors.EVENT_WRITE, upload)
        while selector.get_map():
            assert time.monotonic() < deadline, "the server takes and refuses nothing more"
            watch()
            for key, events in selector.select(1):
                upload = key.data
                goes_on = not events & selectors.EVENT_WRITE or upload.send(keep)
                if events & selectors.EVENT_READ or not goes_on:
                    selector.unregister(upload.connection)
                    upload.connection.setblocking(True)
                    upload.receive()
                elif upload.left <= keep:
                    selector.unregister(upload.connection)


def test_a_thousand_uploads_beyond_the_budget_are_refused_and_memory_is_bounded(tmp_path, many_descriptors):
    budget, clients, size = 60, 1000, 6 * MEBIBYTE - 4096
    server = Server(tmp_path / "data", {"TRELLIS_BODY_BUDGET_MB": str(budget)}).start()
    service = served(server, "uploads", Timeout=120)
    assert curl(service)[0] == 200
    before, most = resident_megabytes(server.process.pid), 0

    def watch():
        nonlocal most
        most = max(most, resident_megabytes(server.process.pid))
    uploads = [Upload(service, size) for _ in range(clients)]
    # All have begun before one may end.
    advance(uploads, size - 4096, watch)
    advance(uploads, 1, watch)
    # Sent, but for the last byte; the server may not have seen it all yet, and may still refuse.
    sent = [upload for upload in uploads if upload.status is None]
    for upload in sent:
        upload.connection.setblocking(True)
        upload.connection.settimeout(150)
        upload.send(0)
    for upload in sent:
        upload.receive()
    watch()
    most = max(most, peak_megabytes(server.process.pid))
    statuses = collections.Counter(upload.status for upload in uploads)
    print(f"{most - before:.0f} MiB above {before:.0f}, {dict(statuses)}", file=sys.stderr)
    # A client that still sends when the server has closed may lose the answer.
    assert set(statuses) <= {"200", "503", "reset"} and statuses["503"] > clients / 2 and statuses["200"] > 0
    # Bodies, the events made of them, and what each connection keeps.
    assert most - before < 4 * budget + clients * KILOBYTES_PER_CONNECTION / 1024 + 60
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
