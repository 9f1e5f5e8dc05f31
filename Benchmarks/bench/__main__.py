"""`make bench` runs this: rows one after the other, progress as it goes, the table at the end.

Ends with 0 if every bar is held, 1 if one is missed, 2 if a peer answered differently or a row failed.
"""

import argparse
import contextlib
import os
import pathlib
import sys
import tempfile
import time
import traceback

from . import table
from .context import Context
from .rows import body, cold, creates, emulator, fixed, idle, invoke, long, many, policies, target, workers

ROWS = {
    "invoke": invoke, "emulator": emulator, "fixed": fixed, "target": target, "policies": policies,
    "workers": workers, "body": body, "many": many, "creates": creates, "cold": cold, "idle": idle, "long": long,
}


def chosen(text):
    names = text.replace(",", " ").split()
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: the rows are {', '.join(ROWS)}")
    return names


def at_least_one(text):
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def arguments():
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=chosen, default=list(ROWS), help=f"of {', '.join(ROWS)}")
    parser.add_argument("--rounds", type=at_least_one, default=5, help="turns of each side")
    parser.add_argument("--duration", type=at_least_one, default=3, help="seconds of a turn")
    parser.add_argument("--services", type=at_least_one, default=10_000, help="of the row many")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--command", default="make bench", help="what the table says it was made by")
    return parser.parse_args()


def run(name, options, directory):
    """The results of a row, as it has them."""
    place = directory / name
    place.mkdir()
    context = Context(
        place, options.rounds, options.duration, options.services, os.environ.get("BENCH_LONG") == "1", row=name)
    print(f"{name}: {ROWS[name].__doc__.splitlines()[0]}", flush=True)
    begin = time.monotonic()
    with context.exits:
        for result in ROWS[name].measure(context):
            print(table.printed(result), flush=True)
            yield result
    context.progress(f"{time.monotonic() - begin:.0f} s")


def main():
    options = arguments()
    if not table.release_build():
        print(f"{table.TRELLIS} is no release build", file=sys.stderr)
        return 2
    results, broken = [], []
    with tempfile.TemporaryDirectory(prefix="trellis-bench-") as directory:
        for name in options.rows:
            try:
                for result in run(name, options, pathlib.Path(directory)):
                    results.append(result)
            except Exception:
                # The others are worth having; the run fails all the same.
                traceback.print_exc()
                broken.append(name)
    missed = [result.what for result in results if not result.holds]
    if options.write and not broken:
        table.write(table.PAGE, table.markdown(results, options.command))
        print(f"written to {table.PAGE}")
    for what in missed:
        print(f"MISSED: {what}", file=sys.stderr)
    for name in broken:
        print(f"BROKEN: {name}, see above; nothing was written", file=sys.stderr)
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    return 2 if broken else 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
