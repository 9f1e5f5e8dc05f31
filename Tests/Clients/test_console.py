"""The console in a real browser, with and without scripts."""

import itertools
import re
import sys

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser import sign_in_link
from conftest import curl, free_port, function_source, wait_for

RUNTIME = f"python3.{sys.version_info.minor}"
numbers = itertools.count()
with_and_without_scripts = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
CODE = """def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "made in the console"}
"""


@pytest.fixture()
def name():
    return f"console-{next(numbers)}"


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def create_target_group(page, name, version="V1"):
    """The first step, up to Next."""
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Target groups").click()
    page.get_by_role("link", name="Create target group").click()
    page.get_by_role("radio", name="Lambda function").check()
    page.get_by_label("Target group name").fill(name)
    page.get_by_role("group", name="Lambda event structure version").get_by_label(version).check()


@with_and_without_scripts
def test_flow_of_lambda_functions_as_targets(open_console, server, lattice, name, scripts):
    console = open_console(java_script_enabled=scripts)
    page = console.page
    create_target_group(page, "A")
    page.get_by_role("button", name="Add tag").click()
    page.get_by_label("Key 1").fill("team")
    page.get_by_label("Value 1").fill("<b>blue</b>")
    page.get_by_role("button", name="Add tag").click()
    page.get_by_label("Key 2").fill("gone")
    page.get_by_role("button", name="Remove tag 2").click()
    page.get_by_role("button", name="Next").last.click()

    # The error is beside the field, and nothing typed is lost.
    field = page.get_by_label("Target group name")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("A")
    expect(page.locator("#f-name-error")).to_contain_text("Member must")
    expect(page.get_by_label("Key 1")).to_have_value("team")
    expect(page.get_by_label("Value 1")).to_have_value("<b>blue</b>")
    expect(page.get_by_label("Key 2")).to_have_count(0)
    field.fill(name)
    page.get_by_label("Value 1").fill("blue")
    page.get_by_role("button", name="Next").last.click()

    expect(page.get_by_role("heading", level=2)).to_have_text("Register targets")
    page.get_by_role("radio", name="Create a new Lambda function").check()
    page.get_by_label("Function name", exact=True).fill("not a name")
    page.get_by_label("Runtime").select_option(RUNTIME)
    page.get_by_label("Pasted code").fill(CODE)
    page.get_by_role("button", name="Create target group").last.click()
    expect(page.get_by_label("Function name", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Pasted code")).to_have_value(CODE)
    page.get_by_label("Function name", exact=True).fill(name)
    page.get_by_role("button", name="Create target group").last.click()

    heading(page, name)
    target = page.get_by_role("region", name="Targets").get_by_role("row").nth(1)
    expect(target).to_contain_text(f":function:{name}")
    expect(target).to_contain_text("UNUSED")
    expect(target).to_contain_text("TargetGroupNotInUse")
    expect(page.get_by_role("region", name="Tags")).to_contain_text("team")
    group = page.url.rsplit("/", 1)[1]
    made = lattice.lattice.get_target_group(targetGroupIdentifier=group)
    assert made["config"]["lambdaEventStructureVersion"] == "V1"
    assert lattice.lattice.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"team": "blue"}

    page.get_by_role("link", name="Edit").click()
    page.get_by_label("V2").check()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("status")).to_contain_text("V2")
    made = lattice.lattice.get_target_group(targetGroupIdentifier=group)
    assert made["config"]["lambdaEventStructureVersion"] == "V2"

    page.get_by_role("link", name="Deregister").click()
    page.get_by_role("button", name="Deregister").click()
    expect(page.locator("#f-confirmation-error")).to_have_text("Type confirm to go on.")
    assert lattice.lattice.list_targets(targetGroupIdentifier=group)["items"][0]["status"] == "UNUSED"
    page.get_by_label("To confirm, type confirm in the field").fill("confirm")
    page.get_by_role("button", name="Deregister").click()
    heading(page, name)
    states = {target["status"] for target in lattice.lattice.list_targets(targetGroupIdentifier=group)["items"]}
    assert states <= {"DRAINING"}

    # An existing function with an alias.
    version = lattice.functions.publish_version(FunctionName=name)["Version"]
    lattice.functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    page.get_by_role("link", name="Register targets").click()
    page.get_by_label("Function name or ARN").fill(name)
    page.get_by_role("button", name="Show versions and aliases").click()
    expect(page.locator("#f-qualifier-hint")).to_contain_text(f"live, {version}")
    page.get_by_label("Version or alias").fill("nobody")
    page.get_by_role("button", name="Register").last.click()
    expect(page.locator("#f-function-error")).to_contain_text("Function not found")
    page.get_by_label("Version or alias").fill("live")
    page.get_by_role("button", name="Register").last.click()
    expect(page.get_by_role("region", name="Targets")).to_contain_text(f":function:{name}:live")

    assert request_through(page, name, group) == b"made in the console"


