"""How soon traffic sees a change: `make change-latency`.

One process changes the fixed response of a rule by the API, again and again; another asks for it all the time on a kept connection.
Both read the same clock of the machine. What is shown:

    answered            from the UpdateRule being sent to its answer
    visible             from the UpdateRule being sent to the end of the first answer that shows the change
    visible afterwards  from the answer of UpdateRule to that; 0 if it was before

A request that is sent after the answer and does not see the change ends the program with an error; times do not.
"""

import argparse
import multiprocessing
import pathlib
import socket
import sys
import tempfile
import threading
import time

from conftest import Server, free_port
from light_client import LightClient

STATUSES = (404, 500)


def fixed(status):
    return {"fixedResponse": {"statusCode": status}}


class Probe:
    """A kept connection to a service."""

    def __init__(self, host, port):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = f"GET /probe HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

    def status(self):
        """Of an answer, which comes in one piece and without a body that matters."""
        self.connection.sendall(self.request)
        return int(self.connection.recv(65536)[9:12])


def watch(host, port, interval, pipe):
    """Asks until it is told to stop, then tells when which status was first seen."""
    probe = Probe(host, port)
    seen, last = [], None
    while not pipe.poll():
        status = probe.status()
        if status != last:
            seen.append((time.monotonic(), status))
            last = status
        time.sleep(interval)
    pipe.send(seen)


def fill(server, services, rules, port):
    """Services with a listener and rules on it, by several clients."""
    names, lock = iter(range(services)), threading.Lock()

    def create():
        with control(server) as client:
            while True:
                with lock:
                    number = next(names, None)
                if number is None:
                    return
                service = client.created("/services", {"name": f"other-{number}"})["id"]
                listener = client.created(f"/services/{service}/listeners", {
                    "name": "http", "protocol": "HTTP", "port": port, "defaultAction": fixed(404)})["id"]
                for rule in range(1, rules + 1):
                    client.created(f"/services/{service}/listeners/{listener}/rules", {
                        "name": f"rule{rule}", "priority": rule, "action": fixed(404),
                        "match": {"httpMatch": {"pathMatch": {"match": {"prefix": f"/path{rule}"}}}}})
    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def control(server):
    environment = server.environment
    return LightClient(
        environment["AWS_ENDPOINT_URL"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])


def make_probed_service(client, port):
    """Host and rule of a service whose rule for `/probe` answers with a fixed response."""
    network = client.created("/servicenetworks", {"name": "network"})["id"]
    service = client.created("/services", {"name": "probed"})
    client.created("/servicenetworkserviceassociations", {
        "serviceNetworkIdentifier": network, "serviceIdentifier": service["id"]})
    listener = client.created(f"/services/{service['id']}/listeners", {
        "name": "http", "protocol": "HTTP", "port": port, "defaultAction": fixed(404)})
    rules = f"/services/{service['id']}/listeners/{listener['id']}/rules"
    rule = client.created(rules, {
        "name": "probe", "priority": 1, "match": {"httpMatch": {"pathMatch": {"match": {"prefix": "/probe"}}}},
        "action": fixed(STATUSES[1])})
    return service["dnsEntry"]["domainName"], f"{rules}/{rule['id']}"


def change(client, rule, probe, count):
    """Changes the rule; when each change was sent and answered, and how often a request sent later did not see it."""
    times, missed = [], 0
    for number in range(count):
        status = STATUSES[number % 2]
        sent = time.monotonic()
        code, answer = client.send("PATCH", rule, {"action": fixed(status)})
        times.append((sent, time.monotonic(), status))
        assert code == 200, answer
        missed += probe.status() != status
    return times, missed


def first_seen(times, seen):
    """When the watcher first saw each change: it may look away for some, but not see one before it was sent."""
    for number, (sent, answered, status) in enumerate(times):
        end = times[number + 1][0] if number + 1 < len(times) else float("inf")
        found = next((at for at, what in seen if what == status and sent <= at < end), None)
        if found is not None:
            yield sent, answered, found


def show(name, seconds):
    ordered = sorted(seconds)

    def at(share):
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    print(f"{name:20s} p50 {at(0.5):7.2f} ms   p99 {at(0.99):7.2f} ms   most {1000 * ordered[-1]:7.2f} ms")


def main():
    parser = argparse.ArgumentParser(description="How soon traffic sees a change.")
    parser.add_argument("--services", type=int, default=10, help="that are there besides")
    parser.add_argument("--rules", type=int, default=10, help="of each of them")
    parser.add_argument("--changes", type=int, default=1000)
    parser.add_argument("--poll-ms", type=float, default=0.2, help="between two looks of the watcher")
    options = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        quotas = {"TRELLIS_QUOTAS_SERVICES_PER_REGION": str(options.services + 10)}
        server = Server(pathlib.Path(directory) / "data", quotas).start()
        try:
            with control(server) as client:
                host, rule = make_probed_service(client, port)
            fill(server, options.services, options.rules, port)
            with control(server) as client:
                probe = Probe(host, port)
                while probe.status() != STATUSES[1]:
                    time.sleep(0.01)
                ours, theirs = multiprocessing.get_context("spawn").Pipe()
                watcher = multiprocessing.get_context("spawn").Process(
                    target=watch, args=(host, port, options.poll_ms / 1000, theirs))
                watcher.start()
                change(client, rule, probe, 50)
                begin = time.monotonic()
                times, missed = change(client, rule, probe, options.changes)
                seconds = time.monotonic() - begin
                ours.send("stop")
                seen = ours.recv()
                watcher.join()
        finally:
            server.stop()
    visible = list(first_seen(times, seen))
    print(f"{options.services} services with {options.rules} rules; {len(times)} changes, {len(times) / seconds:.0f} a second, "
          f"{len(visible)} of them met by the watcher")
    show("answered", [answered - sent for sent, answered, _ in times])
    if visible:
        show("visible", [found - sent for sent, _, found in visible])
        show("visible afterwards", [max(0, found - answered) for _, answered, found in visible])
    print(f"{missed} requests that were sent after the answer did not see the change")
    return 1 if missed or not visible else 0


if __name__ == "__main__":
    sys.exit(main())
