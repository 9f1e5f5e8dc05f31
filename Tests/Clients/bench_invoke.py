"""What an invocation costs beside the peers of docs/benchmarks.md: `make bench-invoke` runs it and prints ratios.

The Runtime Interface Emulator and the function host run the same Python handler, each behind the same client; Envoy's
`aws_lambda` filter and Trellis sign the same requests for the same endpoint. Both sides of a ratio are measured in turns.
"""

import argparse
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from conftest import Lattice, Server, function_source, free_port, wait_for
from lambda_endpoint import Envoy
from rie import RuntimeInterfaceEmulator

ACCOUNT = "123456789012"
BODY = json.dumps({"order": 17, "lines": [{"item": "tea", "count": 2}] * 8}).encode()
ENDPOINT = """
import asyncio, sys
answer = b'{"statusCode":200,"isBase64Encoded":false,"headers":{"content-type":"text/plain"},"body":"done"}'
head = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(answer)

class Endpoint(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.input = transport, b""

    def data_received(self, data):
        self.input += data
        while (end := self.input.find(b"\\r\\n\\r\\n")) >= 0:
            fields = self.input[:end].lower()
            at = fields.find(b"content-length: ")
            length = int(fields[at + 16:].split(b"\\r\\n")[0]) if at >= 0 else 0
            if len(self.input) < end + 4 + length:
                return
            self.input = self.input[end + 4 + length:]
            self.transport.write(head + answer if fields.startswith(b"post") else b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}")

async def main():
    server = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
"""


