"""Roles, their policies and managed policies with boto3 and the AWS CLI."""

import concurrent.futures
import json

import botocore.exceptions
import pytest

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
DOCUMENT = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "vpc-lattice-svcs:Invoke", "Resource": "*",
     "Condition": {"StringLike": {"vpc-lattice-svcs:RequestPath": "/a b/é?x=1&y=%20+*"}}}]}


def error_of(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**members)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["RequestId"]
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_role_from_creation_to_deletion(server):
    iam = server.client("iam")
    account = server.client("sts").get_caller_identity()["Account"]
    made = iam.create_role(
        RoleName="orders", Path="/team/", AssumeRolePolicyDocument=json.dumps(TRUST), Description="Serves orders",
        MaxSessionDuration=7200, Tags=[{"Key": "team", "Value": "orders"}])["Role"]
    assert made["Arn"] == f"arn:aws:iam::{account}:role/team/orders"
    assert made["AssumeRolePolicyDocument"] == TRUST
    assert made["RoleId"].startswith("AROA")
    # IAM has no Regions.
    read = server.client("iam", region_name="eu-central-1").get_role(RoleName="orders")["Role"]
    assert read == dict(made, **{"Tags": [{"Key": "team", "Value": "orders"}]})
    assert error_of(iam.create_role, RoleName="Orders", AssumeRolePolicyDocument=json.dumps(TRUST)) == (
        "EntityAlreadyExists", 409, "Role with name Orders already exists.")

    iam.put_role_policy(RoleName="orders", PolicyName="invoke", PolicyDocument=json.dumps(DOCUMENT))
    assert iam.get_role_policy(RoleName="orders", PolicyName="invoke")["PolicyDocument"] == DOCUMENT
    policy = iam.create_policy(PolicyName="shared", PolicyDocument=json.dumps(DOCUMENT))["Policy"]
    for arn in (policy["Arn"], "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"):
        iam.attach_role_policy(RoleName="orders", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="orders")["AttachedPolicies"]
    assert {item["PolicyName"] for item in attached} == {"shared", "AWSLambdaBasicExecutionRole"}

    iam.update_role(RoleName="orders", Description="Serves all orders")
    iam.update_assume_role_policy(RoleName="orders", PolicyDocument=json.dumps(dict(TRUST, Id="new")))
    iam.tag_role(RoleName="orders", Tags=[{"Key": "stage", "Value": "test"}])
    iam.untag_role(RoleName="orders", TagKeys=["team"])
    read = iam.get_role(RoleName="orders")["Role"]
    assert (read["Description"], read["MaxSessionDuration"]) == ("Serves all orders", 7200)
    assert read["AssumeRolePolicyDocument"]["Id"] == "new"
    assert iam.list_role_tags(RoleName="orders")["Tags"] == [{"Key": "stage", "Value": "test"}]

    assert error_of(iam.delete_role, RoleName="orders") == (
        "DeleteConflict", 409, "Cannot delete entity, must detach all policies first.")
    assert error_of(iam.delete_policy, PolicyArn=policy["Arn"])[0] == "DeleteConflict"
    for item in attached:
        iam.detach_role_policy(RoleName="orders", PolicyArn=item["PolicyArn"])
    assert error_of(iam.delete_role, RoleName="orders")[2] == "Cannot delete entity, must delete policies first."
    iam.delete_role_policy(RoleName="orders", PolicyName="invoke")
    assert iam.list_instance_profiles_for_role(RoleName="orders")["InstanceProfiles"] == []
    iam.delete_role(RoleName="orders")
    iam.delete_policy(PolicyArn=policy["Arn"])
    assert error_of(iam.get_role, RoleName="orders") == (
        "NoSuchEntity", 404, "The role with name orders cannot be found.")


def test_errors(server):
    iam = server.client("iam")
    assert error_of(iam.create_role, RoleName="bad", AssumeRolePolicyDocument="{") == (
        "MalformedPolicyDocument", 400, "Syntax error in policy: a member's name was expected")
    assert error_of(iam.create_role, RoleName="bad name", AssumeRolePolicyDocument=json.dumps(TRUST))[:2] == (
        "ValidationError", 400)
    assert error_of(iam.list_account_aliases) == (
        "InvalidAction", 400, "Could not find operation ListAccountAliases for version 2010-05-08")
    wrong = server.client("iam", aws_secret_access_key="wrong")
    assert error_of(wrong.list_roles)[:2] == ("SignatureDoesNotMatch", 403)


def test_many_roles_at_once(own_server):
    iam = own_server.client("iam", config=None)
    names = [f"role-{number:02}" for number in range(24)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(
            lambda name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST)), names))
    own_server.restart()
    pages = own_server.client("iam").get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 5})
    assert [role["RoleName"] for page in pages for role in page["Roles"]] == names
    listed = own_server.aws("iam", "list-roles", "--path-prefix", "/none/")
    assert listed["Roles"] == []
