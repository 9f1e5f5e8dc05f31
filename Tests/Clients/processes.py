"""What a process and everything below it hold: processes, descriptors, listening ports, memory."""

import collections
import os
import pathlib


def parents():
    """Process id → the id of its parent, of all processes that have not ended."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields[0] not in "ZX":
                found[int(entry)] = int(fields[1])
    return found


def descendants(root):
    """All processes below one, parents first."""
    children = {}
    for process, parent in parents().items():
        children.setdefault(parent, []).append(process)
    found = list(children.get(root, []))
    for process in found:
        found += children.get(process, [])
    return found


def marked(text):
    """All processes, whoever their parents are, that have a text in their environment variables."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                if text.encode() in pathlib.Path(f"/proc/{entry}/environ").read_bytes():
                    found.append(int(entry))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
    return found


def descriptors(process):
    return len(os.listdir(f"/proc/{process}/fd"))


def descriptors_by_kind(process):
    """How many of each kind, for example `socket`; files by their names, except the database's.

    The store opens connections for readers as it needs them, and keeps them.
    """
    found = collections.Counter()
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        try:
            target = os.readlink(f"/proc/{process}/fd/{descriptor}")
        except FileNotFoundError:
            continue
        if "/trellis.sqlite" not in target:
            found[target.partition(":[")[0]] += 1
    return found


def listening_ports(process):
    """How many sockets of the process listen."""
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                listening.add(f"socket:[{fields[9]}]")
    count = 0
    for descriptor in os.listdir(f"/proc/{process}/fd"):
        try:
            count += os.readlink(f"/proc/{process}/fd/{descriptor}") in listening
        except FileNotFoundError:
            continue
    return count


def resident_megabytes(process):
    return memory_megabytes(process, "VmRSS")


def peak_megabytes(process):
    """The most resident memory that the process ever had."""
    return memory_megabytes(process, "VmHWM")


def memory_megabytes(process, name):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {process} has no memory")
