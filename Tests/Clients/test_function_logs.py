"""Function logs through the CloudWatch Logs API: AWS CLI, boto3, and what is left after the server was killed."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import botocore.exceptions
import pytest

from conftest import ROLE, wait_for, zip_of

CODE = """
def handler(event, context):
    for number in range(event["from"], event["to"]):
        print(f"line {number}")
    return context.log_stream_name
"""


def make_function(server, name, code=CODE, **settings):
    functions = server.client("lambda")
    functions.create_function(
        FunctionName=name, Runtime="python3.11", Handler="app.handler", Role=ROLE,
        Code={"ZipFile": zip_of({"app.py": code})}, **settings)
    return functions


def invoke(functions, name, event):
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def events_of(logs, group, **selection):
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, **selection)
    return [event["message"] for page in pages for event in page["events"]]


def stream_events(logs, group, stream, **selection):
    """Every event by get_log_events, forward, until the token comes back."""
    messages, token = [], None
    while True:
        extra = {"nextToken": token} if token else {}
        page = logs.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, **selection, **extra)
        messages += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token:
            return messages
        token = page["nextForwardToken"]


def test_a_function_writes_to_its_group(server):
    functions, logs = make_function(server, "logging"), server.client("logs")
    stream = invoke(functions, "logging", {"from": 0, "to": 3})
    group = "/aws/lambda/logging"
    messages = wait_for(
        lambda: (lambda found: found if any("REPORT" in text for text in found) else None)(
            events_of(logs, group) if logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] else []),
        "the report")
    kinds = [text.split(" ")[0] for text in messages]
    assert kinds == ["START", "line", "line", "line", "END", "REPORT"]
    [described] = logs.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"]
    assert described["logStreamName"] == stream
    assert described["firstEventTimestamp"] <= described["lastEventTimestamp"] <= time.time() * 1000 + 1000
    assert stream_events(logs, group, stream, limit=2) == messages
    assert events_of(logs, group, filterPattern="line", PaginationConfig={"PageSize": 2}) == messages[1:4]
    assert events_of(logs, group, filterPattern='"line 1"') == ["line 1"]
    shown = server.aws("logs", "get-log-events", "--log-group-name", group, "--log-stream-name", stream)
    assert [event["message"] for event in shown["events"]] == messages
    assert server.aws("logs", "describe-log-groups", "--log-group-name-prefix", group)["logGroups"][0][
        "logGroupName"] == group


def test_json_logs_in_a_shared_group(server):
    code = """
import logging
def handler(event, context):
    logging.getLogger().warning("loud")
    logging.getLogger().info("quiet")
    return context.log_group_name
