"""`trellis doctor`: one line for each finding, with what to do, and an exit status for scripts."""

import os
import socket
import subprocess

import pytest

from conftest import TRELLIS


def doctor(directory, *options, **environment):
    done = subprocess.run(
        [str(TRELLIS), "doctor", *options], capture_output=True, text=True, timeout=60, cwd=directory,
        env={**{name: value for name, value in os.environ.items() if not name.startswith("TRELLIS_")},
             "TRELLIS_API": "127.0.0.1:0", "TRELLIS_OPERATOR": "127.0.0.1:0", **environment})
    findings = {}
    for line in done.stdout.splitlines():
        verdict, rest = line.split(maxsplit=1)
        assert verdict in ("ok", "warn", "fail")
        topic, text = rest.split(": ", maxsplit=1)
        findings[topic] = (verdict, text)
    return done, findings


def test_a_fresh_machine(tmp_path):
    done, findings = doctor(tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    assert {"isolation", "user namespaces", "setpriv", "user", "Python", "Node.js", "port for AWS APIs",
            "port for operator", "ports of listeners", "data directory", "open files"} <= set(findings)
    assert findings["data directory"] == ("ok", "./trellis-data is made at the first start")
    assert "level" in findings["isolation"][1]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_isolated(tmp_path):
    done, findings = doctor(tmp_path, "--isolation", "none")
    assert done.returncode == 0
    assert findings["isolation"] == ("warn", "level 0 (process); for level 1: isolation is set to none: set it to auto")


def test_a_bubblewrap_that_does_not_work(tmp_path):
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done, findings = doctor(tmp_path, PATH=path)
    assert done.returncode == 0
    assert findings["isolation"][0] == "warn" and "setting up uid map" in findings["isolation"][1]
    assert "apparmor_restrict_unprivileged_userns" in findings["isolation"][1]
    done, findings = doctor(tmp_path, "--isolation", "bubblewrap", PATH=path)
    assert done.returncode == 69 and findings["isolation"][0] == "fail"
    assert "checks fail" in done.stderr


def test_a_port_that_is_taken(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done, findings = doctor(tmp_path, TRELLIS_API=f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.returncode == 69
    assert findings["port for AWS APIs"][0] == "fail" and "--api" in findings["port for AWS APIs"][1]
    assert findings["port for operator"][0] == "ok"


def test_a_server_that_runs(server):
    done, findings = doctor(server.data_dir.parent, "--data-dir", str(server.data_dir))
    assert done.returncode == 0, done.stdout
    assert server.environment["AWS_ENDPOINT_URL"] in findings["ports"][1]
    assert findings["data directory"][0] == "ok"


def test_a_data_directory_that_others_may_read(tmp_path):
    data = tmp_path / "trellis-data"
    data.mkdir()
    data.chmod(0o755)
    (data / "credentials").write_text("x")
    (data / "credentials").chmod(0o644)
    done, findings = doctor(tmp_path)
    assert done.returncode == 69
    assert findings["data directory"] == (
        "warn", "others may look into ./trellis-data: chmod 700 ./trellis-data")
    assert findings["credentials"] == (
        "fail", "others may read ./trellis-data/credentials: chmod 600 ./trellis-data/credentials")


def test_a_data_directory_that_is_a_file(tmp_path):
    (tmp_path / "trellis-data").write_text("")
    done, findings = doctor(tmp_path)
    assert done.returncode == 69 and findings["data directory"] == ("fail", "./trellis-data is not a directory")


def test_interpreters_that_are_missing(tmp_path):
    done, findings = doctor(tmp_path, PATH=str(tmp_path))
    assert done.returncode == 0
    assert findings["Python"][0] == "warn" and "apt-get install python3" in findings["Python"][1]
    assert findings["Node.js"][0] == "warn" and "apt-get install nodejs" in findings["Node.js"][1]


def test_a_proxy_that_would_be_asked_for_loopback(tmp_path):
    clean = {name: "" for name in ("HTTP_PROXY", "no_proxy", "NO_PROXY")}
    _, findings = doctor(tmp_path, **dict(clean, http_proxy="http://proxy:3128"))
    assert findings["proxy"][0] == "warn" and "NO_PROXY" in findings["proxy"][1]
    _, findings = doctor(tmp_path, **dict(clean, http_proxy="http://proxy:3128", NO_PROXY="localhost, 127.0.0.1"))
    assert "proxy" not in findings


@pytest.mark.parametrize(("text", "problem"), [
    ("isolation: total", "'total' is not auto, none or bubblewrap"), ("isolatoin: none", "unknown key 'isolatoin'")])
def test_bad_configuration(tmp_path, text, problem):
    (tmp_path / "trellis.yaml").write_text(text + "\n")
    done, findings = doctor(tmp_path)
    assert done.returncode == 78
    assert findings["configuration"][0] == "fail" and problem in done.stdout


def test_open_files(tmp_path):
    done = subprocess.run(
        ["sh", "-c", f'ulimit -n 256 && TRELLIS_API=:0 TRELLIS_OPERATOR=:0 exec "{TRELLIS}" doctor'],
        capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert "warn  open files: at most 256, 4096 are better: ulimit -n 4096" in done.stdout
