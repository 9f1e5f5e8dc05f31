"""Terraform with the AWS provider makes log groups for functions, finds nothing to change, and takes them away."""

from conftest import wait_for
from test_terraform import terraform  # noqa: F401 (a fixture)


def test_log_groups_of_functions(terraform, own_server):
    terraform = terraform("terraform-logs")
    terraform("apply", "-auto-approve")
    outputs = terraform.outputs()
    assert outputs["found"] == 14
    assert terraform.planned() == {}

    functions, logs = own_server.client("lambda"), own_server.client("logs")
    functions.invoke(FunctionName="terraform-logs")
    wait_for(
        lambda: logs.filter_log_events(logGroupName="/aws/lambda/terraform-logs", filterPattern="REPORT")["events"],
        "the report")
    assert terraform.planned() == {}

    later = ("-var", "days=30")
    assert terraform.planned(*later) == {"aws_cloudwatch_log_group.function": ["update"]}
    terraform("apply", "-auto-approve", *later)
    assert terraform.planned(*later) == {}
    [group] = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/terraform-logs")["logGroups"]
    assert group["retentionInDays"] == 30
    assert logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == {"days": "30"}
    for address, identifier in (
            ("aws_cloudwatch_log_group.function", "/aws/lambda/terraform-logs"),
            ("aws_cloudwatch_log_stream.audit", f"{outputs['shared']}:audit")):
        terraform("state", "rm", address)
        terraform("import", *later, address, identifier)
    assert terraform.planned(*later) == {}

    terraform("destroy", "-auto-approve", *later)
    assert logs.describe_log_groups()["logGroups"] == []
    # Nothing that the function still had to say brings its group back.
    own_server.restart()
    assert own_server.client("logs").describe_log_groups()["logGroups"] == []
