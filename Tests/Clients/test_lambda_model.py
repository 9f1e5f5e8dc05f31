"""Every constraint of the lambda model, broken one at a time, is refused with the member's name."""

import botocore.config
import botocore.exceptions
import pytest
from conftest import ROLE, zip_of

CODE = {"ZipFile": zip_of({"app.py": "def handler(event, context):\n    return 1\n"})}
FUNCTION = {"FunctionName": "modelled"}
VERSION = {"FunctionName": "modelled", "Qualifier": "1"}
LAYER = {"LayerName": "modelled", "VersionNumber": 1}
# A valid input of each operation; nothing is ever carried out, because one member is always broken.
INPUTS = {
    "CreateFunction": {
        "FunctionName": "other", "Runtime": "python3.11", "Handler": "app.handler", "Role": ROLE, "Code": CODE,
        "Description": "d", "Timeout": 3, "MemorySize": 128},
    "GetFunction": VERSION, "GetFunctionConfiguration": VERSION, "DeleteFunction": VERSION,
    "UpdateFunctionCode": {**FUNCTION, **CODE},
    "UpdateFunctionConfiguration": {
        **FUNCTION, "Role": ROLE, "Handler": "app.handler", "Description": "d", "Timeout": 3, "MemorySize": 128},
    "ListFunctions": {"MaxItems": 1}, "ListVersionsByFunction": {**FUNCTION, "MaxItems": 1},
    "PublishVersion": {**FUNCTION, "Description": "d"},
    "CreateAlias": {**FUNCTION, "Name": "a", "FunctionVersion": "1", "Description": "d"},
    "UpdateAlias": {**FUNCTION, "Name": "live", "FunctionVersion": "1", "Description": "d"},
    "GetAlias": {**FUNCTION, "Name": "live"}, "DeleteAlias": {**FUNCTION, "Name": "live"},
    "ListAliases": {**FUNCTION, "FunctionVersion": "1", "MaxItems": 1},
    "AddPermission": {
        **VERSION, "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*",
        "SourceAccount": "123456789012", "EventSourceToken": "t", "PrincipalOrgID": "o-1234567890"},
    "GetPolicy": VERSION, "RemovePermission": {**VERSION, "StatementId": "s"},
    "PutFunctionConcurrency": {**FUNCTION, "ReservedConcurrentExecutions": 1},
    "GetFunctionConcurrency": FUNCTION, "DeleteFunctionConcurrency": FUNCTION,
    "PutProvisionedConcurrencyConfig": {**VERSION, "ProvisionedConcurrentExecutions": 1},
    "GetProvisionedConcurrencyConfig": VERSION, "DeleteProvisionedConcurrencyConfig": VERSION,
    "ListProvisionedConcurrencyConfigs": {**FUNCTION, "MaxItems": 1},
    "PutFunctionEventInvokeConfig": {**VERSION, "MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
    "UpdateFunctionEventInvokeConfig": {**VERSION, "MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
    "GetFunctionEventInvokeConfig": VERSION, "DeleteFunctionEventInvokeConfig": VERSION,
    "ListFunctionEventInvokeConfigs": {**FUNCTION, "MaxItems": 1},
    "PublishLayerVersion": {
        "LayerName": "modelled", "Content": CODE, "Description": "d", "LicenseInfo": "l",
        "CompatibleRuntimes": ["python3.11"], "CompatibleArchitectures": ["x86_64"]},
    "GetLayerVersion": LAYER, "DeleteLayerVersion": LAYER, "GetLayerVersionPolicy": LAYER,
    "GetLayerVersionByArn": {"Arn": "arn:aws:lambda:us-east-1:123456789012:layer:modelled:1"},
    "ListLayers": {"CompatibleRuntime": "python3.11", "CompatibleArchitecture": "x86_64", "MaxItems": 1},
    "ListLayerVersions": {
        "LayerName": "modelled", "CompatibleRuntime": "python3.11", "CompatibleArchitecture": "x86_64",
        "MaxItems": 1},
    "AddLayerVersionPermission": {
        **LAYER, "StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*",
        "OrganizationId": "o-1234567890"},
    "RemoveLayerVersionPermission": {**LAYER, "StatementId": "s"},
    "GetFunctionCodeSigningConfig": FUNCTION, "GetRuntimeManagementConfig": VERSION,
    "PutRuntimeManagementConfig": {**FUNCTION, "UpdateRuntimeOn": "Auto"},
    "GetFunctionRecursionConfig": FUNCTION,
    "PutFunctionRecursionConfig": {**FUNCTION, "RecursiveLoop": "Allow"},
    "ListFunctionUrlConfigs": {**FUNCTION, "MaxItems": 1}, "ListCodeSigningConfigs": {"MaxItems": 1},
}


def violations(shape, value):
    """Values that break one constraint of the shape each, with the constraint's name."""
    if shape.type_name == "string":
        if shape.enum:
            yield "enum", "no-such-value"
        elif "pattern" in shape.metadata:
            yield "pattern", "bad value!"
        if shape.metadata.get("max") is not None and not shape.enum:
            yield "max", "1" * (shape.metadata["max"] + 1)
    elif shape.type_name in ("integer", "long"):
        if "min" in shape.metadata:
            yield "min", shape.metadata["min"] - 1
        if "max" in shape.metadata:
            yield "max", shape.metadata["max"] + 1
    elif shape.type_name == "list":
        if getattr(shape.member, "enum", None):
            yield "enum", ["no-such-value"]
        if shape.metadata.get("max"):
            yield "max", value * (shape.metadata["max"] + 1)


@pytest.fixture(scope="module")
def client(server):
    client = server.client("lambda", config=botocore.config.Config(
        retries={"total_max_attempts": 1}, parameter_validation=False))
    client.create_function(
        FunctionName="modelled", Runtime="python3.11", Handler="app.handler", Role=ROLE, Code=CODE, Publish=True)
    client.create_alias(FunctionName="modelled", Name="live", FunctionVersion="1")
    client.publish_layer_version(LayerName="modelled", Content=CODE)
    yield client
    client.delete_function(FunctionName="modelled")
    client.delete_layer_version(LayerName="modelled", VersionNumber=1)


@pytest.mark.parametrize("operation", INPUTS)
def test_each_broken_constraint_is_named(client, operation):
    model = client.meta.service_model.operation_model(operation)
    methods = {name: method for method, name in client.meta.method_to_api_mapping.items()}
    call = getattr(client, methods[operation])
    count = 0
    for name, value in INPUTS[operation].items():
        shape = model.input_shape.members[name]
        broken = [(kind, {**INPUTS[operation], name: bad}) for kind, bad in violations(shape, value)]
        if name in model.input_shape.required_members and shape.serialization.get("location") != "uri":
            broken.append(("required", {key: other for key, other in INPUTS[operation].items() if key != name}))
        for kind, arguments in broken:
            with pytest.raises(botocore.exceptions.ClientError) as caught:
                call(**arguments)
            error = caught.value.response
            where = (operation, name, kind, error["Error"])
            assert error["ResponseMetadata"]["HTTPStatusCode"] == 400, where
            assert error["Error"]["Code"] in ("ValidationException", "InvalidParameterValueException"), where
            assert f"at '{name[0].lower()}{name[1:]}" in error["Error"]["Message"], where
            count += 1
    assert count > 0
