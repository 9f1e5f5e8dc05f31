"""A fixed response, beside nginx's `return`."""

from conftest import Lattice

from .. import compare
from ..context import fixed_response
from ..load import Side
from ..peers.nginx import Nginx
from ..results import Bar

#: Requests/s at most where the rate is fixed.
RATE = 2000


def measure(context):
    server = context.trellis()
    service = fixed_response(Lattice(server), "fixed")
    # Without a text, nginx would send a page; there is no query, and so nothing in $args.
    nginx = Nginx(context, "nginx", "location / { return 404 $args; }")
    sides = (
        Side("Trellis", server.process.pid, service["port"], service["host"], "/orders", status=404),
        Side("nginx", nginx.process.pid, nginx.port, "localhost", "/orders", status=404))
    compare.must_agree(sides, header_names=("content-length",))
    what, peer = "fixed response", "nginx `return`"
    ours, theirs = compare.at_full_speed(context, sides)
    rate = compare.rate_of(RATE, ours, theirs)
    yield from compare.speed(what, ours, theirs, peer, Bar(at_most=2.5))
    yield from compare.latency(what, rate, *compare.at_rate(context, sides, rate), peer)
