"""A binary body of 6 MiB becomes an event, beside memcpy of the same bytes."""

import json
import subprocess

from .. import ROOT
from ..results import Bar, Numbers, Result

PROGRAM = ROOT / "Benchmarks/.build/release/EventBenchmark"


def measure(context):
    results = []
    for version in ("v1", "v2"):
        done = subprocess.run(
            [PROGRAM, "time", f"encode-{version}-post-binary-6m"], capture_output=True, check=True, text=True)
        rounds = [json.loads(line) for line in done.stdout.splitlines()]
        results.append(Result(
            f"body of 6 MiB → event {version.upper()}",
            Numbers(tuple(found["gigabytesPerSecond"] for found in rounds), "GB/s"), "memcpy",
            Numbers(tuple(found["gigabytesPerSecond"] / found["toMemcpy"] for found in rounds), "GB/s"),
            bar=Bar(at_least=1.5, unit="GB/s")))
    return results