def request(host, path, body):
    return (f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


class Connection:
    """Sends the same request again and again, and reads only as much of each answer as it must."""

    def __init__(self, port, request):
        self.request = request
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""

    def status(self):
        self.socket.sendall(self.request)
        while (end := self.input.find(b"\r\n\r\n")) < 0:
            self.read()
        head = self.input[:end].lower()
        length = int(head[head.index(b"content-length: ") + 16:].split(b"\r\n")[0])
        while len(self.input) < end + 4 + length:
            self.read()
        self.input = self.input[end + 4 + length:]
        return int(head[9:12])

    def read(self):
        received = self.socket.recv(65536)
        assert received, "the connection ended"
        self.input += received


def run(port, request, connections, count):
    """Sends `count` requests over several connections and returns seconds, and how many were not answered with 200."""
    others = []

    def work(connection):
        for _ in range(count // connections):
            status = connection.status()
            if status != 200:
                others.append(status)

    threads = [threading.Thread(target=work, args=(Connection(port, request),)) for _ in range(connections)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - start, len(others)


def processor_time(pid):
    """Seconds of all threads of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def h2load(directory, port, url, body, *options):
    """Runs Debian's h2load, which costs the machine less than a client in Python, and returns what it prints."""
    file = directory / "body"
    file.write_bytes(body)
    return subprocess.run(
        ["h2load", "--h1", "--threads=1", f"--data={file}", "--header=content-type: application/json",
         f"--connect-to=127.0.0.1:{port}", *options, url],
        check=True, capture_output=True, text=True, timeout=300).stdout


def rate(directory, port, url, body, connections, count):
    """Requests/s, all answered with 200."""
    printed = h2load(directory, port, url, body, f"--clients={connections}", f"--requests={count}")
    assert f"status codes: {count} 2xx" in printed, printed
    return float(re.search(r"finished in .*, ([0-9.]+) req/s", printed)[1])


def slowest_hundredth(directory, port, host, rate, seconds):
    """Microseconds that 99 of 100 requests take at most, at a fixed rate over 8 connections."""
    log = directory / "latencies"
    log.unlink(missing_ok=True)
    h2load(directory, port, f"http://{host}/orders", BODY, "--clients=8", f"--duration={seconds}", f"--rps={rate / 8}",
           f"--log-file={log}")
    rows = [line.split() for line in log.read_text().splitlines()]
    assert len(rows) > rate * seconds * 0.9, f"{len(rows)} requests, {rate * seconds} were planned"
    assert {row[1] for row in rows} == {"200"}, "all are answered"
    return statistics.quantiles([int(row[2]) for row in rows], n=100)[98]


def shown(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} … {max(ratios):.2f})"


def verdict(name, ratios, holds, bar):
    print(f"{'PASS' if holds else 'FAIL'}  {name}: {shown(ratios)}, the bar is {bar}", flush=True)
    return holds


def start(directory, name, configuration, variables=(), path=None):
    directory = directory / name
    directory.mkdir()
    (directory / "trellis.yaml").write_text(json.dumps(dict(configuration, account=ACCOUNT, logLevel="warning")))
    return Server(directory / "data", variables).start(["--config", str(directory / "trellis.yaml")], path)


def host(directory, name, path):
    """A function host that runs two environments at most."""
    # What finds both at work waits for one, so that every request is an invocation.
    server = start(directory, name, {
        "maxEnvironmentsPerFunction": 2, "invocationQueueLength": 16, "invocationQueueWaitMs": 5000}, path=path)
    lattice = Lattice(server)
    function = lattice.create_function("echo", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    service = lattice.service("echo", lattice.target_group("echo", function))
    return server, (service["port"], f"http://{service['host']}/orders", BODY)


def beside_the_emulator(directory, options):
    """Requests/s of the function host as a multiple of the emulator's."""
    # The interpreter that the virtual environment was made of has no awslambdaric: the host uses its own client.
    own = host(directory, "own", f"{pathlib.Path(os.path.realpath(sys.executable)).parent}:{os.environ['PATH']}")
    aws = host(directory, "aws", None)
    emulator = RuntimeInterfaceEmulator(directory, "echo.handler")
    try:
        event = json.dumps({
            "version": "2.0", "path": "/orders", "method": "POST", "body": BODY.decode(), "isBase64Encoded": False,
            "headers": {"content-type": ["application/json"]}, "queryStringParameters": {}, "requestContext": {}})
        theirs = (emulator.port, "http://localhost/2015-03-31/functions/function/invocations", event.encode())
        ratios = {}
        for side in (theirs, own[1], aws[1]):
            rate(directory, *side, 1, 50)
        for _ in range(options.rounds):
            peer = rate(directory, *theirs, 1, options.requests)
            for name, (_, ours) in (("own", own), ("aws", aws)):
                for connections in (1, 16):
                    ratio = rate(directory, *ours, connections, options.requests) / peer
                    ratios.setdefault((name, connections), []).append(ratio)
        for connections in (1, 16):
            print(f"      with awslambdaric, {connections} connections: {shown(ratios['aws', connections])}")
        return [
            verdict("requests/s on one connection × the emulator", ratios["own", 1],
                    statistics.median(ratios["own", 1]) >= 1, "≥ 1.0"),
            verdict("requests/s on 16 connections, two environments × the emulator", ratios["own", 16],
                    statistics.median(ratios["own", 16]) >= 3, "≥ 3"),
        ]
    finally:
        emulator.stop()
        for server, _ in (own, aws):
            server.stop()


def beside_envoy(directory, options):
    """Processor time for each request as a part of Envoy's."""
    port = free_port()
    endpoint = subprocess.Popen([sys.executable, "-c", ENDPOINT, str(port)])
    endpoint.port = port

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    wait_for(listens, "the endpoint")
    server = start(
        directory, "remote", {"workers": 1, "remoteFunctions": [{"endpoint": {"url": f"http://127.0.0.1:{port}"}}]},
        {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"})
    envoy = None
    try:
        envoy = Envoy(directory, endpoint)
        lattice = Lattice(server)
        group = lattice.target_group("echo", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:echo")
        service = lattice.service("echo", group)
        ours, theirs = request(service["host"], "/orders", BODY), request("localhost", "/orders", BODY)
        sides = [(service["port"], ours, server.process.pid), (envoy.port, theirs, envoy.process.pid)]
        places = [(service["port"], service["host"]), (envoy.port, "localhost")]
        for side in sides:
            assert run(*side[:2], 8, 400)[1] == 0
        ratios, latencies = [], []
        for _ in range(options.rounds):
            spent = []
            for to, sent, pid in sides:
                before = processor_time(pid)
                assert run(to, sent, 8, options.requests * 4)[1] == 0
                spent.append(processor_time(pid) - before)
            ratios.append(spent[0] / spent[1])
            ours_99, theirs_99 = (
                slowest_hundredth(directory, *place, options.rate, options.seconds) for place in places)
            latencies.append(ours_99 / theirs_99)
        return [
            verdict("processor time for each signed Invoke ÷ Envoy's", ratios,
                    statistics.median(ratios) <= 0.4, "≤ 0.40"),
            verdict("p99 of signed Invokes at the same rate ÷ Envoy's", latencies,
                    statistics.median(latencies) <= 0.6, "≤ 0.60"),
        ]
    finally:
        if envoy:
            envoy.stop()
        server.stop()
        endpoint.terminate()
        endpoint.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=2000, help="in each round, for each side")
    parser.add_argument("--rate", type=int, default=800, help="requests/s where the rate is fixed")
    parser.add_argument("--seconds", type=int, default=5, help="of each turn where the rate is fixed")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = pathlib.Path(name)
        results = beside_the_emulator(place, arguments) + beside_envoy(place, arguments)
    sys.exit(0 if all(results) else 1)
