"""What 100 rules, an auth policy and an access log add to a route."""

import dataclasses
import json

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import Lattice, wait_for

from .. import compare, load
from ..context import fixed_response
from ..load import Side
from ..results import Bar
from .target import group_of, target

RULES = 100
PATH = f"/tenants/{RULES}/orders"


def dress(server, lattice, service, action):
    """Gives a service rules of which the last one matches, a policy with conditions that allows it, and a log."""
    api = lattice.lattice
    for number in range(1, RULES + 1):
        api.create_rule(
            serviceIdentifier=service["id"], listenerIdentifier=service["listener"], name=f"tenant-{number}",
            priority=number, action=action,
            match={"httpMatch": {"method": "GET", "pathMatch": {"match": {"prefix": f"/tenants/{number}/"}}}})
    api.put_auth_policy(resourceIdentifier=service["id"], policy=json.dumps({
        "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": "*", "Action": "vpc-lattice-svcs:Invoke", "Resource": "*",
            "Condition": {"StringEquals": {"vpc-lattice-svcs:RequestMethod": "GET"},
                          "StringLike": {"vpc-lattice-svcs:RequestPath": "/tenants/*"},
                          "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}]}))
    api.update_service(serviceIdentifier=service["id"], authType="AWS_IAM")
    api.create_access_log_subscription(
        resourceIdentifier=service["id"], destinationArn=f"arn:aws:s3:::{service['id'][:20]}")
    refused = Side("no rule", server.process.pid, service["port"], service["host"], "/refused", status=403)
    wait_for(lambda: compare.answers(refused), "the policy to be in force")


def signed(server, service):
    """The headers of a signature that holds for five minutes."""
    environment = server.environment
    url = f"http://{service['host']}{PATH}"
    request = AWSRequest("GET", url, headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    credentials = Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(credentials, "vpc-lattice-svcs", environment["AWS_REGION"]).add_auth(request)
    return tuple(request.headers.items())


def compared(context, server, what, status, bar, bare, dressed):
    """The bare route, the one with everything, and that with a signature, in turns."""
    pid = server.process.pid
    sides = [
        Side("the bare route", pid, bare["port"], bare["host"], PATH, status=status),
        Side("the route with everything", pid, dressed["port"], dressed["host"], PATH, status=status),
        Side("the same, signed", pid, dressed["port"], dressed["host"], PATH, signed(server, dressed), status=status)]
    compare.must_agree(sides)

    def turn(side):
        # A signature holds for less time than all turns take together.
        fresh = dataclasses.replace(side, headers=signed(server, dressed)) if side.headers else side
        return load.at_full_speed(fresh, compare.CONNECTIONS, context.duration)

    for side in sides:
        load.at_full_speed(side, compare.CONNECTIONS, 1)
    plain, full, with_signature = compare.in_turns(context, sides, turn)
    title = f"{what}: {RULES} rules, auth policy, access log"
    return [
        compare.speed(title, full, plain, "the bare route", bar)[0],
        compare.speed(f"{title}, signed request", with_signature, plain, "the bare route")[0],
    ]


def measure(context):
    server = context.trellis()
    lattice = Lattice(server)
    port = target(context).port
    groups = [group_of(lattice, port) for _ in range(2)]
    forwarded = [lattice.service(f"forwarded-{number}", group) for number, group in enumerate(groups)]
    dress(server, lattice, forwarded[1], {"forward": {"targetGroups": [{"targetGroupIdentifier": groups[1]}]}})
    fixed = [fixed_response(lattice, f"fixed-{number}") for number in range(2)]
    dress(server, lattice, fixed[1], {"fixedResponse": {"statusCode": 404}})
    yield from compared(context, server, "target at an address", 200, Bar(at_most=1.3), *forwarded)
    yield from compared(context, server, "fixed response", 404, None, *fixed)
