"""What the kernel says of a process and everything below it."""

import contextlib
import os
import pathlib

from processes import descendants

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(pid):
    return [pid, *descendants(pid)]


def processor_seconds(pid):
    """User and system time of the processes of the tree, and of those below it that have ended and were waited for."""
    total = 0
    for process in tree(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
    return total / TICKS_PER_SECOND


def megabytes(pid, field="VmHWM"):
    """Peak (`VmHWM`) or present (`VmRSS`) resident memory of the processes of the tree, in MB of 1024 kB."""
    total = 0
    for process in tree(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
                if line.startswith(f"{field}:"):
                    total += int(line.split()[1])
    return total / 1024
