#!/usr/bin/env python3
"""A runtime of its own that streams its answers, byte by byte as the Runtime API has it."""

import base64
import json
import os
import socket

host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
connection = socket.create_connection((host, int(port)))
reader = connection.makefile("rb")
BASE = "/2018-06-01/runtime/invocation"


def send(text):
    connection.sendall(text if isinstance(text, bytes) else text.encode())


def answer():
    status = int(reader.readline().split()[1])
    headers = {}
    while (line := reader.readline().strip()):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    return status, headers, reader.read(int(headers.get("content-length", "0")))


def chunk(data):
    send(b"%x\r\n" % len(data) + data + b"\r\n")


def wait_for_gate(address):
    with socket.create_connection(tuple(address)) as gate:
        gate.recv(1)


def end(error=None):
    trailers = ""
    if error:
        body = base64.b64encode(json.dumps(error).encode()).decode()
        trailers = (
            f"Lambda-Runtime-Function-Error-Type: {error['errorType']}\r\n"
            f"Lambda-Runtime-Function-Error-Body: {body}\r\n")
    send("0\r\n" + trailers + "\r\n")


def stream(event, content_type="application/octet-stream"):
    send(
        f"POST {BASE}/{request_id}/response HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
        "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
        "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n")
    what = event.get("do")
    if what == "bytes":
        block = b"x" * 65536
        for _ in range(event["blocks"]):
            chunk(block)
        return end()
    if what == "prelude":
        chunk(b'{"statusCode":201}' + bytes(8) + b"body")
        return end()
    chunk(b"first")
    if "gate" in event:
        wait_for_gate(event["gate"])
    if what == "exit":
        os._exit(3)
    if what == "fail":
        return end({"errorType": "Half.Way", "errorMessage": "no more"})
    if what == "hang":
        while True:
            pass
    chunk(b"second")
    end()


while True:
    send(f"GET {BASE}/next HTTP/1.1\r\nHost: x\r\n\r\n")
    _, headers, body = answer()
    request_id = headers["lambda-runtime-aws-request-id"]
    event = json.loads(body)
    if event.get("do") == "buffered":
        data = json.dumps({"whole": True})
        send(f"POST {BASE}/{request_id}/response HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n{data}")
    else:
        stream(event)
    print("told", answer()[0], flush=True)
