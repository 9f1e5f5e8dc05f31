"""`make bench-growth` runs this; it replaces docs/growth.svg and the table of docs/growth.md."""

import argparse
import pathlib
import sys
import tempfile

from .. import ROOT, table
from ..context import Context
from ..results import shown
from . import connections, environments, functions, plot, rules, services

PARTS = {
    "services": services, "rules": rules, "functions": functions, "environments": environments,
    "connections": connections,
}
PAGE, PICTURE = ROOT / "docs/growth.md", ROOT / "docs/growth.svg"


def markdown(curves):
    lines = ["| Of what | What | From the smallest size to the largest | Growth |", "| --- | --- | --- | ---: |"]
    for curve in curves:
        points = ", ".join(f"{size:,}: {shown(curve.points[size])}" for size in sorted(curve.points))
        lines.append(f"| {curve.of} | {curve.what} | {points} | × {shown(curve.growth)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="make bench-growth", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--duration", type=int, default=2, help="seconds of a turn")
    parser.add_argument("--dry", action="store_true", help="print the table and change no file")
    options = parser.parse_args()
    curves = []
    for name in options.parts:
        print(f"{name}: {PARTS[name].__doc__}", flush=True)
        with tempfile.TemporaryDirectory(prefix="trellis-growth-") as directory:
            context = Context(pathlib.Path(directory), options.rounds, options.duration, 0, False, row=name)
            with context.exits:
                curves += PARTS[name].measure(context)
    text = markdown(curves)
    print(text)
    if not options.dry and len(options.parts) == len(PARTS):
        plot.draw(curves, PICTURE)
        table.write(PAGE, f"Measured on {table.machine()}. {table.versions()}.\n\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
