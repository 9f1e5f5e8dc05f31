"""HTTPS listeners: certificates, what is negotiated, and requests over HTTP/1.1 and HTTP/2 as real clients send them."""

import json
import os
import re
import socket
import struct
import subprocess
import threading

import h2.errors
import httpx
import pytest
import requests
import requests.adapters

from conftest import TRELLIS, free_port, parse_response, wait_for
from tls_client import HTTP2Client, alert_in, answer_to, client_hello, connect, elliptic_key, self_signed

ECHO = """
import json
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
"""
ARN = "arn:aws:acm:us-east-1:123456789012:certificate/"


class Site:
    """A service with an HTTPS listener in front of a function that answers with its event."""

    def __init__(self, lattice, name, port, group, network, **settings):
        self.port = port
        self.service = lattice.lattice.create_service(name=name, **settings)
        self.host = self.service["dnsEntry"]["domainName"]
        self.local = f"{name}.localhost"
        lattice.lattice.create_service_network_service_association(
            serviceNetworkIdentifier=network, serviceIdentifier=self.service["id"])
        lattice.lattice.create_listener(
            serviceIdentifier=self.service["id"], name="https", protocol="HTTPS", port=port,
            defaultAction={"forward": {"targetGroups": [{"targetGroupIdentifier": group}]}})
        self.authority = str(lattice.server.data_dir / "ca" / "certificate.pem")

        def is_listening():
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=30):
                    return True
            except ConnectionRefusedError:
                return False
        wait_for(is_listening, f"port {port}")
        self.wait_for_route()

    def wait_for_route(self):
        wait_for(lambda: self.curl(host=self.local, check=False)[0] == 200, f"{self.host} to be served")

    def curl(self, *arguments, host=None, path="/", check=True, authority=None):
        """Status, headers and body; status 0 if there was no answer."""
        host = host or self.host
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--include", "--max-time", "60",
             "--cacert", authority or self.authority, "--resolve", f"{host}:{self.port}:127.0.0.1", *arguments,
             f"https://{host}:{self.port}{path}"], capture_output=True, timeout=90)
        if check:
            assert done.returncode == 0, done.stderr.decode()
        return parse_response(done.stdout) if done.returncode == 0 else (0, {}, done.stderr)


@pytest.fixture(scope="module")
def group(lattice):
    arn = lattice.create_function("https-echo", "python3.11", "app.handler", {"app.py": ECHO})
    return lattice.target_group("https-echo", arn)


@pytest.fixture(scope="module")
def network(lattice):
    return lattice.lattice.create_service_network(name="https-net")["id"]


@pytest.fixture(scope="module")
def site(lattice, group, network):
    return Site(lattice, "secure", free_port(), group, network)


@pytest.fixture(scope="module")
def neighbour(lattice, network, site):
    """Another service on the same port."""
    second = lattice.create_function("https-neighbour", "python3.11", "app.handler", {"app.py": ECHO})
    return Site(lattice, "neighbour", site.port, lattice.target_group("https-neighbour", second), network)


@pytest.fixture()
def names_are_loopback(monkeypatch):
    """Every host name is this machine."""
    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: original("127.0.0.1", *rest, **more))


# MARK: Requests


