"""Where the processor time of a request goes: `make bench-profile` samples a server under load with perf.

Prints for each kind of request the shares of the kernel, Swift's runtime, the C library and each module, and the dearest functions.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

from conftest import Lattice

from . import compare, load
from .context import Context, fixed_response
from .load import Side
from .rows import policies, target

#: What the swift compiler writes before the names of a module: its length and its name.
MODULE = re.compile(r"\$s(\d+)(\w+)")
#: The runtime's own functions: reference counts, casts, metadata, the allocation of objects.
RUNTIME = re.compile(r"^_?swift_|^_swift|RefCounts|HeapObject|^_ZN\d*swift|^_ZL.*swift")
MEMORY = re.compile(r"malloc|free|calloc|realloc|memalign|unlink_chunk|sysmalloc")
COPIES = re.compile(r"^__?mem|^_*str|_avx|_sse|_evex|_erms")
#: Modules of the standard library, by the compiler's short names.
STANDARD = re.compile(r"\$s(S|s\d|s[A-Z])")


def group(symbol, library):
    """The name that a sample is counted under."""
    if "[kernel" in library or library.startswith("[") and "vdso" not in library:
        return "kernel"
    if "vdso" in library:
        return "C library: rest"
    if MEMORY.search(symbol):
        return "C library: malloc and free"
    if RUNTIME.search(symbol):
        return "Swift's runtime: reference counts, objects"
    if COPIES.search(symbol):
        return "C library: copies and comparisons"
    if "llhttp" in symbol:
        return "llhttp"
    if found := MODULE.search(symbol):
        return found[2][:int(found[1])]
    if STANDARD.search(symbol):
        return "Swift's standard library"
    if "CNIOBoringSSL" in symbol or "CCryptoBoringSSL" in symbol:
        return "BoringSSL"
    return f"rest of {pathlib.Path(library).name}"


def samples(side, seconds, directory):
    """Function and library → percent of all samples of the server while it is under load."""
    data = directory / "perf.data"
    loading = threading.Thread(target=load.at_full_speed, args=(side, compare.CONNECTIONS, seconds + 2))
    loading.start()
    try:
        subprocess.run(
            ["perf", "record", "--quiet", "--event", "cpu-clock", "--freq", "999", "--pid", str(side.pid), "--output", str(data), "--",
             "sleep", str(seconds)], check=True, capture_output=True)
    finally:
        loading.join()
    printed = subprocess.run(
        ["perf", "report", "--input", str(data), "--stdio", "--no-demangle", "--fields",
         "overhead,dso,symbol", "--field-separator", "\t", "--percent-limit", "0"],
        check=True, capture_output=True, text=True).stdout
    found = collections.Counter()
    for line in printed.splitlines():
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) == 3 and fields[0].endswith("%"):
            found[re.sub(r"^\[.\] ", "", fields[2]), fields[1]] += float(fields[0].rstrip("%"))
    if not found:
        raise RuntimeError(f"perf saw nothing of process {side.pid}")
    return found


def demangled(symbol):
    if not symbol.startswith("$s"):
        return symbol
    done = subprocess.run(
        ["swift", "demangle", "--compact", "--simplified", symbol], capture_output=True, text=True)
    return done.stdout.strip()[:110] or symbol


def report(name, found, most=12):
    groups = collections.Counter()
    for (symbol, library), percent in found.items():
        groups[group(symbol, library)] += percent
    print(f"\n{name}\n")
    for title, percent in groups.most_common():
        if percent >= 0.5:
            print(f"  {percent:5.1f} %  {title}")
    print()
    for (symbol, library), percent in found.most_common(most):
        print(f"  {percent:5.1f} %  {demangled(symbol)}" + (" (kernel)" if "[k" in library else ""))


def sides(context):
    """One of each kind of request."""
    server = context.trellis()
    lattice = Lattice(server)
    pid = server.process.pid
    fixed = [fixed_response(lattice, f"fixed-{number}") for number in range(2)]
    policies.dress(server, lattice, fixed[1], {"fixedResponse": {"statusCode": 404}})
    service = lattice.service("target", target.group_of(lattice, target.target(context).port))
    path = policies.PATH
    return [
        Side("fixed response", pid, fixed[0]["port"], fixed[0]["host"], path, status=404),
        Side(
            "fixed response, 100 rules, policy, access log", pid, fixed[1]["port"], fixed[1]["host"], path, status=404),
        Side(
            "the same, signed", pid, fixed[1]["port"], fixed[1]["host"], path, policies.signed(server, fixed[1]),
            status=404),
        Side("target at an address", pid, service["port"], service["host"], path),
    ]


def main():
    parser = argparse.ArgumentParser(prog="make bench-profile", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, help="for each kind of request")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trellis-profile-") as name:
        directory = pathlib.Path(name)
        context = Context(directory, 1, options.seconds, 0, False, row="profile")
        with context.exits:
            for side in sides(context):
                report(side.name, samples(side, options.seconds, directory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