"""
    functions = make_function(
        server, "structured", code,
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/shared/logs"})
    assert invoke(functions, "structured", {}) == "/shared/logs"
    logs = server.client("logs")

    def report():
        if not logs.describe_log_groups(logGroupNamePrefix="/shared/logs")["logGroups"]:
            return None
        return events_of(logs, "/shared/logs", filterPattern='{ $.type = "platform.report" }')
    [text] = wait_for(report, "the report")
    assert json.loads(text)["record"]["status"] == "success"
    loud = events_of(logs, "/shared/logs", filterPattern='{ $.level = "WARN*" }')
    assert [json.loads(text)["message"] for text in loud] == ["loud"]
    assert events_of(logs, "/shared/logs", filterPattern="quiet") == []
    [stream] = logs.describe_log_streams(logGroupName="/shared/logs")["logStreams"]
    assert "/structured[$LATEST]" in stream["logStreamName"]


def aws_2():
    """An AWS CLI of version 2, which has `aws logs tail`; version 1 has not."""
    for program in (os.environ.get("AWS_CLI_2"), shutil.which("aws"), "/usr/bin/aws"):
        if program and os.access(program, os.X_OK):
            version = subprocess.run([program, "--version"], capture_output=True, timeout=60)
            if b"aws-cli/2" in version.stdout:
                return program
    return None


@pytest.mark.skipif(not aws_2(), reason="no AWS CLI 2: set AWS_CLI_2 to its path")
def test_tail_follow_while_a_function_writes(server, tmp_path):
    functions = make_function(server, "followed")
    invoke(functions, "followed", {"from": 0, "to": 10})
    logs = server.client("logs")
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/followed")["logGroups"], "the group")
    environment = dict(
        os.environ, **server.environment, AWS_PAGER="", AWS_CONFIG_FILE="/nonexistent",
        AWS_SHARED_CREDENTIALS_FILE="/nonexistent", PYTHONUNBUFFERED="1")
    shown = tmp_path / "shown"
    with open(shown, "wb") as output:
        tail = subprocess.Popen(
            [aws_2(), "logs", "tail", "/aws/lambda/followed", "--follow", "--format", "short", "--endpoint-url",
             server.environment["AWS_ENDPOINT_URL"]],
            stdout=output, stderr=subprocess.PIPE, env=environment)
        try:
            numbers = lambda: [int(line.rsplit(" ", 1)[1]) for line in shown.read_text().splitlines()
                               if " line " in line]
            wait_for(lambda: len(numbers()) >= 10, "the first lines", seconds=60)
            for start in range(10, 60, 10):
                invoke(functions, "followed", {"from": start, "to": start + 10})
            wait_for(lambda: len(numbers()) >= 60, "the later lines", seconds=60)
            assert numbers() == list(range(60))
        finally:
            tail.terminate()
            tail.wait(timeout=60)
            tail.stderr.close()


def test_follow_as_the_command_does(server):
    """Pages by token, then again from the newest time without what was seen: every line once, in order."""
    functions, logs = make_function(server, "polled"), server.client("logs")
    invoke(functions, "polled", {"from": 0, "to": 100})
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/polled")["logGroups"], "the group")
    selection = {"logGroupName": "/aws/lambda/polled", "interleaved": True, "limit": 30, "startTime": 0}
    seen, ids, written = [], set(), 100

    def poll():
        nonlocal written
        page = logs.filter_log_events(**selection)
        for event in page["events"]:
            if event["eventId"] not in ids:
                ids.add(event["eventId"])
                seen.append(event["message"])
                selection_time[0] = event["timestamp"]
        if "nextToken" in page:
            selection["nextToken"] = page["nextToken"]
        else:
            selection.pop("nextToken", None)
            selection["startTime"] = selection_time[0]
        if written < 500:
            invoke(functions, "polled", {"from": written, "to": written + 100})
            written += 100
        return sum(text.startswith("line") for text in seen) >= 500
    selection_time = [0]
    wait_for(poll, "all lines", seconds=60)
    assert [text for text in seen if text.startswith("line")] == [f"line {number}" for number in range(500)]


def test_pages_with_boto3_and_retention(server):
    logs = server.client("logs")
    logs.create_log_group(logGroupName="/pages", tags={"stage": "test"})
    logs.create_log_stream(logGroupName="/pages", logStreamName="s")
    now, day = int(time.time() * 1000), 86_400_000
    for age in (9, 2, 0):
        rejected = logs.put_log_events(
            logGroupName="/pages", logStreamName="s",
            logEvents=[{"timestamp": now - age * day + number, "message": f"{age} {number}"}
                       for number in range(1000)])
        assert "rejectedLogEventsInfo" not in rejected
    everything = stream_events(logs, "/pages", "s", limit=333)
    assert everything == [f"{age} {number}" for age in (9, 2, 0) for number in range(1000)]
    assert len(events_of(logs, "/pages", PaginationConfig={"PageSize": 700})) == 3000
    groups = logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix="/pages", PaginationConfig={"PageSize": 1})
    [group] = [group for page in groups for group in page["logGroups"]]
    before = group["storedBytes"]
    logs.put_retention_policy(logGroupName="/pages", retentionInDays=5)
    assert events_of(logs, "/pages") == everything[1000:]
    assert stream_events(logs, "/pages", "s") == everything[1000:]
    [group] = logs.describe_log_groups(logGroupNamePrefix="/pages")["logGroups"]
    assert group["retentionInDays"] == 5 and 0 < group["storedBytes"] <= before
    logs.delete_log_stream(logGroupName="/pages", logStreamName="s")
    logs.delete_log_group(logGroupName="/pages")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.describe_log_streams(logGroupName="/pages")


def test_logs_survive_a_killed_server(own_server):
    functions = make_function(own_server, "survivor")
    stream = invoke(functions, "survivor", {"from": 0, "to": 100})
    logs = own_server.client("logs")
    group = "/aws/lambda/survivor"
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
             and events_of(logs, group, filterPattern="REPORT"), "the report")
    messages = stream_events(logs, group, stream)
    own_server.restart(signal.SIGKILL)
    logs = own_server.client("logs")
    assert stream_events(logs, group, stream) == messages
    files = list(pathlib.Path(own_server.data_dir, "logs").rglob("*.log"))
    own_server.stop(signal.SIGKILL)
    [file] = files
    # A line that was being written.
    torn = file.with_name("1000000.log")
    torn.write_bytes(b"1700000000000 1700000000000 whole\n1700000000000 17000000")
    own_server.start()
    logs = own_server.client("logs")
    assert sorted(stream_events(logs, group, stream)) == sorted(messages + ["whole"])
    second = invoke(own_server.client("lambda"), "survivor", {"from": 0, "to": 1})
    assert second != stream


def test_deleting_a_function_group_is_not_undone(server):
    functions, logs = make_function(server, "leaver"), server.client("logs")
    invoke(functions, "leaver", {"from": 0, "to": 1})
    group = "/aws/lambda/leaver"
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"], "the group")
    functions.delete_function(FunctionName="leaver")
    logs.delete_log_group(logGroupName=group)
    # The events of another function are written after those of the one that is gone.
    functions = make_function(server, "stayer")
    invoke(functions, "stayer", {"from": 0, "to": 1})
    wait_for(lambda: logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/stayer")["logGroups"], "the group")
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []


@pytest.mark.parametrize("call, arguments, code", [
    ("start_query", {"logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "fields @message"},
     "UnknownOperationException"),
    ("put_metric_filter", {"logGroupName": "g", "filterName": "f", "filterPattern": "", "metricTransformations": [
        {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}, "UnknownOperationException"),
    ("put_retention_policy", {"logGroupName": "missing", "retentionInDays": 1}, "ResourceNotFoundException"),
    ("filter_log_events", {"logGroupName": "missing"}, "ResourceNotFoundException"),
    ("create_log_group", {"logGroupName": "aws/reserved"}, "InvalidParameterException"),
])
def test_errors(server, call, arguments, code):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        getattr(server.client("logs"), call)(**arguments)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["Error"]["Message"]
