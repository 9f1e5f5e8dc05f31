"""Traffic on kept connections while clients change the API's resources as fast as they can: no request fails that no change
explains, and the first request after the answer to a change sees it."""

import http.client
import pathlib
import socket
import ssl
import threading
import time

import pytest

from conftest import Lattice, free_port, wait_for
from light_client import LightClient
from tls_client import self_signed

HOST = "shop.example.com"
CERTIFICATES = [f"arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3{number}" for number in range(2)]
STEPS = 80
# Pages of the allocator come and go; a leak of one rule's snapshot for each change would be more.
GROWTH_LIMIT_MB = 24


def fixed(status):
    return {"fixedResponse": {"statusCode": status}}


def forward(*groups):
    return {"forward": {"targetGroups": [
        {"targetGroupIdentifier": group, "weight": weight} for group, weight in groups]}}


def under(path):
    return {"httpMatch": {"pathMatch": {"match": {"prefix": path}}}}


class Site:
    """A service whose default action is the function `blue`, with rules that the tests change."""

    def __init__(self, server):
        self.server = server
        lattice = Lattice(server)
        self.functions, self.groups = {}, {}
        for color in ("blue", "green", "moving"):
            self.functions[color] = lattice.create_function(
                color, "python3.11", "app.handler",
                {"app.py": f"def handler(event, context):\n    return {{'statusCode': 200, 'body': '{color}'}}\n"})
            self.groups[color] = lattice.target_group(color, self.functions[color])
        self.install_certificates()
        client = lattice.lattice
        network = client.create_service_network(name="net")["id"]
        service = client.create_service(name="shop", customDomainName=HOST, certificateArn=CERTIFICATES[0])
        client.create_service_network_service_association(
            serviceNetworkIdentifier=network, serviceIdentifier=service["id"])
        self.path = f"/services/{service['id']}"
        # Its listeners come and go; the quota leaves no room for them beside the two of the other one.
        other = client.create_service(name="other")
        client.create_service_network_service_association(
            serviceNetworkIdentifier=network, serviceIdentifier=other["id"])
        self.other_path = f"/services/{other['id']}"
        self.port, self.tls_port = free_port(), free_port()
        default = forward((self.groups["blue"], 1))
        with self.control() as control:
            made = control.created(f"{self.path}/listeners", {
                "name": "http", "protocol": "HTTP", "port": self.port, "defaultAction": default})
            control.created(f"{self.path}/listeners", {
                "name": "https", "protocol": "HTTPS", "port": self.tls_port, "defaultAction": default})
            self.rules = f"{self.path}/listeners/{made['id']}/rules"
            self.rule = {}
            for priority, (name, action) in enumerate({
                "steady": default, "toggled": fixed(404), "weighted": forward((self.groups["blue"], 1)),
                "moving": forward((self.groups["moving"], 1)),
            }.items(), start=1):
                answer = control.created(self.rules, {
                    "name": name, "priority": priority, "match": under(f"/{name}"), "action": action})
                self.rule[name] = f"{self.rules}/{answer['id']}"
            lattice.wait_until_served(HOST, self.port)
            for path in ("/steady", "/weighted", "/moving"):
                wait_for(lambda: self.answer(path)[0] == 200, path)
            # The files are found by looking at the directory from time to time; after that a change is the API's alone.
            for arn, certificate in zip(CERTIFICATES, self.certificates):
                updated(control, self.path, {"certificateArn": arn})
                wait_for(lambda: self.certificate() == certificate, arn)
            control.created(f"{self.other_path}/listeners", {
                "name": "kept", "protocol": "HTTP", "port": self.port, "defaultAction": fixed(500)})
            wait_for(lambda: self.answer("/", host="other.localhost")[0] == 500, "the other service")

    def install_certificates(self):
        directory = self.server.data_dir / "certificates"
        directory.mkdir(exist_ok=True)
        for arn in CERTIFICATES:
            certificate, key = self_signed([HOST])
            name = arn.rpartition("/")[2]
            (directory / f"{name}.key").write_bytes(key)
            (directory / f"{name}.pem").write_bytes(certificate)
        self.certificates = [
            ssl.PEM_cert_to_DER_cert((directory / f"{arn.rpartition('/')[2]}.pem").read_text()) for arn in CERTIFICATES]

    def control(self):
        environment = self.server.environment
        return LightClient(
            environment["AWS_ENDPOINT_URL"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])

    def answer(self, path, port=None, host=HOST):
        """Status and body on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        try:
            return ask(connection, path, host)
        finally:
            connection.close()

    def certificate(self):
        """What a new TLS connection is shown; `None` if the handshake fails."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection(("127.0.0.1", self.tls_port), timeout=60) as plain:
                with context.wrap_socket(plain, server_hostname=HOST) as connection:
                    return connection.getpeercert(binary_form=True)
        except ssl.SSLError:
            return None

    def memory(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def ask(connection, path, host=HOST):
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.fixture()
def site(own_server):
    return Site(own_server)


# MARK: Changes; each makes one and says what traffic must see now


def change_action(site, control, step):
    status = (404, 500)[step % 2]
    updated(control, site.rule["toggled"], {"action": fixed(status)})
    assert site.answer("/toggled")[0] == status


def change_weights(site, control, step):
    chosen = ("blue", "green")[step % 2]
    weights = [(site.groups[color], 100 if color == chosen else 0) for color in ("blue", "green")]
    updated(control, site.rule["weighted"], {"action": forward(*weights)})
    assert site.answer("/weighted") == (200, chosen)


def change_rules(site, control, step):
    made = control.created(site.rules, {
        "name": f"extra{step}", "priority": 50, "match": under("/extra"), "action": fixed(404)})
    assert site.answer("/extra")[0] == 404
    deleted(control, f"{site.rules}/{made['id']}")
    assert site.answer("/extra") == (200, "blue")


def change_targets(site, control, step):
    targets = {"targets": [{"id": site.functions["moving"]}]}
    group = f"/targetgroups/{site.groups['moving']}"
    action, expected = (("deregister", 503), ("register", 200))[step % 2]
    status, answer = control.send("POST", f"{group}/{action}targets", targets)
    assert (status, answer["unsuccessful"]) == (200, []), answer
    assert site.answer("/moving")[0] == expected


def change_listeners(site, control, step):
    port = free_port()
    made = control.created(f"{site.other_path}/listeners", {
        "name": f"extra{step}", "protocol": "HTTP", "port": port, "defaultAction": fixed(500)})
    assert site.answer("/", port, "other.localhost")[0] == 500
    deleted(control, f"{site.other_path}/listeners/{made['id']}")

    def is_refused():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0
    # A process of a function that is just being started has a copy of the socket until it runs its program.
    wait_for(is_refused, "the listener to be gone")


def change_certificate(site, control, step):
    number = step % 2
    updated(control, site.path, {"certificateArn": CERTIFICATES[number]})
    assert site.certificate() == site.certificates[number]


CHANGES = [change_action, change_weights, change_rules, change_targets, change_listeners, change_certificate]


def updated(control, path, body):
    status, answer = control.send("PATCH", path, body)
    assert status == 200, answer


def deleted(control, path):
    status, answer = control.send("DELETE", path)
    assert status in (200, 204), answer


# MARK: Traffic


class Traffic:
    """Threads with a kept connection each, one request after the other."""

    # What no change explains otherwise.
    allowed = {
        "/steady": {(200, "blue")}, "/weighted": {(200, "blue"), (200, "green")}, "/toggled": {404, 500},
        "/elsewhere": {(200, "blue")}}

    def __init__(self, site, threads=6):
        self.site, self.stops, self.failures, self.counts = site, threading.Event(), [], [0] * threads
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(threads)]

    def run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=60)
        connection.connect()
        kept = connection.sock
        try:
            while not self.stops.is_set():
                for path, allowed in self.allowed.items():
                    status, body = ask(connection, path)
                    if status not in allowed and (status, body) not in allowed:
                        self.failures.append((path, status, body))
                    if connection.sock is not kept:
                        self.failures.append((path, "the connection was closed"))
                        return
                    self.counts[number] += 1
        except Exception as error:  # noqa: BLE001 — shown by the assertion of the test
            self.failures.append(repr(error))
        finally:
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stops.set()
        for thread in self.threads:
            thread.join(timeout=120)


def make_changes(site, steps):
    """All sorts of changes side by side, each sort one after the other; returns what went wrong."""
    failures = []

    def run(change):
        try:
            with site.control() as control:
                for step in range(steps):
                    change(site, control, step)
        except BaseException as error:  # noqa: BLE001 — shown by the assertion of the test
            failures.append(f"{change.__name__}: {error!r}")

    threads = [threading.Thread(target=run, args=(change,)) for change in CHANGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert not any(thread.is_alive() for thread in threads)
    return failures


def test_traffic_follows_changes_and_nothing_fails(site):
    with Traffic(site) as traffic:
        assert make_changes(site, STEPS) == []
        before = site.memory()
        start = time.perf_counter()
        assert make_changes(site, STEPS) == []
        seconds = time.perf_counter() - start
        after = site.memory()
    assert traffic.failures == []
    # Each connection had its share: nobody was shut out while the changes were made.
    assert all(count > STEPS for count in traffic.counts), traffic.counts
    print(f"{STEPS * (len(CHANGES) + 2) / seconds:.0f} changes a second, {after - before:+.1f} MB")
    assert after - before < GROWTH_LIMIT_MB
