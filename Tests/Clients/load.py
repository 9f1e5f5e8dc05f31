"""How the vpc-lattice API does with many services: `make load` runs it at full size and prints the table of docs/scale.md.

Creation is compared with moto's server in the same run: both get the same operations, signed before the clock starts,
from the same client over as many connections, in turns.
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
from presigned import exchange, identifiers

NOT_FOUND = {"fixedResponse": {"statusCode": 404}}
LISTENERS, RULES = 2, 10
OPERATIONS = 1 + LISTENERS + LISTENERS * RULES
# The goals. Two medians of the same thing differ by less than a fifth.
RATIO, PAGE_GROWTH = 10, 1.2


def connect(target):
    return LightClient(target["endpoint"], target["key"], target["secret"])


def service_body(name):
    return {"name": name, "clientToken": str(uuid.uuid4())}


def listener_body(number):
    return {
        "name": f"listener{number}", "protocol": "HTTP", "port": 80 + number, "defaultAction": NOT_FOUND,
        "clientToken": str(uuid.uuid4())}


def rule_body(priority):
    return {
        "name": f"rule{priority}", "priority": priority, "action": NOT_FOUND,
        "match": {"httpMatch": {"method": "GET", "pathMatch": {"match": {"prefix": f"/path{priority}"}}}},
        "clientToken": str(uuid.uuid4())}


def create_service(client, name):
    """A service with its listeners and rules, as an SDK would send it, with a token for each."""
    service = client.created("/services", service_body(name))["id"]
    for number in range(LISTENERS):
        listener = client.created(f"/services/{service}/listeners", listener_body(number))["id"]
        for priority in range(1, RULES + 1):
            client.created(f"/services/{service}/listeners/{listener}/rules", rule_body(priority))


def create_presigned(target, names, connections):
    """Creates services with their listeners and rules; returns the seconds that only the exchange took.

    The ids of one step are in the paths of the next, so each step is signed when the one before it is done. Neighbours are for
    different services, as they are when many clients work at the same time.
    """
    with connect(target) as signer:
        def step(requests):
            signed = [signer.signed("POST", path, json.dumps(body).encode()) for path, body in requests]
            bodies, seconds = exchange(signer.address, signed, connections)
            return identifiers(bodies), seconds

        services, first = step([("/services", service_body(name)) for name in names])
        places = [(service, number) for number in range(LISTENERS) for service in services]
        listeners, second = step(
            [(f"/services/{service}/listeners", listener_body(number)) for service, number in places])
        _, third = step([
            (f"/services/{service}/listeners/{listener}/rules", rule_body(priority))
            for priority in range(1, RULES + 1) for (service, _), listener in zip(places, listeners)])
    return first + second + third


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
    target = {"endpoint": f"http://127.0.0.1:{port}", "key": "test", "secret": "test", "pid": process.pid}

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


def processor_seconds(target):
    """What the server's process has used of all processors so far, in user mode and in the kernel."""
    fields = pathlib.Path(f"/proc/{target['pid']}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(trellis, rounds, services, connections):
    """Creates per second and processor time (ms) for each, of both servers, round by round in turns."""
    rates, costs = ({"trellis": [], "moto": []} for _ in range(2))
    with moto_server() as moto:
        for number in range(rounds):
            for who, target in (("trellis", trellis), ("moto", moto)):
                before = processor_seconds(target)
                seconds = create_presigned(target, names(f"compared{number}", services), connections)
                rates[who].append(services * OPERATIONS / seconds)
                costs[who].append((processor_seconds(target) - before) * 1000 / (services * OPERATIONS))
    return rates, costs


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
        "secret": environment["AWS_SECRET_ACCESS_KEY"], "pid": server.process.pid,
    }


class LoadServer(Server):
    """A server with room for more services than AWS's default quota has."""

    def start(self, options=()):
        configuration = self.data_dir.parent / "load.yaml"
        configuration.write_text("quotas:\n  servicesPerRegion: 100000\n")
        return super().start(["--config", str(configuration), *options])


def medians(values, digits):
    return {who: round(statistics.median(numbers), digits) for who, numbers in values.items()}


def run(data_dir, services, workers, rounds, compared, connections, repeats):
    server = LoadServer(data_dir).start()
    results = {"services": services, "records": services * OPERATIONS}
    try:
        if rounds:
            rates, costs = compare(target_of(server), rounds, compared, connections)
            results["creates/s"] = medians(rates, 0)
            results["ratio of each turn"] = [round(a / b, 2) for a, b in zip(rates["trellis"], rates["moto"])]
            results["ratio to moto"] = round(statistics.median(results["ratio of each turn"]), 2)
            results["processor ms/create"] = medians(costs, 3)
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
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


def verdicts(results):
    """For each goal that was measured whether it is reached, as text."""
    if "ratio to moto" in results:
        ratio = results["ratio to moto"]
        yield ratio >= RATIO, f"creates {RATIO} times as fast as moto's server: {ratio} times"
    times = results["page ms"]
    growth = times["end"] / times["start"]
    yield growth <= PAGE_GROWTH, f"a page at the end costs what one at the start does: {growth:.2f} times as much"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=10_000, help="services with 2 listeners and 10 rules on each")
    parser.add_argument("--workers", type=int, default=8, help="clients at once")
    parser.add_argument("--rounds", type=int, default=5, help="turns of the comparison with moto; 0 leaves it out")
    parser.add_argument("--compared", type=int, default=60, help="services in each turn")
    parser.add_argument("--connections", type=int, default=128, help="connections to each server in a turn")
    options = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="trellis-load-"))
    try:
        results = run(
            directory / "data", options.services, options.workers, options.rounds, options.compared,
            options.connections, repeats=50)
    finally:
        shutil.rmtree(directory)
    for name, value in results.items():
        print(f"{name:26} {json.dumps(value)}")
    reached = True
    for is_reached, text in verdicts(results):
        print(f"{'PASS' if is_reached else 'FAIL'}: {text}")
        reached = reached and is_reached
    sys.exit(0 if reached else 1)


if __name__ == "__main__":
    main()
