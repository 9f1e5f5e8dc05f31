"""Layers as boto3 and the AWS CLI make and use them."""

import base64
import json
import subprocess

import botocore.exceptions
import pytest
from conftest import ROLE, TRELLIS, zip_of

CODE = """
import shared
def handler(event, context):
    return shared.name
"""


def layer_zip(name):
    return zip_of({"python/shared.py": f"name = '{name}'"})


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response


@pytest.fixture()
def client(server):
    return server.client("lambda")


def invoke(client, name, **arguments):
    return json.loads(client.invoke(FunctionName=name, **arguments)["Payload"].read())


def test_functions_import_from_layers(client):
    first = client.publish_layer_version(
        LayerName="import-first", Content={"ZipFile": layer_zip("first")}, CompatibleRuntimes=["python3.11"],
        LicenseInfo="MIT")
    second = client.publish_layer_version(LayerName="import-second", Content={"ZipFile": layer_zip("second")})
    assert first["Version"] == 1 and first["LicenseInfo"] == "MIT"
    client.create_function(
        FunctionName="import", Runtime="python3.11", Handler="app.handler", Role=ROLE,
        Code={"ZipFile": zip_of({"app.py": CODE})}, Layers=[first["LayerVersionArn"]])
    assert invoke(client, "import") == "first"
    version = client.publish_version(FunctionName="import")["Version"]

    both = [first["LayerVersionArn"], second["LayerVersionArn"]]
    client.update_function_configuration(FunctionName="import", Layers=both)
    assert invoke(client, "import") == "second"
    shown = client.get_function_configuration(FunctionName="import")["Layers"]
    assert [layer["Arn"] for layer in shown] == both
    assert [layer["CodeSize"] for layer in shown] == [len(layer_zip("first")), len(layer_zip("second"))]

    # A deleted layer version stays with those that use it, and is there for nobody else.
    client.delete_layer_version(LayerName="import-first", VersionNumber=1)
    client.update_function_configuration(FunctionName="import", Timeout=9)
    assert invoke(client, "import") == "second"
    assert invoke(client, "import", Qualifier=version) == "first"
    missing = refusal(client.update_function_configuration, FunctionName="import", Layers=both)
    assert missing["Error"]["Code"] == "InvalidParameterValueException"
    assert missing["Error"]["Message"] == f"Layer version {both[0]} does not exist."
    client.delete_function(FunctionName="import")


def test_pages_and_reads(client):
    for number in range(1, 8):
        version = client.publish_layer_version(LayerName="paged", Content={"ZipFile": layer_zip(str(number))})
        assert version["Version"] == number
    pages = client.get_paginator("list_layer_versions").paginate(
        LayerName="paged", PaginationConfig={"PageSize": 3})
    assert [version["Version"] for page in pages for version in page["LayerVersions"]] == [7, 6, 5, 4, 3, 2, 1]
    layers = client.get_paginator("list_layers").paginate(PaginationConfig={"PageSize": 1})
    latest = {layer["LayerName"]: layer["LatestMatchingVersion"]["Version"] for page in layers
              for layer in page["Layers"]}
    assert latest["paged"] == 7
    by_name = client.get_layer_version(LayerName="paged", VersionNumber=3)
    by_arn = client.get_layer_version_by_arn(Arn=by_name["LayerVersionArn"])
    assert {**by_name, "ResponseMetadata": None} == {**by_arn, "ResponseMetadata": None}
    gone = refusal(client.get_layer_version, LayerName="paged", VersionNumber=8)
    assert (gone["Error"]["Code"], gone["Error"]["Message"]) == (
        "ResourceNotFoundException", "The resource you requested does not exist.")


def test_permissions_with_the_command_line(server, tmp_path):
    package = tmp_path / "layer.zip"
    package.write_bytes(layer_zip("cli"))
    published = server.aws(
        "lambda", "publish-layer-version", "--layer-name", "cli", "--zip-file", f"fileb://{package}",
        "--compatible-architectures", "x86_64")
    version = ("--layer-name", "cli", "--version-number", str(published["Version"]))
    added = server.aws(
        "lambda", "add-layer-version-permission", *version, "--statement-id", "all", "--principal", "*",
        "--action", "lambda:GetLayerVersion")
    policy = server.aws("lambda", "get-layer-version-policy", *version)
    assert policy["RevisionId"] == added["RevisionId"]
    assert json.loads(policy["Policy"])["Statement"] == [json.loads(added["Statement"])]
    stale = server.aws(
        "lambda", "remove-layer-version-permission", *version, "--statement-id", "all", "--revision-id", "old",
        check=False)
    assert b"PreconditionFailedException" in stale.stderr
    server.aws(
        "lambda", "remove-layer-version-permission", *version, "--statement-id", "all", "--revision-id",
        added["RevisionId"])
    server.aws("lambda", "delete-layer-version", *version)
    listed = server.aws("lambda", "list-layer-versions", "--layer-name", "cli")
    assert listed["LayerVersions"] == []


def test_provisioned_concurrency_configurations(client):
    client.create_function(
        FunctionName="provisioned", Runtime="python3.11", Handler="app.handler", Role=ROLE, Publish=True,
        Code={"ZipFile": zip_of({"app.py": "def handler(event, context):\n    return 1\n"})})
    put = client.put_provisioned_concurrency_config(
        FunctionName="provisioned", Qualifier="1", ProvisionedConcurrentExecutions=1)
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert put["RequestedProvisionedConcurrentExecutions"] == 1
    pages = client.get_paginator("list_provisioned_concurrency_configs").paginate(FunctionName="provisioned")
    entries = [entry for page in pages for entry in page["ProvisionedConcurrencyConfigs"]]
    assert [entry["FunctionArn"].rsplit(":", 1)[1] for entry in entries] == ["1"]
    latest = refusal(
        client.put_provisioned_concurrency_config, FunctionName="provisioned", Qualifier="$LATEST",
        ProvisionedConcurrentExecutions=1)
    assert latest["Error"]["Message"] == (
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    client.delete_provisioned_concurrency_config(FunctionName="provisioned", Qualifier="1")
    gone = refusal(client.get_provisioned_concurrency_config, FunctionName="provisioned", Qualifier="1")
    assert gone["Error"]["Code"] == "ProvisionedConcurrencyConfigNotFoundException"
    client.delete_function(FunctionName="provisioned")


def test_a_missing_package_is_found(own_server):
    client = own_server.client("lambda")
    layer = client.publish_layer_version(LayerName="lost", Content={"ZipFile": layer_zip("lost")})
    check = [str(TRELLIS), "check", "--data-dir", str(own_server.data_dir)]
    assert subprocess.run(check, capture_output=True, timeout=60).returncode == 0
    digest = base64.b64decode(layer["Content"]["CodeSha256"]).hex()
    (own_server.data_dir / "packages" / f"{digest}.zip").unlink()
    found = subprocess.run(check, capture_output=True, timeout=60)
    assert found.returncode == 65
    assert found.stdout.decode() == f"packages/{digest}.zip is missing\n"
    client.delete_layer_version(LayerName="lost", VersionNumber=1)
    assert subprocess.run(check, capture_output=True, timeout=60).returncode == 0