def request_through(page, name, group):
    """Makes the rest of the way in the browser, and sends a request along it."""
    port = free_port()
    sections = page.get_by_role("navigation", name="Sections")
    sections.get_by_role("link", name="Services").click()
    page.get_by_role("link", name="Create service").click()
    page.get_by_label("Service name").fill(name)
    page.get_by_role("button", name="Create service").last.click()
    heading(page, name)
    service = page.url.rsplit("/", 1)[1]
    page.get_by_role("link", name="Add listener").click()
    page.get_by_label("Listener name").fill("web")
    page.get_by_label("Port").fill(str(port))
    page.get_by_label("Target group 1", exact=True).select_option(group)
    page.get_by_role("button", name="Add listener").last.click()
    heading(page, "web")

    sections.get_by_role("link", name="Service networks").click()
    page.get_by_role("link", name="Create service network").click()
    page.get_by_label("Service network name").fill(name)
    page.get_by_role("button", name="Create service network").last.click()
    heading(page, name)
    page.get_by_label("Service", exact=True).fill(service)
    page.get_by_role("button", name="Associate service").click()
    expect(page.get_by_role("region", name="Service associations")).to_contain_text(name)

    def answer():
        status, _, body = curl({"host": f"{name}.localhost", "port": port}, check=False)
        return body if status == 200 else None
    return wait_for(answer, "an answer of the function")


@pytest.fixture()
def listener(lattice, name):
    """A service with a listener and three rules."""
    arn = lattice.create_function(name, RUNTIME, "echo.handler", {"echo.py": function_source("echo.py")})
    group = lattice.target_group(name, arn)
    service = lattice.service(name, group)
    for priority, rule in [(10, "first"), (20, "second"), (30, "third")]:
        lattice.lattice.create_rule(
            serviceIdentifier=service["id"], listenerIdentifier=service["listener"], name=rule, priority=priority,
            match={"httpMatch": {"pathMatch": {"match": {"prefix": f"/{rule}"}}}},
            action={"fixedResponse": {"statusCode": 404}})
    return dict(service, group=group, function=name)


def listener_path(listener):
    return f"/console/services/{listener['id']}/listeners/{listener['listener']}"


def rule_names(page):
    return page.locator("form.rules tbody th").all_inner_texts()


@with_and_without_scripts
def test_rules_are_moved_by_the_keyboard(open_console, listener, scripts):
    page = open_console(java_script_enabled=scripts).open(listener_path(listener))
    assert rule_names(page) == ["first", "second", "third"]
    page.get_by_role("button", name="Move third up").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("order")
    assert rule_names(page) == ["first", "third", "second"]
    assert page.locator("form.rules tbody td:nth-child(2)").all_inner_texts() == ["10", "20", "30"]


def test_rules_are_moved_by_dragging(open_console, listener):
    page = open_console().open(listener_path(listener))
    rows = page.locator("form.rules tbody tr")
    rows.nth(2).drag_to(rows.nth(0))
    expect(page.get_by_role("status")).to_contain_text("order")
    assert rule_names(page) == ["third", "first", "second"]


