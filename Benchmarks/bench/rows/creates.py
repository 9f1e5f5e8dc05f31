"""CreateService, CreateListener and CreateRule, beside moto's server; `make load` is the same at full size."""

import load as many_creations

from ..results import Bar, compared

SERVICES, CONNECTIONS = 40, 128


def measure(context):
    server = context.trellis(workers=None)
    rates, costs = many_creations.compare(
        many_creations.target_of(server), context.rounds, SERVICES, CONNECTIONS)
    peer = "moto's server"
    return [
        compared("creations/s by the vpc-lattice API", "", peer, rates["trellis"], rates["moto"],
                 Bar(at_least=many_creations.RATIO)),
        compared("processor time for a creation", "ms", peer, costs["trellis"], costs["moto"]),
    ]
