#!/usr/bin/env python3
"""What starting an execution environment and calling it costs at level 0 and level 1, in one run.

    .venv/bin/python Benchmarks/isolation.py [--starts 20] [--calls 300]

Both servers run at the same time and are asked in turn, so that whatever else the machine does hits both.
"""

import argparse
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Clients"))

from conftest import ROLE, Server, zip_of  # noqa: E402


def timed(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--calls", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        servers = {mode: Server(pathlib.Path(directory) / mode) for mode in ("none", "bubblewrap")}
        try:
            clients = {mode: server.start(["--isolation", mode]).client("lambda") for mode, server in servers.items()}
            starts = {mode: [] for mode in servers}
            calls = {mode: [] for mode in servers}
            for number in range(options.starts):
                for mode, client in clients.items():
                    name = f"f{number}"
                    client.create_function(
                        FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=ROLE,
                        Code={"ZipFile": zip_of({"app.py": "def handler(event, context): return event"})})
                    if number == 0:
                        client.invoke(FunctionName=name)  # Unpacks the package and finds the interpreter.
                    else:
                        starts[mode].append(timed(lambda: client.invoke(FunctionName=name)))
            for _ in range(options.calls):
                for mode, client in clients.items():
                    calls[mode].append(timed(lambda: client.invoke(FunctionName="f1")))
        finally:
            for server in servers.values():
                if server.process and server.process.poll() is None:
                    server.stop()
    for what, samples in (("first call of an environment", starts), ("call of a warm one", calls)):
        plain, sandboxed = (statistics.median(samples[mode]) for mode in ("none", "bubblewrap"))
        print(f"{what}: level 0 {plain:.2f} ms, level 1 {sandboxed:.2f} ms, ratio {sandboxed / plain:.2f}")


if __name__ == "__main__":
    main()
