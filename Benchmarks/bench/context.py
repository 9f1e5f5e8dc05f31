"""What every row gets: a place for files, how long to measure, and servers that end with the row."""

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import sys

from conftest import Server, free_port, wait_for

ACCOUNT = "123456789012"


@dataclasses.dataclass
class Context:
    directory: pathlib.Path
    rounds: int
    #: Seconds of a turn.
    duration: int
    #: Of the row that has many.
    services: int
    #: Whether what takes ten minutes is wanted.
    is_long: bool
    row: str = ""
    exits: contextlib.ExitStack = dataclasses.field(default_factory=contextlib.ExitStack)
    servers: int = 0

    def progress(self, text):
        print(f"  {self.row}: {text}", flush=True)

    def trellis(self, path=None, variables=(), **configuration):
        """A server with one worker unless told otherwise, that ends with the row."""
        self.servers += 1
        place = self.directory / f"trellis-{self.servers}"
        place.mkdir()
        settings = {
            "account": ACCOUNT, "logLevel": "warning", "workers": 1,
            # The limits are on, and higher than what is measured.
            "requestsPerSecond": 10_000_000,
            "quotas": {
                "servicesPerRegion": 1_000_000, "serviceAssociationsPerServiceNetwork": 1_000_000,
                "rulesPerListener": 2000},
            **configuration}
        given = {key: value for key, value in settings.items() if value is not None}
        (place / "trellis.yaml").write_text(json.dumps(given))
        server = Server(place / "data", variables)
        server.options = ["--config", str(place / "trellis.yaml")]
        server.start(server.options, path)
        self.exits.callback(lambda: server.process.poll() is None and server.stop())
        return server

    def ends(self, process):
        """Ends a peer with the row."""
        def end():
            if process.poll() is None:
                process.terminate()
            process.wait(timeout=30)
        self.exits.callback(end)
        return process


def fixed_response(lattice, name):
    """A service with one HTTP listener that answers 404 with nothing; returns what `Lattice.service` does."""
    api = lattice.lattice
    network = api.create_service_network(name=f"{name}-net")["id"]
    service = api.create_service(name=name)
    api.create_service_network_service_association(serviceNetworkIdentifier=network, serviceIdentifier=service["id"])
    port = free_port()
    listener = api.create_listener(
        serviceIdentifier=service["id"], name="http", protocol="HTTP", port=port,
        defaultAction={"fixedResponse": {"statusCode": 404}})
    host = service["dnsEntry"]["domainName"]
    wait_for(lambda: is_served(host, port), f"{host} on port {port}")
    return {"id": service["id"], "listener": listener["id"], "host": host, "port": port, "network": network}


def is_served(host, port):
    """Whether a 404 is the service's own and not the one for a host that nobody has."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/", headers={"Host": host})
        return connection.getresponse().getheader("x-trellis-reason") is None
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()


def interpreter_without_client():
    """A PATH whose `python3.11` has no awslambdaric: the one that the virtual environment was made of."""
    return f"{pathlib.Path(os.path.realpath(sys.executable)).parent}:{os.environ['PATH']}"
