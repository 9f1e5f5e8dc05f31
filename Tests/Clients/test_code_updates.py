"""New code under load: no request fails, everybody sees the change at once, and what is old ends."""

import http.client
import json
import pathlib
import threading

import pytest

from conftest import Lattice, wait_for, zip_of


def code(number):
    return {"app.py": f"import time\n\ndef handler(event, context):\n    time.sleep(0.002)\n"
                      f"    return {{'statusCode': 200, 'body': '{number} ' + context.function_version}}\n"}


class Client:
    """One connection to a service, used by one thread."""

    def __init__(self, service):
        self.service = service
        self.connection = http.client.HTTPConnection("127.0.0.1", service["port"], timeout=60)

    def get(self):
        self.connection.request("GET", "/", headers={"Host": self.service["host"]})
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def version(self):
        """The number in the code that answered."""
        status, body = self.get()
        assert status == 200, body
        return int(body.split()[0])


class Load:
    """Threads that send one request after the other until they are told to stop."""

    def __init__(self, services, threads):
        self.answers = []
        self.failures = []
        self.stops = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(service,)) for service in services for _ in range(threads)]

    def run(self, service):
        client = Client(service)
        last = 0
        while not self.stops.is_set():
            try:
                status, body = client.get()
                if status != 200:
                    self.failures.append((status, body))
                    continue
                number = int(body.split()[0])
                # Two requests of one connection follow each other: the code never goes back.
                if number < last:
                    self.failures.append(f"{number} after {last}")
                last = number
                self.answers.append(number)
            except Exception as error:
                self.failures.append(repr(error))
                return

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stops.set()
        for thread in self.threads:
            thread.join(timeout=120)


def environments(server, name):
    """The versions of the function's processes, without their supervisors."""
    versions = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text() == "trellis-supervi\n":
                continue
            variables = dict(
                pair.split("=", 1) for pair in (process / "environ").read_text().split("\0") if "=" in pair)
        except (OSError, ValueError):
            continue
        if variables.get("AWS_LAMBDA_FUNCTION_NAME") == name:
            versions.append(variables["AWS_LAMBDA_FUNCTION_VERSION"])
    return versions


def test_no_request_is_lost(own_server):
    lattice = Lattice(own_server)
    functions = lattice.functions
    arn = lattice.create_function("swapped", "python3.11", "app.handler", code(1), Timeout=30, Publish=True)
    functions.create_alias(FunctionName="swapped", Name="live", FunctionVersion="1")
    latest = lattice.service("latest", lattice.target_group("latest", arn))
    live = lattice.service("live", lattice.target_group("live", f"{arn}:live"))
    rounds = 12
    with Load([latest, live], threads=2) as load:
        probes = {"latest": Client(latest), "live": Client(live)}
        for number in range(2, rounds + 2):
            before = len(load.answers)
            functions.update_function_code(FunctionName="swapped", ZipFile=zip_of(code(number)))
            assert probes["latest"].version() == number
            version = functions.publish_version(FunctionName="swapped")["Version"]
            assert version == str(number)
            assert probes["live"].version() == number - 1
            functions.update_alias(FunctionName="swapped", Name="live", FunctionVersion=version)
            assert probes["live"].version() == number
            wait_for(lambda: load.failures or len(load.answers) >= before + 20, "traffic")
            assert load.failures == []
    assert load.failures == []
    assert set(load.answers) >= {1, rounds + 1}

    # Old code of $LATEST cannot be called any more: its environments end at once. Those of published versions stay for
    # a while, because they can be; all together are no more than a function may have.
    def only_new():
        versions = environments(own_server, "swapped")
        return versions.count("$LATEST") <= 6 and len(versions) <= 10

    wait_for(only_new, "the old environments to end", seconds=30)
    directories = own_server.data_dir / "environments"
    wait_for(lambda: len(list(directories.iterdir())) <= 10, "the directories of the old environments to go")


def test_an_invocation_that_runs_keeps_its_code(own_server):
    """The old environment finishes what it began, then ends."""
    lattice = Lattice(own_server)
    slow = {"app.py": "import time\n\ndef handler(event, context):\n    time.sleep(event['seconds'])\n    return 'old'\n"}
    lattice.create_function("slowly", "python3.11", "app.handler", slow, Timeout=30)
    answers = []

    def call():
        client = own_server.client("lambda")
        answers.append(json.loads(client.invoke(FunctionName="slowly", Payload=b'{"seconds": 2}')["Payload"].read()))

    caller = threading.Thread(target=call)
    caller.start()
    wait_for(lambda: environments(own_server, "slowly"), "the invocation")
    wait_for(lambda: any("START" in line for line in own_server.function_log("slowly")), "the handler")
    lattice.functions.update_function_code(FunctionName="slowly", ZipFile=zip_of(
        {"app.py": "def handler(event, context):\n    return 'new'\n"}))
    assert json.loads(lattice.functions.invoke(FunctionName="slowly")["Payload"].read()) == "new"
    caller.join(timeout=60)
    assert answers == ["old"]
    wait_for(lambda: len(environments(own_server, "slowly")) == 1, "the old environment to end")


@pytest.mark.parametrize("weight, low, high", [(0.0, 0, 0), (0.3, 65, 175), (1.0, 400, 400)])
def test_an_alias_splits_by_weight(lattice, weight, low, high):
    """Six standard deviations: a right implementation fails once in hundreds of millions of runs."""
    name = f"weighted-{int(weight * 10)}"
    arn = lattice.create_function(name, "python3.11", "app.handler", code(1), Timeout=30, Publish=True)
    lattice.functions.update_function_code(FunctionName=name, ZipFile=zip_of(code(2)), Publish=True)
    lattice.functions.create_alias(
        FunctionName=name, Name="split", FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": weight}})
    client = Client(lattice.service(name, lattice.target_group(name, f"{arn}:split")))
    bodies = [client.get() for _ in range(400)]
    assert {body for body in bodies} <= {(200, "1 1"), (200, "2 2")}
    assert low <= bodies.count((200, "2 2")) <= high
