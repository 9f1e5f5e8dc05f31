"""Terraform makes resource gateways, configurations and associations, changes, imports and removes them."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

PLANS = pathlib.Path(__file__).resolve().parent / "terraform-resources"


@pytest.fixture()
def terraform(own_server, tmp_path):
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    directory = tmp_path / "plan"
    shutil.copytree(PLANS, directory)
    settings = dict(
        os.environ, **own_server.environment, TF_IN_AUTOMATION="1", TF_INPUT="0", CHECKPOINT_DISABLE="1")
    # Where the registry cannot be reached, a mirror of providers on the machine serves.
    mirrors = [hit for base in ("/usr/local/share", "/usr/share", "/opt") for hit in
               pathlib.Path(base).glob("*/registry.terraform.io/hashicorp/aws")]
    if mirrors:
        configuration = tmp_path / "terraformrc"
        configuration.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirrors[0].parents[2]}"\n  }}\n}}\n')
        settings["TF_CLI_CONFIG_FILE"] = str(configuration)

    def run(*arguments, expect=0):
        done = subprocess.run(
            ["terraform", *arguments, "-no-color"], cwd=directory, env=settings, capture_output=True, timeout=400)
        assert done.returncode == expect, done.stdout.decode()[-3000:] + done.stderr.decode()[-3000:]
        return done.stdout.decode()

    initialised = subprocess.run(
        ["terraform", "init", "-no-color"], cwd=directory, env=settings, capture_output=True, timeout=200)
    if initialised.returncode != 0:
        pytest.skip(f"the AWS provider cannot be had: {initialised.stderr.decode()[-300:]}")
    return run


def test_apply_update_import_destroy(terraform, own_server):
    terraform("apply", "-auto-approve")
    outputs = json.loads(terraform("output", "-json"))
    ids = outputs["ids"]["value"]
    assert outputs["domain"]["value"].startswith(f"{ids['association']}.{ids['single']}.")
    # 0: nothing to change. The answers of every read match what was asked for.
    terraform("plan", "-detailed-exitcode", expect=0)

    changes = ["-var", "address=10.0.0.8", "-var", 'security_groups=["sg-01234567"]']
    terraform("apply", "-auto-approve", *changes)
    terraform("plan", "-detailed-exitcode", *changes, expect=0)
    lattice = own_server.client("vpc-lattice")
    gateway = lattice.get_resource_gateway(resourceGatewayIdentifier=ids["gateway"])
    assert gateway["securityGroupIds"] == ["sg-01234567"]
    single = lattice.get_resource_configuration(resourceConfigurationIdentifier=ids["single"])
    assert single["resourceConfigurationDefinition"] == {"ipResource": {"ipAddress": "10.0.0.8"}}

    for address, identifier in [
        ("aws_vpclattice_resource_gateway.gateway", ids["gateway"]),
        ("aws_vpclattice_resource_configuration.single", ids["single"]),
        ("aws_vpclattice_service_network_resource_association.single", ids["association"]),
    ]:
        terraform("state", "rm", address)
        terraform("import", *changes, address, identifier)
    terraform("plan", "-detailed-exitcode", *changes, expect=0)

    terraform("destroy", "-auto-approve", *changes)
    assert lattice.list_resource_gateways()["items"] == []
    assert lattice.list_resource_configurations()["items"] == []
    assert lattice.list_service_network_resource_associations()["items"] == []