@with_and_without_scripts
def test_weights_and_their_shares(open_console, lattice, listener, name, scripts):
    other = lattice.lattice.create_target_group(
        name=f"{name}-other", type="LAMBDA", config={"lambdaEventStructureVersion": "V2"})["id"]
    page = open_console(java_script_enabled=scripts).open(f"{listener_path(listener)}/rules/create")
    page.get_by_label("Rule name").fill("weighted")
    page.get_by_label("Priority").fill("40")
    page.get_by_label("Target group 1", exact=True).select_option(listener["group"])
    page.get_by_role("button", name="Add target group").click()
    page.get_by_label("Target group 2", exact=True).select_option(other)
    page.get_by_label("Weight 1").fill("300")
    page.get_by_label("Weight 2").fill("100")
    if not scripts:
        page.get_by_role("button", name="Show shares").click()
    expect(page.locator("output").nth(0)).to_contain_text("75.0 %")
    expect(page.locator("output").nth(1)).to_contain_text("25.0 %")
    # Taken: it is the error's place that matters, and that nothing is lost.
    page.get_by_label("Priority").fill("20")
    page.get_by_role("button", name="Add rule").last.click()
    expect(page.locator("#f-priority-error")).to_contain_text("priority 20")
    expect(page.get_by_label("Weight 1")).to_have_value("300")
    page.get_by_label("Priority").fill("40")
    page.get_by_role("button", name="Add rule").last.click()
    expect(page.get_by_role("region", name="Rules by priority")).to_contain_text("75.0 %")
    rules = lattice.lattice.list_rules(
        serviceIdentifier=listener["id"], listenerIdentifier=listener["listener"])["items"]
    made = next(rule for rule in rules if rule["name"] == "weighted")
    action = lattice.lattice.get_rule(
        serviceIdentifier=listener["id"], listenerIdentifier=listener["listener"],
        ruleIdentifier=made["id"])["action"]
    assert [group["weight"] for group in action["forward"]["targetGroups"]] == [300, 100]