@pytest.mark.parametrize("version, protocol", [("--http1.1", "HTTP/1.1"), ("--http2", "HTTP/2")])
@pytest.mark.parametrize("local", [False, True])
def test_curl(site, version, protocol, local):
    host = site.local if local else site.host
    status, headers, body = site.curl(
        version, "--data-binary", "ordered", "--header", "content-type: text/plain", "--header", "X-Two: a", "--header", "X-Two: b", "--cookie", "a=1; b=2",
        host=host, path="/orders?state=open")
    assert status == 200
    event = json.loads(body)
    assert event["method"] == "POST"
    assert event["path"] == "/orders?state=open"
    assert event["body"] == "ordered"
    assert event["headers"]["x-forwarded-proto"] == ["https"]
    assert event["headers"]["x-forwarded-port"] == [str(site.port)]
    assert event["headers"]["x-forwarded-for"] == ["127.0.0.1"]
    assert event["headers"]["host"] == [f"{host}:{site.port}"]
    assert event["headers"]["x-two"] == ["a", "b"]
    assert event["headers"]["cookie"] == ["a=1; b=2"]
    assert headers["x-amzn-requestid"] == event["headers"]["x-amzn-requestid"]
    assert len(headers["date"]) == 1
    raw = subprocess.run(
        ["curl", "--silent", "--output", os.devnull, "--write-out", "%{http_version} %{ssl_verify_result}", version,
         "--cacert", site.authority, "--resolve", f"{host}:{site.port}:127.0.0.1", f"https://{host}:{site.port}/"],
        capture_output=True, check=True)
    assert raw.stdout.decode() == f"{protocol.removeprefix('HTTP/')} 0"


def test_requests_on_one_connection(site, names_are_loopback):
    with requests.Session() as session:
        # The variables of the machine would win over the argument.
        session.trust_env = False
        session.verify = site.authority
        for number in range(20):
            answer = session.post(f"https://{site.host}:{site.port}/{number}", data="x" * number, timeout=30)
            assert answer.status_code == 200
            assert answer.json()["path"] == f"/{number}"


@pytest.mark.parametrize("http2", [False, True])
def test_httpx(site, names_are_loopback, http2):
    import ssl
    trust = ssl.create_default_context(cafile=site.authority)
    with httpx.Client(http2=http2, verify=trust) as client:
        for number in range(20):
            answer = client.put(
                f"https://{site.host}:{site.port}/{number}", content=b"x" * number,
                headers={"content-type": "text/plain"})
            assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
            assert answer.json()["body"] == "x" * number


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_bodies_up_to_the_limit(site, version, tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"a" * 2_000_000)
    status, _, body = site.curl(version, "--header", "content-type: text/plain", "--data-binary", f"@{large}")
    assert status == 200
    assert json.loads(body)["body"] == "a" * 2_000_000
    large.write_bytes(b"a" * 6_291_457)
    status, _, body = site.curl(version, "--header", "Expect:", "--data-binary", f"@{large}", check=False)
    # A client may find the connection closed while it is still sending.
    assert status in (413, 0)


def test_many_streams_at_once(site):
    done = subprocess.run(
        ["h2load", "-n", "200", "-c", "2", "-m", "50", "--connect-to", f"127.0.0.1:{site.port}",
         f"https://{site.local}:{site.port}/"], capture_output=True, timeout=60)
    report = done.stdout.decode()
    # The function runs once at a time in a few environments; too many at once are throttled, none is lost.
    assert "200 total, 200 started, 200 done" in report, report
    assert re.search(r" 0 errored, 0 timeout", report), report
    assert "Application protocol: h2" in report


def test_services_share_a_port_and_a_host_of_another_is_misdirected(site, neighbour):
    for one, other in [(site, neighbour), (neighbour, site)]:
        event = json.loads(one.curl()[2])
        assert event["requestContext"]["serviceArn"] == one.service["arn"]
        for version in ("--http1.1", "--http2"):
            status, headers, body = one.curl(version, "--header", f"Host: {other.host}")
            assert status == 421
            assert body == b"misdirected request"
            assert headers["x-trellis-reason"] == ["the host is another service than that of the TLS server name"]
    # Its own names are one service.
    assert site.curl("--header", f"Host: {site.local}")[0] == 200
    assert site.curl("--header", "Host: nobody.example")[0] == 404


def test_readiness(server, site):
    answer = requests.get(f"{server.endpoints['operator']}/readyz", timeout=30)
    assert (answer.status_code, answer.text) == (200, "ready\n")


# MARK: Negotiation


