"""Terraform with the AWS provider makes a service, finds nothing to change, and takes it all away again."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import curl, free_port, wait_for, zip_of

PLANS = pathlib.Path(__file__).resolve().parent / "terraform"
APP = """
def handler(event, context):
    return {"statusCode": 200, "isBase64Encoded": False, "headers": {}, "body": "made by Terraform"}
"""


@pytest.fixture()
def terraform(own_server, tmp_path):
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    directory = tmp_path / "plan"
    shutil.copytree(PLANS, directory)
    package = directory / "app.zip"
    package.write_bytes(zip_of({"app.py": APP}))
    settings = dict(
        os.environ, **own_server.environment, TF_IN_AUTOMATION="1", TF_INPUT="0", TF_VAR_port=str(free_port()),
        TF_VAR_package=str(package), CHECKPOINT_DISABLE="1")
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

    run.port = int(settings["TF_VAR_port"])
    initialised = subprocess.run(
        ["terraform", "init", "-no-color"], cwd=directory, env=settings, capture_output=True, timeout=200)
    if initialised.returncode != 0:
        pytest.skip(f"the AWS provider cannot be had: {initialised.stderr.decode()[-300:]}")
    return run


def test_apply_plan_destroy(terraform, own_server):
    terraform("apply", "-auto-approve")
    service = {"host": json.loads(terraform("output", "-json"))["host"]["value"], "port": terraform.port}
    assert wait_for(lambda: curl(service, path="/orders/7")[2], "the service") == b"made by Terraform"
    assert curl(service, path="/other")[0] == 404

    # 0: nothing to change. The answers of every read match what was asked for.
    terraform("plan", "-detailed-exitcode", expect=0)
    check_roles_and_logs(terraform, own_server)
    terraform("destroy", "-auto-approve")
    lattice = own_server.client("vpc-lattice")
    assert lattice.list_services()["items"] == []
    assert lattice.list_target_groups()["items"] == []
    assert own_server.client("lambda").list_functions()["Functions"] == []
    iam = own_server.client("iam")
    assert iam.list_roles()["Roles"] == []


def check_roles_and_logs(terraform, own_server):
    """Changes the role, its policies and the subscription in place, and takes over what is there already."""
    iam = own_server.client("iam")
    before = iam.get_role(RoleName="terraform")["Role"]
    terraform("apply", "-auto-approve", "-var", "stage=production")
    terraform("plan", "-detailed-exitcode", "-var", "stage=production", expect=0)
    role = iam.get_role(RoleName="terraform")["Role"]
    assert role["RoleId"] == before["RoleId"], "changed, not replaced"
    assert (role["Description"], role["MaxSessionDuration"]) == ("Functions of production", 7200)
    assert role["Tags"] == [{"Key": "stage", "Value": "production"}]
    inline = iam.get_role_policy(RoleName="terraform", PolicyName="invoke")["PolicyDocument"]
    assert inline["Statement"][0]["Resource"] == "arn:aws:*:production"
    assert len(iam.list_attached_role_policies(RoleName="terraform")["AttachedPolicies"]) == 2

    outputs = json.loads(terraform("output", "-json"))
    lattice = own_server.client("vpc-lattice")
    subscription = lattice.get_access_log_subscription(
        accessLogSubscriptionIdentifier=outputs["subscription"]["value"])
    assert subscription["destinationArn"] == "arn:aws:s3:::access-logs-production"
    for address, identifier in (
            ("aws_iam_role.functions", "terraform"), ("aws_iam_role_policy.invoke", "terraform:invoke"),
            ("aws_vpclattice_access_log_subscription.network", subscription["id"])):
        terraform("state", "rm", address)
        terraform("import", "-var", "stage=production", address, identifier)
    terraform("plan", "-detailed-exitcode", "-var", "stage=production", expect=0)
