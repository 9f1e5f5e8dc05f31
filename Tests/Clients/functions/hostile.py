"""A function that tries what the event names, and answers with what came of it."""

import errno
import json
import os
import resource
import signal
import socket
import time


def attempt(action):
    try:
        return {"done": action()}
    except OSError as error:
        return {"refused": errno.errorcode.get(error.errno, type(error).__name__)}


def talk(port, request):
    """What the Runtime API on a port answers; nothing if it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request.encode())
        return connection.recv(4096).decode()


def steal_next(port):
    return talk(port, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")


def post_response(port, request_id):
    body = '"stolen"'
    return talk(
        port,
        f"POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\r\nHost: x\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}")


def read(path):
    with open(path, "rb") as file:
        return file.read(4096).decode("latin-1")


def find(roots, text):
    """The files below some directories, and the environments of processes, that hold a text."""
    found = []
    for root in roots:
        for directory, _, names in os.walk(root):
            for name in names:
                path = os.path.join(directory, name)
                try:
                    if os.path.isfile(path) and text in read(path):
                        found.append(path)
                except OSError:
                    pass
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(process) != os.getpid() and text in read(f"/proc/{process}/environ"):
                found.append(f"/proc/{process}/environ")
        except OSError:
            pass
    return found


def fork_until_refused(limit):
    children = []
    try:
        for _ in range(limit):
            child = os.fork()
            if child == 0:
                time.sleep(600)
                os._exit(0)
            children.append(child)
        return {"forked": len(children)}
    except OSError as error:
        return {"forked": len(children), "refused": errno.errorcode[error.errno]}
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def leave_daemon(seconds):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            os.execvp("sleep", ["sleep", seconds])
        os._exit(0)
    os.wait()


def fill(path, most_megabytes):
    """Writes a file until it is refused; the megabytes that fit."""
    block = bytes(1 << 20)
    written = 0
    with open(path, "wb", buffering=0) as file:
        try:
            while written < most_megabytes << 20:
                written += file.write(block)
        except OSError as error:
            return {"megabytes": written >> 20, "refused": errno.errorcode[error.errno]}
        finally:
            os.unlink(path)
    return {"megabytes": written >> 20}


def open_all():
    opened = []
    try:
        while len(opened) < 100_000:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        return {"opened": len(opened), "refused": errno.errorcode[error.errno]}
    finally:
        for descriptor in opened:
            os.close(descriptor)


def look():
    descriptors = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            descriptors[name] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            pass  # The one that lists the directory.
    status = dict(line.split(":\t", 1) for line in read("/proc/self/status").splitlines() if ":\t" in line)
    return {
        "descriptors": descriptors, "uid": os.getuid(), "cwd": os.getcwd(), "pid": os.getpid(),
        "noNewPrivs": status["NoNewPrivs"], "capabilities": status["CapEff"],
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0], "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "environment": dict(os.environ), "processes": list(filter(str.isdigit, os.listdir("/proc"))),
        "root": sorted(os.listdir("/")), "leader": os.getsid(0) == os.getpid(),
    }


def write(path, text="x"):
    with open(path, "w") as file:
        file.write(text)


ACTIONS = {
    "steal next": lambda e: attempt(lambda: steal_next(e["port"])),
    "post response": lambda e: attempt(lambda: post_response(e["port"], e["requestId"])),
    "read": lambda e: attempt(lambda: read(e["path"])),
    "write": lambda e: attempt(lambda: write(e["path"], e.get("text", "x"))),
    "find": lambda e: find(e["roots"], e["first"] + e["second"]),
    "kill": lambda e: attempt(lambda: os.kill(e["process"], signal.SIGKILL)),
    "fork": lambda e: fork_until_refused(e["limit"]),
    "leave daemon": lambda e: leave_daemon(e["seconds"]),
    "fill": lambda e: fill(e["path"], e["megabytes"]),
    "open": lambda e: open_all(),
    "look": lambda e: look(),
    "namespace": lambda e: attempt(lambda: os.unshare(os.CLONE_NEWUSER)),
    "exit": lambda e: os._exit(e["status"]),
    "signal": lambda e: os.kill(os.getpid(), e["number"]),
    "sleep": lambda e: time.sleep(e["seconds"]),
}


def handler(event, context):
    print("attempt", event["attempt"])
    return json.loads(json.dumps(ACTIONS[event["attempt"]](event)))
