"""The corpus of HTTP/1 requests against the real server: what is refused, and the exact event of what is not."""

import socket

import pytest

from corpus import cases, unescape

ECHO = """
import json
def handler(event, context):
    text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": text}
"""


@pytest.fixture(scope="module")
def service(lattice):
    arn = lattice.create_function("corpus", "python3.11", "app.handler", {"app.py": ECHO})
    # The cases ask for shop.localhost.
    return lattice.service("shop", lattice.target_group("corpus", arn))


def read_response(reader):
    """Status, headers and body of one answer."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = reader.readline()
        assert line, f"the connection ended after {head!r}"
        head += line
    status, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(status.split(" ")[1]), headers, reader.read(int(headers["content-length"])).decode()


def send(connection, content):
    try:
        connection.sendall(content)
    except (BrokenPipeError, ConnectionResetError):
        # Refused before all of it was sent; the answer is there to be read.
        pass


@pytest.mark.parametrize("case", cases("http1"), ids=str)
def test_http1(service, case):
    with socket.create_connection(("127.0.0.1", service["port"]), timeout=60) as connection, \
            connection.makefile("rb") as reader:
        send(connection, unescape("".join(case.lines)))
        events = iter(case.events)
        for expected_status, *expected_body in case.responses:
            status, headers, body = read_response(reader)
            assert str(status) == expected_status
            if status != 200:
                assert body == expected_body[0]
                assert headers["connection"] == "close"
            elif case.events:
                before, _, behind = next(events).partition("…")
                assert body.startswith(before) and f"{behind},\"requestContext\":" in body
        assert list(events) == []
        if case.stays_open:
            connection.sendall(b"GET /after HTTP/1.1\r\nHost: shop.localhost\r\n\r\n")
            assert read_response(reader)[0] == 200
        else:
            assert reader.read() == b""
