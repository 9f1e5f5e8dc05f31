"""Terraform manages functions with everything that belongs to them."""

import json

from conftest import zip_of
from test_terraform import terraform  # noqa: F401, the fixture

# Not the layer version, whose file no read gives and which the provider then makes anew.
IMPORTED = {
    "aws_lambda_function.work": "work", "aws_lambda_alias.live": "work/live",
    "aws_lambda_permission.live": "work:live/lattice",
    "aws_lambda_function_event_invoke_config.live": "work:live",
    "aws_lambda_layer_version_permission.everyone": "shared,1",
    "aws_lambda_provisioned_concurrency_config.failures": "failures,1",
}
# Attributes that only a configuration knows: no read of the API gives them.
NOT_READ = {"filename", "publish", "source_code_hash", "skip_destroy", "timeouts"}
SECOND = ("-var", "stage=second")


def test_functions(terraform, own_server):  # noqa: F811
    terraform = terraform("terraform-lambda")
    (terraform.directory / "layer.zip").write_bytes(zip_of({"python/shared.py": "name = 'layer'"}))
    terraform("apply", "-auto-approve")
    assert terraform.planned() == {}
    client = own_server.client("lambda")
    layer = terraform.resources()["aws_lambda_layer_version.shared"]["arn"]
    found = terraform.outputs()["found"]
    assert found["layer"] == layer and found["alias"] == "1"
    assert found["function"].endswith(":function:work:1")
    assert sorted(found["functions"]) == ["failures", "work"]
    first = client.get_function(FunctionName="work")
    assert [entry["Arn"] for entry in first["Configuration"]["Layers"]] == [layer]
    assert first["Concurrency"] == {"ReservedConcurrentExecutions": 5}
    assert provisioned(client) == (1, 1, "READY")
    policy = client.get_layer_version_policy(LayerName="shared", VersionNumber=1)
    assert json.loads(policy["Policy"])["Statement"][0]["Principal"] == "*"

    changes = terraform.planned(*SECOND)
    assert {tuple(actions) for actions in changes.values()} == {("update",)}, changes
    assert set(changes) == {
        "aws_lambda_function.work", "aws_lambda_alias.live", "aws_lambda_function_event_invoke_config.live",
        "aws_lambda_provisioned_concurrency_config.failures"}
    terraform("apply", "next")
    assert terraform.planned(*SECOND) == {}
    assert provisioned(client) == (2, 2, "READY")
    second = client.get_function(FunctionName="work")
    assert "Layers" not in second["Configuration"]
    assert second["Tags"] == {"stage": "second"}
    alias = client.get_alias(FunctionName="work", Name="live")
    assert (alias["FunctionVersion"], alias["RoutingConfig"]["AdditionalVersionWeights"]) == ("2", {"1": 0.25})

    forget_and_import(terraform)
    terraform("destroy", "-auto-approve", *SECOND)
    assert client.list_functions()["Functions"] == []
    assert client.list_layers()["Layers"] == []
    assert own_server.client("iam").list_roles()["Roles"] == []


def provisioned(client):
    config = client.get_provisioned_concurrency_config(FunctionName="failures", Qualifier="1")
    return (config["RequestedProvisionedConcurrentExecutions"], config["AvailableProvisionedConcurrentExecutions"],
            config["Status"])


def forget_and_import(terraform):  # noqa: F811
    """Takes everything out of the state, imports it, and finds nothing that the API should have known."""
    terraform("state", "rm", *IMPORTED)
    imports = terraform.directory / "imports.tf"
    imports.write_text("".join(
        f'import {{\n  to = {address}\n  id = "{identifier}"\n}}\n'
        for address, identifier in IMPORTED.items()))
    terraform("plan", "-out", "next", *SECOND)
    plan = json.loads(terraform("show", "-json", "next"))
    for entry in plan["resource_changes"]:
        change = entry["change"]
        assert "create" not in change["actions"] or entry["address"] not in IMPORTED, entry["address"]
        if change["actions"] == ["update"]:
            before, after = change["before"], change["after"]
            differing = {name for name in after if before.get(name) != after[name]}
            assert differing <= NOT_READ, (entry["address"], differing)
    terraform("apply", "next")
    imports.unlink()
    assert terraform.planned(*SECOND) == {}
