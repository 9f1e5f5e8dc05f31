"""Groups and permissions boundaries with boto3 and the AWS CLI, and what they let their members do."""

import pytest

from principals import ALLOW_INVOKE, ask, client, document, echo_service, refused

READ = {"Effect": "Allow", "Action": "vpc-lattice:List*", "Resource": "*"}


@pytest.fixture()
def member(server):
    """The keys of a user without policies in the group `crew`."""
    iam = server.client("iam")
    iam.create_user(UserName="mia")
    iam.create_group(GroupName="crew", Path="/ship/")
    iam.add_user_to_group(GroupName="crew", UserName="mia")
    keys = iam.create_access_key(UserName="mia")["AccessKey"]
    yield keys
    iam.delete_access_key(UserName="mia", AccessKeyId=keys["AccessKeyId"])
    for group in iam.list_groups_for_user(UserName="mia")["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName="mia")
    iam.delete_user(UserName="mia")
    for name in iam.list_group_policies(GroupName="crew")["PolicyNames"]:
        iam.delete_group_policy(GroupName="crew", PolicyName=name)
    for policy in iam.list_attached_group_policies(GroupName="crew")["AttachedPolicies"]:
        iam.detach_group_policy(GroupName="crew", PolicyArn=policy["PolicyArn"])
    iam.delete_group(GroupName="crew")


def test_members_may_what_the_group_may(server, lattice, member):
    iam, mine = server.client("iam"), client(server, "vpc-lattice", member)
    assert refused(mine.list_services)[0] == "AccessDeniedException"
    iam.put_group_policy(GroupName="crew", PolicyName="read", PolicyDocument=document(READ))
    assert mine.list_service_networks()["items"] is not None
    service = echo_service(lattice, "grouped")
    assert ask(server, service, member)[0] == 403
    iam.attach_group_policy(
        GroupName="crew", PolicyArn="arn:aws:iam::aws:policy/VPCLatticeServicesInvokeAccess")
    assert ask(server, service, member)[0] == 200
    iam.put_group_policy(GroupName="crew", PolicyName="deny", PolicyDocument=document({**ALLOW_INVOKE, "Effect": "Deny"}))
    assert "explicit deny in an identity-based policy" in ask(server, service, member)[1]
    iam.delete_group_policy(GroupName="crew", PolicyName="deny")
    iam.update_group(GroupName="crew", NewGroupName="ship", NewPath="/")
    assert ask(server, service, member)[0] == 200
    iam.update_group(GroupName="ship", NewGroupName="crew")
    iam.remove_user_from_group(GroupName="crew", UserName="mia")
    assert ask(server, service, member)[0] == 403
    assert refused(mine.list_services)[0] == "AccessDeniedException"


def test_what_groups_answer(server, member):
    account = server.endpoints["account"]
    group = server.aws("iam", "get-group", "--group-name", "crew")
    assert group["Group"]["Arn"] == f"arn:aws:iam::{account}:group/ship/crew"
    assert [user["UserName"] for user in group["Users"]] == ["mia"]
    assert server.aws("iam", "list-groups", "--path-prefix", "/ship/")["Groups"] == [group["Group"]]
    assert server.aws("iam", "list-groups-for-user", "--user-name", "mia")["Groups"] == [group["Group"]]
    iam = server.client("iam")
    assert refused(iam.delete_group, GroupName="crew") == (
        "DeleteConflict", "Cannot delete entity, must remove users from group first.")
    assert refused(iam.get_group, GroupName="none") == (
        "NoSuchEntity", "The group with name none cannot be found.")
    # Permissions are on the group, as its ARN says.
    iam.put_group_policy(GroupName="crew", PolicyName="own", PolicyDocument=document(
        {"Effect": "Allow", "Action": "iam:*Group*", "Resource": f"arn:aws:iam::{account}:group/ship/*"}))
    mine = client(server, "iam", member)
    assert mine.get_group(GroupName="crew")["Users"][0]["UserName"] == "mia"
    code, text = refused(mine.create_group, GroupName="other")
    assert code == "AccessDenied" and text.endswith(
        f"iam:CreateGroup on resource: arn:aws:iam::{account}:group/other because no identity-based policy allows the "
        "iam:CreateGroup action")
    assert refused(iam.create_virtual_mfa_device, VirtualMFADeviceName="phone") == (
        "InvalidInput", "This Trellis does not support MFA devices.")


def test_a_boundary_limits_a_user(server, member):
    iam, mine = server.client("iam"), client(server, "vpc-lattice", member)
    iam.put_group_policy(GroupName="crew", PolicyName="all", PolicyDocument=document(
        {"Effect": "Allow", "Action": "*", "Resource": "*"}))
    policy = iam.create_policy(PolicyName="limit", PolicyDocument=document(READ))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="mia", PermissionsBoundary=policy)
    try:
        assert mine.list_services() and iam.get_user(UserName="mia")["User"]["PermissionsBoundary"] == {
            "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy}
        code, text = refused(mine.create_service, name="beyond")
        assert code == "AccessDeniedException" and "because no permissions boundary allows the" in text
        # Whoever may make users only within a boundary.
        iam.put_user_permissions_boundary(
            UserName="mia", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
        iam.put_group_policy(GroupName="crew", PolicyName="all", PolicyDocument=document(
            {"Effect": "Allow", "Action": "iam:*User*", "Resource": "*",
             "Condition": {"StringEquals": {"iam:PermissionsBoundary": policy}}}))
        own = client(server, "iam", member)
        assert refused(own.create_user, UserName="free")[0] == "AccessDenied"
        assert own.create_user(UserName="kept", PermissionsBoundary=policy)["User"]["PermissionsBoundary"]
        assert refused(own.delete_user_permissions_boundary, UserName="mia")[0] == "AccessDenied"
        own.delete_user(UserName="kept")
        entities = iam.list_entities_for_policy(PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        assert [user["UserName"] for user in entities["PolicyUsers"]] == ["mia"]
    finally:
        iam.delete_user_permissions_boundary(UserName="mia")
        iam.delete_policy(PolicyArn=policy)


def test_where_a_caller_is(server, member):
    iam, mine = server.client("iam"), client(server, "vpc-lattice", member)
    for block, works in (("127.0.0.0/8", True), ("10.0.0.0/8", False)):
        iam.put_group_policy(GroupName="crew", PolicyName="here", PolicyDocument=document(
            {**READ, "Condition": {"IpAddress": {"aws:SourceIp": block}}}))
        if works:
            assert mine.list_services()["items"] is not None
        else:
            assert refused(mine.list_services)[0] == "AccessDeniedException"
