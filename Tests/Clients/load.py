"""How the vpc-lattice API does with many services: `make load` runs it at full size and prints the table of docs/scale.md.

Creation is compared with moto's server in the same run: both get the same operations from the same client, in turns.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

from conftest import Server, free_port, wait_for
from light_client import LightClient

NOT_FOUND = {"fixedResponse": {"statusCode": 404}}
LISTENERS, RULES = 2, 10
OPERATIONS = 1 + LISTENERS + LISTENERS * RULES


def connect(target):
    return LightClient(target["endpoint"], target["key"], target["secret"])


def create_service(client, name):
    """A service with its listeners and rules, as an SDK would send it, with a token for each."""
    def created(path, body):
        return client.created(path, dict(body, clientToken=str(uuid.uuid4())))["id"]

    service = created("/services", {"name": name})
    for number in range(LISTENERS):
        listener = created(f"/services/{service}/listeners", {
            "name": f"listener{number}", "protocol": "HTTP", "port": 80 + number, "defaultAction": NOT_FOUND})
        for priority in range(1, RULES + 1):
            created(f"/services/{service}/listeners/{listener}/rules", {
                "name": f"rule{priority}", "priority": priority, "action": NOT_FOUND,
                "match": {"httpMatch": {"method": "GET", "pathMatch": {"match": {"prefix": f"/path{priority}"}}}}})


def create_share(job):
    target, names = job
    with connect(target) as client:
        for name in names:
            create_service(client, name)


def create(pool, workers, target, names):
    """Creates services from all workers at once and returns operations per second."""
    shares = [(target, names[worker::workers]) for worker in range(workers)]
    start = time.perf_counter()
    pool.map(create_share, shares, chunksize=1)
    return len(names) * OPERATIONS / (time.perf_counter() - start)


def names(prefix, count):
    return [f"{prefix}-{number:05}" for number in range(count)]


@contextlib.contextmanager
def moto_server():
    port = free_port()
    with open(os.devnull, "w") as silence:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=silence, stderr=silence)
    target = {"endpoint": f"http://127.0.0.1:{port}", "key": "test", "secret": "test"}

    def answers():
        assert process.poll() is None, "moto's server did not start: is moto[server] installed?"
        with contextlib.suppress(OSError), connect(target) as client:
            return client.send("GET", "/services")[0] == 200

    try:
        wait_for(answers, "moto's server", seconds=60)
        yield target
    finally:
        process.terminate()
        process.wait(timeout=30)


def compare(pool, workers, trellis, rounds, services):
    """Operations per second of both servers, round by round in turns."""
    rates = {"trellis": [], "moto": []}
    with moto_server() as moto:
        for number in range(rounds):
            for who, target in (("trellis", trellis), ("moto", moto)):
                rates[who].append(create(pool, workers, target, names(f"compared{number}", services)))
    return rates


def pages(client, limit=100):
    """Walks the list of services: for each page its token and the names on it."""
    token = None
    while True:
        target = f"/services?maxResults={limit}" + (f"&nextToken={token}" if token else "")
        status, answer = client.send("GET", target)
        assert status == 200, answer
        yield token, [item["name"] for item in answer["items"]]
        token = answer.get("nextToken")
        if token is None:
            return


def walk_while_others_write(target):
    """Lists everything while services come and go; returns what was seen and how many were written meanwhile."""
    done = threading.Event()
    written = []

    def write():
        with connect(target) as client:
            while not done.is_set():
                made = client.created("/services", {"name": f"passing-{uuid.uuid4().hex[:20]}"})
                written.append(made["id"])
                status, answer = client.send("DELETE", f"/services/{made['id']}")
                assert status == 200, answer

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_for(lambda: written, "the first write")
        with connect(target) as client:
            walked = list(pages(client))
    finally:
        done.set()
        writer.join(timeout=60)
    seen = [name for _, page in walked for name in page if not name.startswith("passing-")]
    return walked, seen, len(written)


def page_times(target, tokens, repeats):
    """Median milliseconds of the pages at the start, in the middle and at the end, asked for in turns."""
    places = {"start": tokens[0], "middle": tokens[len(tokens) // 2], "end": tokens[-2] if len(tokens) > 1 else tokens[0]}
    times = {place: [] for place in places}
    with connect(target) as client:
        for _ in range(repeats):
            for place, token in places.items():
                query = f"&nextToken={token}" if token else ""
                start = time.perf_counter()
                assert client.send("GET", f"/services?maxResults=100{query}")[0] == 200
                times[place].append((time.perf_counter() - start) * 1000)
    return {place: statistics.median(values) for place, values in times.items()}


def memory(server):
    """Resident megabytes now and at most so far."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return tuple(int(status.split(f"{name}:")[1].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def restart(server):
    """Stops and starts the server; returns seconds until it was ready."""
    server.stop()
    start = time.perf_counter()
    server.start()
    return time.perf_counter() - start


def target_of(server):
    environment = server.environment
    return {
        "endpoint": environment["AWS_ENDPOINT_URL"], "key": environment["AWS_ACCESS_KEY_ID"],
        "secret": environment["AWS_SECRET_ACCESS_KEY"],
    }


class LoadServer(Server):
    """A server with room for more services than AWS's default quota has."""

    def start(self, options=()):
        configuration = self.data_dir.parent / "load.yaml"
        configuration.write_text("quotas:\n  servicesPerRegion: 100000\n")
        return super().start(["--config", str(configuration), *options])


def run(data_dir, services, workers, rounds, compared, repeats):
    server = LoadServer(data_dir).start()
    results = {"services": services, "records": services * OPERATIONS}
    try:
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            if rounds:
                rates = compare(pool, workers, target_of(server), rounds, compared)
                results["creates/s"] = {who: round(statistics.median(values)) for who, values in rates.items()}
                results["ratio to moto"] = round(
                    statistics.median(a / b for a, b in zip(rates["trellis"], rates["moto"])), 2)
            wanted = names("listed", services)
            results["creates/s while growing"] = [
                round(create(pool, workers, target_of(server), wanted[step * services // 4:(step + 1) * services // 4]))
                for step in range(4)]
        walked, seen, written = walk_while_others_write(target_of(server))
        expected = len(wanted) + rounds * compared
        assert len(seen) == len(set(seen)) == expected, f"{len(seen)} of {expected} seen, {len(set(seen))} different"
        results["written while listing"] = written
        tokens = [token for token, _ in walked]
        results["page ms"] = {k: round(v, 2) for k, v in page_times(target_of(server), tokens, repeats).items()}
        results["MB before restart, peak"] = [round(value) for value in memory(server)]
        results["restart s"] = round(restart(server), 2)
        results["MB after restart, peak"] = [round(value) for value in memory(server)]
        with connect(target_of(server)) as client:
            again = [name for _, page in pages(client) for name in page if not name.startswith("passing-")]
        assert sorted(again) == sorted(seen)
    finally:
        if server.process.poll() is None:
            server.stop(signal.SIGTERM)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=10_000, help="services with 2 listeners and 10 rules on each")
    parser.add_argument("--workers", type=int, default=8, help="clients at once")
    parser.add_argument("--rounds", type=int, default=5, help="turns of the comparison with moto; 0 leaves it out")
    parser.add_argument("--compared", type=int, default=40, help="services in each turn")
    options = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="trellis-load-"))
    try:
        results = run(
            directory / "data", options.services, options.workers, options.rounds, options.compared, repeats=50)
    finally:
        shutil.rmtree(directory)
    for name, value in results.items():
        print(f"{name:26} {json.dumps(value)}")


if __name__ == "__main__":
    main()
