"""A running server, real AWS clients pointed at it, and small functions to put behind it."""

import io
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile

import boto3
import botocore.config
import pytest

# Fixtures for the whole run: there can be one Playwright at a time.
pytest_plugins = ["browser"]

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUNCTIONS = pathlib.Path(__file__).resolve().parent / "functions"
TRELLIS = pathlib.Path(os.environ.get("TRELLIS_BINARY", ROOT / ".build/debug/trellis"))
ROLE = "arn:aws:iam::123456789012:role/functions"
has_bubblewrap = subprocess.run(
    ["bwrap", "--unshare-user", "--disable-userns", "--ro-bind", "/", "/", "true"],
    capture_output=True).returncode == 0 if shutil.which("bwrap") else False
sandboxed_only = pytest.mark.skipif(not has_bubblewrap, reason="bubblewrap does not work here")


def free_port():
    """A port that nobody has at the moment; high enough that no offset is added."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=20):
    """Polls until `condition` gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


class Server:
    """`trellis serve` on a data directory of its own."""

    def __init__(self, data_dir, variables=()):
        self.data_dir = pathlib.Path(data_dir)
        self.variables = dict(variables)
        self.process = None

    def start(self, options=(), path=None, **settings):
        """`settings` are those of subprocess.Popen, for example another user."""
        # The functions' interpreter is the one of the virtual environment, which has awslambdaric.
        path = path or f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        # Many functions of these tests meet the test in files of the machine, which a sandbox does not show; those of
        # test_isolation.py ask for what they need.
        environment = {**os.environ, "PATH": path, "TRELLIS_ISOLATION": "none", **self.variables}
        self.log = open(self.data_dir.parent / f"{self.data_dir.name}.log", "ab")
        self.process = subprocess.Popen(
            # Relative, as by default: functions run elsewhere.
            [str(TRELLIS), "serve", "--data-dir", self.data_dir.name, "--api", ":0", "--operator", ":0", *options],
            stdout=subprocess.PIPE, stderr=self.log, env=environment, cwd=self.data_dir.parent, **settings)
        ready = self.process.stdout.readline().decode()
        assert "ready" in ready, f"trellis did not start: see {self.log.name}"
        self.environment = json.loads(self.env())
        self.endpoints = json.loads((self.data_dir / "endpoints.json").read_text())
        return self

    def env(self, *options, check=True):
        """What `trellis env` prints as JSON, or the finished process if `check` is false."""
        done = subprocess.run(
            [str(TRELLIS), "env", "--data-dir", str(self.data_dir), "--format", "json", *options], capture_output=True)
        if not check:
            return done
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.log.close()
        return self.process.returncode

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        return self.start()

    def client(self, service, **changes):
        settings = dict(
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            config=botocore.config.Config(retries={"total_max_attempts": 1}))
        return boto3.client(service, **dict(settings, **changes))

    def function_log(self, name):
        """What the function has logged so far, event by event; empty before its first environment."""
        logs = self.client("logs")
        try:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
            return [event["message"] for page in pages for event in page["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    def aws(self, *arguments, check=True, env=None):
        """Runs the AWS CLI and returns its JSON answer, or the finished process if `check` is false.

        `env` has variables of another caller."""
        environment = dict(
            os.environ, **self.environment, AWS_PAGER="", AWS_CONFIG_FILE="/nonexistent",
            AWS_SHARED_CREDENTIALS_FILE="/nonexistent")
        environment.update(env or {})
        done = subprocess.run(
            [str(pathlib.Path(sys.executable).parent / "aws"), *arguments, "--output", "json"],
            capture_output=True, env=environment, timeout=60)
        if not check:
            return done
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout) if done.stdout.strip() else None


def zip_of(files):
    """A zip in memory; a value is the text or bytes of a file, executable if its name is `bootstrap`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o755 if name == "bootstrap" else 0o644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def function_source(name):
    return (FUNCTIONS / name).read_bytes()


class Lattice:
    """The shortest way from nothing to a service that answers, with boto3."""

    def __init__(self, server):
        self.server = server
        self.lattice = server.client("vpc-lattice")
        self.functions = server.client("lambda")

    def create_function(self, name, runtime, handler, files, **settings):
        return self.functions.create_function(
            FunctionName=name, Runtime=runtime, Handler=handler, Role=ROLE,
            Code={"ZipFile": zip_of(files)}, **settings)["FunctionArn"]

    def target_group(self, name, function_arn, version="V2"):
        group = self.lattice.create_target_group(
            name=name, type="LAMBDA", config={"lambdaEventStructureVersion": version})
        answer = self.lattice.register_targets(
            targetGroupIdentifier=group["id"], targets=[{"id": function_arn}])
        assert answer["unsuccessful"] == [], answer
        return group["id"]

    def service(self, name, target_group, network=None):
        """Makes a service with one HTTP listener and returns its id, listener id, host and port."""
        if network is None:
            network = self.lattice.create_service_network(name=f"{name}-net")["id"]
        service = self.lattice.create_service(name=name)
        self.lattice.create_service_network_service_association(
            serviceNetworkIdentifier=network, serviceIdentifier=service["id"])
        port = free_port()
        listener = self.lattice.create_listener(
            serviceIdentifier=service["id"], name="http", protocol="HTTP", port=port,
            defaultAction={"forward": {"targetGroups": [{"targetGroupIdentifier": target_group}]}})
        self.wait_until_served(service["dnsEntry"]["domainName"], port)
        return {
            "id": service["id"], "listener": listener["id"], "host": service["dnsEntry"]["domainName"],
            "port": port, "network": network,
        }

    def wait_until_served(self, host, port):
        def answers():
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                    connection.sendall(f"OPTIONS /?ready HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                    return not connection.recv(12).endswith(b"404")
            except ConnectionRefusedError:
                return False
        wait_for(answers, f"{host} on port {port}")


def curl(service, *arguments, path="/", check=True):
    """Runs curl against a service and returns status, headers (lower case) and body bytes."""
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--include", "--max-time", "60", "--http1.1",
         "--header", f"Host: {service['host']}", *arguments, f"http://127.0.0.1:{service['port']}{path}"],
        capture_output=True, timeout=90)
    if check:
        assert done.returncode == 0, done.stderr.decode()
    return parse_response(done.stdout)


def parse_response(raw):
    while True:
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1])
        if status != 100:
            break
        raw = body
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers.setdefault(name.lower(), []).append(value.strip())
    return status, headers, body


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    # Each test makes what it needs and leaves it.
    server = Server(
        tmp_path_factory.mktemp("trellis") / "data", {"TRELLIS_QUOTAS_SERVICE_NETWORKS_PER_REGION": "1000"}).start()
    yield server
    assert server.stop() == 0
    assert not (server.data_dir / "endpoints.json").exists()


@pytest.fixture()
def own_server(tmp_path):
    """A server that the test may stop, kill and start again."""
    server = Server(tmp_path / "data").start()
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture(scope="session")
def lattice(server):
    return Lattice(server)
