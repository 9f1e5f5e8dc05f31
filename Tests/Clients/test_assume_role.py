"""Sessions of roles: AWS CLI and boto3 assume them, and requests carry them to what a function sees."""

import json

import botocore.config
import pytest

from principals import (
    ALLOW_INVOKE, ask, client, document, echo_service, identity, make_role, put_auth_policy, refused, trust)


@pytest.fixture(scope="module")
def service(lattice):
    return echo_service(lattice, "assumed")


@pytest.fixture(scope="module")
def account(server):
    return server.endpoints["account"]


@pytest.fixture(scope="module", autouse=True)
def alice(server):
    """The keys of a user who may assume every role that lets the account in; the root user may assume none."""
    return make_user(server.client("iam"), "alice")


def make_user(iam, name):
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="assume", PolicyDocument=document(
        {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}))
    return iam.create_access_key(UserName=name)["AccessKey"]


@pytest.fixture(scope="module")
def reader(server, account):
    """A role that may be assumed by the account and may call services."""
    return make_role(
        server.client("iam"), "reader", {"AWS": account}, ALLOW_INVOKE, Path="/team/", MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "blue"}])


def assume(server, role, keys, **settings):
    sts = client(server, "sts", keys)
    return sts.assume_role(**{"RoleArn": role["Arn"], "RoleSessionName": "alice", **settings})


