"""A client for load tests: signs like an SDK and spends as little as Python can, so that the server is what is measured.

boto3 spends more than a millisecond on a request; this spends about a tenth of it on the same bytes.
"""

import datetime
import hashlib
import hmac
import json
import socket
import urllib.parse


class LightClient:
    """One kept connection to an endpoint, with SigV4 signatures; not for several threads at once."""

    def __init__(self, endpoint, access_key, secret_key, region="us-east-1", service="vpc-lattice"):
        address = urllib.parse.urlsplit(endpoint)
        self.address = (address.hostname, address.port)
        self.host = f"{address.hostname}:{address.port}"
        self.access_key, self.secret_key = access_key, secret_key
        self.region, self.service = region, service
        self.day, self.key = None, None
        self.socket, self.buffer = None, b""

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, method, target, body=None):
        """Sends one request and returns status and parsed body (`None` if there is none)."""
        payload = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        return self.exchange(self.signed(method, target, payload))

    def created(self, target, body, expected=(200, 201)):
        """Creates a resource and returns the answer; anything but success is an error."""
        status, answer = self.send("POST", target, body)
        if status not in expected:
            raise AssertionError(f"POST {target}: {status} {answer}")
        return answer

    def signed(self, method, target, payload):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        day = now[:8]
        if day != self.day:
            key = f"AWS4{self.secret_key}".encode()
            for part in (day, self.region, self.service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self.day, self.key = day, key
        path, _, query = target.partition("?")
        query = "&".join(sorted(query.split("&")))
        # Every service but S3 signs the path percent-encoded once more.
        canonical = (
            f"{method}\n{urllib.parse.quote(path, safe='/-_.~')}\n{query}\nhost:{self.host}\nx-amz-date:{now}\n\n"
            f"host;x-amz-date\n{hashlib.sha256(payload).hexdigest()}")
        scope = f"{day}/{self.region}/{self.service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self.key, text.encode(), "sha256").hex()
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: {self.host}\r\nX-Amz-Date: {now}\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
            f"SignedHeaders=host;x-amz-date, Signature={signature}\r\n")
        if payload:
            head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n"
        return head.encode() + b"\r\n" + payload

    def exchange(self, request):
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.buffer = b""
        self.socket.sendall(request)
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self.read_more()
        head = self.buffer[:end].decode("latin-1").lower()
        status = int(head[9:12])
        length = content_length(head)
        if length is None and status != 204:
            raise AssertionError(f"an answer without a length: {head}")
        total = end + 4 + (length or 0)
        while len(self.buffer) < total:
            self.read_more()
        body, self.buffer = self.buffer[end + 4:total], self.buffer[total:]
        if "\r\nconnection: close" in head:
            self.close()
        return status, json.loads(body) if body else None

    def read_more(self):
        data = self.socket.recv(65536)
        if not data:
            self.close()
            raise ConnectionError("the server closed the connection")
        self.buffer += data


def content_length(head):
    start = head.find("\r\ncontent-length:")
    if start < 0:
        return None
    end = head.find("\r\n", start + 2)
    return int(head[start + 17:end if end >= 0 else None])
