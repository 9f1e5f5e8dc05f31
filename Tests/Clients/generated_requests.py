"""Requests for comparing event mappings: hand-picked ones, then any number of random ones by seed."""

import dataclasses
import gzip
import http.client
import random
import socket

SEED = 20260211
GENERATED = 400

FORGED = [
    ("X-Amzn-Lattice-Identity", "Principal=forged; Type=AWS_IAM"), ("x-amzn-lattice-identity-tags", "team=forged"),
    ("X-Amzn-Lattice-Network", "SourceVpcArn=forged"), ("x-amzn-lattice-target", "ServiceArn=forged"),
    ("X-Amzn-Source-Vpc", "vpc-forged"),
]


@dataclasses.dataclass
class Request:
    method: str = "GET"
    target: str = "/"
    headers: list = dataclasses.field(default_factory=list)
    body: bytes = b""
    chunked: bool = False
    version: str = "HTTP/1.1"

    def all_headers(self, host):
        lines = [("Host", host), *self.headers]
        if self.chunked:
            lines.append(("Transfer-Encoding", "chunked"))
        elif self.body or self.method in ("POST", "PUT", "PATCH"):
            lines.append(("Content-Length", str(len(self.body))))
        return lines

    def lines(self, name, host=""):
        return [value for key, value in self.all_headers(host) if key.lower() == name]

    def raw(self, host):
        head = [f"{self.method} {self.target.replace('HOST', host)} {self.version}"]
        head += [f"{name}: {value}" for name, value in self.all_headers(host)]
        body = self.body
        if self.chunked:
            half = (len(body) + 1) // 2
            parts = [part for part in (body[:half], body[half:]) if part]
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        return "\r\n".join(head + ["", ""]).encode("latin-1") + body


