"""Terraform with the AWS provider makes a user with a key and a role, and takes them away."""

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

    later = ("-var", "path=/team/")
    assert terraform.planned(*later)["aws_iam_user.caller"] == ["update"]
    terraform("apply", "-auto-approve", *later)
    assert terraform.planned(*later) == {}
    iam = own_server.client("iam")
    user = iam.get_user(UserName="terraform-caller")["User"]
    assert (user["Path"], user["Tags"]) == ("/team/", [{"Key": "path", "Value": "/team/"}])
    for address, identifier in (
            ("aws_iam_user.caller", "terraform-caller"), ("aws_iam_user_policy.assume", "terraform-caller:assume"),
            ("aws_iam_user_policy_attachment.read",
             f"terraform-caller/arn:aws:iam::{own_server.endpoints['account']}:policy/terraform-read")):
        terraform("state", "rm", address)
        terraform("import", *later, address, identifier)
    terraform("destroy", "-auto-approve", *later)
    assert iam.list_users()["Users"] == [] and iam.list_roles()["Roles"] == []
