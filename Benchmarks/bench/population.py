"""Many services by the API, signed in advance so that the client costs little."""

import json
import uuid

from light_client import LightClient
from presigned import exchange, identifiers

CONNECTIONS = 64


class Population:
    """Services of one network, all on one port: `<name>.localhost`, a listener that answers 404, rules that answer 500.

    A request for `/path<n>` matches rule n; rules count from 1.
    """

    def __init__(self, server, port):
        environment = server.environment
        self.client = LightClient(
            environment["AWS_ENDPOINT_URL"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        self.port = port
        self.network = self.client.created("/servicenetworks", {"name": "many"})["id"]
        self.names = []

    def step(self, requests):
        """Sends creations and returns the ids in their order."""
        ids = []
        # Signatures hold for minutes only.
        for start in range(0, len(requests), 5000):
            signed = [
                self.client.signed("POST", path, json.dumps({**body, "clientToken": str(uuid.uuid4())}).encode())
                for path, body in requests[start:start + 5000]]
            ids += identifiers(exchange(self.client.address, signed, CONNECTIONS)[0])
        # Its own connection has been idle meanwhile; the next request opens another one.
        self.client.close()
        return ids

    def grow(self, services, rules):
        """Adds services until there are that many."""
        names = [f"many-{number:06}" for number in range(len(self.names), services)]
        ids = self.step([("/services", {"name": name}) for name in names])
        self.step([("/servicenetworkserviceassociations", {
            "serviceIdentifier": service, "serviceNetworkIdentifier": self.network}) for service in ids])
        listeners = self.step([
            (f"/services/{service}/listeners", {
                "name": "http", "protocol": "HTTP", "port": self.port,
                "defaultAction": {"fixedResponse": {"statusCode": 404}}}) for service in ids])
        places = list(zip(ids, listeners, strict=True))
        self.step([
            (f"/services/{service}/listeners/{listener}/rules", self.rule(number))
            for number in range(1, rules + 1) for service, listener in places])
        self.names += names
        return places

    @staticmethod
    def rule(number):
        return {
            "name": f"rule{number}", "priority": number, "action": {"fixedResponse": {"statusCode": 500}},
            "match": {"httpMatch": {"method": "GET", "pathMatch": {"match": {"exact": f"/path{number}"}}}}}

    def host(self, number):
        return f"{self.names[number]}.localhost"

    def close(self):
        self.client.close()
