"""Hostile functions at each level of isolation: what the level promises holds, and the others go on."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.request

import pytest

from conftest import ROLE, TRELLIS, Server, function_source, sandboxed_only, wait_for, zip_of

NOBODY = 65534
SECRET = ("c7f1d2", "e9b803")  # Put together only by who knows it, so that no search finds itself.


class World:
    """A server with an attacker and a victim."""

    def __init__(self, server, mode):
        self.server = server
        self.mode = mode
        self.client = server.client("lambda")
        self.deploy("attacker")
        self.deploy("victim", Environment={"Variables": {"SECRET": "".join(SECRET)}})
        self.ask("victim", "write", path="/tmp/secret" if self.is_sandboxed else f"{self.directory('victim')}/tmp/secret",
                 text="".join(SECRET))

    @property
    def is_sandboxed(self):
        return self.mode == "bubblewrap"

    def deploy(self, name, files=None, **settings):
        self.client.create_function(
            FunctionName=name, Runtime="python3.11", Handler="hostile.handler", Role=ROLE, Timeout=60,
            Code={"ZipFile": zip_of(files or {"hostile.py": function_source("hostile.py"), "note.txt": "".join(SECRET)}
                                    if name == "victim" else {"hostile.py": function_source("hostile.py")})},
            **settings)
        self.ask(name, "look")

    def invoke(self, function, attempt, **event):
        answer = self.client.invoke(FunctionName=function, Payload=json.dumps(dict(event, attempt=attempt)))
        return answer, json.loads(answer["Payload"].read())

    def ask(self, function, attempt, **event):
        answer, payload = self.invoke(function, attempt, **event)
        assert "FunctionError" not in answer, payload
        return payload

    def report(self):
        with urllib.request.urlopen(self.server.endpoints["operator"] + "/functions", timeout=20) as answer:
            return json.load(answer)

    def environment(self, name):
        return next(e for e in self.report()["environments"] if e["function"].endswith(f":{name}") and e.get("process"))

    def directory(self, name):
        return self.server.data_dir / "environments" / self.environment(name)["name"]


@pytest.fixture(scope="module", params=["none", pytest.param("bubblewrap", marks=sandboxed_only)])
def world(request, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("isolation") / "data").start(["--isolation", request.param])
    yield World(server, request.param)
    assert server.stop() == 0


@pytest.fixture()
def sandboxed(world):
    if not world.is_sandboxed:
        pytest.skip("only a sandbox promises that")
    return world


def test_the_level_is_shown(world):
    report = world.report()
    assert report["isolation"]["name"] in (("bubblewrap", "cgroup") if world.is_sandboxed else ("process",))
    assert report["isolation"]["level"] == ["process", "bubblewrap", "cgroup"].index(report["isolation"]["name"])
    assert all(e["isolation"] == report["isolation"]["name"] for e in report["environments"])
    if not world.is_sandboxed:
        assert "auto" in report["isolation"]["next"]
        assert "functions can read what the server's user can read" in pathlib.Path(world.server.log.name).read_text()


# MARK: The Runtime API

def test_the_next_event_of_another_function_cannot_be_stolen(world):
    victim = world.environment("victim")
    stolen = world.ask("attacker", "steal next", port=victim["runtimeApiPort"])
    assert stolen in ({"done": ""}, {"refused": "ECONNRESET"}, {"refused": "EPIPE"})
    assert world.ask("victim", "look")["environment"]["SECRET"] == "".join(SECRET)
    assert world.environment("victim")["process"] == victim["process"]


def test_nobody_answers_for_another_function(world):
    port = world.environment("victim")["runtimeApiPort"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(world.invoke, "victim", "sleep", seconds=1.5)
        wait_for(lambda: world.environment("victim")["state"] == "busy", "the victim to run")
        log = world.server.function_log
        request_id = wait_for(
            lambda: [line.split()[2] for line in log("victim") if line.startswith("START")][-1:],
            "the request id")[0]
        answer = world.ask("attacker", "post response", port=port, requestId=request_id)
        assert answer in ({"done": ""}, {"refused": "ECONNRESET"}, {"refused": "EPIPE"})
        assert running.result(timeout=30)[1] is None


def test_the_test_itself_is_refused_too(world):
    port = world.environment("victim")["runtimeApiPort"]
    done = subprocess.run(
        ["curl", "--silent", "--max-time", "10", f"http://127.0.0.1:{port}/2018-06-01/ping"], capture_output=True)
    assert done.returncode in (52, 56) and done.stdout == b""


def test_a_runtime_that_connects_for_each_call_is_served(world):
    script = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while true; do
  curl -sS -D "$TMPDIR/head" -o "$TMPDIR/event" "$api/invocation/next"
  id=$(tr -d '\\r' < "$TMPDIR/head" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
  curl -sS -o /dev/null --data-binary "@$TMPDIR/event" "$api/invocation/$id/response"
done
"""
    world.client.create_function(
        FunctionName="shell", Runtime="provided.al2023", Handler="unused", Role=ROLE,
        Code={"ZipFile": zip_of({"bootstrap": script})})
    for number in range(50):
        answer = world.client.invoke(FunctionName="shell", Payload=json.dumps(number))
        assert json.loads(answer["Payload"].read()) == number


