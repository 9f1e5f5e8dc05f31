"""Certificates to try, and connections to a TLS port that say exactly what a test wants said."""

import datetime
import socket
import ssl
import struct

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

ALERTS = {40: "handshake_failure", 50: "decode_error", 70: "protocol_version", 109: "missing_extension",
          112: "unrecognized_name"}


def self_signed(names, key=None, start=-1, days=30):
    """A certificate that is its own authority, and its key, both as PEM.

    `names` is a SAN list; `start` is the first day of validity from today."""
    key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    begin = now + datetime.timedelta(days=start)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256()))
    return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def elliptic_key():
    return ec.generate_private_key(ec.SECP256R1())


def client_hello(server_name=None):
    """The first message of Python's TLS client, as bytes."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=server_name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def rest(connection):
    """Everything until the other side closes."""
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def answer_to(port, first_bytes):
    """What a TLS port says to `first_bytes` until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(first_bytes)
        return rest(connection)


def alert_in(answer):
    """The name of the fatal alert that an answer is."""
    kind, version, length, level, description = struct.unpack(">BHHBB", answer)
    assert (kind, version, length, level) == (21, 0x0303, 2, 2), answer
    return ALERTS.get(description, description)


def connect(port, server_name, authority, alpn=("h2",)):
    """A TLS connection to loopback that trusts one authority."""
    context = ssl.create_default_context(cafile=authority)
    context.set_alpn_protocols(list(alpn))
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    return context.wrap_socket(plain, server_hostname=server_name)


class HTTP2Client:
    """An HTTP/2 connection that also sends what the protocol forbids."""

    def __init__(self, port, server_name, authority):
        self.socket = connect(port, server_name, authority)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.host = server_name
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False,
            normalize_outbound_headers=False))
        self.h2.initiate_connection()
        self.events = []
        self.flush()

    def flush(self):
        try:
            self.socket.sendall(self.h2.data_to_send())
        except OSError:
            # The server has closed; what it said before is still to be read.
            pass

    def headers(self, *more, method="GET", path="/", authority=None):
        return [(":method", method), (":scheme", "https"), (":authority", authority or self.host), (":path", path), *more]

    def request(self, headers=None, body=None):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, headers or self.headers(), end_stream=body is None)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self.flush()
        return stream

    def frame(self, kind, flags, stream, payload):
        """Sends any frame."""
        self.socket.sendall(struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload)

    def wait(self, wanted):
        """Reads until an event is wanted; `None` at the end of the connection."""
        while True:
            for index, event in enumerate(self.events):
                if wanted(event):
                    return self.events.pop(index)
            try:
                received = self.socket.recv(65536)
            except (ConnectionResetError, ssl.SSLError):
                received = b""
            if not received:
                return None
            self.events += self.h2.receive_data(received)
            for event in self.events:
                if isinstance(event, h2.events.DataReceived) and not getattr(event, "seen", False):
                    event.seen = True
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            self.flush()

    def response(self, stream):
        """Status, headers and body."""
        def of_stream(*kinds):
            return lambda event: isinstance(event, kinds) and event.stream_id == stream
        head = self.wait(of_stream(h2.events.ResponseReceived, h2.events.StreamReset))
        assert isinstance(head, h2.events.ResponseReceived), head
        body = b""
        while True:
            event = self.wait(of_stream(h2.events.DataReceived, h2.events.StreamEnded, h2.events.StreamReset))
            assert event is not None
            if isinstance(event, h2.events.StreamEnded):
                headers = {str(name): str(value) for name, value in head.headers}
                return int(headers[":status"]), headers, body
            assert isinstance(event, h2.events.DataReceived), event
            body += event.data

    def reset(self, stream):
        """The code a stream was reset with."""
        event = self.wait(lambda event: isinstance(event, h2.events.StreamReset) and event.stream_id == stream)
        return event.error_code if event else None

    def goodbye(self):
        """The code of GOAWAY; `None` if the connection ended without one."""
        event = self.wait(lambda event: isinstance(event, h2.events.ConnectionTerminated))
        return event.error_code if event else None

    def close(self):
        self.socket.close()
