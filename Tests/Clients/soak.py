"""Traffic for minutes while the API changes what it goes to and functions and targets are killed: nothing may grow or slow down.

    make soak              ten minutes
    SOAK=60 make soak      a minute

Memory, descriptors and latency are measured every few seconds. What counts is from the second minute on (of a short run: from
its second fifth on), when caches and pools have their size. One client asks a target without the server between: as much slower as
that becomes, because the machine has other things to do, the rest may become too.
"""

import http.client
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from conftest import Lattice, Server, free_port, wait_for
from processes import descendants, descriptors, resident_megabytes

SECONDS = int(os.environ.get("SOAK") or 600)
SAMPLE_SECONDS = max(1, SECONDS // 60)
CLIENTS = 3
#: How long after a kill, and after a target is back, a request may fail by it: the machine is busy.
KILL_SECONDS = 5
#: A target is started again after so long.
AWAY_SECONDS = 2
#: What a request may be answered whose function or target was killed.
BY_KILL = {"functions": {502}, "targets": {500, 502}, "direct": set()}
SOURCE = """
import json
def handler(event, context):
    return {"statusCode": 200, "body": event["path"]}
"""
TARGET = """
import http.server, sys
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 4096
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
"""


class Traffic:
    """Clients that ask one after the other, on connections that they keep."""

    def __init__(self, kind, service, clients=CLIENTS):
        self.kind, self.service = kind, service
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.times, self.statuses, self.failed, self.broken = [], {}, [], []
        self.threads = [threading.Thread(target=self.ask, args=(number,)) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def ask(self, number):
        connection = None
        count = 0
        while not self.stopped.is_set():
            count += 1
            begin = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.service["port"], timeout=60)
                connection.request("GET", f"/{number}/{count}", headers={"Host": self.service["host"]})
                answer = connection.getresponse()
                body = answer.read()
                end = time.monotonic()
                with self.lock:
                    self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
                    if answer.status == 200:
                        self.times.append(end - begin)
                        if body != f"/{number}/{count}".encode():
                            self.broken.append((answer.status, body[:200]))
                    else:
                        self.failed.append((begin, end, answer.status, body[:200]))
                if answer.getheader("connection") == "close":
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                with self.lock:
                    self.broken.append(repr(error))
                connection = None

    def median_milliseconds(self):
        """Of the requests since the last call."""
        with self.lock:
            times, self.times = self.times, []
        return statistics.median(times) * 1000 if times else float("nan")

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(timeout=90)

    def unexplained(self, kills):
        """What was answered and no kill explains; `kills` are the beginnings and ends of what they do."""
        return self.broken + [
            failure for failure in self.failed
            if failure[2] not in BY_KILL[self.kind]
            or not any(begin <= failure[1] and failure[0] <= end for begin, end in kills)]


class Target:
    """A small HTTP server in a process of its own, which can be killed and comes back at its port."""

    def __init__(self):
        self.port = free_port()
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-c", TARGET, str(self.port)])

    def is_there(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()


def change(lattice, service, groups, random_source):
    """Changes by the API that leave the service with a target: weights and a rule that comes and goes."""
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


def change_target(lattice, group, target, is_registered):
    """Takes a target out of its group, or puts it back."""
    operation = lattice.deregister_targets if is_registered else lattice.register_targets
    answer = operation(targetGroupIdentifier=group, targets=[{"id": "127.0.0.1", "port": target.port}])
    assert answer["unsuccessful"] == [], answer


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


class Site:
    """A service in front of functions and one in front of targets with an address."""

    def __init__(self, server):
        api = Lattice(server)
        self.lattice = api.lattice
        self.groups = [
            api.target_group(name, api.create_function(name, "python3.11", "app.handler", {"app.py": SOURCE}))
            for name in ["soak-a", "soak-b", "soak-c"]]
        self.functions = api.service("soak", self.groups[0])
        self.direct, self.targets = Target(), [Target(), Target(), Target()]
        self.group = self.lattice.create_target_group(name="soak-ip", type="IP", config={
            "port": 80, "protocol": "HTTP", "vpcIdentifier": "vpc-0123456789abcdef0",
            "healthCheck": {"enabled": True, "healthCheckIntervalSeconds": 5, "healthCheckTimeoutSeconds": 5}})["id"]
        for target in self.targets:
            change_target(self.lattice, self.group, target, is_registered=False)
        self.addresses = api.service("soak-ip", self.group)

        def are_healthy():
            found = self.lattice.list_targets(targetGroupIdentifier=self.group)["items"]
            return [target["status"] for target in found] == ["HEALTHY"] * len(self.targets)
        wait_for(are_healthy, "healthy targets", seconds=120)

    def stop(self):
        for target in [self.direct, *self.targets]:
            target.kill()


def main():
    with tempfile.TemporaryDirectory() as directory:
        server = Server(pathlib.Path(directory) / "data").start()
        site = Site(server)
        try:
            return run(server, site)
        finally:
            site.stop()
            if server.process.poll() is None:
                server.stop()


def run(server, site):
    random_source = random.Random(1)
    traffic = [
        Traffic("functions", site.functions), Traffic("targets", site.addresses),
        Traffic("direct", {"host": "direct", "port": site.direct.port}, clients=1)]
    kills = {"functions": [], "targets": [], "direct": []}
    samples, changes = [], 0
    is_registered, away = True, None
    begin = time.monotonic()
    next_sample, next_kill = begin + SAMPLE_SECONDS, begin + 5
    while (now := time.monotonic()) < begin + SECONDS:
        change(site.lattice, site.functions, site.groups, random_source)
        change_target(site.lattice, site.group, site.targets[2], is_registered)
        is_registered = not is_registered
        changes += 4
        if away and away.process.returncode is not None and now >= kills["targets"][-1][0] + AWAY_SECONDS:
            away.start()
        if away and away.is_there():
            kills["targets"][-1] = (kills["targets"][-1][0], time.monotonic() + KILL_SECONDS)
            away = None
        if now >= next_kill:
            if kill_a_function(server, random_source):
                kills["functions"].append((now, now + KILL_SECONDS))
            if not away:
                away = random_source.choice(site.targets)
                away.kill()
                # Until it is back.
                kills["targets"].append((now, float("inf")))
            next_kill = now + 10
        if now >= next_sample:
            samples.append((
                now - begin, resident_megabytes(server.process.pid), descriptors(server.process.pid),
                *(part.median_milliseconds() for part in traffic)))
            print(
                "{:6.0f} s {:8.1f} MiB {:5d} descriptors {:8.2f} ms by functions {:8.2f} ms by targets {:8.2f} ms direct"
                .format(*samples[-1]), flush=True)
            next_sample = now + SAMPLE_SECONDS
        time.sleep(0.1)
    for part in traffic:
        part.stop()
    assert server.process.poll() is None, "the server has ended"
    assert server.stop() == 0
    for part in traffic:
        print(f"{part.kind}: {sum(part.statuses.values())} requests, {len(kills[part.kind])} kills; {part.statuses}")
    print(f"{changes} changes, {changes / SECONDS:.0f} a second")
    return problems(samples, traffic, kills)


def problems(samples, traffic, kills):
    """What has grown between the beginning and the end of the time that counts, in words."""
    found = []
    for part in traffic:
        unexplained = part.unexplained(kills[part.kind])
        if unexplained:
            found.append(f"{part.kind}: {len(unexplained)} answers that nothing explains, the first {unexplained[0]}")
        if not kills[part.kind] and BY_KILL[part.kind]:
            found.append(f"{part.kind}: none was killed")
    counted = [sample for sample in samples if sample[0] >= min(60, SECONDS / 5)]
    third = len(counted) // 3
    if third < 2:
        return found + ["too short to tell"]

    def of(part, column):
        return statistics.median(sample[column] for sample in part)
    start, end = counted[:third], counted[-third:]
    slower = max(1, of(end, 5) / of(start, 5))
    print(f"the machine itself took {slower:.1f} times as long for a request at the end")
    # An allocator does not give everything back, and the database has a cache.
    for what, column, factor, slack in [
            ("memory in MiB", 1, 1.05, 8), ("descriptors", 2, 1.10, 20),
            ("median time of functions in ms", 3, 1.5 * slower, 5), ("median time of targets in ms", 4, 1.5 * slower, 5)]:
        before, after = of(start, column), of(end, column)
        if not after <= before * factor + slack:
            found.append(f"{what} went from {before:.1f} to {after:.1f}")
    return found


if __name__ == "__main__":
    wrong = main()
    for problem in wrong:
        print(f"PROBLEM: {problem}", file=sys.stderr)
    sys.exit(1 if wrong else 0)