def test_auth_policies_are_checked_and_explained(open_console, lattice, listener):
    page = open_console().open(f"/console/services/{listener['id']}/auth-policy")
    page.get_by_label("AWS IAM").check()
    page.get_by_label("Auth policy", exact=True).fill('{"Statement": [{"Effect": "Perhaps"}]}')
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_label("Auth policy", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Auth policy", exact=True)).to_have_value(re.compile("Perhaps"))
    policy = ('{"Version":"2012-10-17","Statement":[{"Sid":"menu","Effect":"Allow","Principal":"*",'
              '"Action":"vpc-lattice-svcs:Invoke","Resource":"*/menu"}]}')
    page.get_by_label("Auth policy", exact=True).fill(policy)
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status")).to_contain_text("saved")
    for path, verdict in [("menu", "The request is allowed."), ("kitchen", "The request is refused")]:
        page.get_by_label("URL").fill(f"http://{listener['host']}:{listener['port']}/{path}")
        page.get_by_role("button", name="Explain").click()
        expect(page.locator("main")).to_contain_text(verdict)
        assert curl(listener, path=f"/{path}")[0] == (200 if path == "menu" else 403)


@with_and_without_scripts
def test_functions_are_made_tested_and_changed(open_console, lattice, name, scripts):
    console = open_console(java_script_enabled=scripts)
    page = console.open("/console/functions/create")
    page.get_by_label("Function name").fill(name)
    page.get_by_label("Runtime").select_option(RUNTIME)
    page.get_by_label("Pasted code").fill('def handler(event, context):\n    print("seen", event["n"])\n    return event["n"] * 2\n')
    page.get_by_role("button", name="Create function").last.click()
    heading(page, name)
    expect(page.locator("pre").first).to_contain_text('return event["n"] * 2')

    page.get_by_role("link", name="Test").click()
    expect(page.get_by_label("Event")).to_have_value(re.compile('"version": "2.0"'))
    page.get_by_label("Event").fill('{"n": 21}')
    page.get_by_role("button", name="Invoke").click()
    expect(page.locator("#payload")).to_have_text("42")
    expect(page.locator("main")).to_contain_text("seen 21")
    page.get_by_label("Event").fill("{")
    page.get_by_role("button", name="Invoke").click()
    expect(page.get_by_role("alert")).to_contain_text("not invoked")

    page.get_by_role("link", name="Logs").click()
    expect(page.locator("#follow")).to_contain_text("seen 21")
    if scripts:
        lattice.functions.invoke(FunctionName=name, Payload=b'{"n": 5}')
        expect(page.locator("#follow")).to_contain_text("seen 5")

    page.get_by_role("link", name="Code").click()
    page.get_by_label("Upload a .zip file").check()
    page.locator("#f-zip").set_input_files(
        files=[{"name": "a;b.zip", "mimeType": "application/zip", "buffer": b"no zip"}])
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#f-zip-error")).to_be_visible()
    page.get_by_label("Paste the code").check()
    page.get_by_label("Pasted code").fill("def handler(event, context):\n    return 'changed'\n")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status")).to_contain_text("replaced")
    assert lattice.functions.invoke(FunctionName=name)["Payload"].read() == b'"changed"'

    page.get_by_role("link", name="Versions and aliases").click()
    page.get_by_role("button", name="Publish version").last.click()
    expect(page.get_by_role("status")).to_contain_text("version 1")
    page.get_by_label("Alias name").fill("live")
    page.get_by_label("Version", exact=True).fill("9")
    page.get_by_role("button", name="Save alias").last.click()
    expect(page.get_by_role("alert").first).to_contain_text("not found")
    expect(page.get_by_label("Alias name")).to_have_value("live")
    page.get_by_label("Version", exact=True).fill("1")
    page.get_by_role("button", name="Save alias").last.click()
    expect(page.get_by_role("region", name="Aliases")).to_contain_text("live")

    page.get_by_role("link", name="Permissions").click()
    page.get_by_label("Statement ID").fill("lattice")
    page.get_by_role("button", name="Add permission").last.click()
    expect(page.get_by_role("region", name="Permissions")).to_contain_text("vpc-lattice.amazonaws.com")


def test_lists_are_read_and_searched_page_by_page(open_console, lattice, name):
    wanted = {f"{name}-{number:02}" for number in range(60)}
    for service in wanted:
        lattice.lattice.create_service(name=service)
    page = open_console().open("/console/services")
    assert page.locator("tbody tr").count() == 50
    expect(page.get_by_role("link", name="Next page")).to_be_visible()
    page.get_by_role("searchbox").fill(f"{name}-")
    page.get_by_role("button", name="Search").click()
    found = set(page.locator("tbody th").all_inner_texts())
    while page.get_by_role("link", name="Search on").count():
        page.get_by_role("link", name="Search on").click()
        found |= set(page.locator("tbody th").all_inner_texts())
    assert found == wanted
    page = open_console().open("/console/services?next=0&q=")
    expect(page.get_by_role("alert")).to_be_visible()


def test_hostile_values_stay_text(open_console, lattice, server, name):
    hostile = "<img src=x onerror=document.title=1>\" ' &lt; \u0301\"\u0301 onfocus=x"
    # Logs and tags hold whatever somebody chose.
    code = f"def handler(event, context):\n    print({hostile!r})\n    return {hostile!r}\n"
    lattice.create_function(name, RUNTIME, "index.handler", {"index.py": code, "<b>x</b>.txt": hostile})
    lattice.functions.invoke(FunctionName=name)
    console = open_console()
    for path in ["", "/logs", "/test"]:
        page = console.open(f"/console/functions/{name}{path}")
        if path == "/test":
            page.get_by_role("button", name="Invoke").click()
        assert page.locator("main img, main b, [onerror], [onfocus]").count() == 0
        expect(page.locator("main")).to_contain_text("onerror=document.title")
    page = console.open("/console/services?q=%22%3E%3Cimg%20src%3Dx%3E")
    assert page.locator("img").count() == 0
    expect(page.get_by_role("searchbox")).to_have_value('"><img src=x>')


PAGES = [
    "/console", "/console/service-networks", "/console/service-networks/create", "/console/service-networks/{network}",
    "/console/services", "/console/services/create", "/console/services/{id}", "/console/services/{id}/auth-policy",
    "/console/services/{id}/listeners/create", "/console/services/{id}/listeners/{listener}",
    "/console/services/{id}/listeners/{listener}/rules/create", "/console/target-groups",
    "/console/target-groups/create", "/console/target-groups/{group}", "/console/target-groups/{group}/register",
    "/console/target-groups/{group}/edit", "/console/target-groups/{group}/delete", "/console/functions",
    "/console/functions/create", "/console/functions/{function}", "/console/functions/{function}/test",
    "/console/functions/{function}/versions", "/console/functions/{function}/permissions",
    "/console/functions/{function}/logs",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_problem_of_accessibility(open_console, listener, scheme):
    console = open_console(color_scheme=scheme)
    problems = []
    for template in PAGES:
        page = console.open(template.format(**listener))
        results = Axe().run(page)
        for violation in results.response["violations"]:
            problems.append((template, violation["id"], [node["html"][:120] for node in violation["nodes"]][:2]))
    assert problems == []


def test_pages_fit_a_narrow_window(open_console, listener):
    console = open_console(viewport={"width": 360, "height": 740})
    wide = []
    for template in PAGES:
        width = console.open(template.format(**listener)).evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide.append((template, width))
    assert wide == []


class TestSafety:
    """By requests, which may say what a browser may not."""

    @pytest.fixture()
    def session(self, server):
        session = requests.Session()
        session.get(sign_in_link(server))
        return session

    @pytest.fixture()
    def base(self, server):
        return server.endpoints["operator"]

    @staticmethod
    def csrf(session, base):
        return re.search('name="csrf" value="([0-9a-f]+)"', session.get(f"{base}/console").text)[1]

    def test_a_link_works_once(self, server):
        link = sign_in_link(server)
        assert requests.get(link).status_code == 200
        assert requests.get(link).status_code == 403
        assert requests.get(link[:-1] + ("0" if link[-1] != "0" else "1")).status_code == 403

    def test_only_those_who_are_signed_in_see_pages(self, base):
        for path in ["", "/target-groups", "/functions/x/logs", "/nothing"]:
            answer = requests.get(f"{base}/console{path}")
            assert (answer.status_code, "trellis console" in answer.text) == (401, True)
        assert requests.post(f"{base}/console/services/create", data={"name": "a"}).status_code == 401

    def test_headers(self, session, base):
        answer = session.get(f"{base}/console")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        cookie = next(iter(session.cookies))
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "Strict"

    @pytest.mark.parametrize("changes", [
        {"token": "0" * 64}, {"token": ""}, {"headers": {"Origin": "http://evil.example"}},
        {"headers": {"Origin": "null"}}, {"headers": {"Sec-Fetch-Site": "cross-site"}},
        {"headers": {"Host": "evil.example"}}, {"headers": {"Host": "evil.example:7071"}},
    ])
    def test_forms_of_others_are_refused(self, session, base, lattice, name, changes):
        form = {"csrf": changes.get("token", self.csrf(session, base)), "name": name, "auth-type": "NONE", "do": "create"}
        answer = session.post(
            f"{base}/console/services/create", data=form, headers=changes.get("headers"), allow_redirects=False)
        assert answer.status_code == 403
        assert name not in [service["name"] for service in lattice.lattice.list_services(maxResults=100)["items"]]
        # The same form is carried out without the change.
        form["csrf"] = self.csrf(session, base)
        assert session.post(f"{base}/console/services/create", data=form, allow_redirects=False).status_code == 303

    def test_names_of_others_are_refused(self, session, base):
        assert session.get(f"{base}/console", headers={"Host": "rebound.example"}).status_code == 403

    @pytest.mark.parametrize("body", [
        b"", b"--x", b"--x\r\n\r\n--x--", b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n\xff\r\n--x--",
        b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--", b"\x00" * 100_000,
    ], ids=range(6))
    def test_broken_forms_are_refused(self, session, base, body):
        answer = session.post(
            f"{base}/console/functions/create", data=body,
            headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status_code in (400, 403)

    def test_a_form_that_is_too_large_is_refused(self, session, base):
        assert session.post(f"{base}/console/services/create", data=b"a" * 300_000).status_code == 413

    def test_signing_out_ends_the_session(self, session, base):
        token = self.csrf(session, base)
        session.post(f"{base}/console/sign-out", data={"csrf": token}, allow_redirects=False)
        assert session.get(f"{base}/console").status_code == 401
