"""Debian's Chromium on the console of a running server."""

import os
import shutil
import subprocess

import pytest
from playwright.sync_api import sync_playwright

from conftest import TRELLIS

CHROMIUM = shutil.which("chromium")


def sign_in_link(server):
    """A fresh one, as `trellis console` prints it."""
    done = subprocess.run(
        [str(TRELLIS), "console", "--data-dir", str(server.data_dir)], capture_output=True, check=True)
    return done.stdout.decode().strip()


def launch(playwright):
    # Chromium's own sandbox refuses to run as root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: make client-dependencies")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


class Console:
    """A page that is signed in, and what went wrong on it."""

    def __init__(self, chromium, server, **settings):
        self.server = server
        self.base = server.endpoints["operator"]
        self.context = chromium.new_context(**settings)
        # The machines of tests are slow and busy.
        self.context.set_default_timeout(60_000)
        self.page = self.context.new_page()
        self.problems = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda message: self.problems.append(message.text)
                     if "Content Security Policy" in message.text else None)
        self.page.goto(sign_in_link(server))
        # The page goes on by itself.
        self.page.wait_for_url(f"{self.base}/console")

    def open(self, path):
        self.page.goto(self.base + path)
        return self.page

    def close(self):
        self.context.close()
        assert self.problems == []


@pytest.fixture()
def open_console(chromium, server):
    """Makes signed-in pages; `java_script_enabled=False` and `color_scheme="dark"` are Playwright's."""
    opened = []

    def make(**settings):
        opened.append(Console(chromium, server, **settings))
        return opened[-1]
    yield make
    for console in opened:
        console.close()
