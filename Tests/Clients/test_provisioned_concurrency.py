"""Environments that are kept initialised: the API says how many there are, and invocations find them."""

import pytest

from conftest import Lattice, Server, sandboxed_only, wait_for, zip_of

CODE = {"app.py": "import os\n\ndef handler(event, context):\n    return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\n"}
BROKEN = {"app.py": "import os\nos._exit(3)\n"}


@pytest.fixture(params=["none", pytest.param("bubblewrap", marks=sandboxed_only)])
def functions(request, tmp_path):
    server = Server(tmp_path / "data", {"TRELLIS_ISOLATION": request.param}).start()
    yield Lattice(server)
    if server.process.poll() is None:
        server.stop()


def settled(functions, qualifier):
    def config():
        answer = functions.functions.get_provisioned_concurrency_config(FunctionName="kept", Qualifier=qualifier)
        return answer if answer["Status"] != "IN_PROGRESS" else None
    return wait_for(config, "provisioned concurrency to settle")


def initialisation(functions, qualifier):
    return functions.functions.invoke(FunctionName="kept", Qualifier=qualifier)["Payload"].read()


def test_kept_initialised_across_a_restart(functions):
    client = functions.functions
    functions.create_function("kept", "python3.11", "app.handler", CODE, Publish=True)
    client.create_alias(FunctionName="kept", Name="live", FunctionVersion="1")
    asked = client.put_provisioned_concurrency_config(
        FunctionName="kept", Qualifier="live", ProvisionedConcurrentExecutions=2)
    assert asked["RequestedProvisionedConcurrentExecutions"] == 2
    for _ in range(2):
        config = settled(functions, "live")
        assert config["Status"] == "READY"
        assert config["AvailableProvisionedConcurrentExecutions"] == 2
        assert config["AllocatedProvisionedConcurrentExecutions"] == 2
        assert initialisation(functions, "live") == b'"provisioned-concurrency"'
        functions.server.restart()
        functions = Lattice(functions.server)
    functions.functions.delete_provisioned_concurrency_config(FunctionName="kept", Qualifier="live")
    with pytest.raises(functions.functions.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        functions.functions.get_provisioned_concurrency_config(FunctionName="kept", Qualifier="live")


def test_code_that_does_not_start_fails(functions):
    functions.create_function("kept", "python3.11", "app.handler", BROKEN, Publish=True)
    functions.functions.put_provisioned_concurrency_config(
        FunctionName="kept", Qualifier="1", ProvisionedConcurrentExecutions=1)
    config = settled(functions, "1")
    assert config["Status"] == "FAILED" and config["StatusReason"]
    assert config.get("AvailableProvisionedConcurrentExecutions", 0) == 0
