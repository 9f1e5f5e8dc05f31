"""Traffic for minutes while the API changes what it goes to and functions are killed: nothing may grow or slow down.

    make soak              ten minutes
    SOAK=60 make soak      a minute

Memory, descriptors and latency are measured every few seconds. What counts is from the second minute on (of a short run: from
its second fifth on), when caches and pools have their size.
"""

import http.client
import os
import pathlib
import random
import signal
import statistics
import sys
import tempfile
import threading
import time

from conftest import Lattice, Server
from processes import descendants, descriptors, resident_megabytes

SECONDS = int(os.environ.get("SOAK") or 600)
SAMPLE_SECONDS = max(1, SECONDS // 60)
CLIENTS = 4
#: A request may fail with one of these while its function is killed or its rule goes to nowhere; the change explains it.
EXPLAINED = {404, 500, 502, 503}
SOURCE = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": event["path"]}
"""


class Traffic:
    """Clients that ask one after the other, on connections that they keep."""

    def __init__(self, service):
        self.service = service
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.times, self.statuses, self.broken = [], {}, []
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        connection = None
        count = 0
        while not self.stopped.is_set():
            count += 1
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.service["port"], timeout=60)
                begin = time.monotonic()
                connection.request("GET", f"/{number}/{count}", headers={"Host": self.service["host"]})
                answer = connection.getresponse()
                body = answer.read()
                taken = time.monotonic() - begin
                right = answer.status in EXPLAINED or body == f"/{number}/{count}".encode()
                with self.lock:
                    self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                    if answer.status == 200:
                        self.times.append(taken)
                    if not right:
                        self.broken.append((answer.status, body[:200]))
                if answer.getheader("connection") == "close":
                    connection.close()
                    connection = None
            except OSError as error:
                with self.lock:
                    self.broken.append(repr(error))
                connection = None

    def take_times(self):
        with self.lock:
            times, self.times = self.times, []
        return times

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(timeout=90)


def change(lattice, service, groups, random_source):
    """One change by the API that leaves the service with a target: rules and weights come and go."""
    first, second = random_source.sample(groups, 2)
    weights = [{"targetGroupIdentifier": first, "weight": random_source.randint(1, 100)},
               {"targetGroupIdentifier": second, "weight": random_source.randint(0, 100)}]
    lattice.update_listener(
        serviceIdentifier=service["id"], listenerIdentifier=service["listener"],
        defaultAction={"forward": {"targetGroups": weights}})
    rule = lattice.create_rule(
        serviceIdentifier=service["id"], listenerIdentifier=service["listener"], name="passing", priority=1,
        match={"httpMatch": {"pathMatch": {"match": {"prefix": "/0/"}}}},
        action={"forward": {"targetGroups": weights}})
    lattice.delete_rule(
        serviceIdentifier=service["id"], listenerIdentifier=service["listener"], ruleIdentifier=rule["id"])


def kill_a_function(server, random_source):
    """Ends a process of a function as the system would."""
    found = []
    for process in descendants(server.process.pid):
        try:
            command = pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"python" in command.split(b"\0")[0]:
            found.append(process)
    if found:
        try:
            os.kill(random_source.choice(found), signal.SIGKILL)
        except ProcessLookupError:
            pass
    return bool(found)


def main():
    random_source = random.Random(1)
    with tempfile.TemporaryDirectory() as directory:
        server = Server(pathlib.Path(directory) / "data").start()
        api = Lattice(server)
        groups = [
            api.target_group(name, api.create_function(name, "python3.11", "app.handler", {"app.py": SOURCE}))
            for name in ["soak-a", "soak-b", "soak-c"]]
        service = api.service("soak", groups[0])
        traffic = Traffic(service)
        samples, changes, kills = [], 0, 0
        begin = time.monotonic()
        next_sample, next_kill = begin + SAMPLE_SECONDS, begin + 5
        while (now := time.monotonic()) < begin + SECONDS:
            change(api.lattice, service, groups, random_source)
            changes += 3
            if now >= next_kill:
                kills += kill_a_function(server, random_source)
                next_kill = now + 5
            if now >= next_sample:
                times = traffic.take_times()
                samples.append((
                    now - begin, resident_megabytes(server.process.pid), descriptors(server.process.pid), len(times),
                    statistics.median(times) * 1000 if times else float("nan")))
                print("{:6.0f} s {:8.1f} MiB {:5d} descriptors {:7d} requests {:7.2f} ms median".format(*samples[-1]),
                      flush=True)
                next_sample = now + SAMPLE_SECONDS
            time.sleep(0.1)
        traffic.stop()
        assert server.process.poll() is None, "the server has ended"
        assert server.stop() == 0
    print(f"{sum(traffic.statuses.values())} requests, {changes} changes, {kills} kills; {traffic.statuses}")
    return problems(samples, traffic, kills)


def problems(samples, traffic, kills):
    """What has grown between the beginning and the end of the time that counts, in words."""
    found = [f"{len(traffic.broken)} answers that nothing explains, the first {traffic.broken[0]}"] if traffic.broken else []
    counted = [sample for sample in samples if sample[0] >= min(60, SECONDS / 5)]
    third = len(counted) // 3
    if third < 2:
        return found + ["too short to tell"]
    if not kills:
        found.append("no function was killed")

    def of(part, column):
        return statistics.median(sample[column] for sample in part)
    start, end = counted[:third], counted[-third:]
    # An allocator does not give everything back, and a machine has other things to do.
    for what, column, factor, slack in [
            ("memory in MiB", 1, 1.10, 10), ("descriptors", 2, 1.10, 20), ("median time in ms", 4, 1.5, 5)]:
        before, after = of(start, column), of(end, column)
        if not after <= before * factor + slack:
            found.append(f"{what} went from {before:.1f} to {after:.1f}")
    return found


if __name__ == "__main__":
    wrong = main()
    for problem in wrong:
        print(f"PROBLEM: {problem}", file=sys.stderr)
    sys.exit(1 if wrong else 0)