def s_client(port, *arguments):
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *arguments], stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60)
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("offer, chosen", [
    ("h2,http/1.1", "ALPN protocol: h2"), ("http/1.1,h2", "ALPN protocol: h2"),
    ("http/1.1", "ALPN protocol: http/1.1"), ("h3", "No ALPN negotiated"), (None, "No ALPN negotiated"),
])
def test_alpn(site, offer, chosen):
    assert chosen in s_client(site.port, "-servername", site.host, *(["-alpn", offer] if offer else []))


@pytest.mark.parametrize("offer, chosen", [
    ("ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
    ("ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES128-SHA"),
    ("ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"),
    ("AES256-SHA:AES256-GCM-SHA384:AES128-SHA:AES128-GCM-SHA256", "AES128-GCM-SHA256"),
    ("AES256-SHA:AES256-GCM-SHA384:AES128-SHA", "AES128-SHA"),
    ("AES256-SHA:AES256-GCM-SHA384", "AES256-GCM-SHA384"), ("AES256-SHA", "AES256-SHA"),
])
def test_the_server_chooses_the_cipher_of_tls_1_2(site, offer, chosen):
    shown = s_client(site.port, "-servername", site.host, "-tls1_2", "-alpn", "h2,http/1.1",
                     "-cipher", f"{offer}@SECLEVEL=0")
    assert f"New, TLSv1.2, Cipher is {chosen}" in shown or f"Cipher    : {chosen}" in shown, shown
    # HTTP/2 prohibits the suites without forward secrecy or authenticated encryption.
    allows = chosen.startswith("ECDHE") and "GCM" in chosen
    assert ("ALPN protocol: h2" if allows else "ALPN protocol: http/1.1") in shown


@pytest.mark.parametrize("suite", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])
def test_the_ciphers_of_tls_1_3(site, suite):
    shown = s_client(site.port, "-servername", site.host, "-tls1_3", "-ciphersuites", suite)
    assert f"New, TLSv1.3, Cipher is {suite}" in shown, shown


def test_other_ciphers_and_versions_are_refused(site):
    shown = s_client(site.port, "-servername", site.host, "-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305")
    assert "handshake failure" in shown
    shown = s_client(site.port, "-servername", site.host, "-tls1_1", "-cipher", "ALL@SECLEVEL=0")
    assert "protocol version" in shown, shown


def test_names_that_have_no_certificate(site):
    assert alert_in(answer_to(site.port, client_hello())) == "missing_extension"
    assert alert_in(answer_to(site.port, client_hello("nobody.example"))) == "unrecognized_name"


@pytest.mark.parametrize("first_bytes", [
    b"GET / HTTP/1.1\r\nHost: secure.localhost\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0", b"\x80\x2e\x01\x03\x01",
])
def test_what_is_not_tls_gets_no_answer(site, first_bytes):
    assert answer_to(site.port, first_bytes) == b""


@pytest.mark.parametrize("first_bytes", [
    # Records of length zero, and messages that are no hello, have lengths that do not fit, or are endless.
    bytes([22, 3, 1, 0, 0]), bytes([22, 3, 1, 0, 4, 2, 0, 0, 0]), bytes([22, 3, 1, 0, 8, 1, 0, 0, 4, 3, 3, 0, 0]),
    bytes([22, 3, 1, 0, 4, 1, 0xFF, 0xFF, 0xFF]),
])
def test_malformed_hellos(site, first_bytes):
    assert alert_in(answer_to(site.port, first_bytes)) == "decode_error"


def test_a_hello_byte_by_byte(site):
    hello = client_hello(site.host)
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in hello:
            connection.sendall(bytes([byte]))
        assert connection.recv(1) == bytes([22])


# MARK: The authority


