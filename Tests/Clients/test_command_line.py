"""The commands as scripts and people call them: exit status, messages, files, signals."""

import json
import os
import signal
import socket
import stat
import subprocess

import boto3
import pytest

from conftest import TRELLIS, Server, wait_for


def trellis(*arguments, cwd=None, **environment):
    return subprocess.run(
        [str(TRELLIS), *arguments], capture_output=True, text=True, timeout=60, cwd=cwd,
        env=dict(os.environ, **environment))


@pytest.mark.parametrize("arguments, status, words", [
    (["--help"], 0, "trellis env"),
    (["serve", "--help"], 0, "--data-dir"),
    (["--version"], 0, "."),
    (["nonsense"], 64, "Error"),
    (["serve", "--nonsense"], 64, "Unknown option"),
    (["serve", "--api", "nowhere"], 78, "api from command line: 'nowhere' is not HOST:PORT"),
    (["serve", "--account", "000000000000"], 78, "account from command line"),
    (["serve", "--any-key", "--api", "0.0.0.0:0"], 78, "not loopback"),
    (["serve", "--config", "/nonexistent.yaml"], 78, "/nonexistent.yaml"),
    (["serve", "--data-dir", "/proc/nowhere"], 69, "--data-dir"),
    (["env", "--data-dir", "nowhere"], 69, "trellis serve --data-dir nowhere"),
])
def test_exit_status(tmp_path, arguments, status, words):
    done = trellis(*arguments, cwd=tmp_path)
    assert done.returncode == status, done.stderr
    assert words in done.stdout + done.stderr


def test_every_configuration_problem_is_shown_at_once(tmp_path):
    (tmp_path / "trellis.yaml").write_text("portOfset: 1\nregion: Mars\n")
    done = trellis("serve", cwd=tmp_path, TRELLIS_BIND="", TRELLIS_DRAIN_DELAY_MS="soon")
    assert done.returncode == 78
    for words in ("unknown key 'portOfset'", "'Mars' is not a Region", "drainDelayMs from environment: 'soon'",
                  "bind from environment"):
        assert words in done.stderr


def test_source_vpcs_are_checked(tmp_path):
    (tmp_path / "trellis.yaml").write_text("sourceVpcs: ['10.0.0.0/99=vpc-0123456789abcdef0']\n")
    done = trellis("serve", "--api", ":0", "--operator", ":0", cwd=tmp_path)
    assert done.returncode == 78 and "10.0.0.0/99" in done.stderr


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = trellis("serve", "--api", f"127.0.0.1:{port}", "--operator", ":0", cwd=tmp_path)
        assert done.returncode == 69
        assert f"127.0.0.1:{port}" in done.stderr and "--api" in done.stderr


def test_files_and_environment(own_server):
    directory = own_server.data_dir
    credentials = directory / "credentials"
    assert stat.S_IMODE(credentials.stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert own_server.endpoints["pid"] == own_server.process.pid
    assert own_server.endpoints["portOffset"] == 8000
    printed = subprocess.run(
        ["sh", "-c", f'eval "$({TRELLIS} env --data-dir {directory})"; env'], capture_output=True, text=True, check=True,
        env=dict(os.environ, AWS_SESSION_TOKEN="other"))
    variables = dict(line.split("=", 1) for line in printed.stdout.splitlines() if line.startswith("AWS_"))
    assert variables["AWS_ENDPOINT_URL"] == own_server.endpoints["api"]
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "us-east-1"
    assert "AWS_SESSION_TOKEN" not in variables
    # The file itself also serves as shared credentials.
    session = boto3.Session()
    session._session.set_config_variable("credentials_file", str(credentials))
    secret = own_server.environment["AWS_SECRET_ACCESS_KEY"]
    assert session.get_credentials().secret_key == secret
    own_server.stop()
    assert secret not in open(own_server.log.name).read(), "secrets stay out of logs"


def test_a_second_server_on_the_same_directory_is_refused(own_server):
    done = trellis("serve", "--data-dir", str(own_server.data_dir), "--api", ":0", "--operator", ":0")
    assert done.returncode == 69
    assert "cannot be used" in done.stderr
    assert own_server.client("sts").get_caller_identity()["Account"], "the first one is unharmed"
    assert (own_server.data_dir / "endpoints.json").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_in_an_orderly_way(own_server, how):
    account = own_server.endpoints["account"]
    assert own_server.stop(how) == 0
    assert not (own_server.data_dir / "endpoints.json").exists()
    own_server.start()
    assert own_server.client("sts").get_caller_identity()["Account"] == account, "the account stays"


def test_any_key(tmp_path):
    server = Server(tmp_path / "data")
    server.start(["--any-key", "--account", "123456789012"])
    client = server.client("sts", aws_access_key_id="test", aws_secret_access_key="test")
    assert client.get_caller_identity()["Account"] == "123456789012"
    assert server.stop() == 0


def test_health_and_readiness(own_server):
    import urllib.error
    import urllib.request
    operator = own_server.endpoints["operator"]
    assert urllib.request.urlopen(f"{operator}/healthz").read() == b"ok\n"
    assert urllib.request.urlopen(f"{operator}/readyz").read() == b"ready\n"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        lattice = own_server.client("vpc-lattice")
        service = lattice.create_service(name="no-port")["id"]
        lattice.create_listener(
            serviceIdentifier=service, name="http", protocol="HTTP", port=port,
            defaultAction={"fixedResponse": {"statusCode": 404}})

        def problems():
            try:
                return urllib.request.urlopen(f"{operator}/readyz").status == 503
            except urllib.error.HTTPError as error:
                return str(port) in error.read().decode()
        wait_for(problems, "the unbound listener in /readyz")


def test_demo(tmp_path):
    done = trellis("demo", "--once", cwd=tmp_path, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    event = done.stdout.split("The event that the function received:\n")[1].split("\n\nThe response")[0]
    assert json.loads(event)["queryStringParameters"] == {"state": ["open", "late"]}
    assert "HTTP/1.1 200 OK" in done.stdout
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_the_demo_serves_until_it_is_stopped(tmp_path):
    demo = subprocess.Popen(
        [str(TRELLIS), "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env=dict(os.environ, TMPDIR=str(tmp_path)))
    try:
        lines = []
        for line in demo.stdout:
            lines.append(line.strip())
            if line.startswith("Ctrl-C"):
                break
        command = next(line for line in lines if line.startswith("curl 'http://hello.localhost"))
        answer = subprocess.run(["sh", "-c", f"{command} --silent"], capture_output=True, text=True, timeout=30)
        assert "Hello from a Lambda function" in answer.stdout
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=30) == 0, demo.stderr.read()
        assert list(tmp_path.iterdir()) == []
    finally:
        demo.kill()
        demo.stdout.close()
        demo.stderr.close()


def test_no_function_outlives_a_killed_server(own_server):
    from conftest import Lattice, function_source
    lattice = Lattice(own_server)
    lattice.create_function("orphan", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    lattice.functions.invoke(FunctionName="orphan", Payload=b'{"version": "2.0", "isBase64Encoded": false, "headers": {}}')

    def processes():
        found = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and str(own_server.data_dir) in open(f"/proc/{entry}/environ").read():
                    found.append(entry)
            except OSError:
                continue
        return found
    assert processes()
    own_server.stop(signal.SIGKILL)
    wait_for(lambda: not processes(), "the function's process to end with the server")
