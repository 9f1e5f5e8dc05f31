"""A server that stops, and one that takes its place: what clients with requests in flight see of it."""

import os
import signal
import socket
import subprocess
import threading

import pytest

from conftest import TRELLIS, Lattice, Server, curl, wait_for

SOURCE = """
import time
def handler(event, context):
    time.sleep(float(event.get("queryStringParameters", {}).get("sleep", ["0"])[0]))
    return {"statusCode": 200, "body": "done"}
"""


@pytest.fixture()
def served(own_server):
    lattice = Lattice(own_server)
    arn = lattice.create_function("slow", "python3.11", "app.handler", {"app.py": SOURCE}, Timeout=60)
    service = lattice.service("slow", lattice.target_group("slow", arn))
    assert curl(service)[2] == b"done"
    return own_server, service


def get(service, path="/"):
    """Status and body of a request on a connection of its own; raises if there is no whole answer."""
    with socket.create_connection(("127.0.0.1", service["port"]), timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {service['host']}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body


class InBackground(threading.Thread):
    """A call whose outcome is asked for later."""

    def __init__(self, call):
        super().__init__()
        self.call, self.outcome = call, None
        self.start()

    def run(self):
        try:
            self.outcome = self.call()
        except Exception as error:
            self.outcome = error

    def result(self):
        self.join(timeout=60)
        return self.outcome


def in_flight(server, service, seconds=2):
    """A request that its function has for some seconds."""
    request = InBackground(lambda: get(service, f"/?sleep={seconds}"))
    metric = "trellis_target_group_active_requests"

    def is_active():
        metrics = subprocess.run(
            ["curl", "--silent", f"{server.endpoints['operator']}/metrics"], capture_output=True).stdout.decode()
        return any(line.startswith(metric + "{") and line.endswith(" 1") for line in metrics.splitlines())
    wait_for(is_active, "the request to be with its function")
    return request


def test_a_stop_finishes_what_is_in_flight(served):
    server, service = served
    request = in_flight(server, service)
    assert server.stop() == 0
    assert request.result() == (200, b"done")


@pytest.mark.parametrize("how, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_second_signal_ends_at_once(served, how, code):
    server, service = served
    request = in_flight(server, service, seconds=30)
    server.process.send_signal(signal.SIGTERM)

    def is_closed():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", service["port"])) != 0
    wait_for(is_closed, "the listener to close")
    assert server.process.poll() is None
    server.process.send_signal(how)
    assert server.process.wait(timeout=10) == code
    assert not (server.data_dir / "endpoints.json").exists()
    assert not isinstance(request.result(), tuple)


class Successor(Server):
    """A server on the same data directory."""

    def __init__(self, server):
        super().__init__(server.data_dir, server.variables)


def test_a_successor_takes_over_without_a_failed_request(served):
    server, service = served
    request = in_flight(server, service)
    outcomes, stopped = [], threading.Event()

    def keep_asking():
        while not stopped.is_set():
            try:
                outcomes.append(get(service))
            except Exception as error:
                outcomes.append(error)
    clients = [threading.Thread(target=keep_asking) for _ in range(4)]
    for client in clients:
        client.start()
    wait_for(lambda: len(outcomes) > 20, "some requests")
    before = len(outcomes)
    successor = Successor(server).start(["--take-over"])
    try:
        assert server.process.wait(timeout=60) == 0
        assert request.result() == (200, b"done")
        wait_for(lambda: len(outcomes) > before + 20, "requests to the successor")
        stopped.set()
        for client in clients:
            client.join(timeout=60)
        assert [outcome for outcome in outcomes if outcome != (200, b"done")] == []
        # The successor is whole: its APIs answer, and another one may follow it.
        assert Lattice(successor).lattice.list_services()["items"]
        third = Successor(successor).start(["--take-over"])
        assert successor.process.wait(timeout=60) == 0
        assert get(service) == (200, b"done")
        assert third.stop() == 0
    finally:
        stopped.set()
        if successor.process.poll() is None:
            successor.stop()


def test_sockets_that_nobody_wants_any_more_are_closed(served):
    server, service = served
    successor = Successor(server).start(["--take-over", "--bind", "127.0.0.2"])
    try:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", service["port"])) != 0
        with socket.create_connection(("127.0.0.2", service["port"]), timeout=30):
            pass
    finally:
        successor.stop()


def test_without_a_server_it_starts_as_usual(tmp_path):
    server = Server(tmp_path / "data").start(["--take-over"])
    assert server.stop() == 0
    # What the last one has left behind is nobody's.
    assert (tmp_path / "data" / "take-over.sock").exists()
    again = Server(tmp_path / "data").start(["--take-over"])
    assert again.stop() == 0


def test_only_the_owner_may_ask(served):
    server, _ = served
    assert os.stat(server.data_dir / "take-over.sock").st_mode & 0o777 == 0o600
    assert os.stat(server.data_dir).st_mode & 0o777 == 0o700


def test_without_the_flag_a_second_server_is_refused(served):
    server, service = served
    done = subprocess.run(
        [str(TRELLIS), "serve", "--data-dir", str(server.data_dir), "--api", ":0", "--operator", ":0"],
        capture_output=True, timeout=60)
    assert done.returncode != 0
    assert get(service) == (200, b"done")


def test_a_broken_configuration_takes_nothing(served, tmp_path):
    server, service = served
    done = subprocess.run(
        [str(TRELLIS), "serve", "--data-dir", str(server.data_dir), "--take-over", "--port-offset", "x"],
        capture_output=True, timeout=60)
    assert done.returncode != 0
    assert server.process.poll() is None
    assert get(service) == (200, b"done")
