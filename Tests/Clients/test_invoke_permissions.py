"""A target group that may not invoke its function: what the client sees, what the log says, and that it helps."""

import json
import shlex

import pytest

from conftest import Lattice, curl, wait_for

CODE = {"app.py": "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}\n"}


def remedies(server):
    """The commands in the server's log."""
    lines = (server.data_dir.parent / f"{server.data_dir.name}.log").read_text().splitlines()
    return [line.split("remedy=", 1)[1] for line in lines if "its policy lacks a permission" in line]


def command(remedy):
    """Log values with spaces may stand in quotes and be followed by others."""
    return remedy.split(" [", 1)[0].split(' sourceA', 1)[0].strip('"')


@pytest.mark.parametrize("qualifier", [None, "live", "1"])
def test_the_log_has_the_command_that_grants_it(own_server, qualifier):
    lattice = Lattice(own_server)
    arn = lattice.create_function("guarded", "python3.11", "app.handler", CODE, Timeout=30, Publish=True)
    lattice.functions.create_alias(FunctionName="guarded", Name="live", FunctionVersion="1")
    target = f"{arn}:{qualifier}" if qualifier else arn
    service = lattice.service("guarded", lattice.target_group("guarded", target))
    assert curl(service)[0] == 200

    more = {"Qualifier": qualifier} if qualifier else {}
    policy = json.loads(lattice.functions.get_policy(FunctionName="guarded", **more)["Policy"])
    for statement in policy["Statement"]:
        lattice.functions.remove_permission(FunctionName="guarded", StatementId=statement["Sid"], **more)
    status, headers, body = curl(service)
    assert (status, body) == (500, b"function may not be invoked")
    assert "lambda:InvokeFunction" in headers["x-trellis-reason"][0]
    assert curl(service)[0] == 500

    told = wait_for(lambda: remedies(own_server), "the log")
    assert len(told) == 1, "once, not with every request"
    words = shlex.split(command(told[0]))
    assert words[:3] == ["aws", "lambda", "add-permission"]
    own_server.aws(*words[1:])
    assert curl(service)[0] == 200

    statement = words[words.index("--statement-id") + 1]
    lattice.functions.remove_permission(FunctionName="guarded", StatementId=statement, **more)
    assert curl(service)[0] == 500
    wait_for(lambda: len(remedies(own_server)) == 2, "the log to say it again after the change")
