"""Terraform with the AWS provider makes a service, finds nothing to change, and takes it all away again."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import curl, free_port, wait_for, zip_of

CLIENTS = pathlib.Path(__file__).resolve().parent
APP = """
def handler(event, context):
    return {"statusCode": 200, "isBase64Encoded": False, "headers": {}, "body": "made by Terraform"}
"""


# Resources that no import command knows.
NOT_IMPORTABLE = {"aws_vpclattice_target_group_attachment"}


class Terraform:
    """One working directory with a configuration, against one server."""

    def __init__(self, server, configuration, directory):
        self.directory = directory / "plan"
        shutil.copytree(CLIENTS / configuration, self.directory)
        package = self.directory / "app.zip"
        package.write_bytes(zip_of({"app.py": APP}))
        self.port = free_port()
        self.environment = dict(
            os.environ, **server.environment, TF_IN_AUTOMATION="1", TF_INPUT="0", TF_VAR_port=str(self.port),
            TF_VAR_package=str(package), CHECKPOINT_DISABLE="1")
        # Where the registry cannot be reached, a mirror of providers on the machine serves.
        mirrors = [hit for base in ("/usr/local/share", "/usr/share", "/opt") for hit in
                   pathlib.Path(base).glob("*/registry.terraform.io/hashicorp/aws")]
        if mirrors:
            settings = directory / "terraformrc"
            settings.write_text(
                "provider_installation {\n"
                f'  filesystem_mirror {{\n    path = "{mirrors[0].parents[2]}"\n  }}\n}}\n')
            self.environment["TF_CLI_CONFIG_FILE"] = str(settings)

    def start(self, *arguments, seconds=400):
        return subprocess.run(
            ["terraform", *arguments, "-no-color"], cwd=self.directory, env=self.environment, capture_output=True,
            timeout=seconds)

    def __call__(self, *arguments, expect=0):
        done = self.start(*arguments)
        assert done.returncode == expect, done.stdout.decode()[-3000:] + done.stderr.decode()[-3000:]
        return done.stdout.decode()

    def outputs(self):
        return {name: output["value"] for name, output in json.loads(self("output", "-json")).items()}

    def resources(self):
        """Address and attributes of everything managed."""
        state = json.loads(self("show", "-json"))["values"]["root_module"]["resources"]
        return {entry["address"]: entry["values"] for entry in state if entry["mode"] == "managed"}

    def planned(self, *arguments):
        """How each resource would change, without those that would not."""
        self("plan", "-out", "next", *arguments)
        plan = json.loads(self("show", "-json", "next"))
        actions = {entry["address"]: entry["change"]["actions"] for entry in plan["resource_changes"]}
        return {address: action for address, action in actions.items() if action not in (["no-op"], ["read"])}


@pytest.fixture()
def terraform(own_server, tmp_path):
    """Makes a Terraform with the configuration of a directory beside this file."""
    def make(configuration):
        if not shutil.which("terraform"):
            pytest.skip("terraform is not installed")
        # The server looks for the file where it runs.
        (own_server.data_dir.parent / "trellis.yaml").write_text("targetAddresses:\n  i-0123456789abcdef0: 127.0.0.1\n")
        own_server.restart()
        made = Terraform(own_server, configuration, tmp_path)
        initialised = made.start("init", seconds=200)
        if initialised.returncode != 0:
            pytest.skip(f"the AWS provider cannot be had: {initialised.stderr.decode()[-300:]}")
        return made
    return make


def test_apply_plan_destroy(terraform, own_server):
    terraform = terraform("terraform")
    terraform("apply", "-auto-approve")
    service = {"host": terraform.outputs()["host"], "port": terraform.port}
    assert wait_for(lambda: curl(service, path="/orders/7")[2], "the service") == b"made by Terraform"
    assert curl(service, path="/other")[0] == 404

    # The answers of every read match what was asked for.
    assert terraform.planned() == {}
    check_roles_and_logs(terraform, own_server)
    terraform("destroy", "-auto-approve")
    assert nothing_left(own_server)


def check_roles_and_logs(terraform, own_server):
    """Changes the role, its policies and the subscription in place, and takes over what is there already."""
    iam = own_server.client("iam")
    before = iam.get_role(RoleName="terraform")["Role"]
    terraform("apply", "-auto-approve", "-var", "stage=production")
    assert terraform.planned("-var", "stage=production") == {}
    role = iam.get_role(RoleName="terraform")["Role"]
    assert role["RoleId"] == before["RoleId"], "changed, not replaced"
    assert (role["Description"], role["MaxSessionDuration"]) == ("Functions of production", 7200)
    assert role["Tags"] == [{"Key": "stage", "Value": "production"}]
    inline = iam.get_role_policy(RoleName="terraform", PolicyName="invoke")["PolicyDocument"]
    assert inline["Statement"][0]["Resource"] == "arn:aws:*:production"
    assert len(iam.list_attached_role_policies(RoleName="terraform")["AttachedPolicies"]) == 2

    outputs = terraform.outputs()
    lattice = own_server.client("vpc-lattice")
    subscription = lattice.get_access_log_subscription(
        accessLogSubscriptionIdentifier=outputs["subscription"])
    assert subscription["destinationArn"] == "arn:aws:s3:::access-logs-production"
    for address, identifier in (
            ("aws_iam_role.functions", "terraform"), ("aws_iam_role_policy.invoke", "terraform:invoke"),
            ("aws_vpclattice_access_log_subscription.network", subscription["id"])):
        terraform("state", "rm", address)
        terraform("import", "-var", "stage=production", address, identifier)
    assert terraform.planned("-var", "stage=production") == {}


def test_every_resource(terraform, own_server):
    terraform = terraform("terraform-whole")
    terraform("apply", "-auto-approve")
    found = terraform.outputs()["found"]
    assert found["service"] == found["by_name"]
    assert int(found["network"]) == 1 and int(found["listener"]) == terraform.port
    assert found["auth_policy"] == found["service"] and found["resource_share"]
    service = {"host": terraform.outputs()["host"], "port": terraform.port}
    reply = wait_for(lambda: curl(service, "--header", "x-stage: test", path="/orders")[2], "the service")
    assert reply == b"made by Terraform"
    assert terraform.planned() == {}

    second = ("-var", "stage=second")
    changes = terraform.planned(*second)
    assert {tuple(actions) for actions in changes.values()} == {("update",)}, changes
    untouched = set(terraform.resources()) - set(changes)
    assert untouched == {
        "aws_lambda_permission.live", "aws_vpclattice_target_group_attachment.address",
        "aws_vpclattice_target_group_attachment.function"}
    terraform("apply", "next")
    assert terraform.planned(*second) == {}
    assert curl(service, path="/other")[0] == 500

    imported = forget_and_import(terraform, second)
    assert {address.split(".")[0] for address in imported} >= {
        name for name in map(lambda address: address.split(".")[0], terraform.resources())
        if name.startswith("aws_vpclattice_")} - NOT_IMPORTABLE
    assert terraform.planned(*second) == {}

    terraform("destroy", "-auto-approve", *second)
    assert nothing_left(own_server)


def test_resources(terraform, own_server):
    terraform = terraform("terraform-resources")
    terraform("apply", "-auto-approve")
    outputs = terraform.outputs()
    ids = outputs["ids"]
    assert outputs["domain"].startswith(f"{ids['association']}.{ids['single']}.")
    assert terraform.planned() == {}

    changes = ["-var", "address=10.0.0.8", "-var", 'security_groups=["sg-01234567"]']
    terraform("apply", "-auto-approve", *changes)
    assert terraform.planned(*changes) == {}
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
    assert terraform.planned(*changes) == {}

    terraform("destroy", "-auto-approve", *changes)
    assert lattice.list_resource_gateways()["items"] == []
    assert lattice.list_resource_configurations()["items"] == []
    assert lattice.list_service_network_resource_associations()["items"] == []


def forget_and_import(terraform, arguments):
    """Takes resources out of the state, imports them all again, and returns their addresses."""
    identifiers = {
        address: import_identifier(address.split(".")[0], values)
        for address, values in terraform.resources().items()
        if address.startswith("aws_vpclattice_") and address.split(".")[0] not in NOT_IMPORTABLE}
    terraform("state", "rm", *identifiers)
    blocks = [f'import {{\n  to = {address}\n  id = "{identifier}"\n}}\n' for address, identifier in identifiers.items()]
    imports = terraform.directory / "imports.tf"
    imports.write_text("".join(blocks))
    changes = terraform.planned(*arguments)
    created = {address for address, actions in changes.items() if "create" in actions or "delete" in actions}
    assert not created, changes
    terraform("apply", "next")
    imports.unlink()
    return set(identifiers)


def import_identifier(kind, values):
    if kind == "aws_vpclattice_listener":
        return f"{values['service_identifier']}/{values['listener_id']}"
    if kind == "aws_vpclattice_listener_rule":
        return f"{values['service_identifier']}/{values['listener_identifier']}/{values['rule_id']}"
    if kind == "aws_vpclattice_resource_policy":
        return values["resource_arn"]
    return values["id"]


def nothing_left(server):
    lattice = server.client("vpc-lattice")
    for listed in (
            lattice.list_services, lattice.list_service_networks, lattice.list_target_groups,
            lattice.list_resource_gateways, lattice.list_resource_configurations):
        assert listed()["items"] == [], listed
    assert server.client("lambda").list_functions()["Functions"] == []
    assert server.client("iam").list_roles()["Roles"] == []
    return True