def test_ca_prints_the_certificate(server, site):
    printed = subprocess.run([str(TRELLIS), "ca", "--data-dir", str(server.data_dir)], capture_output=True, check=True)
    assert printed.stdout == open(site.authority, "rb").read()
    text = subprocess.run(
        ["openssl", "x509", "-noout", "-text"], input=printed.stdout, capture_output=True, check=True).stdout.decode()
    assert "CA:TRUE, pathlen:0" in text
    assert "DNS:on.aws" in text and "DNS:localhost" in text
    assert "NIST CURVE: P-256" in text
    key = server.data_dir / "ca" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    install = subprocess.run(
        [str(TRELLIS), "ca", "install", "--data-dir", str(server.data_dir)], capture_output=True, check=True)
    assert site.authority in install.stdout.decode()


def test_ca_of_a_directory_that_no_server_has_used(tmp_path):
    done = subprocess.run([str(TRELLIS), "ca", "--data-dir", str(tmp_path)], capture_output=True)
    assert done.returncode == 69
    assert b"trellis serve" in done.stderr


def test_the_authority_survives_and_damage_is_told(own_server):
    path = own_server.data_dir / "ca" / "certificate.pem"
    before = path.read_bytes()
    own_server.restart()
    assert path.read_bytes() == before
    own_server.stop()
    (own_server.data_dir / "ca" / "key.pem").unlink()
    done = subprocess.run(
        [str(TRELLIS), "serve", "--data-dir", str(own_server.data_dir), "--api", ":0", "--operator", ":0"],
        capture_output=True, timeout=60)
    assert done.returncode == 65
    assert b"key.pem is missing" in done.stderr


# MARK: Custom domains


def serial_shown(site, host, authority):
    """The serial number of the certificate that the server shows."""
    with connect(site.port, host, str(authority), alpn=("http/1.1",)) as connection:
        return connection.getpeercert()["serialNumber"]


