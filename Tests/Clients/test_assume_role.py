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


@pytest.fixture(scope="module")
def reader(server, account):
    """A role that may be assumed by the account and may call services."""
    return make_role(
        server.client("iam"), "reader", {"AWS": account}, ALLOW_INVOKE, Path="/team/", MaxSessionDuration=7200,
        Tags=[{"Key": "team", "Value": "blue"}])


def assume(server, role, keys=None, **settings):
    sts = client(server, "sts", keys) if keys else server.client("sts")
    return sts.assume_role(**{"RoleArn": role["Arn"], "RoleSessionName": "alice", **settings})


def test_cli_assumes_a_role(server, reader, account, service):
    answer = server.aws("sts", "assume-role", "--role-arn", reader["Arn"], "--role-session-name", "cli")
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{reader['RoleId']}:cli", "Arn": f"arn:aws:sts::{account}:assumed-role/reader/cli"}
    keys = answer["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA")
    assert client(server, "sts", keys).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    seen = identity(server, service, keys)
    assert seen["principal"] == answer["AssumedRoleUser"]["Arn"]
    assert seen["sessionName"] == "cli"
    assert seen["type"] == "AWS_IAM"


def test_session_tags_reach_the_policies_of_a_service(server, lattice, reader, account, service):
    put_auth_policy(lattice, service, Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    try:
        assert ask(server, service, assume(server, reader)["Credentials"])[0] == 403
        iam = server.client("iam")
        iam.update_assume_role_policy(
            RoleName="reader", PolicyDocument=trust({"AWS": account}, "sts:AssumeRole", "sts:TagSession"))
        red = assume(server, reader, Tags=[{"Key": "Team", "Value": "red"}])["Credentials"]
        status, body = ask(server, service, red)
        assert status == 200, body
        # Tags of the role are there too, but for the one that the session has.
        assert "Team=red" in json.loads(body)["headers"]["x-amzn-lattice-identity-tags"][0]
    finally:
        put_auth_policy(lattice, service)


def test_what_a_role_may_not_a_session_may_not(server, service, account):
    iam = server.client("iam")
    role = make_role(iam, "powerless", {"AWS": account})
    keys = assume(server, role)["Credentials"]
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


def test_session_policy_limits_the_role(server, reader, service):
    limited = assume(server, reader, Policy=document({**ALLOW_INVOKE, "Resource": "*/public"}))
    assert limited["PackedPolicySize"] > 0
    assert ask(server, service, limited["Credentials"], "/public")[0] == 200
    assert ask(server, service, limited["Credentials"], "/private")[0] == 403
    managed = assume(
        server, reader, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/VPCLatticeReadOnlyAccess"}])["Credentials"]
    assert ask(server, service, managed)[0] == 403


def test_external_id(server, account):
    condition = {"StringEquals": {"sts:ExternalId": "right"}}
    iam = server.client("iam")
    role = iam.create_role(
        RoleName="external", AssumeRolePolicyDocument=trust({"AWS": account}, Condition=condition))["Role"]
    denied = ("AccessDenied", f"User: arn:aws:iam::{account}:root is not authorized to perform: sts:AssumeRole "
              f"on resource: {role['Arn']}")
    sts = server.client("sts")
    assert refused(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="alice") == denied
    assert refused(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="alice", ExternalId="wrong") == denied
    assert assume(server, role, ExternalId="right")["Credentials"]
    # A role that is not there is told in the same words.
    missing = role["Arn"] + "x"
    assert refused(sts.assume_role, RoleArn=missing, RoleSessionName="alice")[1] == denied[1] + "x"


def test_chained_sessions(server, account, reader):
    iam = server.client("iam")
    reader_session = f"arn:aws:sts::{account}:assumed-role/reader/alice"
    iam.update_assume_role_policy(
        RoleName="reader", PolicyDocument=trust({"AWS": account}, "sts:AssumeRole", "sts:TagSession",
                                                "sts:SetSourceIdentity"))
    # The trust policy names the session, which is enough within an account.
    role = iam.create_role(RoleName="second", MaxSessionDuration=7200, AssumeRolePolicyDocument=trust(
        {"AWS": reader_session}, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))["Role"]
    first = assume(
        server, reader, Tags=[{"Key": "cost", "Value": "7"}, {"Key": "own", "Value": "1"}],
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
    other = assume(server, reader, RoleSessionName="bob")["Credentials"]
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
def test_wrong_input(server, reader, account, change, code, message):
    server.client("iam").update_assume_role_policy(
        RoleName="reader", PolicyDocument=trust({"AWS": account}, "sts:AssumeRole", "sts:TagSession"))
    sts = server.client("sts", config=botocore.config.Config(
        parameter_validation=False, retries={"total_max_attempts": 1}))
    got = refused(sts.assume_role, **{"RoleArn": reader["Arn"], "RoleSessionName": "alice", **change})
    assert got[0] == code
    assert message in got[1]


def test_forged_tokens(server, reader, service):
    keys = assume(server, reader)["Credentials"]
    other = assume(server, reader)["Credentials"]
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


def test_sessions_outlive_a_restart(tmp_path):
    from conftest import Server

    server = Server(tmp_path / "data").start()
    try:
        account = server.endpoints["account"]
        role = make_role(server.client("iam"), "lasting", {"AWS": account})
        keys = assume(server, role)["Credentials"]
        keys_file = server.data_dir / "sealing-keys"
        assert keys_file.stat().st_mode & 0o777 == 0o600
        server.restart()
        assert client(server, "sts", keys).get_caller_identity()["UserId"] == f"{role['RoleId']}:alice"
        log = (server.data_dir.parent / f"{server.data_dir.name}.log").read_text()
        for secret in [keys["SecretAccessKey"], keys["SessionToken"], *keys_file.read_text().split()[3::4]]:
            assert secret not in log
    finally:
        server.stop()
