"""Functions at other Lambda endpoints: another Trellis, a Runtime Interface Emulator, an endpoint behind TLS."""

import json
import ssl
import subprocess

import pytest

from conftest import Lattice, Server, curl, free_port, function_source
from lambda_endpoint import LambdaEndpoint
from rie import RuntimeInterfaceEmulator

PATHS = ["/", "/a/b?c=d&c=e", "/raise", "/exit", "/sleep", "/nonsense", "/large"]


class Near:
    """A Trellis whose functions are elsewhere."""

    def __init__(self, directory, account, mappings, variables=()):
        directory.mkdir()
        configuration = directory / "trellis.yaml"
        # JSON is YAML too.
        configuration.write_text(json.dumps({"account": account, "remoteFunctions": mappings}))
        self.server = Server(directory / "data", variables)
        self.server.start(["--config", str(configuration)])
        self.lattice = Lattice(self.server)
        self.account = account

    def arn(self, name):
        return f"arn:aws:lambda:us-east-1:{self.account}:function:{name}"

    def refusal(self, name, group="refused"):
        """Why a function cannot be registered."""
        group = self.lattice.lattice.create_target_group(name=group, type="LAMBDA")["id"]
        answer = self.lattice.lattice.register_targets(targetGroupIdentifier=group, targets=[{"id": self.arn(name)}])
        assert answer["successful"] == []
        return answer["unsuccessful"][0]["failureMessage"]

    def service(self, name, function):
        return self.lattice.service(name, self.lattice.target_group(name, self.arn(function)))

    def stop(self):
        assert self.server.stop() == 0


@pytest.fixture(scope="module")
def far(server, lattice):
    """Another Trellis with a function that has a version and an alias."""
    lattice.create_function(
        "faults", "python3.11", "faults.handler", {"faults.py": function_source("faults.py")}, Timeout=1, Publish=True)
    lattice.functions.create_alias(FunctionName="faults", Name="live", FunctionVersion="1")
    return server


@pytest.fixture(scope="module")
def near(far, tmp_path_factory):
    variables = {name: far.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    near = Near(
        tmp_path_factory.mktemp("near") / "trellis", far.endpoints["account"],
        [{"functions": "faults", "endpoint": {"url": far.endpoints["api"]}}], variables)
    yield near
    near.stop()


def comparable(answer):
    status, headers, body = answer
    for name in ("date", "x-amzn-requestid"):
        headers.pop(name, None)
    return status, headers, body


@pytest.fixture(scope="module")
def both(far, near, lattice):
    """The function behind a service of its own Trellis, and behind one of the other."""
    here = lattice.service("faults-here", lattice.target_group("faults-here", near.arn("faults:live")))
    return here, near.service("faults-there", "faults:live")


@pytest.mark.parametrize("path", PATHS)
def test_a_function_of_another_trellis_answers_as_at_home(both, path):
    here, there = (comparable(curl(service, "--data", '{"a":1}', path=path)) for service in both)
    assert there == here


def test_a_function_that_is_not_there_is_not_registered(near):
    assert near.refusal("faults:gone", "gone") == f"Function not found: {near.arn('faults:gone')}"
    # Of no mapping, and not here.
    assert near.refusal("other", "other") == f"Function not found: {near.arn('other')}"


def test_the_policy_of_a_remote_function_is_not_touched(near, both):
    with pytest.raises(near.lattice.functions.exceptions.ResourceNotFoundException):
        near.lattice.functions.get_policy(FunctionName="faults", Qualifier="live")


def test_a_profile_signs_and_wrong_credentials_are_told(far, tmp_path):
    (tmp_path / "credentials").write_text(
        f"[far]\naws_access_key_id = {far.environment['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {far.environment['AWS_SECRET_ACCESS_KEY']}\n")
    url = far.endpoints["api"]
    near = Near(
        tmp_path / "near", far.endpoints["account"],
        [{"functions": ["fault?"], "endpoint": {"url": url, "profile": "far"}}, {"endpoint": {"url": url}}],
        {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), "AWS_CONFIG_FILE": "/nonexistent",
         "AWS_ACCESS_KEY_ID": "AKIDWRONG", "AWS_SECRET_ACCESS_KEY": "wrong"})
    try:
        assert curl(near.service("profile", "faults"))[0] == 201
        assert "403" in near.refusal("other")
        log = (tmp_path / "near/data.log").read_text()
        assert far.environment["AWS_SECRET_ACCESS_KEY"] not in log
    finally:
        near.stop()


