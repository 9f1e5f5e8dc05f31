"""A client for comparing servers: everything is signed before the clock starts, so that only sending and receiving is in
the time that is measured, for every server in the same way.

One thread serves all connections. A request costs it about 20 µs, no connection waits for another one's answer, and each
has one request under way: the next one goes out when the answer is there.
"""

import json
import select
import socket
import time

from light_client import content_length


class Connection:
    def __init__(self, address):
        self.address = address
        self.buffer = b""
        self.current = None
        self.socket = None

    def open(self):
        self.socket = socket.create_connection(self.address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def answer(self):
        """The answer that has arrived, as status, body and whether the connection stays; `None` if it is not whole."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[:end].decode("latin-1").lower()
        length = content_length(head)
        if length is None:
            raise AssertionError(f"an answer without a length: {head}")
        if len(self.buffer) < end + 4 + length:
            return None
        body = self.buffer[end + 4:end + 4 + length]
        self.buffer = self.buffer[end + 4 + length:]
        stays = "\r\nconnection: close" not in head and not head.startswith("http/1.0")
        return int(head[9:12]), body, stays


def exchange(address, requests, connections):
    """Sends the requests (bytes) over some connections; returns the bodies in their order and the seconds it took.

    Anything but success is an error.
    """
    bodies = [None] * len(requests)
    waiting = iter(range(len(requests)))
    opened = {}
    start = time.perf_counter()
    with select.epoll() as poll:

        def send_next(connection):
            number = next(waiting, None)
            if number is None:
                return
            if connection.socket is None:
                connection.open()
                opened[connection.socket.fileno()] = connection
                poll.register(connection.socket.fileno(), select.EPOLLIN)
            connection.current = number
            connection.socket.sendall(requests[number])

        def close(connection):
            poll.unregister(connection.socket.fileno())
            del opened[connection.socket.fileno()]
            connection.socket.close()
            connection.socket = None

        for _ in range(min(connections, len(requests))):
            send_next(Connection(address))
        missing = len(requests)
        while missing:
            ready = poll.poll(60)
            if not ready:
                raise AssertionError(f"no answer for 60 s, {missing} requests are not answered")
            for descriptor, _ in ready:
                connection = opened[descriptor]
                data = connection.socket.recv(65536)
                if not data:
                    raise ConnectionError("the server closed the connection")
                connection.buffer += data
                answer = connection.answer()
                if answer is None:
                    continue
                status, body, stays = answer
                if status not in (200, 201):
                    raise AssertionError(f"{requests[connection.current]!r}: {status} {body!r}")
                bodies[connection.current] = body
                missing -= 1
                if not stays:
                    close(connection)
                send_next(connection)
        seconds = time.perf_counter() - start
        for connection in list(opened.values()):
            close(connection)
    return bodies, seconds


def identifiers(bodies):
    return [json.loads(body)["id"] for body in bodies]
