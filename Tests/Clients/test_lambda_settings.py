"""What boto3 and the AWS CLI see of the settings of functions, and that functions are run by them."""

import json
import threading

import botocore.exceptions
import pytest
from conftest import ROLE, wait_for, zip_of

# Writes the file `begun`, and answers when there is a file `go`; the event names their directory.
GATE = """
import os, time
def handler(event, context):
    if event:
        open(os.path.join(event, "begun"), "w").close()
        while not os.path.exists(os.path.join(event, "go")): time.sleep(0.005)
    return "done"
"""


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response


@pytest.fixture()
def function(server, request):
    """A function of its own, and the client to change it with."""
    client = server.client("lambda")
    name = f"settings-{request.node.originalname[5:]}"[:64]
    client.create_function(
        FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=ROLE, Timeout=60,
        Code={"ZipFile": zip_of({"app.py": GATE})})
    yield client, name
    client.delete_function(FunctionName=name)


def test_reserved_concurrency_is_enforced(function, tmp_path):
    client, name = function
    unreserved = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    assert client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)[
        "ReservedConcurrentExecutions"] == 1
    assert client.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 1}
    assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == unreserved - 1

    answers = []
    first = threading.Thread(target=lambda: answers.append(
        client.invoke(FunctionName=name, Payload=json.dumps(str(tmp_path)))["Payload"].read()))
    first.start()
    wait_for((tmp_path / "begun").exists, "the first invocation")
    throttled = refusal(client.invoke, FunctionName=name, Payload="null")
    assert throttled["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert throttled["Error"]["Code"] == "TooManyRequestsException"
    assert throttled["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert throttled["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "1"
    (tmp_path / "go").touch()
    first.join(timeout=60)
    assert answers == [b'"done"']
    assert client.invoke(FunctionName=name, Payload="null")["Payload"].read() == b'"done"'


def test_a_reservation_of_nothing_stops_the_function(function):
    client, name = function
    assert client.invoke(FunctionName=name, Payload="null")["StatusCode"] == 200
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    throttled = refusal(client.invoke, FunctionName=name, Payload="null")
    assert throttled["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    client.delete_function_concurrency(FunctionName=name)
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=name)
    assert client.invoke(FunctionName=name, Payload="null")["StatusCode"] == 200


def test_one_hundred_stay_unreserved(function):
    client, name = function
    error = refusal(client.put_function_concurrency, FunctionName=name, ReservedConcurrentExecutions=901)["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"].endswith("below its minimum value of [100].")


def test_account_settings_count_functions(function, server):
    client, name = function
    before = client.get_account_settings()["AccountUsage"]
    size = len(zip_of({"app.py": GATE}))
    client.publish_version(FunctionName=name)
    after = server.aws("lambda", "get-account-settings")["AccountUsage"]
    assert after == {"TotalCodeSize": before["TotalCodeSize"] + size, "FunctionCount": before["FunctionCount"]}


def test_what_terraform_reads_of_a_function(function):
    client, name = function
    arn = client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    runtime = client.get_runtime_management_config(FunctionName=name)
    assert (runtime["UpdateRuntimeOn"], runtime["FunctionArn"]) == ("Auto", f"{arn}:$LATEST")
    put = client.put_runtime_management_config(FunctionName=name, UpdateRuntimeOn="Auto")
    assert put["FunctionArn"] == f"{arn}:$LATEST"
    error = refusal(client.put_runtime_management_config, FunctionName=name, UpdateRuntimeOn="FunctionUpdate")["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
    assert "CodeSigningConfigArn" not in client.get_function_code_signing_config(FunctionName=name)
    versions = client.list_versions_by_function(FunctionName=name, MaxItems=10000)["Versions"]
    assert [version["FunctionArn"] for version in versions] == [f"{arn}:$LATEST"]


def test_event_invoke_configurations(function):
    client, name = function
    arn = client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    version = client.publish_version(FunctionName=name)["Version"]
    settings = dict(MaximumRetryAttempts=1, MaximumEventAgeInSeconds=600)
    put = client.put_function_event_invoke_config(FunctionName=name, **settings)
    assert put["FunctionArn"] == f"{arn}:$LATEST"
    assert put["LastModified"].year >= 2024
    client.put_function_event_invoke_config(FunctionName=name, Qualifier=version, MaximumRetryAttempts=0)
    updated = client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)
    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (2, 600)
    pages = client.get_paginator("list_function_event_invoke_configs").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 1})
    assert [config["FunctionArn"] for page in pages for config in page["FunctionEventInvokeConfigs"]] == [
        f"{arn}:$LATEST", f"{arn}:{version}"]
    queue = {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:queue"}}
    error = refusal(
        client.put_function_event_invoke_config, FunctionName=name, DestinationConfig=queue)["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    client.delete_function_event_invoke_config(FunctionName=name)
    error = refusal(client.get_function_event_invoke_config, FunctionName=name)["Error"]
    assert (error["Code"], error["Message"]) == (
        "ResourceNotFoundException", f"The function {arn}:$LATEST doesn't have an EventInvokeConfig")