def send(request, port, host):
    """Sends one request on a connection of its own; returns status, header lines and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request.raw(host))
        answer = http.client.HTTPResponse(connection, method=request.method)
        try:
            answer.begin()
        except http.client.BadStatusLine as error:
            # Envoy passes on status codes of two digits.
            return int(error.line.split()[1]), [], b""
        return answer.status, answer.getheaders(), answer.read()


def latin(text):
    """UTF-8 text as it is written into a head, one character per byte."""
    return text.encode().decode("latin-1")


def bodies():
    json_body = '{"id":1,"name":"Zoë"}'.encode()
    return [
        ("application/json", json_body), ("application/json; charset=utf-8", json_body), ("text/plain", b"line\n\ttab"),
        ("text/html", "<p>漢😀</p>".encode()), ("application/xml", b"<a/>"), ("application/javascript", b"f()"),
        ("image/png", bytes(range(256))), ("application/octet-stream", b"\x00\xff"), ("application/pdf", b"%PDF"),
        ("application/x-www-form-urlencoded", b"a=1&b=2"), ("application/problem+json", json_body),
        ("multipart/form-data; boundary=x", b"--x--\r\n"), (None, b"no type"), (None, b"\x80\x81"),
        ("text/plain", b""), ("application/octet-stream", b""), (None, b""),
    ]


def picked():
    """One request or more for every rule."""
    gzipped = gzip.compress(b'{"id":1}', mtime=0)
    yield Request()
    for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        yield Request(method, "/orders")
    yield Request("OPTIONS", "*")
    for target in (
        "/?", "/?a", "/?a=", "/?=v", "/?&a=1&&b=2&", "/?a=1&a=2&a=3", "/?A=1&a=2", "/?a=1=2", "/?a=b+c&d+e=f",
        "/?a=%20%2B%26%3D&%62=c", "/?e=%C3%A9", "/?e=%FF", "/?e=%", "/?e=%4", "/?e=%zz", "/?a=1&%61=2", "/?a?b=1",
        "/?a=1;b=2", "/a%20b/%C3%A9?x=1", "//double//slash", "/a/../b/./c", "/%2e%2e/a", "/a%2Fb", "/?list=1,2,3",
        "/orders?state=open&state=late", "/" + "p" * 2000, "/?json={%22a%22:[1]}", "/#fragment", "relative",
        "http://HOST/absolute?a=1",
    ):
        yield Request(target=target)
    for name, values in (
        ("X-A", ["1", "2"]), ("X-A", ["1", "2", "3"]), ("X-A", [""]), ("X-A", ["", "1"]), ("X-A", ["1, 2", "3"]),
        ("Cookie", ["a=1; b=2"]), ("Cookie", ["a=1", "b=2"]), ("Accept", ["text/html, */*;q=0.1"]),
        ("X-Under_Score", ["1"]), ("X-Tab", ["a\tb"]), ("X-Quote", ['"\\']), ("X-Latin", ["caf\xe9"]),
        ("X-Utf8", [latin("é漢😀")]), ("X-Forwarded-For", ["1.2.3.4"]), ("X-Forwarded-For", ["1.2.3.4, 5.6.7.8"]),
        ("X-Forwarded-For", ["1.2.3.4", "5.6.7.8"]), ("X-Forwarded-Port", ["99"]), ("X-Forwarded-Proto", ["gopher"]),
        ("X-Forwarded-Host", ["h"]), ("X-Amzn-RequestId", ["mine"]), ("X-Amzn-RequestId", ["r" * 600]),
        ("X-Amzn-Trace-Id", ["Root=1"]), ("Traceparent", ["00-1"]), ("X-Request-Id", ["mine"]),
        ("Authorization", ["Bearer token"]), ("Authorization", ["Basic dTpw"]),
        ("X-Amz-Security-Token", ["secret"]), ("X-Amz-Date", ["20260101T000000Z"]),
        ("X-Amz-Content-Sha256", ["UNSIGNED-PAYLOAD"]), ("Expect", ["100-continue"]), ("TE", ["trailers"]),
        ("TE", ["deflate"]), ("Trailer", ["x-t"]), ("Keep-Alive", ["timeout=5"]), ("Proxy-Connection", ["close"]),
        ("Proxy-Authorization", ["Basic eA=="]), ("Proxy-Other", ["1"]), ("Upgrade", ["h2c"]),
        ("Connection", ["close"]), ("Connection", ["keep-alive"]), ("X-Envoy-Retry-On", ["5xx"]), ("Via", ["1.1 x"]),
        ("User-Agent", ["curl/8"]), ("Content-Type", ["text/plain", "image/png"]),
    ):
        yield Request(headers=[(name, value) for value in values])
    yield Request(headers=[("Connection", "close, X-Hop"), ("X-Hop", "1"), ("X-Kept", "2")])
    yield Request(headers=[("x-a", "1"), ("X-B", "2"), ("X-A", "3")])
    yield Request(headers=FORGED)
    for line in FORGED:
        yield Request(headers=[line])
    for content_type, body in bodies():
        for chunked in (False, True):
            yield Request("POST", "/", [("Content-Type", content_type)] if content_type else [], body, chunked)
    for content_type in ("Application/JSON", "TEXT/Plain", " text/plain", "text/", "textual", "application/jsonp"):
        yield Request("POST", "/", [("Content-Type", content_type)], b"{}")
    for content_type, body in (
        ("application/json", gzipped), ("application/json", b"{}"), ("text/plain", b"\xff\xfe"),
        ("image/png", b"\x89PNG"), (None, gzipped), ("application/json", b"\xed\xa0\x80"),
    ):
        for encoding in ([("Content-Encoding", "gzip")], []):
            kind = [("Content-Type", content_type)] if content_type else []
            yield Request("POST", "/", [*kind, *encoding], body)
    yield Request("GET", "/", [("Content-Type", "text/plain")], b"a body with GET")
    yield Request("POST", "/", [("Content-Type", "text/plain")], b"x" * 100_000)
    yield Request(version="HTTP/1.0")


def generated(seed=SEED, count=GENERATED):
    chance = random.Random(seed)
    words = ["a", "b", "state", "orders", "x-1", "A"]
    values = ["", "1", "open", "late", "a+b", "%20", "%C3%A9", "1,2", "%2B", "%"]
    names = ["X-A", "x-a", "X-B", "Accept", "Accept-Language", "User-Agent", "Cookie", "If-None-Match", "Traceparent"]
    contents = ["1", "two words", "a, b", 'q"u\\ote', "", latin("é")]
    hops = [("TE", "trailers"), ("Keep-Alive", "timeout=5"), ("Connection", "keep-alive"), *FORGED,
            ("X-Forwarded-For", "9.9.9.9"), ("X-Amzn-RequestId", "mine")]
    for _ in range(count):
        path = "/" + "/".join(chance.choice([*words, "%20", ".", "caf%C3%A9"]) for _ in range(chance.randrange(4)))
        pairs = [f"{chance.choice(words)}={chance.choice(values)}" for _ in range(chance.randrange(5))]
        headers = [(chance.choice(names), chance.choice(contents)) for _ in range(chance.randrange(6))]
        headers += [line for line in hops if chance.random() < 0.06]
        content_type, body = chance.choice(bodies())
        method = chance.choice(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
        if method in ("GET", "HEAD"):
            body = b""
        elif chance.random() < 0.4:
            body = bytes(chance.randrange(256) for _ in range(chance.randrange(300)))
        if content_type:
            headers.append(("Content-Type", content_type))
        yield Request(method, path + ("?" + "&".join(pairs) if pairs else ""), headers, body,
                      chunked=bool(body) and chance.random() < 0.2)


def requests():
    return [*picked(), *generated()]