def test_a_custom_domain_from_files_to_reload(lattice, server, network, site, tmp_path):
    host = "shop.example.com"
    arn = f"{ARN}0a1b2c3d"
    function = lattice.create_function("https-custom", "python3.11", "app.handler", {"app.py": ECHO})
    group = lattice.target_group("https-custom", function)
    custom = Site(lattice, "customised", site.port, group, network, customDomainName=host, certificateArn=arn)
    answer = answer_to(site.port, client_hello(host))
    assert alert_in(answer) == "handshake_failure"
    log = (server.data_dir.parent / f"{server.data_dir.name}.log").read_text()
    assert f"no certificate is known for {arn}" in log

    directory = server.data_dir / "certificates"
    directory.mkdir(exist_ok=True)
    authority = tmp_path / "trusted.pem"

    def install(names, **settings):
        certificate, key = self_signed(names, **settings)
        authority.write_bytes(certificate)
        for suffix, content in [(".key", key), (".pem", certificate)]:
            (directory / f"new{suffix}").write_bytes(content)
        for suffix in (".key", ".pem"):
            os.replace(directory / f"new{suffix}", directory / f"0a1b2c3d{suffix}")

    def is_served():
        return custom.curl(host=host, authority=str(authority), check=False)[0] == 200

    install(["shop.example.com"])
    wait_for(is_served, "the first certificate")
    first = serial_shown(custom, host, authority)

    # Under traffic: every request of clients that trust both is answered, before, at and after the change.
    both = tmp_path / "both.pem"
    old = authority.read_bytes()
    stop = threading.Event()
    certificate, key = self_signed(["*.example.com"])
    both.write_bytes(old + certificate)
    results = []

    def traffic():
        while not stop.is_set():
            results.append(custom.curl(host=host, authority=str(both), check=False)[0])
    clients = [threading.Thread(target=traffic) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        wait_for(lambda: len(results) > 5, "some traffic")
        (directory / "new.key").write_bytes(key)
        (directory / "new.pem").write_bytes(certificate)
        os.replace(directory / "new.key", directory / "0a1b2c3d.key")
        os.replace(directory / "new.pem", directory / "0a1b2c3d.pem")
        authority.write_bytes(certificate)
        wait_for(is_served, "the second certificate")
        before = len(results)
        wait_for(lambda: len(results) > before + 5, "more traffic")
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert set(results) == {200}
    assert serial_shown(custom, host, authority) != first
    # The generated names keep the local authority's.
    assert custom.curl()[0] == 200

    def fails_with(reason):
        def is_logged():
            answer_to(site.port, client_hello(host))
            text = (server.data_dir.parent / f"{server.data_dir.name}.log").read_text()
            return reason in text
        wait_for(is_logged, reason)
        assert alert_in(answer_to(site.port, client_hello(host))) == "handshake_failure"
    install(["*.shop.example.com", "example.com"])
    fails_with("is for *.shop.example.com, example.com only")
    install([host], start=-30, days=10)
    fails_with("has expired")
    install([host], start=10)
    fails_with("is not valid yet")
    install([host], key=elliptic_key())
    fails_with("is not RSA with 2048 bits")
    install([host])
    (directory / "0a1b2c3d.key").write_bytes(self_signed([host])[1])
    fails_with("the private key does not belong to the certificate")
    install([host])
    wait_for(is_served, "a good certificate again")


# MARK: HTTP/2, frame by frame


@pytest.fixture()
def http2(site):
    client = HTTP2Client(site.port, site.local, site.authority)
    yield client
    client.close()


def test_streams_are_answered_in_any_order(http2):
    streams = [http2.request(http2.headers(path=f"/{number}")) for number in range(5)]
    for stream in reversed(streams):
        status, _, body = http2.response(stream)
        if status == 200:
            assert json.loads(body)["path"] == f"/{streams.index(stream)}"
        else:
            assert status == 503


def test_hosts_and_cookies(http2):
    headers = [(name, value) for name, value in http2.headers(
        ("host", http2.host), ("cookie", "a=1"), ("cookie", "b=2")) if name != ":authority"]
    _, _, body = http2.response(http2.request(headers))
    event = json.loads(body)
    assert event["headers"]["host"] == [http2.host]
    assert event["headers"]["cookie"] == ["a=1; b=2"]


def test_trailers_are_dropped(http2):
    stream = http2.h2.get_next_available_stream_id()
    http2.h2.send_headers(stream, http2.headers(("content-type", "text/plain"), method="POST"))
    http2.h2.send_data(stream, b"before")
    http2.h2.send_headers(stream, [("x-trailer", "1")], end_stream=True)
    http2.flush()
    _, _, body = http2.response(stream)
    event = json.loads(body)
    assert event["body"] == "before"
    assert "x-trailer" not in event["headers"]


@pytest.mark.parametrize("change, reason", [
    ([("host", "nobody.example")], "missing, repeated or invalid Host header"),
    ([(f"x-{number}", "1") for number in range(100)], "more than 100 headers"),
    ([("x-large", "a" * 61_500)], "larger than 60 KB"),
])
def test_requests_that_are_refused(http2, change, reason):
    # The larger limit on headers holds from when the client has acknowledged it.
    http2.wait(lambda event: isinstance(event, h2.events.RemoteSettingsChanged))
    status, _, body = http2.response(http2.request(http2.headers(*change)))
    assert status == 400
    assert reason in body.decode()
    # The other streams go on.
    assert http2.response(http2.request())[0] == 200


@pytest.mark.parametrize("headers", [
    [(":method", "GET"), (":scheme", "https"), (":authority", "a")],
    [(":method", "GET"), (":scheme", "https"), (":path", "")],
    [(":method", "GET"), (":method", "GET"), (":scheme", "https"), (":path", "/")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":unknown", "1")],
    [(":method", "GET"), (":scheme", "https"), ("x", "1"), (":path", "/")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("connection", "close")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("transfer-encoding", "chunked")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("te", "gzip")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("keep-alive", "1")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("proxy-connection", "1")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("upgrade", "h2c")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("X-Upper", "1")],
    [(":method", "GET"), (":scheme", "https"), (":path", "/"), ("x", "a\r\nb")],
])
def test_malformed_header_blocks_end_the_stream(http2, headers):
    stream = http2.request(headers)
    assert http2.reset(stream) == h2.errors.ErrorCodes.PROTOCOL_ERROR
    assert http2.response(http2.request())[0] == 200


