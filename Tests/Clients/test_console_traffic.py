"""What the console shows of traffic: the map, the last hour, the last requests."""

import itertools
import re
import signal
import sys
import threading

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser import sign_in_link
from conftest import Lattice, curl, wait_for

numbers = itertools.count()
RUNTIME = f"python3.{sys.version_info.minor}"
CODE = """def handler(event, context):
    if event["path"].startswith("/fail"):
        raise ValueError("on purpose")
    return {"statusCode": 200, "headers": {"set-cookie": "id=s3cret"}, "body": "answer of the function"}
"""


def site(lattice):
    """A service with a rule and a function, in a network of its own."""
    name = f"traffic-{next(numbers)}"
    function = lattice.create_function(name, RUNTIME, "app.handler", {"app.py": CODE})
    group = lattice.target_group(name, function)
    service = lattice.service(name, group)
    gone = lattice.lattice.create_rule(
        serviceIdentifier=service["id"], listenerIdentifier=service["listener"], name="gone", priority=5,
        match={"httpMatch": {"pathMatch": {"match": {"prefix": "/gone"}}}},
        action={"fixedResponse": {"statusCode": 404}})["id"]
    return service | {"name": name, "group": group, "rule": gone, "function": function}


@pytest.fixture()
def shop(lattice):
    return site(lattice)


def test_a_request_is_seen_on_the_map(open_console, shop):
    console = open_console()
    page = console.open("/console/traffic")
    # The list is one of pages; its search finds the network.
    page.get_by_label("Search by name or id").fill(shop["name"])
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=f"{shop['name']}-net").click()
    expect(page.locator("#live")).to_have_text("Numbers are live.")
    tree = page.locator("ul.tree")
    expect(tree.locator(f'[data-rate="{shop["id"]}"]')).to_have_text("0/s")

    def send_and_look():
        curl(shop, path="/orders")
        curl(shop, path="/gone")
        return "busy" in (tree.locator(f'[data-rate="{shop["group"]}/{shop["function"]}"]').get_attribute("class") or "")
    wait_for(send_and_look, "numbers on the map", seconds=60)
    # In the drawing as in the list, without a reload.
    drawing = page.locator(".map svg")
    expect(drawing.locator(f'text[data-rate="{shop["rule"]}"]')).to_contain_text("errors/s")
    expect(drawing.locator(f'text[data-rate="{shop["id"]}"]')).to_have_class(re.compile("failing"))
    expect(drawing.get_by_role("link", name=re.compile(shop["name"])).first).to_be_visible()


def test_requests_appear_in_the_list_and_say_which_way_they_took(open_console, shop):
    console = open_console()
    page = console.open(f"/console/requests?service={shop['id']}")
    curl(shop, "--header", "Cookie: s3cret", "--data", "s3cret body", path="/first?token=s3cret")
    if not page.locator("#requests tbody").count():
        page.wait_for_function("document.querySelector('#requests tbody')")
    expect(page.locator("#live")).to_have_text("New requests appear by themselves.")
    curl(shop, path="/second")
    expect(page.get_by_role("cell", name="GET /second")).to_be_visible()
    page.get_by_role("row").filter(has_text="POST /first").get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("POST /first?token=[masked]")
    expect(page.get_by_role("row").filter(has_text=shop["rule"])).to_contain_text("the path does not begin with /gone")
    expect(page.get_by_text("the default action decided")).to_be_visible()
    expect(page.get_by_text("the auth type of the service network and of the service is NONE")).to_be_visible()
    event = page.get_by_label("Event")
    expect(event).to_contain_text('"path": "/first?token=[masked]"')
    expect(event).to_contain_text('"body": ""')
    assert "s3cret" not in page.content()


def test_bodies_are_shown_after_somebody_asked_for_them(open_console, shop):
    console = open_console(java_script_enabled=False)
    page = console.open(f"/console/services/{shop['id']}/traffic")
    page.get_by_role("button", name="Keep bodies").click()
    expect(page.get_by_role("status")).to_have_text("Bodies are kept from now on.")
    curl(shop, "--header", "Content-Type: text/plain", "--data", "body of the request", path="/kept")
    page.get_by_role("link", name="Last requests to the service").click()
    page.get_by_role("row").filter(has_text="POST /kept").get_by_role("link").click()
    expect(page.get_by_label("Event")).to_contain_text('"body": "body of the request"')
    expect(page.get_by_label("Body of the answer")).to_have_text("answer of the function")
    page = console.open(f"/console/services/{shop['id']}/traffic")
    page.get_by_role("button", name="Keep no bodies any more").click()
    expect(page.get_by_role("status")).to_have_text("Bodies are not kept any more.")


def test_the_last_hour_counts_requests_and_errors(open_console, shop):
    for path in ["/a", "/b", "/gone", "/fail"]:
        curl(shop, path=path)
    console = open_console(java_script_enabled=False)
    page = console.open(f"/console/services/{shop['id']}/traffic")
    details = page.locator("dl.details")
    # One request asked whether the service is served.
    expect(details).to_contain_text("Client errors (4xx)1")
    expect(details).to_contain_text("Server errors (5xx)1")
    page.get_by_text("Minutes with requests as a table").click()
    expect(page.get_by_role("table").get_by_role("row")).not_to_have_count(0)
    page = console.open(f"/console/target-groups/{shop['group']}/traffic")
    expect(page.locator("dl.details")).to_contain_text("Server errors (5xx)1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(open_console, shop, scheme):
    curl(shop, path="/one")
    console = open_console(color_scheme=scheme)
    page = console.open("/console/requests")
    one = page.get_by_role("row").filter(has_text="GET /one").get_by_role("link").first.get_attribute("href")
    for path in ["/console/traffic", f"/console/service-networks/{shop['network']}/map", "/console/requests", one,
                 f"/console/services/{shop['id']}/traffic", f"/console/target-groups/{shop['group']}/traffic"]:
        page = console.open(path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


def test_from_360_pixels_on_nothing_is_cut_off(open_console, shop):
    console = open_console(viewport={"width": 360, "height": 640})
    for path in ["/console/traffic", f"/console/service-networks/{shop['network']}/map", "/console/requests",
                 f"/console/services/{shop['id']}/traffic"]:
        page = console.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_a_server_with_open_streams_stops(own_server):
    shop = site(Lattice(own_server))
    session = requests.Session()
    session.get(sign_in_link(own_server), timeout=30)
    base = own_server.endpoints["operator"]
    assert session.get(f"{base}/console/service-networks/sn-00000000000000000/map/events", timeout=30).status_code == 404
    assert requests.get(f"{base}/console/requests/events", timeout=30).status_code == 401
    stream = session.get(f"{base}/console/service-networks/{shop['network']}/map/events", stream=True, timeout=30)
    assert stream.headers["content-type"] == "text/event-stream"
    lines = stream.iter_lines()
    wait_for(lambda: next(lines).startswith(b"data: "), "the first event")
    ended = threading.Thread(target=lambda: [None for _ in lines])
    ended.start()
    own_server.stop(signal.SIGTERM)
    ended.join(60)
    assert not ended.is_alive()