def test_nobody_there(tmp_path):
    near = Near(
        tmp_path / "near", "123456789012",
        [{"endpoint": {"url": f"http://127.0.0.1:{free_port()}", "credentials": "none"}}])
    try:
        assert "cannot be looked up at its endpoint" in near.refusal("any")
    finally:
        near.stop()


# The Runtime Interface Emulator


@pytest.fixture(scope="module")
def emulated(tmp_path_factory):
    directory = tmp_path_factory.mktemp("emulated")
    emulator = RuntimeInterfaceEmulator(directory, "faults.handler", timeout=1)
    near = Near(directory / "near", "123456789012", [{"endpoint": {
        "url": f"http://127.0.0.1:{emulator.port}", "functionName": "function", "credentials": "none",
        "maxConnections": 1}}])
    yield near.service("emulated", "anything:live")
    near.stop()
    assert emulator.process.poll() is None, "the emulator died"
    emulator.stop()


# It answers 200 without X-Amz-Function-Error when the function fails, so the failure is an answer of the wrong form.
KNOWN_DIFFERENCES = {
    "/raise": (b"function error", b"malformed function response"),
    "/sleep": (b"function timed out", b"malformed function response"),
}


@pytest.mark.parametrize("path", PATHS)
def test_the_emulator_answers_as_the_function_host(both, emulated, path):
    here, there = (comparable(curl(service, "--data", '{"a":1}', path=path)) for service in (both[0], emulated))
    assert there[0] == here[0]
    if path in KNOWN_DIFFERENCES:
        assert here[0] == 502
        assert (here[2], there[2]) == KNOWN_DIFFERENCES[path]
    else:
        there[1].pop("x-trellis-reason", None), here[1].pop("x-trellis-reason", None)
        assert there == here


def test_requests_at_once_reach_the_emulator_one_by_one(emulated):
    processes = [
        subprocess.Popen(
            ["curl", "--silent", "--max-time", "60", "--header", f"Host: {emulated['host']}",
             f"http://127.0.0.1:{emulated['port']}/{number}"], stdout=subprocess.PIPE)
        for number in range(12)]
    bodies = [process.communicate(timeout=90)[0] for process in processes]
    assert bodies == [f"/{number} ".encode() for number in range(12)]


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    directory = tmp_path_factory.mktemp("authority")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        cwd=directory, check=True, capture_output=True)
    return directory


@pytest.fixture(scope="module")
def secure(authority):
    endpoint = LambdaEndpoint()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    endpoint.server.socket = context.wrap_socket(endpoint.server.socket, server_side=True)
    endpoint.answer = {"statusCode": 200, "headers": {}, "body": "safe"}
    yield endpoint
    endpoint.stop()


@pytest.mark.parametrize("host, trusted, answers", [
    ("localhost", True, True), ("localhost", False, False), ("127.0.0.1", True, False)])
def test_the_certificate_of_an_endpoint_is_verified(tmp_path, authority, secure, host, trusted, answers):
    endpoint = {"url": f"https://{host}:{secure.port}", "credentials": "none"}
    if trusted:
        endpoint["caFile"] = str(authority / "cert.pem")
    near = Near(tmp_path / "near", "123456789012", [{"endpoint": endpoint}])
    try:
        if answers:
            status, _, body = curl(near.service("secure", "any"))
            assert (status, body) == (200, b"safe")
        else:
            assert "cannot be looked up at its endpoint" in near.refusal("any")
    finally:
        near.stop()