def test_cli_assumes_a_role(server, reader, alice, account, service):
    arguments = ["sts", "assume-role", "--role-arn", reader["Arn"], "--role-session-name", "cli"]
    answer = server.aws(*arguments, env={
        "AWS_ACCESS_KEY_ID": alice["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": alice["SecretAccessKey"]})
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{reader['RoleId']}:cli", "Arn": f"arn:aws:sts::{account}:assumed-role/reader/cli"}
    keys = answer["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA")
    assert client(server, "sts", keys).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    seen = identity(server, service, keys)
    assert seen["principal"] == answer["AssumedRoleUser"]["Arn"]
    assert seen["sessionName"] == "cli"
    assert seen["type"] == "AWS_IAM"


def test_the_root_user_assumes_no_role(server, reader):
    sts = server.client("sts")
    refusal = ("AccessDenied", "Roles may not be assumed by root accounts.")
    assert refused(sts.assume_role, RoleArn=reader["Arn"], RoleSessionName="root") == refusal
    session = client(server, "sts", sts.get_session_token()["Credentials"])
    assert refused(session.assume_role, RoleArn=reader["Arn"], RoleSessionName="root") == refusal


def test_session_tags_reach_the_policies_of_a_service(server, lattice, reader, alice, account, service):
    put_auth_policy(lattice, service, Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    try:
        assert ask(server, service, assume(server, reader, alice)["Credentials"])[0] == 403
        iam = server.client("iam")
        iam.update_assume_role_policy(
            RoleName="reader", PolicyDocument=trust({"AWS": account}, "sts:AssumeRole", "sts:TagSession"))
        red = assume(server, reader, alice, Tags=[{"Key": "Team", "Value": "red"}])["Credentials"]
        status, body = ask(server, service, red)
        assert status == 200, body
        # Tags of the role are there too, but for the one that the session has.
        assert "Team=red" in json.loads(body)["headers"]["x-amzn-lattice-identity-tags"][0]
    finally:
        put_auth_policy(lattice, service)


def test_what_a_role_may_not_a_session_may_not(server, alice, service, account):
    iam = server.client("iam")
    role = make_role(iam, "powerless", {"AWS": account})
    keys = assume(server, role, alice)["Credentials"]
    status, body = ask(server, service, keys)
    assert status == 403
    assert body.endswith("because no identity-based policy allows the vpc-lattice-svcs:Invoke action")
    assert f"User: arn:aws:sts::{account}:assumed-role/powerless/alice is not authorized" in body
    # A policy works for sessions that there are, at once.
    iam.put_role_policy(RoleName="powerless", PolicyName="p", PolicyDocument=document(ALLOW_INVOKE))
    assert ask(server, service, keys)[0] == 200
    iam.put_role_policy(
        RoleName="powerless", PolicyName="d", PolicyDocument=document({**ALLOW_INVOKE, "Effect": "Deny"}))
    assert "explicit deny" in ask(server, service, keys)[1]
    for name in ("p", "d"):
        iam.delete_role_policy(RoleName="powerless", PolicyName=name)
    iam.delete_role(RoleName="powerless")
    assert ask(server, service, keys) == (
        403, "UnrecognizedClientException: The security token included in the request is invalid.")


def test_session_policy_limits_the_role(server, reader, alice, service):
    limited = assume(server, reader, alice, Policy=document({**ALLOW_INVOKE, "Resource": "*/public"}))
    assert limited["PackedPolicySize"] > 0
    assert ask(server, service, limited["Credentials"], "/public")[0] == 200
    assert ask(server, service, limited["Credentials"], "/private")[0] == 403
    managed = assume(
        server, reader, alice, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/VPCLatticeReadOnlyAccess"}])["Credentials"]
    assert ask(server, service, managed)[0] == 403


def test_external_id(server, alice, account):
    condition = {"StringEquals": {"sts:ExternalId": "right"}}
    iam = server.client("iam")
    role = iam.create_role(
        RoleName="external", AssumeRolePolicyDocument=trust({"AWS": account}, Condition=condition))["Role"]
    denied = ("AccessDenied", f"User: arn:aws:iam::{account}:user/alice is not authorized to perform: sts:AssumeRole "
              f"on resource: {role['Arn']}")
    sts = client(server, "sts", alice)
    assert refused(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="alice") == denied
    assert refused(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="alice", ExternalId="wrong") == denied
    assert assume(server, role, alice, ExternalId="right")["Credentials"]
    # A role that is not there is told in the same words.
    missing = role["Arn"] + "x"
    assert refused(sts.assume_role, RoleArn=missing, RoleSessionName="alice")[1] == denied[1] + "x"


def test_chained_sessions(server, account, reader, alice):
    iam = server.client("iam")
    reader_session = f"arn:aws:sts::{account}:assumed-role/reader/alice"
    iam.update_assume_role_policy(
        RoleName="reader", PolicyDocument=trust({"AWS": account}, "sts:AssumeRole", "sts:TagSession",
                                                "sts:SetSourceIdentity"))
    # The trust policy names the session, which is enough within an account.
    role = iam.create_role(RoleName="second", MaxSessionDuration=7200, AssumeRolePolicyDocument=trust(
        {"AWS": reader_session}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))["Role"]
    first = assume(
        server, reader, alice, Tags=[{"Key": "cost", "Value": "7"}, {"Key": "own", "Value": "1"}],
        TransitiveTagKeys=["cost"], SourceIdentity="alice@example.com")
    assert first["SourceIdentity"] == "alice@example.com"
    keys = first["Credentials"]
    second = assume(server, role, keys)
    assert second["SourceIdentity"] == "alice@example.com"
    sts = client(server, "sts", keys)
    ask_for = dict(RoleArn=role["Arn"], RoleSessionName="alice")
    assert refused(sts.assume_role, **ask_for, Tags=[{"Key": "COST", "Value": "8"}])[0] == "InvalidParameterValue"
    assert refused(sts.assume_role, **ask_for, SourceIdentity="bob")[0] == "AccessDenied"
    assert refused(sts.assume_role, **ask_for, DurationSeconds=7200)[1] == (
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
    # Another session of the first role is not named.
    other = assume(server, reader, alice, RoleSessionName="bob")["Credentials"]
    assert refused(client(server, "sts", other).assume_role, **ask_for)[0] == "AccessDenied"


@pytest.mark.parametrize("change, code, message", [
    ({"RoleArn": "arn:aws:iam::123456789012:user/someone"}, "ValidationError", "is invalid"),
    ({"RoleSessionName": "a b"}, "ValidationError", "'roleSessionName' failed to satisfy constraint"),
    ({"DurationSeconds": 899}, "ValidationError", "greater than or equal to 900"),
    ({"DurationSeconds": 7201}, "ValidationError", "exceeds the MaxSessionDuration set for this role"),
    ({"Policy": "{"}, "MalformedPolicyDocument", "Syntax error"),
    ({"Policy": document(ALLOW_INVOKE) + " " * 2048}, "ValidationError", "2048"),
    ({"PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/none"}]}, "ValidationError", "does not exist"),
    ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "InvalidParameterValue", "Duplicate"),
    ({"TransitiveTagKeys": ["a"]}, "InvalidParameterValue", "must be included"),
    ({"Tags": [{"Key": f"key{n}", "Value": "v" * 256} for n in range(30)]}, "PackedPolicyTooLarge", "%"),
    ({"SerialNumber": "arn:aws:iam::123456789012:mfa/me", "TokenCode": "123456"}, "AccessDenied", "MFA"),
])
def test_wrong_input(server, reader, alice, account, change, code, message):
    server.client("iam").update_assume_role_policy(
        RoleName="reader", PolicyDocument=trust({"AWS": account}, "sts:AssumeRole", "sts:TagSession"))
    sts = client(server, "sts", alice, config=botocore.config.Config(
        parameter_validation=False, retries={"total_max_attempts": 1}))
    got = refused(sts.assume_role, **{"RoleArn": reader["Arn"], "RoleSessionName": "alice", **change})
    assert got[0] == code
    assert message in got[1]


def test_forged_tokens(server, reader, alice, service):
    keys = assume(server, reader, alice)["Credentials"]
    other = assume(server, reader, alice)["Credentials"]
    token = keys["SessionToken"]
    invalid = "The security token included in the request is invalid."
    for forged in (
        None, "", "x", token[:-4], token + "AAAA", token[:40] + ("A" if token[40] != "A" else "B") + token[41:],
        token[:-2] + "AA", other["SessionToken"], "A" * 20_000,
    ):
        changed = {**keys, "SessionToken": forged}
        code, message = refused(client(server, "sts", changed).get_caller_identity)
        assert (code, message) == ("InvalidClientTokenId", invalid), forged
        status, body = ask(server, service, changed)
        assert status == 403 and body == f"UnrecognizedClientException: {invalid}", forged
    wrong = {**keys, "SecretAccessKey": other["SecretAccessKey"]}
    assert refused(client(server, "sts", wrong).get_caller_identity)[0] == "SignatureDoesNotMatch"
    assert ask(server, service, keys)[0] == 200


def test_session_token_of_the_root_user(server, account, service):
    sts = server.client("sts")
    keys = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert client(server, "sts", keys).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"
    assert identity(server, service, keys)["principal"] == f"arn:aws:iam::{account}:root"
    assert refused(client(server, "sts", keys).get_session_token)[0] == "AccessDenied"


def test_session_tokens_are_not_for_iam(server, alice):
    """Without MFA, AWS takes them nowhere in iam; in sts they say who they are and assume roles."""
    iam = server.client("iam")
    iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    invalid = ("InvalidClientTokenId", "The security token included in the request is invalid.")
    for sts in (server.client("sts"), client(server, "sts", alice)):
        keys = sts.get_session_token()["Credentials"]
        assert refused(client(server, "iam", keys).list_users) == invalid
        assert refused(client(server, "iam", keys).get_user) == invalid
    role = make_role(
        iam, "admin", {"AWS": server.endpoints["account"]}, {"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    session = assume(server, role, keys)["Credentials"]
    assert client(server, "iam", session).get_role(RoleName="admin")["Role"]["Arn"] == role["Arn"]
    iam.detach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_sessions_outlive_a_restart(tmp_path):
    from conftest import Server

    server = Server(tmp_path / "data").start()
    try:
        account = server.endpoints["account"]
        role = make_role(server.client("iam"), "lasting", {"AWS": account})
        keys = assume(server, role, make_user(server.client("iam"), "alice"))["Credentials"]
        keys_file = server.data_dir / "sealing-keys"
        assert keys_file.stat().st_mode & 0o777 == 0o600
        server.restart()
        assert client(server, "sts", keys).get_caller_identity()["UserId"] == f"{role['RoleId']}:alice"
        log = (server.data_dir.parent / f"{server.data_dir.name}.log").read_text()
        for secret in [keys["SecretAccessKey"], keys["SessionToken"], *keys_file.read_text().split()[3::4]]:
            assert secret not in log
    finally:
        server.stop()
