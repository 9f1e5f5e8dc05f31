"""Requests that are not HTTP, or too large, or never end: each gets its answer and the next one works."""

import socket

import pytest

from conftest import curl, function_source

LIMIT = 6 * 1024 * 1024


@pytest.fixture(scope="module")
def service(lattice):
    arn = lattice.create_function("plain", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    return lattice.service("plain", lattice.target_group("plain", arn))


def exchange(service, raw, half_close=False):
    """Sends raw bytes and returns everything that comes back until the server closes or answers."""
    with socket.create_connection(("127.0.0.1", service["port"]), timeout=20) as connection:
        connection.sendall(raw.replace(b"HOST", service["host"].encode()))
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while True:
            part = connection.recv(65536)
            if not part:
                return answer
            answer += part


@pytest.mark.parametrize("raw", [
    b"GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX-A: a\rb\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX-A: a\r\n folded\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX A: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX-A : a\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nHost: other\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: HOST\r\n\r\n",
    b"nonsense\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nX-Big: " + b"x" * 70_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(101)) + b"\r\n",
])
def test_malformed_requests_get_400(service, raw):
    answer = exchange(service, raw)
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
    assert curl(service)[0] == 200


def test_half_a_request(service):
    answer = exchange(
        service, b"POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 10\r\n\r\nabc", half_close=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert curl(service)[0] == 200


def test_an_unknown_host_gets_404_with_its_reason(service):
    status, headers, _ = curl(dict(service, host="nobody.example"))
    assert status == 404
    assert headers["x-trellis-reason"]


@pytest.mark.parametrize("extra, status", [(-4096, 200), (1, 413)])
def test_the_body_limit(service, tmp_path, extra, status):
    payload = tmp_path / "payload"
    payload.write_bytes(b"x" * (LIMIT + extra if extra > 0 else 4_000_000))
    content = ["--header", "Content-Type: text/plain", "--header", "X-Echo-Body: 1", "--data-binary", f"@{payload}"]
    got, _, body = curl(service, *content)
    assert got == status
    if status == 200:
        assert len(body) == 4_000_000
    chunked = curl(service, "--header", "Transfer-Encoding: chunked", *content)
    assert chunked[0] == status
    assert curl(service)[0] == 200


def test_a_trickle_does_not_hold_up_others(service):
    with socket.create_connection(("127.0.0.1", service["port"]), timeout=20) as trickle:
        trickle.sendall(f"POST / HTTP/1.1\r\nHost: {service['host']}\r\nContent-Length: 1000\r\n\r\n".encode())
        for _ in range(20):
            trickle.sendall(b"x")
            assert curl(service)[0] == 200


def test_keep_alive_and_pipelining(service):
    request = b"GET /%d HTTP/1.1\r\nHost: HOST\r\n%s\r\n"
    answer = exchange(service, b"".join([
        request % (1, b""), request % (2, b""), request % (3, b"Connection: close\r\n")]))
    assert answer.count(b"HTTP/1.1 200 ") == 3
    assert answer.index(b'/1"') < answer.index(b'/2"') < answer.index(b'/3"')
