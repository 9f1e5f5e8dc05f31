"""`trellis dev`: a save becomes the function's code, and nothing else does."""

import json
import os
import queue
import signal
import subprocess
import threading

import pytest

from conftest import TRELLIS, Lattice, function_source


class Dev:
    """The running command and the lines that it has printed."""

    def __init__(self, server, *options):
        self.process = subprocess.Popen(
            [str(TRELLIS), "dev", "--data-dir", str(server.data_dir), *map(str, options)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.seen = []
        threading.Thread(target=lambda: [self.lines.put(line) for line in self.process.stdout], daemon=True).start()

    def wait_for(self, words):
        """The next line with these words."""
        while True:
            try:
                line = self.lines.get(timeout=30)
            except queue.Empty:
                raise AssertionError(f"no {words!r} after {self.seen}") from None
            self.seen.append(line)
            if words in line:
                return line

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        return self.process.stderr.read()


@pytest.fixture()
def dev(server, tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    started = []

    def start(*options):
        started.append(Dev(server, "--code", code, *options))
        return started[-1]

    yield start, code
    for command in started:
        command.stop()


def source(text):
    return f"def handler(event, context):\n    print('this is {text}')\n    return '{text}'\n"


def call(lattice, name):
    return json.loads(lattice.functions.invoke(FunctionName=name)["Payload"].read())


def test_each_save_is_the_code(lattice, dev):
    start, code = dev
    (code / "app.py").write_text(source("one"))
    command = start("--function", "dev-save", "--runtime", "python3.11", "--handler", "app.handler")
    assert "1 file," in command.wait_for("created dev-save")
    command.wait_for("watching")
    assert call(lattice, "dev-save") == "one"
    command.wait_for("this is one")

    (code / "app.py").write_text(source("two"))
    assert "app.py changed" in command.wait_for("updated dev-save")
    assert call(lattice, "dev-save") == "two"

    # As editors save: a new file that takes the place of the old one.
    (code / "app.py.tmp").write_text(source("three"))
    os.replace(code / "app.py.tmp", code / "app.py")
    command.wait_for("updated dev-save")
    assert call(lattice, "dev-save") == "three"

    # A new folder, and what is written to it later.
    (code / "parts").mkdir()
    (code / "parts" / "part.py").write_text("VALUE = 'four'\n")
    assert "parts/part.py added" in command.wait_for("updated dev-save")
    (code / "app.py").write_text("from parts.part import VALUE\n\ndef handler(event, context):\n    return VALUE\n")
    command.wait_for("updated dev-save")
    assert call(lattice, "dev-save") == "four"
    (code / "parts" / "part.py").write_text("VALUE = 'five'\n")
    assert "parts/part.py changed" in command.wait_for("updated dev-save")
    assert call(lattice, "dev-save") == "five"

    (code / "parts" / "part.py").unlink()
    assert "parts/part.py removed" in command.wait_for("updated dev-save")


def test_what_is_no_code_changes_nothing(lattice, dev):
    start, code = dev
    (code / "app.py").write_text(source("one"))
    command = start("--function", "dev-quiet", "--runtime", "python3.11", "--handler", "app.handler")
    command.wait_for("watching")
    before = lattice.functions.get_function_configuration(FunctionName="dev-quiet")["RevisionId"]
    for name in (".git/HEAD", "__pycache__/app.pyc", ".app.py.swp", "app.py~", "#app.py#", ".DS_Store"):
        (code / name).parent.mkdir(exist_ok=True)
        (code / name).write_text("x")
    (code / "app.py").write_text(source("one"))
    (code / "b.py").write_text("")
    line = command.wait_for("updated dev-quiet")
    assert "b.py added; 2 files" in line
    assert sum("updated" in line for line in command.seen) == 1
    assert lattice.functions.get_function_configuration(FunctionName="dev-quiet")["RevisionId"] != before


def test_a_mistake_shows_and_the_next_save_mends_it(lattice, dev, tmp_path):
    start, code = dev
    (code / "app.py").write_text(source("one"))
    (tmp_path / "event.json").write_text('{"a": 1}')
    command = start(
        "--function", "dev-mend", "--runtime", "python3.11", "--handler", "app.handler",
        "--event", tmp_path / "event.json")
    assert '"one"' in command.wait_for("answered")
    (code / "app.py").write_text("def handler(:\n")
    assert "Runtime.UserCodeSyntaxError" in command.wait_for("failed")
    (code / "app.py").unlink()
    assert "holds no file" in command.wait_for("not updated")
    (code / "app.py").write_text(source("two"))
    assert '"two"' in command.wait_for("answered")


def test_a_function_that_is_there_keeps_its_settings(lattice, dev):
    start, code = dev
    arn = lattice.create_function(
        "dev-there", "python3.11", "invoked.handler", {"invoked.py": function_source("invoked.py")}, Timeout=7)
    (code / "other.py").write_text(source("one"))
    command = start("--function", "dev-there", "--handler", "other.handler")
    command.wait_for("updated dev-there")
    settings = lattice.functions.get_function_configuration(FunctionName="dev-there")
    assert (settings["FunctionArn"], settings["Handler"], settings["Timeout"]) == (arn, "other.handler", 7)
    assert call(lattice, "dev-there") == "one"


def test_an_executable_bootstrap(lattice, dev):
    start, code = dev
    (code / "bootstrap").write_text(
        '#!/bin/sh\napi="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"\n'
        'while true; do id=$(curl -sS -D - -o /dev/null "$api/invocation/next" | tr -d "\\r" '
        '| sed -n "s/^Lambda-Runtime-Aws-Request-Id: //p"); '
        'curl -sS -o /dev/null -d \'"shell"\' "$api/invocation/$id/response"; done\n')
    command = start("--function", "dev-shell", "--runtime", "provided.al2023", "--handler", "none", "--timeout", "5")
    command.wait_for("created dev-shell")
    answer = lattice.functions.invoke(FunctionName="dev-shell")
    assert b"InvalidEntrypoint" in answer["Payload"].read()
    (code / "bootstrap").chmod(0o755)
    command.wait_for("updated dev-shell")
    assert call(lattice, "dev-shell") == "shell"


def test_it_finds_the_server_again(own_server, tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(source("one"))
    command = Dev(
        own_server, "--code", code, "--function", "again", "--runtime", "python3.11", "--handler", "app.handler")
    try:
        command.wait_for("watching")
        own_server.stop()
        (code / "app.py").write_text(source("two"))
        assert "no server runs" in command.wait_for("not updated")
        own_server.start()
        (code / "app.py").write_text(source("three"))
        command.wait_for("updated again")
        assert call(Lattice(own_server), "again") == "three"
    finally:
        command.stop()


@pytest.mark.parametrize("options, status, words", [
    (["--function", "missing-settings", "--code", "CODE"], 65, "add --runtime and --handler"),
    (["--function", "no-folder", "--code", "CODE/none"], 65, "is not a folder"),
    (["--function", "bad name", "--code", "CODE"], 64, "is no function name"),
    (["--function", "refused", "--code", "CODE", "--runtime", "cobol", "--handler", "x.y"], 65, "the server refused: 400"),
    (["--function", "f", "--code", "CODE", "--data-dir", "/nonexistent"], 69, "no server runs"),
    (["--code", "CODE"], 64, "--function"),
])
def test_what_cannot_begin_says_why(server, tmp_path, options, status, words):
    (tmp_path / "app.py").write_text(source("one"))
    options = [option.replace("CODE", str(tmp_path)) for option in options]
    data = [] if "--data-dir" in options else ["--data-dir", str(server.data_dir)]
    done = subprocess.run([str(TRELLIS), "dev", *data, *options], capture_output=True, text=True, timeout=30)
    assert done.returncode == status, done.stderr
    assert words in done.stderr


def test_help_teaches(server):
    done = subprocess.run([str(TRELLIS), "dev", "--help"], capture_output=True, text=True, check=True)
    for words in ("trellis dev --function hello --code ./src", "--event", "$LATEST", "Ctrl-C"):
        assert words in done.stdout