def test_scheme_path_and_connect(http2):
    for headers, reason in [
        ([(":method", "GET"), (":scheme", "http"), (":authority", http2.host), (":path", "/")], "target"),
        ([(":method", "GET"), (":scheme", "https"), (":authority", http2.host), (":path", "http://x/")], "target"),
        ([(":method", "CONNECT"), (":authority", http2.host)], "CONNECT"),
    ]:
        status, _, body = http2.response(http2.request(headers))
        assert status == 400 and reason in body.decode()


def test_too_many_streams_are_refused(http2):
    http2.wait(lambda event: isinstance(event, h2.events.RemoteSettingsChanged))
    # The client's own library would not do it.
    http2.h2.remote_settings[3] = 1000
    http2.h2.remote_settings.acknowledge()
    streams = []
    for _ in range(101):
        stream = http2.h2.get_next_available_stream_id()
        http2.h2.send_headers(stream, http2.headers(method="POST"))
        streams.append(stream)
    http2.flush()
    # Every stream of the first hundred waits for its body.
    event = http2.wait(lambda event: isinstance(
        event, (h2.events.StreamReset, h2.events.ConnectionTerminated)))
    assert event.error_code in (h2.errors.ErrorCodes.REFUSED_STREAM, h2.errors.ErrorCodes.PROTOCOL_ERROR)


@pytest.mark.parametrize("what", ["resets", "pings", "settings", "empty data", "continuations", "window"])
def test_floods_end_the_connection(site, http2, what):
    try:
        if what == "resets":
            for _ in range(1000):
                stream = http2.h2.get_next_available_stream_id()
                http2.h2.send_headers(stream, http2.headers(method="POST"))
                http2.h2.reset_stream(stream)
                http2.flush()
        elif what == "pings":
            for _ in range(20_000):
                http2.frame(6, 0, 0, bytes(8))
        elif what == "settings":
            for _ in range(20_000):
                http2.frame(4, 0, 0, b"")
        elif what == "empty data":
            http2.h2.send_headers(1, http2.headers(method="POST"))
            http2.flush()
            for _ in range(1000):
                http2.frame(0, 0, 1, b"")
        elif what == "continuations":
            http2.frame(1, 0, 1, b"")
            for _ in range(1000):
                http2.frame(9, 0, 1, b"")
        elif what == "window":
            http2.frame(8, 0, 0, struct.pack(">I", 0x7FFFFFFF))
            http2.frame(8, 0, 0, struct.pack(">I", 0x7FFFFFFF))
    except OSError:
        pass
    assert http2.goodbye() not in (h2.errors.ErrorCodes.NO_ERROR,)
    assert site.curl()[0] == 200


def test_a_body_that_is_too_large_does_not_end_the_connection(http2):
    stream = http2.request(http2.headers(("content-length", "6291457"), method="POST"), body=b"x")
    event = http2.wait(lambda event: getattr(event, "stream_id", None) == stream)
    assert event is not None
    assert http2.response(http2.request())[0] == 200


def test_the_end_of_the_server_says_goodbye(own_server):
    from conftest import Lattice
    lattice = Lattice(own_server)
    arn = lattice.create_function("echo", "python3.11", "app.handler", {"app.py": ECHO})
    network = lattice.lattice.create_service_network(name="net")["id"]
    site = Site(lattice, "leaving", free_port(), lattice.target_group("echo", arn), network)
    client = HTTP2Client(site.port, site.local, site.authority)
    assert client.response(client.request())[0] == 200
    stopped = threading.Thread(target=own_server.stop)
    stopped.start()
    assert client.goodbye() == h2.errors.ErrorCodes.NO_ERROR
    client.close()
    stopped.join()
