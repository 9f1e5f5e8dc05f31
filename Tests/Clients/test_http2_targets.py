"""Trailers and interim responses through HTTPS listeners to HTTP2 and GRPC groups: nghttp and a server by the h2 library."""

import contextlib
import json
import re
import shutil
import socket
import subprocess
import threading
import uuid

import h2.config
import h2.connection
import h2.events
import pytest

from conftest import free_port, wait_for
from test_https import Site
from test_target_groups import active_group

NGHTTP = shutil.which("nghttp")
pytestmark = pytest.mark.skipif(NGHTTP is None, reason="nghttp is missing: make client-dependencies installs it")


class Target(threading.Thread):
    """Answers each request with what it was, as JSON, between an interim response and a trailer; one thread for each connection."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        requests = {}
        with contextlib.suppress(OSError), connection:
            connection.sendall(state.data_to_send())
            while received := connection.recv(65536):
                for event in state.receive_data(received):
                    if isinstance(event, h2.events.RequestReceived):
                        requests[event.stream_id] = {"headers": dict(event.headers), "bytes": 0, "trailers": {}}
                        state.send_headers(event.stream_id, [(":status", "103"), ("link", "</a.css>")])
                    elif isinstance(event, h2.events.DataReceived):
                        requests[event.stream_id]["bytes"] += len(event.data)
                        state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    elif isinstance(event, h2.events.TrailersReceived):
                        requests[event.stream_id]["trailers"] = dict(event.headers)
                    elif isinstance(event, h2.events.StreamEnded):
                        request = requests.pop(event.stream_id)
                        state.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/json")])
                        state.send_data(event.stream_id, json.dumps(request).encode())
                        state.send_headers(
                            event.stream_id, [("x-end", "done"), ("grpc-status", "0")], end_stream=True)
                connection.sendall(state.data_to_send())


@pytest.fixture(scope="module", params=["HTTP2", "GRPC"])
def site(request, lattice):
    client, target = lattice.lattice, Target()
    target.start()
    group = active_group(
        client, "IP", protocol="HTTP", protocolVersion=request.param, port=target.port)
    client.register_targets(targetGroupIdentifier=group, targets=[{"id": "127.0.0.1"}])
    name = f"trailers-{uuid.uuid4().hex[:8]}"
    network = client.create_service_network(name=f"{name}-net")["id"]
    yield TrailerSite(lattice, name, free_port(), group, network)
    target.listener.close()


class TrailerSite(Site):
    def wait_for_route(self):
        # The interim response is the first that curl shows.
        wait_for(
            lambda: self.curl("--http2", "--data-binary", "x", host=self.local, check=False)[0] == 103,
            f"{self.host} to be served")

    def nghttp(self, *arguments):
        """What it wrote, with every frame."""
        done = subprocess.run(
            [NGHTTP, "--verbose", "--no-verify-peer", "--timeout=60", *arguments, "--header", f":authority: {self.local}",
             f"https://127.0.0.1:{self.port}/a?b=c"], capture_output=True, timeout=90)
        return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode())


def answer(text):
    """The fields of each head that nghttp got, in order, and the JSON between them."""
    heads, fields = [], {}
    for line in text.splitlines():
        if field := re.search(r"recv \(stream_id=\d+(?:, sensitive)?\) (:?[^:]+): (.*)", line):
            fields[field[1]] = field[2]
        elif "recv HEADERS frame" in line:
            heads.append(fields)
            fields = {}
    return heads, json.loads(re.search(r"\{\"headers\".*?\}\}", text)[0])


@pytest.mark.parametrize("size", [1, 100_000])
def test_trailers_both_ways(site, tmp_path, size):
    body = tmp_path / "body"
    body.write_bytes(b"x" * size)
    heads, seen = answer(site.nghttp("--data", str(body), "--trailer", "x-sum: 42"))
    assert [head.get(":status") for head in heads] == ["103", "200", None]
    assert heads[0]["link"] == "</a.css>"
    assert heads[1]["content-type"] == "application/json"
    assert heads[2] == {"x-end": "done", "grpc-status": "0"}
    assert seen["bytes"] == size
    assert seen["trailers"] == {"x-sum": "42"}
    headers = seen["headers"]
    assert (headers[":method"], headers[":path"], headers[":authority"]) == ("POST", "/a?b=c", site.local)
    assert headers["x-forwarded-proto"] == "https"


def test_trailers_of_this_hop_are_not_passed_on(site, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b"x")
    _, seen = answer(site.nghttp(
        "--data", str(body), "--trailer", "x-sum: 42", "--trailer", "host: elsewhere", "--trailer", "content-length: 7"))
    assert seen["trailers"] == {"x-sum": "42"}
