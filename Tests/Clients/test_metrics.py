"""`/metrics` of the operator port, read by the parser of the Prometheus client library."""

import ssl
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import Lattice, curl, free_port, wait_for
from test_targets import UNCHECKED, certificate, forward_to, target


def scrape(server):
    """The content type and all samples: (name, labels) → value."""
    with urllib.request.urlopen(f"{server.endpoints['operator']}/metrics", timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
        kind = answer.headers["content-type"]
    return kind, families, {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families for sample in family.samples}


def value(samples, name, **labels):
    return samples.get((name, tuple(sorted(labels.items()))))


@pytest.fixture()
def metered(own_server):
    lattice = Lattice(own_server)
    function = lattice.create_function(
        "metered", "python3.11", "app.handler",
        {"app.py": "def handler(event, context):\n    return {'statusCode': int(event['path'][1:] or 200), 'body': 'x'}\n"})
    group = lattice.target_group("metered", function)
    service = lattice.service("metered", group)
    return own_server, lattice, group, service


def test_requests_are_counted_by_service_and_target_group(metered):
    server, lattice, group, service = metered
    before = scrape(server)[2]
    for path in ["/200", "/200", "/404", "/503"]:
        curl(service, path=path)
    kind, families, samples = scrape(server)
    assert kind == "text/plain; version=0.0.4; charset=utf-8"
    assert all(family.documentation and family.type != "unknown" for family in families)

    def grown(name, **labels):
        return value(samples, name, **labels) - (value(before, name, **labels) or 0)

    assert grown("trellis_service_requests_total", service=service["id"]) == 4
    assert grown("trellis_target_group_requests_total", target_group=group) == 4
    for code, count in {"2xx": 2, "4xx": 1, "5xx": 1}.items():
        assert grown("trellis_service_responses_total", service=service["id"], code=code) == count
        assert grown("trellis_target_group_responses_total", target_group=group, code=code) == count
    assert value(samples, "trellis_target_group_active_requests", target_group=group) == 0
    assert grown("trellis_service_request_duration_seconds_count", service=service["id"]) == 4
    assert grown("trellis_service_request_duration_seconds_bucket", service=service["id"], le="+Inf") == 4
    assert grown("trellis_service_request_duration_seconds_sum", service=service["id"]) > 0
    assert grown("trellis_connections_total") == 4
    assert grown("trellis_target_group_invocations_total", target_group=group, result="success") == 4
    assert grown("trellis_target_group_invocations_total", target_group=group, result="throttled") == 0
    assert value(samples, "trellis_collected_body_bytes") == 0
    assert value(samples, "process_resident_memory_bytes") > 1_000_000
    assert value(samples, "process_cpu_seconds_total") > 0
    assert sum(
        count for (name, _), count in samples.items() if name == "trellis_execution_environments") >= 1


def test_the_labels_of_a_service_go_with_it(metered):
    server, lattice, group, service = metered
    curl(service, path="/200")
    assert value(scrape(server)[2], "trellis_service_requests_total", service=service["id"])
    client = lattice.lattice
    client.delete_listener(serviceIdentifier=service["id"], listenerIdentifier=service["listener"])
    for association in client.list_service_network_service_associations(serviceIdentifier=service["id"])["items"]:
        client.delete_service_network_service_association(
            serviceNetworkServiceAssociationIdentifier=association["id"])
    wait_for(
        lambda: not client.list_service_network_service_associations(serviceIdentifier=service["id"])["items"],
        "the association to go")
    client.delete_service(serviceIdentifier=service["id"])
    wait_for(
        lambda: value(scrape(server)[2], "trellis_service_requests_total", service=service["id"]) is None,
        "the service's counters to go")


def test_unknown_hosts_are_counted_without_labels(metered):
    server, _, _, service = metered
    before = value(scrape(server)[2], "trellis_requests_without_service_total")
    curl(dict(service, host="nobody.localhost"))
    samples = scrape(server)[2]
    assert value(samples, "trellis_requests_without_service_total") == before + 1
    assert not any("nobody" in str(labels) for _, labels in samples)


#: Of the reference's table "CloudWatch metrics" what a target group with an address has, with what one request by TLS adds.
CONNECTION_METRICS = {
    ("connections_total", "http1"): 1, ("connections_total", "http2"): 0, ("connections_active", None): 1,
    ("connection_errors_total", None): 0, ("connection_timeouts_total", None): 0, ("tls_handshakes_total", None): 1,
    ("tls_handshake_errors_total", None): 0,
}


def test_connections_to_targets_are_counted_by_target_group(own_server, tmp_path):
    lattice = Lattice(own_server)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))

    def counted(group, name, protocol=None):
        labels = {"target_group": group, **({"protocol": protocol} if protocol else {})}
        return value(scrape(own_server)[2], f"trellis_target_group_{name}", **labels)
    with target("secret", tls=context) as one:
        service, group = forward_to(lattice, [one.server_port], protocol="HTTPS", **UNCHECKED)
        # The question whether the service is there has made connections already; each event loop has its own.
        before = {key: counted(group, *key) for key in CONNECTION_METRICS}
        assert before["connections_total", "http1"] == before["tls_handshakes_total", None] >= 1
        received = counted(group, "received_bytes_total")
        assert curl(service)[2] == b"secret"
        opened = counted(group, "connections_total", "http1") - before["connections_total", "http1"]
        assert opened in (0, 1)
        for key, each in CONNECTION_METRICS.items():
            assert counted(group, *key) - before[key] == each * opened, key
        assert counted(group, "received_bytes_total") - received > len("secret")
        assert counted(group, "sent_bytes_total") > len("GET / HTTP/1.1")
    lattice.lattice.deregister_targets(
        targetGroupIdentifier=group, targets=[{"id": "127.0.0.1", "port": one.server_port}])
    lattice.lattice.register_targets(targetGroupIdentifier=group, targets=[{"id": "127.0.0.1", "port": free_port()}])
    assert curl(service)[0] == 500
    assert counted(group, "connection_errors_total") == 1
    assert counted(group, "tls_handshake_errors_total") == 0
