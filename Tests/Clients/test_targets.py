"""IP, INSTANCE and ALB target groups: real requests to real HTTP servers."""

import contextlib
import http.server
import pathlib
import socket
import socketserver
import ssl
import subprocess
import threading
import uuid

import pytest

from conftest import TRELLIS, Lattice, Server, curl, free_port, wait_for
from test_target_groups import active_group

BALANCER = "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/front/0123456789abcdef"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers.items()), self.client_address))
        status = self.server.status
        body = self.server.name.encode()
        if self.path == "/held":
            self.server.release.wait(30)
        if self.path == "/big":
            self.send_response(200)
            self.end_headers_with(self.server.big)
            block = b"x" * 65536
            for _ in range(self.server.big // len(block)):
                self.wfile.write(block)
            return
        if self.path == "/trailers":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Trailer", "X-Checksum")
            self.end_headers()
            self.wfile.write(b"5\r\nhello\r\n0\r\nX-Checksum: 42\r\n\r\n")
            return
        self.send_response(status)
        self.end_headers_with(len(body))
        self.wfile.write(body)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        digest = 0
        while length > 0:
            data = self.rfile.read(min(65536, length))
            digest += sum(data[:1]) + len(data)
            length -= len(data)
        body = str(digest).encode()
        self.server.seen.append((self.path, dict(self.headers.items()), self.client_address))
        self.send_response(200)
        self.end_headers_with(len(body))
        self.wfile.write(body)

    def end_headers_with(self, length):
        self.send_header("Content-Length", str(length))
        self.end_headers()


class Threads(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128


@contextlib.contextmanager
def target(name="one", status=200, address="127.0.0.1", tls=None):
    server = Threads((address, 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.name, server.status, server.seen, server.big = name, status, [], 64 << 20
    server.release = threading.Event()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def forward_to(lattice, ports, type="IP", **config):
    """A service whose listener forwards to a group with these targets, and the group."""
    client = lattice.lattice
    group = active_group(client, type, **{"protocol": "HTTP", **config})
    targets = [port if isinstance(port, dict) else {"id": "127.0.0.1", "port": port} for port in ports]
    answer = client.register_targets(targetGroupIdentifier=group, targets=targets)
    assert answer["unsuccessful"] == [], answer
    return lattice.service(f"targets-{uuid.uuid4().hex[:8]}", group), group


def statuses(lattice, group):
    items = lattice.lattice.list_targets(targetGroupIdentifier=group)["items"]
    return sorted((item["status"], item.get("reasonCode")) for item in items)


UNCHECKED = {"healthCheck": {"enabled": False}}


def test_round_robin_over_two_targets_with_what_lattice_says(lattice):
    with target("one") as one, target("two") as two:
        service, group = forward_to(lattice, [one.server_port, two.server_port], **UNCHECKED)
        one.seen.clear(), two.seen.clear()
        bodies = [curl(service, "--header", "X-Own: yes", path="/a?b=c")[2] for _ in range(20)]
        assert {bodies.count(b"one"), bodies.count(b"two")} <= set(range(6, 15))
        path, headers, _ = one.seen[-1]
        assert (path, headers["X-Own"], headers["Host"]) == ("/a?b=c", "yes", service["host"])
        assert headers["x-forwarded-for"] == "127.0.0.1"
        assert f"targetgroup/{group}" in headers["x-amzn-lattice-target"]
        assert statuses(lattice, group) == [("UNAVAILABLE", "HealthCheckDisabled")] * 2


def test_connections_are_kept(lattice):
    with target() as one:
        service, _ = forward_to(lattice, [one.server_port], **UNCHECKED)
        one.seen.clear()
        urls = [f"http://127.0.0.1:{service['port']}/{index}" for index in range(20)]
        done = subprocess.run(
            ["curl", "--silent", "--http1.1", "--header", f"Host: {service['host']}", *urls], capture_output=True)
        assert done.stdout == b"one" * 20
        assert len({peer for _, _, peer in one.seen}) == 1


def test_trailers_and_expected_bodies(lattice):
    with target() as one:
        service, _ = forward_to(lattice, [one.server_port], **UNCHECKED)
        with socket.create_connection(("127.0.0.1", service["port"])) as connection:
            connection.sendall(f"GET /trailers HTTP/1.1\r\nHost: {service['host']}\r\nConnection: close\r\n\r\n".encode())
            raw = b"".join(iter(lambda: connection.recv(4096), b""))
        assert raw.endswith(b"5\r\nhello\r\n0\r\nX-Checksum: 42\r\n\r\n")
        status, _, body = curl(service, "--data-binary", "x" * 5000, "--header", "Expect: 100-continue")
        assert (status, body) == (200, str(5000 + ord("x")).encode())


def memory(server):
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


def test_big_bodies_take_no_memory(own_server):
    lattice = Lattice(own_server)
    with target() as one:
        service, _ = forward_to(lattice, [one.server_port], **UNCHECKED)
        curl(service)
        before = memory(own_server)
        connections = []
        for _ in range(4):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection.connect(("127.0.0.1", service["port"]))
            connection.sendall(f"GET /big HTTP/1.1\r\nHost: {service['host']}\r\nConnection: close\r\n\r\n".encode())
            connections.append(connection)
        for connection in connections:
            assert connection.recv(12) == b"HTTP/1.1 200"
        # Everybody reads slowly; 256 MB wait at the target, not here.
        wait_for(lambda: len([1 for path, _, _ in one.seen if path == "/big"]) == 4, "the requests")
        held = memory(own_server) - before
        received = 0
        for connection in connections:
            while data := connection.recv(1 << 20):
                received += len(data)
            connection.close()
        assert received > 4 * one.big
        assert held < 30_000 and memory(own_server) - before < 40_000, "KiB"


def test_uploads_beyond_the_limit_of_functions(lattice, tmp_path):
    with target() as one:
        service, _ = forward_to(lattice, [one.server_port], **UNCHECKED)
        upload = tmp_path / "upload"
        upload.write_bytes(b"y" * (20 << 20))
        status, _, body = curl(service, "--data-binary", f"@{upload}")
        assert status == 200 and int(body) >= 20 << 20


def test_health_checks_decide_who_gets_requests(lattice):
    with target("one") as one, target("two", status=500) as two:
        check = {"healthCheckIntervalSeconds": 5, "unhealthyThresholdCount": 2, "path": "/health"}
        service, group = forward_to(lattice, [one.server_port, two.server_port], healthCheck=check)
        wait_for(lambda: ("HEALTHY", None) in statuses(lattice, group), "a first success")
        wait_for(
            lambda: statuses(lattice, group) == [("HEALTHY", None), ("UNHEALTHY", "HealthCheckFailed")],
            "two failures in a row", 30)
        assert {curl(service)[2] for _ in range(8)} == {b"one"}
        assert ("/health", "Trellis-HealthChecker") in {
            (path, headers.get("user-agent")) for path, headers, _ in one.seen}
        # Nobody is healthy: everybody is used.
        lattice.lattice.update_target_group(
            targetGroupIdentifier=group, healthCheck={"matcher": {"httpCode": "201,300-302"}})
        wait_for(
            lambda: statuses(lattice, group) == [("UNHEALTHY", "HealthCheckFailed")] * 2, "no success any more", 30)
        assert {curl(service)[2] for _ in range(8)} == {b"one", b"two"}


def test_unused_and_draining(lattice):
    with target("one") as one, target("two") as two:
        service, group = forward_to(lattice, [one.server_port, two.server_port], **UNCHECKED)
        lattice.lattice.deregister_targets(
            targetGroupIdentifier=group, targets=[{"id": "127.0.0.1", "port": one.server_port}])
        assert ("DRAINING", "DeregistrationInProgress") in statuses(lattice, group)
        assert {curl(service)[2] for _ in range(6)} == {b"two"}
        wait_for(lambda: len(statuses(lattice, group)) == 1, "the drained target to go")
        lattice.lattice.delete_listener(serviceIdentifier=service["id"], listenerIdentifier=service["listener"])
        assert statuses(lattice, group) == [("UNUSED", "TargetGroupNotInUse")]


def test_nobody_there(lattice):
    service, _ = forward_to(lattice, [free_port()], **UNCHECKED)
    status, headers, body = curl(service)
    assert (status, body) == (500, b"target cannot be reached")
    assert "x-trellis-reason" in headers


def test_instances_and_load_balancers_by_the_table(tmp_path):
    with target("here") as one:
        data = tmp_path / "data"
        account = "123456789012"
        balancer = BALANCER.format(region="us-east-1", account=account)
        (tmp_path / "trellis.yaml").write_text(
            f"targetAddresses:\n  i-0123456789abcdef0: 127.0.0.1\n  {balancer}: 127.0.0.1\n")
        server = Server(data).start(["--account", account])
        try:
            lattice = Lattice(server)
            instance, _ = forward_to(
                lattice, [{"id": "i-0123456789abcdef0", "port": one.server_port}], type="INSTANCE", **UNCHECKED)
            assert curl(instance)[2] == b"here"
            balanced, group = forward_to(lattice, [{"id": balancer, "port": one.server_port}], type="ALB")
            assert curl(balanced)[2] == b"here"
            assert statuses(lattice, group) == [("UNAVAILABLE", "HealthCheckNotSupported")]
            other = active_group(lattice.lattice, "INSTANCE", protocol="HTTP")
            answer = lattice.lattice.register_targets(
                targetGroupIdentifier=other, targets=[{"id": "i-0123456789abcdef1"}])
            assert answer["successful"] == []
            assert answer["unsuccessful"][0]["failureCode"] == "InvalidTarget"
            assert "targetAddresses" in answer["unsuccessful"][0]["failureMessage"]
        finally:
            server.stop()
        assert "i-0123456789abcdef1" in (tmp_path / "data.log").read_text()


def certificate(directory):
    """For 127.0.0.1, its own authority."""
    paths = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=target",
         "-addext", "subjectAltName=IP:127.0.0.1", "-out", paths[0], "-keyout", paths[1]],
        check=True, capture_output=True)
    return paths


@pytest.mark.parametrize("trust, status", [("none", 200), ("system", 500), ("certificate.pem", 200)])
def test_certificates_of_targets(tmp_path, trust, status):
    paths = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    with target("secret", tls=context) as one:
        (tmp_path / "trellis.yaml").write_text(f"targetCertificates: {trust}\n")
        server = Server(tmp_path / "data").start()
        try:
            service, _ = forward_to(Lattice(server), [one.server_port], protocol="HTTPS", **UNCHECKED)
            answer, headers, body = curl(service)
            assert answer == status
            assert body == (b"secret" if status == 200 else b"target cannot be reached")
            assert status == 200 or "x-trellis-reason" in headers
        finally:
            server.stop()


def test_certificates_that_are_not_there(tmp_path):
    (tmp_path / "trellis.yaml").write_text("targetCertificates: nowhere.pem\ntargetAddresses:\n  i-1: nobody\n")
    done = subprocess.run(
        [str(TRELLIS), "serve", "--data-dir", "data", "--api", ":0", "--operator", ":0"], cwd=tmp_path,
        capture_output=True, timeout=60)
    assert done.returncode == 78
    assert b"targetAddresses.i-1: 'nobody' is not the address of one machine" in done.stderr


def test_a_load_balancer_takes_what_it_has_with_it(tmp_path):
    account = "123456789012"
    balancer = BALANCER.format(region="us-east-1", account=account)
    (tmp_path / "trellis.yaml").write_text(f"targetAddresses:\n  {balancer}: 127.0.0.1\n")
    server = Server(tmp_path / "data").start(["--account", account])
    with target() as one:
        try:
            lattice = Lattice(server)
            member = {"id": balancer, "port": one.server_port}
            service, group = forward_to(lattice, [member], type="ALB")
            answers = []
            asking = threading.Thread(target=lambda: answers.append(curl(service, path="/held")))
            asking.start()
            wait_for(lambda: any(path == "/held" for path, _, _ in one.seen), "the request")
            lattice.lattice.deregister_targets(targetGroupIdentifier=group, targets=[member])
            asking.join(20)
            assert answers[0][0] == 503 and answers[0][2] == b"target was deregistered"
        finally:
            one.release.set()
            server.stop()
