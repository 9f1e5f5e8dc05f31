"""Users with keys of their own: what their policies let them do, on the APIs and on services."""

import json

import pytest

from conftest import ROLE, Server, zip_of
from principals import ALLOW_INVOKE, ask, client, document, echo_service, identity, put_auth_policy, refused, trust


@pytest.fixture(scope="module")
def account(server):
    return server.endpoints["account"]


@pytest.fixture()
def user(server):
    """A user with one key, and a way to say what they may do."""
    iam = server.client("iam")
    made = iam.create_user(UserName="ann", Path="/staff/", Tags=[{"Key": "team", "Value": "blue"}])["User"]
    keys = iam.create_access_key(UserName="ann")["AccessKey"]

    def allow(*statements):
        iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=document(*statements))

    yield {"arn": made["Arn"], "id": made["UserId"], "keys": keys, "allow": allow}
    for key in iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
    for name in iam.list_user_policies(UserName="ann")["PolicyNames"]:
        iam.delete_user_policy(UserName="ann", PolicyName=name)
    for policy in iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"]:
        iam.detach_user_policy(UserName="ann", PolicyArn=policy["PolicyArn"])
    iam.delete_user(UserName="ann")


def message(user, action, resource, why=None):
    why = why or f"because no identity-based policy allows the {action} action"
    return f"User: {user['arn']} is not authorized to perform: {action} on resource: {resource} {why}"


