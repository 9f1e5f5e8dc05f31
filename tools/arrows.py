"""Compares the targets and what they import with the table in docs/design.md."""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
IGNORED = {"CLibArchive", "CZlib", "PolicyJudge", "StoreCrashWriter", "TrellisSupervisor"}


def table():
    """Target name → the set of targets it may depend on, from the rows `| `Target` | duty | may use |`."""
    rows = {}
    for line in (ROOT / "docs/design.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        name = re.fullmatch(r"`(\w+)`", cells[0]) if len(cells) == 3 else None
        if name:
            rows[name.group(1)] = set(re.findall(r"`(\w+)`", cells[2]))
    return rows


def package():
    described = subprocess.run(
        ["swift", "package", "describe", "--type", "json"], cwd=ROOT, capture_output=True, check=True, text=True)
    text = described.stdout
    return {
        target["name"]: set(target.get("target_dependencies", []))
        for target in json.loads(text[text.index("{"):])["targets"]
        if target["type"] != "test" and target["name"] not in IGNORED
    }


def imports(target):
    """What the sources really import of the package's own targets."""
    found = set()
    for file in (ROOT / "Sources" / target).rglob("*.swift"):
        found |= set(re.findall(r"^(?:\w+ )?import (Trellis\w+)", file.read_text(), re.MULTILINE))
    return found


def problems():
    allowed, declared = table(), package()
    for name in sorted(declared.keys() - allowed.keys()):
        yield f"{name} is not in the table of docs/design.md"
    for name in sorted(allowed.keys() - declared.keys()):
        yield f"{name} is in the table of docs/design.md and not in the package"
    for name in sorted(allowed.keys() & declared.keys()):
        own = declared[name] - IGNORED
        for extra in sorted(own - allowed[name]):
            yield f"{name} depends on {extra}, which the table does not allow"
        for extra in sorted(imports(name) - own):
            yield f"{name} imports {extra} without declaring it"
        for unused in sorted(own - imports(name)):
            yield f"{name} declares {unused} and never imports it"


found = list(problems())
for problem in found:
    print(problem, file=sys.stderr)
sys.exit(1 if found else 0)
