"""Writes pictures of the console's main pages, light and dark: `make screenshots`."""

import pathlib
import sys
import tempfile

from playwright.sync_api import sync_playwright

from browser import CHROMIUM, Console, launch
from conftest import Lattice, Server, curl, function_source

PICTURES = pathlib.Path(__file__).resolve().parents[2] / "docs/console"
PAGES = {
    "overview": "/console", "target-groups": "/console/target-groups",
    "create-target-group": "/console/target-groups/create", "target-group": "/console/target-groups/{group}",
    "service": "/console/services/{id}", "rules": "/console/services/{id}/listeners/{listener}",
    "auth-policy": "/console/services/{id}/auth-policy", "service-network": "/console/service-networks/{network}",
    "function": "/console/functions/orders", "function-test": "/console/functions/orders/test",
}


def prepare(lattice):
    runtime = f"python3.{sys.version_info.minor}"
    arns = [
        lattice.create_function(name, runtime, "echo.handler", {"echo.py": function_source("echo.py")})
        for name in ("orders", "orders-next")]
    groups = [lattice.target_group(arn.rsplit(":", 1)[1], arn) for arn in arns]
    service = lattice.service("shop", groups[0])
    listener = dict(serviceIdentifier=service["id"], listenerIdentifier=service["listener"])
    lattice.lattice.create_rule(
        **listener, name="orders", priority=10, match={"httpMatch": {"pathMatch": {"match": {"prefix": "/orders"}}}},
        action={"forward": {"targetGroups": [
            {"targetGroupIdentifier": groups[0], "weight": 90}, {"targetGroupIdentifier": groups[1], "weight": 10}]}})
    lattice.lattice.create_rule(
        **listener, name="closed", priority=20, match={"httpMatch": {"method": "DELETE"}},
        action={"fixedResponse": {"statusCode": 404}})
    curl(service, path="/orders")
    return dict(service, group=groups[0])


def main():
    if CHROMIUM is None:
        sys.exit("chromium is not installed: make client-dependencies")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        server = Server(pathlib.Path(directory) / "data").start()
        browser = launch(playwright)
        try:
            labels = prepare(Lattice(server))
            for scheme in ("light", "dark"):
                console = Console(browser, server, color_scheme=scheme, viewport={"width": 1100, "height": 700})
                for name, path in PAGES.items():
                    page = console.open(path.format(**labels))
                    page.screenshot(path=PICTURES / f"{name}-{scheme}.png", full_page=True)
                console.close()
        finally:
            browser.close()
            server.stop()
    print(f"{len(PAGES) * 2} pictures in {PICTURES}")


main()
