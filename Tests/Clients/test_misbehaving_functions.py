"""Whatever a function does, the client gets the documented answer and the next request works."""

import pytest

from conftest import ROLE, Lattice, curl, function_source, zip_of


@pytest.fixture(scope="module")
def service(lattice):
    arn = lattice.create_function(
        "misbehave", "python3.11", "misbehave.handler", {"misbehave.py": function_source("misbehave.py")}, Timeout=2)
    return lattice.service("misbehave", lattice.target_group("misbehave", arn))


@pytest.mark.parametrize("what", [
    "raise", "exit", "hang", "not-an-object", "no-status", "bad-status", "bad-base64", "split-header", "too-large",
])
def test_the_client_gets_502(service, what):
    status, headers, body = curl(service, path=f"/{what}")
    assert status == 502
    assert headers["content-type"][0].startswith("text/plain")
    assert headers["x-amzn-requestid"]
    assert "set-cookie" not in headers
    assert curl(service, path="/fine")[0] == 200


def test_printing_garbage_hurts_nobody(service):
    assert curl(service, path="/garbage")[0] == 200


def test_a_list_becomes_repeated_headers(service):
    assert curl(service, path="/fine")[1]["x-a"] == ["1", "2"]


@pytest.mark.parametrize("handler, files", [
    ("missing.handler", {"app.py": "def handler(event, context): pass"}),
    ("app.missing", {"app.py": "def handler(event, context): pass"}),
    ("app.handler", {"app.py": "def handler(event, context"}),
    ("app.handler", {"app.py": "raise RuntimeError('at import')"}),
])
def test_a_function_that_cannot_start(lattice, handler, files, request):
    name = f"cannot-start-{abs(hash((handler, str(files)))) % 10_000}"
    made = lattice.service(name, lattice.target_group(
        name, lattice.create_function(name, "python3.11", handler, files, Timeout=5)))
    assert curl(made)[0] == 502
    answer = lattice.functions.invoke(FunctionName=name, Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert b"errorType" in answer["Payload"].read()


def test_without_permission_the_client_gets_500(lattice):
    name = "not-permitted"
    arn = lattice.create_function(
        name, "python3.11", "misbehave.handler", {"misbehave.py": function_source("misbehave.py")})
    group = lattice.target_group(name, arn)
    made = lattice.service(name, group)
    assert curl(made)[0] == 200
    lattice.functions.remove_permission(FunctionName=name, StatementId=f"vpc-lattice-{group}")
    assert curl(made)[0] == 500


def test_a_deleted_function_gives_500(lattice):
    name = "deleted"
    arn = lattice.create_function(
        name, "python3.11", "misbehave.handler", {"misbehave.py": function_source("misbehave.py")})
    made = lattice.service(name, lattice.target_group(name, arn))
    assert curl(made)[0] == 200
    lattice.functions.delete_function(FunctionName=name)
    assert curl(made)[0] == 500
