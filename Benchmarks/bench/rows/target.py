"""A target at an address on a kept connection, beside nginx's `proxy_pass`; both forward to the same server."""

from conftest import Lattice
from test_target_groups import active_group

from .. import compare
from ..load import Side
from ..peers.nginx import Nginx
from ..results import Bar

#: Requests/s at most where the rate is fixed.
RATE = 2000
ANSWER = "x" * 512


def target(context):
    return Nginx(context, "target", f"default_type text/plain; location / {{ return 200 '{ANSWER}'; }}")


def group_of(lattice, port):
    group = active_group(lattice.lattice, "IP", protocol="HTTP", port=80)
    answer = lattice.lattice.register_targets(
        targetGroupIdentifier=group, targets=[{"id": "127.0.0.1", "port": port}])
    assert answer["unsuccessful"] == [], answer
    return group


def measure(context):
    backend = target(context)
    server = context.trellis()
    lattice = Lattice(server)
    service = lattice.service("target", group_of(lattice, backend.port))
    nginx = Nginx(
        context, "nginx", 'location / { proxy_pass http://target; proxy_http_version 1.1; proxy_set_header Connection ""; }',
        f"upstream target {{ server 127.0.0.1:{backend.port}; keepalive 64; keepalive_requests 1000000000; }}")
    sides = (
        Side("Trellis", server.process.pid, service["port"], service["host"], "/orders"),
        Side("nginx", nginx.process.pid, nginx.port, "localhost", "/orders"))
    compare.must_agree(sides)
    what, peer = "target at an address", "nginx `proxy_pass`"
    ours, theirs = compare.at_full_speed(context, sides)
    rate = compare.rate_of(RATE, ours, theirs)
    yield from compare.speed(what, ours, theirs, peer, Bar(at_most=2.0))
    yield from compare.latency(what, rate, *compare.at_rate(context, sides, rate), peer)
