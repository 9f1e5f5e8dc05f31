"""gRPC through an HTTPS listener to a GRPC target group: grpcio on both sides."""

import concurrent.futures
import contextlib
import pathlib
import queue
import socket
import threading
import uuid

import grpc
import pytest

from conftest import free_port, wait_for
from test_https import Site
from test_target_groups import active_group
from test_targets import certificate


def upper(text, context):
    context.set_trailing_metadata((("x-end", "done"),))
    if text == b"fail":
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no: not like this")
    return text.upper()


def split(text, context):
    for index in range(len(text)):
        yield text[index:index + 1]


def join(parts, context):
    return b"".join(parts)


def echo(parts, context):
    context.send_initial_metadata((("x-begin", "now"),))
    for part in parts:
        yield part
    context.set_trailing_metadata((("x-count-bin", b"\x00\x01"),))


class Service(grpc.GenericRpcHandler):
    def service(self, call):
        self.metadata = dict(call.invocation_metadata)
        return {
            "/test.Text/Upper": grpc.unary_unary_rpc_method_handler(upper),
            "/test.Text/Split": grpc.unary_stream_rpc_method_handler(split),
            "/test.Text/Join": grpc.stream_unary_rpc_method_handler(join),
            "/test.Text/Echo": grpc.stream_stream_rpc_method_handler(echo),
        }.get(call.method)


@contextlib.contextmanager
def grpc_server(certificate=None):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
    service = Service()
    server.add_generic_rpc_handlers((service,))
    if certificate:
        chain, key = (path.read_bytes() for path in certificate)
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port, service
    finally:
        server.stop(None).wait()


class GRPCSite(Site):
    """A service with an HTTPS listener that forwards to one target."""

    def wait_for_route(self):
        wait_for(lambda: self.curl(host=self.local, check=False)[0] in (200, 500, 502), f"{self.host} to be served")

    def channel(self):
        credentials = grpc.ssl_channel_credentials(pathlib.Path(self.authority).read_bytes())
        return grpc.secure_channel(
            f"127.0.0.1:{self.port}", credentials,
            options=[("grpc.ssl_target_name_override", self.host), ("grpc.default_authority", self.host)])


def site_for(lattice, port, **config):
    client = lattice.lattice
    group = active_group(client, "IP", **{"protocol": "HTTP", "protocolVersion": "GRPC", "port": port, **config})
    client.register_targets(targetGroupIdentifier=group, targets=[{"id": "127.0.0.1"}])
    name = f"grpc-{uuid.uuid4().hex[:8]}"
    network = client.create_service_network(name=f"{name}-net")["id"]
    return GRPCSite(lattice, name, free_port(), group, network)


@pytest.fixture(scope="module")
def target():
    with grpc_server() as (port, service):
        yield port, service


@pytest.fixture(scope="module")
def site(lattice, target):
    return site_for(lattice, target[0])


@pytest.fixture(scope="module")
def channel(site):
    with site.channel() as channel:
        yield channel


def test_unary_with_metadata_both_ways(channel, target):
    answer, call = channel.unary_unary("/test.Text/Upper").with_call(
        b"hello", metadata=(("x-own", "yes"),), timeout=20)
    assert answer == b"HELLO"
    assert dict(call.trailing_metadata())["x-end"] == "done"
    metadata = target[1].metadata
    assert metadata["x-own"] == "yes"
    assert metadata["x-forwarded-proto"] == "https"
    assert metadata["x-amzn-lattice-target"]


def test_status_and_message_come_back(channel):
    with pytest.raises(grpc.RpcError) as failure:
        channel.unary_unary("/test.Text/Upper")(b"fail", timeout=20)
    assert failure.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert failure.value.details() == "no: not like this"
    assert dict(failure.value.trailing_metadata())["x-end"] == "done"


def test_a_method_that_is_not_there(channel):
    """An answer that is trailers alone."""
    with pytest.raises(grpc.RpcError) as failure:
        channel.unary_unary("/test.Text/Nothing")(b"", timeout=20)
    assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert "Method not found" in failure.value.details()


def test_server_streaming(channel):
    assert list(channel.unary_stream("/test.Text/Split")(b"abcdef" * 100, timeout=20)) == [
        bytes([letter]) for letter in b"abcdef" * 100]


def test_client_streaming(channel):
    parts = [b"x" * 30_000 for _ in range(100)]
    assert channel.stream_unary("/test.Text/Join")(iter(parts), timeout=60) == b"".join(parts)


def test_both_streaming_in_turns(channel):
    """What one side says next depends on what the other has said: nothing may be kept back."""
    questions = queue.Queue()
    call = channel.stream_stream("/test.Text/Echo")(iter(questions.get, None), timeout=30)
    for number in range(50):
        questions.put(b"%d" % number)
        assert next(call) == b"%d" % number
    questions.put(None)
    assert list(call) == []
    assert dict(call.initial_metadata())["x-begin"] == "now"
    assert dict(call.trailing_metadata())["x-count-bin"] == b"\x00\x01"
    assert call.code() == grpc.StatusCode.OK


def test_many_calls_at_once_and_a_cancelled_one(channel):
    stuck = channel.stream_stream("/test.Text/Echo")(iter([b"a"] * 1), timeout=30)
    next(stuck)
    stuck.cancel()
    calls = [channel.unary_unary("/test.Text/Upper").future(b"n%d" % n, timeout=30) for n in range(200)]
    assert [call.result() for call in calls] == [b"N%d" % n for n in range(200)]


def test_http1_clients_and_other_methods_are_refused(site):
    assert site.curl("--http1.1", "--data", "x")[0] == 502
    assert site.curl("--http2")[0] == 502


def test_grpc_to_an_http1_group_is_unavailable(lattice, target):
    site = site_for(lattice, target[0], protocolVersion="HTTP1", healthCheck={"enabled": False})
    with site.channel() as channel, pytest.raises(grpc.RpcError) as failure:
        channel.unary_unary("/test.Text/Upper")(b"x", timeout=20)
    assert failure.value.code() == grpc.StatusCode.UNAVAILABLE


def test_a_target_that_goes_and_comes_back(lattice):
    with grpc_server() as (port, _):
        site = site_for(lattice, port)
        with site.channel() as channel:
            assert channel.unary_unary("/test.Text/Upper")(b"a", timeout=20) == b"A"
    with site.channel() as channel, pytest.raises(grpc.RpcError) as failure:
        channel.unary_unary("/test.Text/Upper")(b"a", timeout=20)
    assert failure.value.code() in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE)


@pytest.mark.parametrize("version", ["GRPC", "HTTP2"])
def test_targets_by_tls(lattice, tmp_path, version):
    with grpc_server(certificate(tmp_path)) as (port, _):
        site = site_for(lattice, port, protocol="HTTPS", protocolVersion=version)
        with site.channel() as channel:
            for _ in range(3):
                assert channel.unary_unary("/test.Text/Upper")(b"a", timeout=20) == b"A"
            assert list(channel.unary_stream("/test.Text/Split")(b"ab", timeout=20)) == [b"a", b"b"]


def test_a_target_that_speaks_something_else(lattice):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def answer():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n" * 20)
                connection.close()
        threading.Thread(target=answer, daemon=True).start()
        site = site_for(lattice, listener.getsockname()[1])
        with site.channel() as channel, pytest.raises(grpc.RpcError) as failure:
            channel.unary_unary("/test.Text/Upper")(b"x", timeout=20)
        assert failure.value.code() == grpc.StatusCode.UNAVAILABLE
