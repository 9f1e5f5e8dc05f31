"""Every combination of policies and callers, decided by Trellis and by an evaluator in Python; they must agree."""

import itertools
import json
import os
import pathlib
import random
import subprocess

from conftest import ROOT
from policy_evaluator import decide

JUDGE = pathlib.Path(os.environ.get("TRELLIS_POLICY_JUDGE", ROOT / ".build/debug/PolicyJudge"))
ACCOUNT = "123456789012"
SERVICE = f"arn:aws:vpc-lattice:us-west-2:{ACCOUNT}:service/svc-0123456789abcdef0"
NETWORK = f"arn:aws:vpc-lattice:us-west-2:{ACCOUNT}:servicenetwork/sn-0123456789abcdef0"
INVOKE = "vpc-lattice-svcs:Invoke"

CALLERS = {
    "anonymous": {"kind": "anonymous", "arn": "anonymous", "userID": "anonymous"},
    "root": {"kind": "root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "account": ACCOUNT, "userID": ACCOUNT},
    "stranger": {"kind": "root", "arn": "arn:aws:iam::999999999999:root", "account": "999999999999",
                 "userID": "999999999999"},
    "user": {"kind": "user", "arn": f"arn:aws:iam::{ACCOUNT}:user/people/bob", "account": ACCOUNT,
             "userID": "AIDAEXAMPLE", "userName": "bob", "tags": {"Team": "blue", "wild": "*", "level": "7"}},
    "session": {"kind": "session", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/alice", "account": ACCOUNT,
                "roleARN": f"arn:aws:iam::{ACCOUNT}:role/teams/Reader", "userID": "AROAEXAMPLE:alice",
                "tags": {"team": "red"}, "organizationID": "o-a1b2c3d4e5",
                "organizationPaths": ["o-a1b2c3d4e5/r-ab12/ou-1/", "o-a1b2c3d4e5/r-ab12/ou-2/"],
                "sourceIdentity": "alice@example.com"},
    "foreign": {"kind": "session", "arn": "arn:aws:sts::999999999999:assumed-role/Guest/eve",
                "account": "999999999999", "roleARN": "arn:aws:iam::999999999999:role/Guest",
                "userID": "AROAGUEST:eve"},
    "federated": {"kind": "federated", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/carol", "account": ACCOUNT,
                  "userID": f"{ACCOUNT}:carol", "federatedProvider": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"},
}

KEYS = {
    "vpc-lattice-svcs:Port": ["443"], "vpc-lattice-svcs:RequestMethod": ["GET"],
    "vpc-lattice-svcs:ServiceNetworkArn": [NETWORK], "vpc-lattice-svcs:ServiceArn": [SERVICE],
    "vpc-lattice-svcs:SourceVpc": ["vpc-0a1b2c3d"], "vpc-lattice-svcs:SourceVpcOwnerAccount": [ACCOUNT],
    "vpc-lattice-svcs:RequestHeader/x-team": ["blue", "green"],
    "vpc-lattice-svcs:RequestQueryString/state": ["open"],
    "aws:SourceIp": ["10.0.1.7"], "aws:SecureTransport": ["true"], "aws:CurrentTime": ["2026-05-04T03:02:01Z"],
    "aws:EpochTime": ["1777863721"], "aws:ResourceTag/stage": ["test"], "aws:RequestedRegion": ["us-west-2"],
    "aws:UserAgent": ["curl/8.5.0"],
}


def request(path, **changes):
    keys = dict(KEYS, **{"vpc-lattice-svcs:RequestPath": [path]})
    keys.update({key.replace("__", ":"): values for key, values in changes.items()})
    return {"resource": SERVICE + path, "keys": {key: values for key, values in keys.items() if values}}


REQUESTS = [
    request("/orders/1"),
    request("/admin", **{"vpc-lattice-svcs:RequestMethod": ["DELETE"], "vpc-lattice-svcs:SourceVpc": [],
                         "aws:SourceIp": ["fd00::7"]}),
    request("/teams/blue/*", **{"vpc-lattice-svcs:RequestHeader/x-team": [], "aws:SecureTransport": ["false"]}),
]


def document(*statements, version="2012-10-17", own=False):
    full = []
    for statement in statements:
        whole = {"Effect": "Allow"}
        if not own and "NotPrincipal" not in statement:
            whole["Principal"] = "*"
        if "NotAction" not in statement:
            whole["Action"] = INVOKE
        if "NotResource" not in statement:
            whole["Resource"] = "*"
        full.append({**whole, **statement})
    return json.dumps({"Version": version, "Statement": full})


def deny(**statement):
    return {"Effect": "Deny", **statement}


NETWORKS = [
    None, "", document({}),
    document({"Condition": {"StringNotEqualsIgnoreCase": {"aws:PrincipalType": "anonymous"}}}),
    document({}, deny(Resource="*/admin")),
    # A key that is absent holds: anonymous callers pass.
    document({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}),
    document({"Condition": {"StringEquals": {"vpc-lattice-svcs:SourceVpc": "vpc-0a1b2c3d"}}}),
    document({"Principal": {"AWS": [ACCOUNT]}}, {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}),
]
SERVICES = [
    None, "", document({}),
    document({"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/teams/Reader", "999999999999"]}}),
    document({"Resource": f"{SERVICE}/orders/*"}, {"Resource": "*/teams/${aws:PrincipalTag/Team}/?"}),
    document(deny(NotPrincipal={"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/people/bob"]}), {}),
    document({"NotAction": "vpc-lattice-svcs:Connect", "Condition": {
        "ForAllValues:StringLike": {"vpc-lattice-svcs:RequestHeader/x-team": ["b*", "gr?en"]},
        "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "fd00::/8"]}}}),
    document({"NotResource": "*/admin", "Condition": {"Bool": {"aws:SecureTransport": True},
                                                      "NumericLessThan": {"vpc-lattice-svcs:Port": 444}}}),
]
IDENTITIES = [
    {"identity": []},
    {"identity": [document({}, own=True)]},
    {"identity": [document({"Resource": "*/orders/*"}, own=True), document(deny(Resource="*/admin"), own=True)]},
    {"identity": [document({}, own=True)], "boundary": document({"Resource": "*/orders/*"}, own=True)},
    {"identity": [document({}, own=True)],
     "session": [document({"Condition": {"StringEquals": {"vpc-lattice-svcs:RequestMethod": "GET"}}}, own=True)]},
]


def matrix():
    for network, service, own, (name, caller), asked in itertools.product(
            NETWORKS, SERVICES, IDENTITIES, CALLERS.items(), REQUESTS):
        cell = {"network": network, "service": service, "caller": caller, **asked, **own}
        if caller["kind"] == "root":
            cell.pop("identity"), cell.pop("boundary", None), cell.pop("session", None)
        yield cell


# Documents put together at random, so that elements meet that nobody would write together.

PATTERNS = ["*", "b*", "?lue", "blue", "BLUE", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/wild}", "${*}", "",
            "${aws:username, 'bob'}", "x${?}y", "*e*", "re?", "${aws:PrincipalTag/none, 'red'}", "o-*"]
STRING_KEYS = ["aws:PrincipalTag/Team", "aws:principaltag/wild", "aws:username", "aws:userid", "aws:PrincipalOrgID",
               "vpc-lattice-svcs:RequestHeader/x-team", "aws:PrincipalOrgPaths", "aws:ResourceTag/stage",
               "aws:PrincipalType", "vpc-lattice-svcs:RequestPath", "aws:nothing"]
STRING_TESTS = ["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
                "StringNotLike"]
OTHERS = [
    (["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
      "NumericGreaterThanEquals"], ["vpc-lattice-svcs:Port", "aws:PrincipalTag/level", "aws:PrincipalTag/Team"],
     ["443", "7", "-1", "7.0", "4.43e2", 444]),
    (["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
     ["aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"],
     ["2026-05-04T03:02:01Z", "1777863721", "2026-05-04", "2030-01-01T00:00:00Z"]),
    (["Bool"], ["aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService"], ["true", "false"]),
    (["IpAddress", "NotIpAddress"], ["aws:SourceIp", "aws:username"],
     ["10.0.0.0/8", "10.0.1.7", "192.0.2.0/24", "fd00::/8", "::/0", "0.0.0.0/0"]),
    (["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
     ["aws:PrincipalArn", "vpc-lattice-svcs:ServiceArn", "aws:FederatedProvider"],
     ["arn:aws:iam::*:role/*", f"arn:aws:iam::{ACCOUNT}:*", "arn:*:*:*:*:*", "arn:aws:iam::?23456789012:user/people/b?b",
      SERVICE, f"arn:aws:iam::{ACCOUNT}:user/people/${{aws:username}}"]),
    (["BinaryEquals"], ["aws:PrincipalTag/Team"], ["Ymx1ZQ==", "blue"]),
]
PRINCIPALS = ["*", {"AWS": "*"}, {"AWS": ACCOUNT}, {"AWS": "arn:aws:iam::999999999999:root"},
              {"AWS": [caller["arn"] for caller in CALLERS.values() if caller["kind"] in ("user", "session")]},
              {"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/teams/Reader",
                       f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/alice"]},
              {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}, {"Service": "vpc-lattice.amazonaws.com"}]
ACTIONS = ["*", INVOKE, "VPC-Lattice-Svcs:invoke", "vpc-lattice-svcs:*", "vpc-lattice-svcs:Inv?ke", "vpc-lattice-svcs:Connect"]
RESOURCES = ["*", "*/orders/*", "*/admin", f"{SERVICE}/*", f"{SERVICE}", "arn:aws:vpc-lattice:*:*:service/*/orders/?",
             "*/teams/${aws:PrincipalTag/Team}/*", "arn:aws:vpc-lattice:us-west-2:*:service/svc-*/${aws:username, 'admin'}"]


def random_condition(draw):
    if draw.random() < 0.55:
        tests, keys, values = STRING_TESTS, STRING_KEYS, PATTERNS
    elif draw.random() < 0.15:
        return "Null", draw.choice(STRING_KEYS), draw.choice(["true", "false", True])
    else:
        tests, keys, values = draw.choice(OTHERS)
    test = draw.choice(["", "", "ForAnyValue:", "ForAllValues:"]) + draw.choice(tests) + draw.choice(["", "", "IfExists"])
    picked = draw.sample(values, draw.randint(1, 2))
    return test, draw.choice(keys), picked if len(picked) > 1 or draw.random() < 0.5 else picked[0]


def random_document(draw, own):
    statements = []
    for _ in range(draw.randint(1, 3)):
        statement = {"Effect": draw.choice(["Allow", "Allow", "Deny"])}
        if not own:
            statement[draw.choice(["Principal", "Principal", "NotPrincipal"])] = draw.choice(PRINCIPALS)
        statement[draw.choice(["Action", "Action", "NotAction"])] = draw.sample(ACTIONS, draw.randint(1, 2))
        statement[draw.choice(["Resource", "Resource", "NotResource"])] = draw.sample(RESOURCES, draw.randint(1, 2))
        for _ in range(draw.randint(0, 2)):
            test, key, values = random_condition(draw)
            statement.setdefault("Condition", {}).setdefault(test, {})[key] = values
        statements.append(statement)
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def random_cells(count):
    draw = random.Random(20260504)
    for _ in range(count):
        cell = {"caller": draw.choice(list(CALLERS.values())), **draw.choice(REQUESTS),
                "network": draw.choice([None, random_document(draw, False)]), "service": random_document(draw, False)}
        if cell["caller"]["kind"] != "root":
            cell["identity"] = [random_document(draw, True) for _ in range(draw.randint(0, 2))]
            if draw.random() < 0.3:
                cell["boundary"] = random_document(draw, True)
            if draw.random() < 0.3:
                cell["session"] = [random_document(draw, True)]
        yield cell


def judge(cells):
    lines = "".join(json.dumps(cell) + "\n" for cell in cells)
    done = subprocess.run([str(JUDGE)], input=lines.encode(), capture_output=True, timeout=300, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(cells)
    return answers


def compare(cells):
    outcomes = {}
    for cell, answer in zip(cells, judge(cells)):
        assert "refused" not in answer, (answer, cell)
        found = (answer["layer"], answer["isExplicit"]) if "layer" in answer else None
        expected = decide(cell)
        assert found == expected, f"Trellis: {found}, expected: {expected}\n{json.dumps(cell, indent=1)}"
        outcomes[found] = outcomes.get(found, 0) + 1
    return outcomes


def test_every_combination():
    cells = list(matrix())
    assert len(cells) >= 2000
    outcomes = compare(cells)
    layers = {("network", False), ("network", True), ("service", False), ("service", True), ("identity", False),
              ("identity", True), ("boundary", False), ("session", False), None}
    assert set(outcomes) == layers


def test_documents_put_together_at_random():
    outcomes = compare(list(random_cells(6000)))
    assert outcomes[None] > 150
    assert len(outcomes) == 11


def test_hostile_documents_stay_bounded():
    """Each is refused or decided within the time that the whole call has."""
    wide = [f"*{'a*' * 400}{index}" for index in range(8)]
    deep = '{"Statement":' + "[" * 5000 + "]" * 5000 + "}"
    long_path = request("/" + "a" * 8000)
    cells = [
        {"caller": CALLERS["user"], "identity": [], "network": document({"Resource": wide}), "service": None, **long_path},
        {"caller": CALLERS["user"], "identity": [], "service": document({"Condition": {"StringLike": {
            "vpc-lattice-svcs:RequestPath": wide}}}), "network": None, **long_path},
    ]
    assert [(answer["layer"], answer["isExplicit"]) for answer in judge(cells)] == [("network", False), ("service", False)]
    refused = [deep, "[" * 10000, document({"Resource": ["*"] * 4000}), document({"Sid": "\ud800"}), '{"Statement":[]}',
               '{"Statement":{"Effect":"Allow","Effect":"Deny"}}', "\x00", document({"Resource": "${" * 500})]
    cells = [{"caller": CALLERS["user"], "identity": [], "network": text, "service": None, **REQUESTS[0]}
             for text in refused]
    assert all("refused" in answer for answer in judge(cells))
