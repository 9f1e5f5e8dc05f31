"""Load by Debian's h2load: as fast as answers come (closed loop), or at a fixed rate.

h2load keeps a rate by sending when the next request of a connection is due, and not before that connection's last answer; many
connections at a small part of what they could carry keep that from hiding waits.
"""

import dataclasses
import pathlib
import re
import statistics
import subprocess
import tempfile

from .measure import processor_seconds


@dataclasses.dataclass(frozen=True)
class Side:
    """A server under load, and the one request it gets."""

    name: str
    pid: int
    port: int
    host: str
    path: str = "/"
    headers: tuple = ()
    #: Sent with POST; None is a GET.
    body: bytes | None = None
    #: Of every answer.
    status: int = 200


@dataclasses.dataclass(frozen=True)
class Reading:
    """What one turn showed."""

    requests: int
    seconds: float
    #: Of the server's processes.
    processor_seconds: float

    @property
    def rate(self):
        return self.requests / self.seconds

    @property
    def microseconds_per_request(self):
        return self.processor_seconds * 1e6 / self.requests


@dataclasses.dataclass(frozen=True)
class Latencies:
    """Microseconds at a fixed rate."""

    p50: float
    p99: float
    p999: float


class Unanswered(Exception):
    """Requests failed, or had another status than they should: nothing that was measured counts."""


#: The part of a rate that must have been kept.
LEAST_KEPT = 0.8


def h2load(side, *options, seconds):
    with tempfile.TemporaryDirectory() as directory:
        log = pathlib.Path(directory) / "log"
        command = ["h2load", "--h1", "--threads=1", f"--connect-to=127.0.0.1:{side.port}", f"--log-file={log}", *options]
        command += [f"--header={name}: {value}" for name, value in side.headers]
        if side.body is not None:
            body = pathlib.Path(directory) / "body"
            body.write_bytes(side.body)
            command.append(f"--data={body}")
        before = processor_seconds(side.pid)
        done = subprocess.run(
            [*command, f"http://{side.host}{side.path}"], capture_output=True, text=True, timeout=seconds + 120)
        spent = processor_seconds(side.pid) - before
        if done.returncode != 0:
            raise Unanswered(f"{side.name}: {done.stderr or done.stdout}")
        answered = check(side, done.stdout)
        found = re.search(r"finished in ([0-9.]+)(us|ms|s), ", done.stdout)
        taken = float(found[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1}[found[2]]
        return Reading(answered, taken, spent), [line.split("\t") for line in log.read_text().splitlines()]


def check(side, printed):
    """How many were answered, all of them with the right kind of status."""
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", printed)
    failed = re.search(r"(\d+) errored, (\d+) timeout", printed)
    answered = int(codes[side.status // 100 - 1]) if codes else 0
    if not failed or answered == 0 or answered != sum(map(int, codes.groups())) or any(map(int, failed.groups())):
        raise Unanswered(f"{side.name} did not answer everything with {side.status}:\n{printed}")
    return answered


def at_full_speed(side, connections, seconds):
    """Requests one after the other on each connection for some seconds."""
    return h2load(side, f"--clients={connections}", f"--duration={seconds}", seconds=seconds)[0]


def a_number_of(side, connections, requests):
    """As many requests; none is left behind when it ends."""
    return h2load(side, f"--clients={connections}", f"--requests={requests}", seconds=300)[0]


def at_rate(side, rate, seconds, connections=16):
    """Latencies of all requests at `rate` requests/s altogether."""
    _, log = h2load(
        side, f"--clients={connections}", f"--duration={seconds}", f"--rps={rate / connections:g}", seconds=seconds)
    if {status for _, status, _ in log} != {str(side.status)}:
        raise Unanswered(f"{side.name} did not answer everything with {side.status}")
    times = [int(time) for _, _, time in log]
    if len(times) < rate * seconds * LEAST_KEPT:
        raise Unanswered(f"{side.name} answered {len(times)} of {rate * seconds:.0f} requests: the machine is too busy")
    thousandths = statistics.quantiles(times, n=1000)
    return Latencies(statistics.median(times), thousandths[989], thousandths[998])
