"""TLS_PASSTHROUGH listeners: TLS between real clients and real servers, with Trellis in between that reads nothing of it."""

import contextlib
import hashlib
import http.server
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import urllib.request
import uuid

import pytest

from conftest import Lattice, Server, free_port, wait_for
from test_target_groups import active_group, forward, is_open, readiness
from test_targets import Threads, statuses, target
from tls_client import connect, self_signed


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length", 0))
        digest = hashlib.sha256()
        while length > 0:
            data = self.rfile.read(min(65536, length))
            digest.update(data)
            length -= len(data)
        certificate = self.connection.getpeercert() or {}
        body = json.dumps({
            "path": self.path, "headers": dict(self.headers.items()), "digest": digest.hexdigest(),
            "client": dict(item for part in certificate.get("subject", ()) for item in part)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer


class TLSThreads(Threads):
    """Handshakes in the thread of the connection, so that one client does not keep the others."""

    def __init__(self, context):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = context

    def process_request_thread(self, request, client_address):
        try:
            request = self.context.wrap_socket(request, server_side=True)
        except OSError:
            request.close()
            return
        super().process_request_thread(request, client_address)


@contextlib.contextmanager
def tls_target(files, authority=None):
    """An HTTPS server with a certificate of its own; with an authority it asks for client certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    if authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
    server = TLSThreads(context)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def pem_files(folder, name, names):
    certificate, key = self_signed(names)
    files = folder / f"{name}.pem", folder / f"{name}.key"
    for file, content in zip(files, (certificate, key)):
        file.write_bytes(content)
    return files


class Passage:
    """A service whose TLS_PASSTHROUGH listener forwards to targets on these ports."""

    def __init__(self, lattice, domain, ports, listener_port=None, **config):
        client = lattice.lattice
        self.lattice, self.domain, self.port = lattice, domain, listener_port or free_port()
        self.service = client.create_service(name=f"pass-{uuid.uuid4().hex[:8]}", customDomainName=domain)
        network = client.create_service_network(name=f"pass-{uuid.uuid4().hex[:8]}")["id"]
        client.create_service_network_service_association(
            serviceNetworkIdentifier=network, serviceIdentifier=self.service["id"])
        self.group = active_group(client, "IP", protocol="TCP", port=443, **config)
        answer = client.register_targets(
            targetGroupIdentifier=self.group, targets=[{"id": "127.0.0.1", "port": port} for port in ports])
        assert answer["unsuccessful"] == [], answer
        self.listener = client.create_listener(
            serviceIdentifier=self.service["id"], name="tls", protocol="TLS_PASSTHROUGH", port=self.port,
            defaultAction=forward(self.group))["id"]
        wait_for(lambda: is_open(self.port), f"port {self.port}")

    def curl(self, *arguments, path="/", name=None):
        name = name or self.domain
        return subprocess.run(
            ["curl", "--silent", "--show-error", "--max-time", "60", "--resolve", f"{name}:{self.port}:127.0.0.1",
             *arguments, f"https://{name}:{self.port}{path}"], capture_output=True, timeout=90)

    def wait_until_served(self, authority):
        wait_for(lambda: self.curl("--cacert", authority).returncode == 0, f"{self.domain} to be served")


@pytest.fixture()
def domain():
    return f"{uuid.uuid4().hex[:8]}.example.com"


def test_the_client_sees_the_targets_certificate(lattice, tmp_path, domain):
    files = pem_files(tmp_path, "target", [domain])
    with tls_target(files) as server:
        passage = Passage(lattice, domain, [server.server_port])
        passage.wait_until_served(files[0])
        upload = tmp_path / "upload"
        upload.write_bytes(bytes(range(256)) * 40_000)
        done = passage.curl("--cacert", files[0], "--data-binary", f"@{upload}", path="/orders?a=b")
        assert done.returncode == 0, done.stderr
        seen = json.loads(done.stdout)
        assert seen["path"] == "/orders?a=b"
        assert seen["digest"] == hashlib.sha256(upload.read_bytes()).hexdigest()
        # Nothing is added to what nobody reads.
        assert not [name for name in seen["headers"] if name.lower().startswith("x-")]
        for version in ("-tls1_2", "-tls1_3"):
            shown = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{passage.port}", "-servername", domain, version,
                 "-CAfile", files[0], "-verify_return_error"],
                input=b"", capture_output=True, timeout=60)
            assert shown.returncode == 0, shown.stderr.decode()
            # The one certificate that it prints.
            shown = shown.stdout.decode()
            begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
            assert shown[shown.index(begin):shown.index(end)].split() == files[0].read_text().split("-----END")[0].split()


def test_mutual_tls(lattice, tmp_path, domain):
    files = pem_files(tmp_path, "target", [domain])
    client_certificate, client_key = pem_files(tmp_path, "client", ["client"])
    with tls_target(files, authority=client_certificate) as server:
        passage = Passage(lattice, domain, [server.server_port])
        own = ("--cert", client_certificate, "--key", client_key)
        wait_for(lambda: passage.curl("--cacert", files[0], *own).returncode == 0, "the service")
        assert json.loads(passage.curl("--cacert", files[0], *own).stdout)["client"] == {"commonName": "test"}
        assert passage.curl("--cacert", files[0]).returncode != 0


def test_services_on_one_port_are_told_apart_by_name(lattice, tmp_path, domain):
    files = pem_files(tmp_path, "target", [domain])
    other = f"other.{domain}"
    other_files = pem_files(tmp_path, "other", [other])
    with tls_target(files) as one, tls_target(other_files) as two:
        first = Passage(lattice, domain, [one.server_port])
        second = Passage(lattice, other, [two.server_port], listener_port=first.port)
        client = lattice.lattice
        ended = client.create_service(name=f"ended-{uuid.uuid4().hex[:8]}")
        network = client.create_service_network(name=f"ended-{uuid.uuid4().hex[:8]}")["id"]
        client.create_service_network_service_association(
            serviceNetworkIdentifier=network, serviceIdentifier=ended["id"])
        client.create_listener(
            serviceIdentifier=ended["id"], name="https", protocol="HTTPS", port=first.port,
            defaultAction={"fixedResponse": {"statusCode": 404}})
        first.wait_until_served(files[0])
        second.wait_until_served(other_files[0])
        authority = lattice.server.data_dir / "ca" / "certificate.pem"
        host = ended["dnsEntry"]["domainName"]
        wait_for(
            lambda: first.curl("--cacert", authority, "--write-out", "%{http_code}", name=host).stdout == b"404",
            "the HTTPS listener")
        # The generated name leads to no target.
        assert b"unrecognized name" in first.curl(
            "--cacert", authority, name=first.service["dnsEntry"]["domainName"]).stderr
        status, text = readiness(lattice.server)
        assert str(first.port) not in text, text


def test_traffic_follows_weights_and_targets(lattice, tmp_path, domain):
    files = pem_files(tmp_path, "target", [domain])
    with tls_target(files) as one, tls_target(files) as two:
        passage = Passage(lattice, domain, [one.server_port])
        passage.wait_until_served(files[0])
        client = lattice.lattice
        second = active_group(client, "IP", protocol="TCP", port=two.server_port)
        client.register_targets(targetGroupIdentifier=second, targets=[{"id": "127.0.0.1"}])
        one.shutdown()
        one.server_close()
        assert passage.curl("--cacert", files[0]).returncode != 0
        client.update_listener(
            serviceIdentifier=passage.service["id"], listenerIdentifier=passage.listener,
            defaultAction={"forward": {"targetGroups": [
                {"targetGroupIdentifier": passage.group, "weight": 0},
                {"targetGroupIdentifier": second, "weight": 7}]}})
        for _ in range(10):
            assert passage.curl("--cacert", files[0]).returncode == 0
        client.deregister_targets(targetGroupIdentifier=second, targets=[{"id": "127.0.0.1"}])
        assert passage.curl("--cacert", files[0]).returncode != 0


def test_health_checks_of_a_tcp_group(lattice, tmp_path, domain):
    files = pem_files(tmp_path, "target", [domain])
    with tls_target(files) as server, target() as health:
        passage = Passage(lattice, domain, [server.server_port])
        wait_for(
            lambda: statuses(lattice, passage.group) == [("UNAVAILABLE", "HealthCheckDisabled")], "no health check")
        lattice.lattice.update_target_group(
            targetGroupIdentifier=passage.group,
            healthCheck={"enabled": True, "port": health.server_port, "protocol": "HTTP", "path": "/health"})
        wait_for(lambda: statuses(lattice, passage.group) == [("HEALTHY", None)], "a successful check")
        assert "/health" in [path for path, _, _ in health.seen]
        assert passage.curl("--cacert", files[0]).returncode == 0


def test_what_is_logged_and_counted(tmp_path, domain):
    (tmp_path / "trellis.yaml").write_text("accessLogs:\n  output: file\n")
    server = Server(tmp_path / "data").start(["--config", str(tmp_path / "trellis.yaml")])
    try:
        files = pem_files(tmp_path, "target", [domain])
        with tls_target(files) as behind:
            passage = Passage(Lattice(server), domain, [behind.server_port])
            passage.wait_until_served(files[0])
            log = pathlib.Path(server.data_dir) / "access.log"

            def lines():
                found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
                return [line for line in found if line["targetIpPort"] != "-"]
            line = wait_for(lines, "a line of the access log")[-1]
            assert line["serverNameIndication"] == domain
            assert line["serviceArn"] == passage.service["arn"]
            assert line["targetGroupArn"].endswith(passage.group)
            assert line["targetIpPort"] == f"127.0.0.1:{behind.server_port}"
            assert line["responseCode"] == 0 and line["requestMethod"] == "-" and line["failureReason"] == "-"
            assert line["bytesReceived"] > 500 and line["bytesSent"] > 500
            with urllib.request.urlopen(f"{server.endpoints['operator']}/metrics", timeout=20) as answer:
                metrics = dict(row.rsplit(" ", 1) for row in answer.read().decode().splitlines() if row[0] != "#")
            label = f'{{target_group="{passage.group}"}}'
            assert int(metrics[f'trellis_target_group_connections_total{label[:-1]},protocol="tcp"}}']) >= 1
            assert int(metrics[f"trellis_target_group_connections_active{label}"]) == 0
            assert int(metrics[f"trellis_target_group_sent_bytes_total{label}"]) >= line["bytesReceived"]
            assert int(metrics[f'trellis_service_sent_bytes_total{{service="{passage.service["id"]}"}}']) > 500
    finally:
        assert server.stop() == 0


def test_a_stop_leaves_connections_their_time(own_server, tmp_path, domain):
    files = pem_files(tmp_path, "target", [domain])
    with tls_target(files) as server:
        passage = Passage(Lattice(own_server), domain, [server.server_port])
        passage.wait_until_served(files[0])
        connection = connect(passage.port, domain, files[0], alpn=("http/1.1",))
        own_server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: not is_open(passage.port), "no more connections")
        connection.sendall(f"GET /late HTTP/1.1\r\nHost: {domain}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
        assert b'"path": "/late"' in answer
        connection.close()
        assert own_server.process.wait(timeout=60) == 0
