"""Trellis beside its peers, in one run on one machine: `make bench` fills the table of docs/benchmarks.md."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The harness starts servers and signs requests with what the tests with real clients use.
sys.path.insert(0, str(ROOT / "Tests/Clients"))
