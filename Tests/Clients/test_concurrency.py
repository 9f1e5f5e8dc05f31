"""Many clients at once on the same names, ports and priorities: one wins, nobody's change is lost, nothing is left over."""

import collections
import itertools
import random
import signal
import subprocess
import threading

import pytest
from conftest import TRELLIS, Server, wait_for
from light_client import LightClient

CLIENTS = 32
NOT_FOUND = {"fixedResponse": {"statusCode": 404}}
MATCH = {"httpMatch": {"method": "GET"}}


def light(server, region="us-east-1"):
    environment = server.environment
    return LightClient(
        environment["AWS_ENDPOINT_URL"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region)


def at_once(server, work, clients=CLIENTS):
    """Runs `work(client, number)` in as many threads, all let go together, and returns the results."""
    barrier = threading.Barrier(clients, timeout=60)
    results, errors = [None] * clients, []

    def run(number):
        try:
            with light(server) as client:
                barrier.wait()
                results[number] = work(client, number)
        except Exception as error:  # noqa: BLE001 — shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []
    return results


def check(server):
    """What `trellis check` finds; the server may run."""
    return subprocess.run(
        [str(TRELLIS), "check", "--data-dir", str(server.data_dir)], capture_output=True, timeout=120, text=True)


def assert_sound(server):
    done = check(server)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def listed(client, path):
    """Every element of a list, page by page."""
    items, token = [], None
    while True:
        query = "?maxResults=100" + (f"&nextToken={token}" if token else "")
        status, answer = client.send("GET", path + query)
        assert status == 200, answer
        items += answer["items"]
        token = answer.get("nextToken")
        if token is None:
            return items


def statuses(results):
    return collections.Counter(status for status, _ in results)


def test_one_of_many_gets_the_name_the_port_and_the_priority(own_server):
    with light(own_server) as client:
        results = at_once(own_server, lambda client, _: client.send("POST", "/services", {"name": "same"}))
        assert statuses(results) == {201: 1, 409: CLIENTS - 1}
        service = next(answer["id"] for status, answer in results if status == 201)

        results = at_once(own_server, lambda client, number: client.send(
            "POST", f"/services/{service}/listeners",
            {"name": f"listener{number}", "protocol": "HTTP", "port": 80, "defaultAction": NOT_FOUND}))
        assert statuses(results) == {201: 1, 409: CLIENTS - 1}
        listener = next(answer["id"] for status, answer in results if status == 201)

        rules = f"/services/{service}/listeners/{listener}/rules"
        results = at_once(own_server, lambda client, number: client.send(
            "POST", rules, {"name": f"rule{number}", "priority": 7, "match": MATCH, "action": NOT_FOUND}))
        assert statuses(results) == {201: 1, 409: CLIENTS - 1}

        # Different names and priorities: as many as the quota allows, and not one more.
        results = at_once(own_server, lambda client, number: client.send(
            "POST", rules, {"name": f"more{number}", "priority": 100 + number, "match": MATCH, "action": NOT_FOUND}))
        assert statuses(results) == {201: 9, 402: CLIENTS - 9}
        assert len(listed(client, rules)) == 11
    assert_sound(own_server)


def test_a_token_makes_one_resource_whoever_sends_it(own_server):
    results = at_once(own_server, lambda client, _: client.send(
        "POST", "/services", {"name": "once", "clientToken": "token"}))
    assert statuses(results) == {201: CLIENTS}
    assert len({answer["id"] for _, answer in results}) == 1
    assert_sound(own_server)


def test_no_update_is_lost(own_server):
    """Each client sets a tag of its own again and again, and changes what others change too; every tag is there at the end."""
    with light(own_server) as client:
        service = client.created("/services", {"name": "tagged"})
        arn = service["arn"].replace(":", "%3A").replace("/", "%2F")

        def storm(client, number):
            for step in range(5):
                status, answer = client.send("POST", f"/tags/{arn}", {"tags": {f"client{number}": str(step)}})
                assert status == 200, answer
                status, answer = client.send(
                    "PATCH", f"/services/{service['id']}", {"idleTimeoutSeconds": 60 + number + step})
                assert status == 200, answer

        at_once(own_server, storm)
        status, answer = client.send("GET", f"/tags/{arn}")
        assert answer["tags"] == {f"client{number}": "4" for number in range(CLIENTS)}
    assert_sound(own_server)


def test_priorities_stay_unique_while_rules_exchange_them(own_server):
    with light(own_server) as client:
        service = client.created("/services", {"name": "rules"})["id"]
        listener = client.created(
            f"/services/{service}/listeners",
            {"name": "http", "protocol": "HTTP", "port": 80, "defaultAction": NOT_FOUND})["id"]
        path = f"/services/{service}/listeners/{listener}/rules"
        rules = [
            client.created(path, {"name": f"rule{n}", "priority": n, "match": MATCH, "action": NOT_FOUND})["id"]
            for n in range(1, 6)]

        def move(client, number):
            choice = random.Random(number)
            answers = []
            for _ in range(20):
                priority = choice.randint(1, 8)
                status, answer = client.send("PATCH", f"{path}/{choice.choice(rules)}", {"priority": priority})
                assert status in (200, 409), answer
                assert status == 409 or answer["priority"] == priority
                answers.append(status)
            return answers

        moved = collections.Counter(itertools.chain(*at_once(own_server, move)))
        assert moved[200] > 0 and moved[409] > 0
        priorities = [rule["priority"] for rule in listed(client, path) if not rule["isDefault"]]
        assert len(priorities) == 5 == len(set(priorities))
    assert_sound(own_server)


def churn(client, number, rounds, names=4):
    """Creates, updates and deletes services of a few names with listeners, rules and associations, whoever made them."""
    choice = random.Random(number)
    allowed = {200, 201, 204, 402, 404, 409}

    def send(method, path, body=None):
        status, answer = client.send(method, path, body)
        assert status in allowed, (method, path, status, answer)
        return status, answer

    network = next(item["id"] for item in listed(client, "/servicenetworks"))
    group = next(item["id"] for item in listed(client, "/targetgroups"))
    forward = {"forward": {"targetGroups": [{"targetGroupIdentifier": group}]}}
    for _ in range(rounds):
        name = f"name{choice.randrange(names)}"
        send("POST", "/services", {"name": name})
        services = [item["id"] for item in listed(client, "/services") if item["name"].startswith("name")]
        if not services:
            continue
        service = choice.choice(services)
        step = choice.randrange(6)
        if step == 0:
            send("POST", "/servicenetworkserviceassociations",
                 {"serviceIdentifier": service, "serviceNetworkIdentifier": network})
        elif step == 1:
            items = send("GET", f"/servicenetworkserviceassociations?serviceIdentifier={service}")[1].get("items", [])
            for item in items:
                send("DELETE", f"/servicenetworkserviceassociations/{item['id']}")
        elif step == 2:
            send("DELETE", f"/services/{service}")
        else:
            send("POST", f"/services/{service}/listeners",
                 {"name": "http", "protocol": "HTTP", "port": 80, "defaultAction": choice.choice([forward, NOT_FOUND])})
            for listener in send("GET", f"/services/{service}/listeners")[1].get("items", []):
                path = f"/services/{service}/listeners/{listener['id']}"
                action = choice.choice([forward, NOT_FOUND])
                status, rule = send("POST", f"{path}/rules", {
                    "name": f"rule{choice.randrange(3)}", "priority": choice.randint(1, 4), "match": MATCH,
                    "action": action})
                if status == 201:
                    send("PATCH", f"{path}/rules/{rule['id']}", {"priority": choice.randint(1, 4)})
                if choice.randrange(4) == 0:
                    send("DELETE", path)


def prepare(server):
    with light(server) as client:
        client.created("/servicenetworks", {"name": "network"})
        client.created("/targetgroups", {"name": "group", "type": "LAMBDA"})


def test_everything_at_once_leaves_nothing_over(own_server):
    prepare(own_server)
    at_once(own_server, lambda client, number: churn(client, number, rounds=6))
    # Also while the server runs and completes what is in progress.
    assert_sound(own_server)
    with light(own_server) as client:
        names = [item["name"] for item in listed(client, "/services")]
        assert len(names) == len(set(names))
    own_server.stop()
    assert_sound(own_server)


def test_killed_in_the_middle_it_finds_everything_intact(tmp_path):
    server = Server(tmp_path / "data").start()
    prepare(server)
    for attempt in range(2):
        written = [[] for _ in range(CLIENTS)]

        def write(number):
            # The server is killed under it, so any error of the connection is its end.
            try:
                with light(server) as client:
                    for step in itertools.count():
                        answer = client.created("/services", {"name": f"kept-{attempt}-{number}-{step}"})
                        written[number].append(answer["id"])
                        churn(client, number * 1000 + step, rounds=1)
            except (OSError, ValueError):
                pass

        threads = [threading.Thread(target=write, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        wait_for(lambda: sum(map(len, written)) >= CLIENTS, "some writes", seconds=60)
        server.process.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in threads)
        assert_sound(server)
        server.stop(signal.SIGKILL)
        server.start()
        with light(server) as client:
            found = {item["id"] for item in listed(client, "/services")}
            lost = [identifier for identifier in itertools.chain(*written) if identifier not in found]
            assert lost == []
        assert_sound(server)
    assert server.stop() == 0
    assert_sound(server)


def test_accounts_and_regions_are_apart(tmp_path):
    """Two accounts on two data directories, two Regions in one: the same names everywhere, and nobody sees the other's."""
    server = Server(tmp_path / "data").start()
    try:
        with light(server) as here, light(server, "eu-central-1") as there:
            mine, theirs = (client.created("/services", {"name": "same"}) for client in (here, there))
            assert ":us-east-1:" in mine["arn"] and ":eu-central-1:" in theirs["arn"]
            assert mine["id"] != theirs["id"]
            for client, other in ((here, theirs), (there, mine)):
                assert len(listed(client, "/services")) == 1
                for method in ("GET", "DELETE"):
                    for identifier in (other["id"], other["arn"].replace(":", "%3A").replace("/", "%2F")):
                        assert client.send(method, f"/services/{identifier}")[0] == 404
            foreign = mine["arn"].replace(here_account(mine), "210987654321")
            status, answer = here.send("GET", f"/services/{foreign.replace(':', '%3A').replace('/', '%2F')}")
            assert status == 403, answer
        assert_sound(server)
    finally:
        server.stop()


def here_account(resource):
    return resource["arn"].split(":")[4]


@pytest.mark.parametrize("arguments, status", [
    (["--data-dir", "/nonexistent"], 69), (["--data-dir", "/proc"], 69), (["--nonsense"], 64), (["--help"], 0)])
def test_check_says_what_it_cannot_do(arguments, status):
    done = subprocess.run([str(TRELLIS), "check", *arguments], capture_output=True, timeout=60, text=True)
    assert done.returncode == status, done.stderr
    assert (done.stdout if status == 0 else done.stderr) != ""


def test_check_finds_what_is_broken(own_server):
    import sqlite3

    with light(own_server) as client:
        client.created("/services", {"name": "broken"})
    own_server.stop()
    database = sqlite3.connect(own_server.data_dir / "trellis.sqlite")
    with database:
        database.execute("DELETE FROM entry WHERE CAST(key AS TEXT) LIKE '%/name/service/broken'")
    database.close()
    done = check(own_server)
    assert done.returncode == 65
    lines = done.stdout.splitlines()
    assert len(lines) == 1 and "/name/service/broken: is missing and belongs to" in lines[0]