def test_keys(server, user, account):
    iam = server.client("iam")
    keys = user["keys"]
    assert keys["AccessKeyId"].startswith("AKIA") and len(keys["SecretAccessKey"]) == 40
    assert client(server, "sts", keys).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/staff/ann"
    listed = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    assert [(key["AccessKeyId"], key["Status"]) for key in listed] == [(keys["AccessKeyId"], "Active")]
    assert "SecretAccessKey" not in listed[0]
    iam.create_access_key(UserName="ann")
    assert refused(iam.create_access_key, UserName="ann") == (
        "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    assert iam.get_access_key_last_used(AccessKeyId=keys["AccessKeyId"])["UserName"] == "ann"
    iam.update_access_key(UserName="ann", AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    invalid = ("InvalidClientTokenId", "The security token included in the request is invalid.")
    assert refused(client(server, "sts", keys).get_caller_identity) == invalid
    iam.update_access_key(UserName="ann", AccessKeyId=keys["AccessKeyId"], Status="Active")
    assert client(server, "sts", keys).get_caller_identity()["UserId"] == user["id"]
    assert refused(iam.delete_user, UserName="ann")[1] == "Cannot delete entity, must delete access keys first."
    iam.delete_access_key(UserName="ann", AccessKeyId=keys["AccessKeyId"])
    assert refused(client(server, "sts", keys).get_caller_identity) == invalid
    # No secret is in the store as it is.
    assert keys["SecretAccessKey"].encode() not in (server.data_dir / "trellis.sqlite").read_bytes()


def test_a_renamed_user_keeps_keys_and_policies(server, user, account):
    iam = server.client("iam")
    policy = iam.create_policy(PolicyName="for-ann", PolicyDocument=document(ALLOW_INVOKE))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    iam.update_user(UserName="ann", NewUserName="anna", NewPath="/")
    try:
        assert client(server, "sts", user["keys"]).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/anna"
        assert iam.list_attached_user_policies(UserName="anna")["AttachedPolicies"][0]["PolicyArn"] == policy
        assert refused(iam.get_user, UserName="ann")[0] == "NoSuchEntity"
        assert refused(iam.delete_policy, PolicyArn=policy)[0] == "DeleteConflict"
    finally:
        iam.update_user(UserName="anna", NewUserName="ann", NewPath="/staff/")
        iam.detach_user_policy(UserName="ann", PolicyArn=policy)
        iam.delete_policy(PolicyArn=policy)


def test_user_at_a_service(server, lattice, user):
    service = echo_service(lattice, "user-service")
    status, body = ask(server, service, user["keys"])
    assert status == 403 and f"User: {user['arn']} is not authorized" in body
    user["allow"](ALLOW_INVOKE)
    seen = identity(server, service, user["keys"])
    assert seen["principal"] == user["arn"] and "sessionName" not in seen
    put_auth_policy(lattice, service, Condition={"StringEquals": {
        "aws:username": "ann", "aws:PrincipalTag/team": "blue", "aws:PrincipalType": "User"}})
    assert ask(server, service, user["keys"])[0] == 200
    token = client(server, "sts", user["keys"]).get_session_token()["Credentials"]
    assert identity(server, service, token)["principal"] == user["arn"]


def test_lattice_operations_need_permission(server, lattice, user, account):
    region = server.environment["AWS_REGION"]
    arn = f"arn:aws:vpc-lattice:{region}:{account}"
    mine = client(server, "vpc-lattice", user["keys"])
    assert refused(mine.list_services) == ("AccessDeniedException", message(user, "vpc-lattice:ListServices", "*"))
    assert refused(mine.create_service, name="anns")[1] == message(
        user, "vpc-lattice:CreateService", f"{arn}:service/*")
    user["allow"]({"Effect": "Allow", "Action": "vpc-lattice:*", "Resource": "*",
                   "Condition": {"StringEqualsIfExists": {"aws:ResourceTag/owner": "ann"}}},
                  {"Effect": "Deny", "Action": "vpc-lattice:Delete*", "Resource": "*"},
                  {"Effect": "Deny", "Action": "vpc-lattice:CreateService", "Resource": "*",
                   "Condition": {"StringNotEquals": {"aws:RequestTag/owner": "ann"}}},
                  {"Effect": "Deny", "Action": "vpc-lattice:UpdateService", "Resource": "*",
                   "Condition": {"StringEquals": {"vpc-lattice:AuthType": "NONE"}}})
    denied = f"with an explicit deny in an identity-based policy"
    assert refused(mine.create_service, name="anns")[1] == message(
        user, "vpc-lattice:CreateService", f"{arn}:service/*", denied)
    service = mine.create_service(name="anns", tags={"owner": "ann"})
    assert mine.get_service(serviceIdentifier=service["id"])["name"] == "anns"
    assert mine.update_service(serviceIdentifier=service["arn"], authType="AWS_IAM")["authType"] == "AWS_IAM"
    assert refused(mine.update_service, serviceIdentifier=service["id"], authType="NONE")[1] == message(
        user, "vpc-lattice:UpdateService", service["arn"], denied)
    assert refused(mine.delete_service, serviceIdentifier=service["id"])[1] == message(
        user, "vpc-lattice:DeleteService", service["arn"], denied)
    other = lattice.lattice.create_service(name="others", tags={"owner": "bob"})
    assert refused(mine.get_service, serviceIdentifier=other["id"])[1] == message(
        user, "vpc-lattice:GetService", other["arn"])
    listener = mine.create_listener(
        serviceIdentifier=service["id"], name="http", protocol="HTTP", port=9,
        defaultAction={"fixedResponse": {"statusCode": 404}})
    user["allow"]({"Effect": "Allow", "Action": "vpc-lattice:UpdateRule",
                   "Resource": f"{service['arn']}/listener/{listener['id']}/rule/*"})
    assert refused(mine.create_rule, serviceIdentifier=service["id"], listenerIdentifier=listener["id"], name="rule",
                   priority=1, match={"httpMatch": {"method": "GET"}}, action={"fixedResponse": {"statusCode": 404}}
                   )[1] == message(user, "vpc-lattice:CreateRule", f"{listener['arn']}/rule/*")
    answer = mine.batch_update_rule(
        serviceIdentifier=service["id"], listenerIdentifier=listener["id"],
        rules=[{"ruleIdentifier": "rule-0123456789abcdef0", "priority": 2}])
    assert answer["successful"] == []
    user["allow"]({"Effect": "Allow", "Action": "vpc-lattice:UpdateRule", "Resource": "*"},
                  {"Effect": "Deny", "Action": "vpc-lattice:UpdateRule", "Resource": "*/rule/rule-0123456789abcdef1"})
    assert refused(mine.batch_update_rule, serviceIdentifier=service["id"], listenerIdentifier=listener["id"],
                   rules=[{"ruleIdentifier": f"rule-0123456789abcdef{digit}", "priority": digit + 1} for digit in (0, 1)]
                   )[1] == message(user, "vpc-lattice:UpdateRule",
                                   f"{listener['arn']}/rule/rule-0123456789abcdef1", denied)
    for made in (service["id"], other["id"]):
        lattice.lattice.delete_service(serviceIdentifier=made)


def test_lambda_operations_need_permission(server, lattice, user, account):
    region = server.environment["AWS_REGION"]
    mine = client(server, "lambda", user["keys"])
    arn = lattice.create_function("guarded-fn", "python3.11", "f.handler", {"f.py": "def handler(e, c): return 'yes'"})
    assert refused(mine.get_function, FunctionName="guarded-fn")[1] == message(user, "lambda:GetFunction", arn)
    assert refused(mine.list_functions)[1] == message(user, "lambda:ListFunctions", "*")
    assert refused(mine.invoke, FunctionName="guarded-fn") == (
        "AccessDeniedException", message(user, "lambda:InvokeFunction", arn))
    # The function's own policy is enough for a user that it names, and not for the account.
    lattice.functions.add_permission(
        FunctionName="guarded-fn", StatementId="account", Action="lambda:InvokeFunction", Principal=account)
    assert refused(mine.invoke, FunctionName="guarded-fn")[0] == "AccessDeniedException"
    lattice.functions.add_permission(
        FunctionName="guarded-fn", StatementId="ann", Action="lambda:InvokeFunction", Principal=user["arn"])
    assert mine.invoke(FunctionName="guarded-fn")["Payload"].read() == b'"yes"'
    user["allow"]({"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": "*"})
    assert refused(mine.invoke, FunctionName="guarded-fn")[1] == message(
        user, "lambda:InvokeFunction", arn, "with an explicit deny in an identity-based policy")
    lattice.functions.remove_permission(FunctionName="guarded-fn", StatementId="ann")
    user["allow"]({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn})
    assert mine.invoke(FunctionName="guarded-fn")["StatusCode"] == 200
    # The function's tags decide, for each way to it.
    lattice.functions.tag_resource(Resource=arn, Tags={"owner": "ann"})
    user["allow"]({"Effect": "Allow", "Action": "lambda:*", "Resource": "*",
                   "Condition": {"StringEquals": {"aws:ResourceTag/owner": "ann"}}})
    assert mine.invoke(FunctionName="guarded-fn")["StatusCode"] == 200
    assert mine.get_function(FunctionName="guarded-fn")["Tags"] == {"owner": "ann"}
    lattice.functions.tag_resource(Resource=arn, Tags={"owner": "bob"})
    assert refused(mine.invoke, FunctionName="guarded-fn")[0] == "AccessDeniedException"
    assert refused(mine.get_function, FunctionName="guarded-fn")[0] == "AccessDeniedException"
    # A role is given to a function only by who may pass it.
    create = dict(FunctionName="anns-fn", Runtime="python3.11", Handler="f.handler", Role=ROLE,
                  Code={"ZipFile": zip_of({"f.py": "def handler(e, c): return 1"})})
    user["allow"]({"Effect": "Allow", "Action": "lambda:*", "Resource": "*"})
    assert refused(mine.create_function, **create)[1] == message(user, "iam:PassRole", ROLE)
    user["allow"]({"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
                  {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
                   "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}})
    mine.create_function(**create)
    mine.delete_function(FunctionName="anns-fn")
    assert region in arn


def test_iam_sts_and_logs_need_permission(server, user, account):
    iam = client(server, "iam", user["keys"])
    assert refused(iam.list_roles) == (
        "AccessDenied", message(user, "iam:ListRoles", f"arn:aws:iam::{account}:role/"))
    assert refused(iam.get_user)[1] == message(user, "iam:GetUser", user["arn"])
    assert refused(iam.create_access_key)[1] == message(user, "iam:CreateAccessKey", user["arn"])
    assert refused(iam.put_user_policy, UserName="ann", PolicyName="more", PolicyDocument=document(ALLOW_INVOKE))[1] == (
        message(user, "iam:PutUserPolicy", user["arn"]))
    user["allow"]({"Effect": "Allow", "Action": ["iam:Get*", "iam:*AccessKey*"],
                   "Resource": f"arn:aws:iam::{account}:user/staff/${{aws:username}}"})
    assert iam.get_user()["User"]["UserName"] == "ann"
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
    assert refused(iam.get_user, UserName="bob")[0] == "AccessDenied"
    root = server.client("iam")
    role = root.create_role(RoleName="for-ann", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]
    sts = client(server, "sts", user["keys"])
    assert refused(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="ann") == (
        "AccessDenied",
        f"User: {user['arn']} is not authorized to perform: sts:AssumeRole on resource: {role['Arn']}")
    # The trust policy leaves it to the account, and so to the user's policies; or it names the user.
    user["allow"]({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role["Arn"]})
    assert sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ann")["Credentials"]
    root.update_assume_role_policy(RoleName="for-ann", PolicyDocument=trust({"AWS": user["arn"]}))
    user["allow"](ALLOW_INVOKE)
    assert sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ann")["Credentials"]
    root.delete_role(RoleName="for-ann")
    logs = client(server, "logs", user["keys"])
    code, text = refused(logs.create_log_group, logGroupName="/anns")
    assert code == "AccessDeniedException" and "logs:CreateLogGroup" in text
    user["allow"]({"Effect": "Allow", "Action": "logs:*",
                   "Resource": f"arn:aws:logs:*:{account}:log-group:/anns:*"})
    logs.create_log_group(logGroupName="/anns")
    logs.delete_log_group(logGroupName="/anns")
    assert refused(logs.create_log_group, logGroupName="/others")[0] == "AccessDeniedException"
    owner = server.client("logs")
    owner.create_log_group(logGroupName="/tagged", tags={"owner": "ann"})
    owner.create_log_group(logGroupName="/untagged")
    user["allow"]({"Effect": "Allow", "Action": "logs:*", "Resource": "*",
                   "Condition": {"StringEquals": {"aws:ResourceTag/owner": "ann"}}})
    assert refused(logs.delete_log_group, logGroupName="/untagged")[0] == "AccessDeniedException"
    logs.delete_log_group(logGroupName="/tagged")
    owner.delete_log_group(logGroupName="/untagged")


def test_cross_account(tmp_path):
    """A role of another account lets a user in whose own policies let them go there."""
    server = Server(tmp_path / "data", {"TRELLIS_ACCOUNTS": "210987654321"}).start()
    try:
        profiles = (server.data_dir / "credentials").read_text().split("[210987654321]")[1]
        values = dict(line.split(" = ") for line in profiles.strip().splitlines() if " = " in line)
        other = {"AccessKeyId": values["aws_access_key_id"], "SecretAccessKey": values["aws_secret_access_key"]}
        role = client(server, "iam", other).create_role(
            RoleName="visited", AssumeRolePolicyDocument=trust({"AWS": server.endpoints["account"]}))["Role"]
        iam = server.client("iam")
        iam.create_user(UserName="visitor")
        sts = client(server, "sts", iam.create_access_key(UserName="visitor")["AccessKey"])
        assert refused(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="visit")[0] == "AccessDenied"
        iam.put_user_policy(UserName="visitor", PolicyName="go", PolicyDocument=document(
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role["Arn"]}))
        keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="visit")["Credentials"]
        assert client(server, "sts", keys).get_caller_identity()["Account"] == "210987654321"
    finally:
        server.stop()