def test_node_is_served(world):
    code = "exports.handler = async (event) => ({ pid: process.pid, cwd: process.cwd(), event });"
    world.client.create_function(
        FunctionName="node", Runtime="nodejs20.x", Handler="index.handler", Role=ROLE, Timeout=20,
        Code={"ZipFile": zip_of({"index.js": code})})
    for number in range(3):
        answer = json.loads(world.client.invoke(FunctionName="node", Payload=json.dumps(number))["Payload"].read())
        assert answer["event"] == number
        assert (answer["cwd"] == "/var/task") == world.is_sandboxed


# MARK: What a function gets

def test_nothing_of_the_server_is_inherited(world):
    seen = world.ask("attacker", "look")
    own = {number: target for number, target in seen["descriptors"].items() if not target.startswith(("socket:", "anon"))}
    assert set(own) <= {"0", "1", "2"} and own["0"] == "/dev/null"
    assert len(seen["descriptors"]) <= 6
    assert seen["core"] == 0 and seen["files"] == [1024, 1024]
    assert seen["noNewPrivs"].strip() == "1"
    for name in ("HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "VIRTUAL_ENV", "USER"):
        assert name not in seen["environment"]


def test_descriptors_have_a_limit(world):
    result = world.ask("attacker", "open")
    assert result["refused"] == "EMFILE" and result["opened"] < 1024
    world.ask("victim", "look")


@pytest.mark.parametrize(("attempt", "event", "text"), [
    ("exit", {"status": 3}, "Runtime exited with error: exit status 3"),
    ("exit", {"status": 0}, "Runtime exited without providing a reason"),
    ("exit", {"status": 125}, "Runtime exited with error: exit status 125"),
    ("signal", {"number": 9}, "Runtime exited with error: signal: killed"),
    ("signal", {"number": 11}, "Runtime exited with error: signal: segmentation fault"),
    ("signal", {"number": 15}, "Runtime exited with error: signal: terminated"),
])
def test_the_end_of_a_function_is_its_own(world, attempt, event, text):
    answer, payload = world.invoke("attacker", attempt, **event)
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorMessage"].endswith(text)


def test_temporary_files_survive_a_crash(world):
    path = world.ask("attacker", "look")["environment"]["TMPDIR"] + "/kept"
    world.ask("attacker", "write", path=path, text="still here")
    world.invoke("attacker", "exit", status=1)
    assert world.ask("attacker", "read", path=path) == {"done": "still here"}


# MARK: What only a sandbox promises

def test_a_sandbox_looks_like_lambda(sandboxed):
    seen = sandboxed.ask("attacker", "look")
    assert seen["cwd"] == seen["environment"]["LAMBDA_TASK_ROOT"] == seen["environment"]["PWD"] == "/var/task"
    assert seen["uid"] == 993 and seen["capabilities"].strip() == "0" * 16
    assert seen["environment"]["LAMBDA_RUNTIME_DIR"] == "/var/runtime"
    assert {"opt", "tmp", "usr", "var"} <= set(seen["root"])
    # The sandbox's first process and the function.
    assert len(seen["processes"]) == 2


@pytest.mark.parametrize("path", ["/var/task/hostile.py", "/var/task/new", "/var/runtime/new", "/opt/new", "/new",
                                  "/usr/new", "/dev/shm/new", "/etc/passwd", "/proc/sys/kernel/hostname"])
def test_only_tmp_can_be_written(sandboxed, path):
    before = sandboxed.ask("attacker", "read", path=path)
    assert sandboxed.ask("attacker", "write", path=path)["refused"] in ("EROFS", "EACCES", "EPERM", "ENOENT")
    assert sandboxed.ask("attacker", "read", path=path) == before


def test_files_and_environment_of_others_are_out_of_reach(sandboxed):
    world = sandboxed
    roots = ["/tmp", "/var", "/home", "/root", "/run", str(world.server.data_dir)]
    first, second = SECRET
    assert world.ask("victim", "find", roots=["/tmp", "/var/task"], first=first, second=second) == [
        "/tmp/secret", "/var/task/note.txt"]
    assert world.ask("attacker", "find", roots=roots, first=first, second=second) == []
    for path in [
        world.server.data_dir / "credentials", world.server.data_dir / "trellis.sqlite",
        world.server.data_dir / "endpoints.json", world.directory("victim") / "tmp",
        f"/proc/{world.server.process.pid}/environ", f"/proc/{world.environment('victim')['process']}/mem",
    ]:
        assert world.ask("attacker", "read", path=str(path)) == {"refused": "ENOENT"}


def test_others_cannot_be_killed(sandboxed):
    for process in (sandboxed.environment("victim")["process"], sandboxed.server.process.pid):
        assert sandboxed.ask("attacker", "kill", process=process) == {"refused": "ESRCH"}
    sandboxed.ask("victim", "look")


def test_no_namespace_in_which_it_would_have_rights(sandboxed):
    code = """
import ctypes, errno
def handler(event, context):
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(0x10000000) and errno.errorcode[ctypes.get_errno()]
"""
    sandboxed.client.create_function(
        FunctionName="namespace", Runtime="python3.11", Handler="app.handler", Role=ROLE, Timeout=20,
        Code={"ZipFile": zip_of({"app.py": code})})
    answer = json.loads(sandboxed.client.invoke(FunctionName="namespace")["Payload"].read())
    assert answer in ("ENOSPC", "EPERM")


def test_tmp_has_a_size(sandboxed):
    result = sandboxed.ask("attacker", "fill", path="/tmp/large", megabytes=600)
    assert result["refused"] == "ENOSPC" and 500 <= result["megabytes"] <= 512


def test_a_file_has_a_size_without_a_sandbox(world):
    if world.is_sandboxed:
        pytest.skip("there, /tmp as a whole has one")
    path = world.ask("attacker", "look")["environment"]["TMPDIR"] + "/large"
    result = world.ask("attacker", "fill", path=path, megabytes=600)
    assert result == {"megabytes": 512, "refused": "EFBIG"}


def processes_called(arguments):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == b"".join(a.encode() + b"\0" for a in arguments):
                found.append(path.parent.name)
        except OSError:
            pass
    return found


def test_a_daemon_ends_with_its_environment(sandboxed):
    seconds = f"{100_000 + os.getpid()}"
    sandboxed.ask("attacker", "leave daemon", seconds=seconds)
    wait_for(lambda: processes_called(["sleep", seconds]), "the daemon")
    # Not a part of the process group, and not a child of the function any more.
    sandboxed.invoke("attacker", "exit", status=1)
    wait_for(lambda: not processes_called(["sleep", seconds]), "the end of the daemon")


@pytest.fixture()
def ordinary_user(request):
    """A world whose server does not run as root, which the limit of processes does not hold for."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="trellis-", dir="/tmp"))
    settings = {}
    if os.getuid() == 0:
        os.chown(directory, NOBODY, NOBODY)
        settings = dict(user=NOBODY, group=NOBODY, extra_groups=[])
    server = Server(directory / "data")
    try:
        server.start(["--isolation", "bubblewrap"], path="/usr/bin:/bin", **settings)
        yield World(server, "bubblewrap")
        assert server.stop() == 0
    finally:
        shutil.rmtree(directory)


@sandboxed_only
@pytest.mark.skipif(not pathlib.Path("/usr/bin/python3").exists(), reason="no python3 that every user can run")
def test_a_fork_bomb_has_a_limit(ordinary_user):
    # Otherwise memory is the limit that it meets first.
    ordinary_user.client.update_function_configuration(FunctionName="attacker", MemorySize=10240)
    result = ordinary_user.ask("attacker", "fork", limit=3000)
    assert result["refused"] == "EAGAIN" and 900 < result["forked"] < 1024
    ordinary_user.ask("victim", "look")


def test_isolation_that_is_asked_for_and_missing_is_refused(tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    environment = dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}")
    done = subprocess.run(
        [str(TRELLIS), "serve", "--isolation", "bubblewrap", "--data-dir", str(tmp_path / "data"), "--api", ":0",
         "--operator", ":0"], capture_output=True, env=environment, timeout=60)
    assert done.returncode == 69 and b"No permissions to create new namespace" in done.stderr
