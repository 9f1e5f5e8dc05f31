"""Terraform with the AWS provider makes users, groups and a role with boundaries, and takes them away."""

from principals import client, refused
from test_terraform import terraform  # noqa: F401 (a fixture)


def test_users_and_roles(terraform, own_server):
    terraform = terraform("terraform-principals")
    terraform("apply", "-auto-approve")
    outputs = terraform.outputs()
    assert terraform.planned() == {}
    keys = {"AccessKeyId": outputs["key"], "SecretAccessKey": outputs["secret"]}
    assert client(own_server, "vpc-lattice", keys).list_services()["items"] == []
    assert refused(client(own_server, "vpc-lattice", keys).create_service, name="refused")[0] == "AccessDeniedException"
    session = client(own_server, "sts", keys).assume_role(RoleArn=outputs["role"], RoleSessionName="terraform")
    assert client(own_server, "vpc-lattice", session["Credentials"]).list_services()["items"] == []

    # The group lets the user list functions and logs; the boundary knows of functions only, and of no other read.
    assert client(own_server, "lambda", keys).list_functions()["Functions"] == []
    for call in (client(own_server, "logs", keys).describe_log_groups,
                 client(own_server, "vpc-lattice", keys).list_target_groups):
        assert "because no permissions boundary allows" in refused(call)[1]

    later = ("-var", "path=/team/", "-var", "bounded=false")
    changes = terraform.planned(*later)
    assert {address: changes[address] for address in (
        "aws_iam_user.caller", "aws_iam_role.reader", "aws_iam_group.staff", "aws_iam_user_group_membership.second")} == (
            dict.fromkeys(("aws_iam_user.caller", "aws_iam_role.reader", "aws_iam_group.staff",
                           "aws_iam_user_group_membership.second"), ["update"]))
    terraform("apply", "-auto-approve", *later)
    assert terraform.planned(*later) == {}
    iam = own_server.client("iam")
    assert client(own_server, "logs", keys).describe_log_groups()["logGroups"] == []
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="terraform-second")["Groups"]] == [
        "terraform-staff"]
    user = iam.get_user(UserName="terraform-caller")["User"]
    assert (user["Path"], user["Tags"]) == ("/team/", [{"Key": "path", "Value": "/team/"}])
    for address, identifier in (
            ("aws_iam_group.staff", "terraform-staff"), ("aws_iam_group_policy.functions", "terraform-staff:functions"),
            ("aws_iam_user.caller", "terraform-caller"), ("aws_iam_user_policy.assume", "terraform-caller:assume"),
            ("aws_iam_user_policy_attachment.read",
             f"terraform-caller/arn:aws:iam::{own_server.endpoints['account']}:policy/terraform-read")):
        terraform("state", "rm", address)
        terraform("import", *later, address, identifier)
    terraform("destroy", "-auto-approve", *later)
    assert iam.list_users()["Users"] == [] and iam.list_roles()["Roles"] == []
    assert iam.list_groups()["Groups"] == [] and iam.list_policies(Scope="Local")["Policies"] == []
