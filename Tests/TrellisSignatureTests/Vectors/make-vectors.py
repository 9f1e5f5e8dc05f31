#!/usr/bin/env python3
"""Writes botocore-vectors.json: requests signed by botocore, exactly as they leave its HTTP client.

Run it with a Python that has boto3 (made with botocore 1.43.11): python3 make-vectors.py

No network is used: the connection is one end of a socket pair, and the other end keeps what it reads. The date, the
keys and the invocation ids are fixed, so that the same botocore writes the same file.
"""

import base64
import datetime
import json
import pathlib
import random
import socket
import threading
import urllib.parse
import uuid

import boto3
import botocore
import botocore.auth
import urllib3.connection
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

NOW = datetime.datetime(2025, 3, 14, 15, 9, 26)
ACCESS_KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE//token+with/odd=characters=="
REGION = "us-east-1"
ACCOUNT = "123456789012"


class Wire:
    """Stands for the network: every connection is a socket pair whose far end records one request."""

    def __init__(self):
        self.requests = []

    def connect(self):
        near, far = socket.socketpair()
        thread = threading.Thread(target=self._serve, args=(far,), daemon=True)
        thread.start()
        return near

    def _serve(self, far):
        with far:
            data = b""
            while b"\r\n\r\n" not in data:
                chunk = far.recv(65536)
                if not chunk:
                    return
                data += chunk
            head, _, body = data.partition(b"\r\n\r\n")
            lines = head.decode("utf-8").split("\r\n")
            headers = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines[1:]]
            length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
            while len(body) < length:
                body += far.recv(65536)
            method, rest = lines[0].split(" ", 1)
            target = rest.rsplit(" ", 1)[0]
            self.requests.append((method, target, headers, body))
            far.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


WIRE = Wire()
urllib3.connection.HTTPConnection._new_conn = lambda connection: WIRE.connect()
botocore.auth.get_current_datetime = lambda: NOW
UUIDS = random.Random(1)
uuid.uuid4 = lambda: uuid.UUID(int=UUIDS.getrandbits(128), version=4)

vectors = []


def record(name, service, signed_url=None):
    method, target, headers, body = WIRE.requests.pop()
    assert not WIRE.requests
    vector = {"name": name, "service": service, "method": method, "target": target}
    parts = urllib.parse.urlsplit(signed_url or target)
    signed_target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    if signed_target != target:
        # urllib3 escapes what the caller left bare, only after botocore has signed.
        vector["signedTarget"] = signed_target
    # Neither is signed, and the user agent names the machine the script ran on.
    vector["headers"] = [[n, v] for n, v in headers if n.lower() not in ("user-agent", "accept-encoding")]
    if body:
        vector["body"] = base64.b64encode(body).decode()
    vectors.append(vector)


def sign_and_send(name, path_and_query, method="GET", headers=(), body=b"", token=None, params=None):
    """One AWSRequest through SigV4Auth and botocore's own HTTP session."""
    request = AWSRequest(
        method=method, url="http://service.example.com" + path_and_query, data=body, params=params or {})
    for key, value in headers:
        request.headers[key] = value
    botocore.auth.SigV4Auth(Credentials(ACCESS_KEY, SECRET, token), "vpc-lattice", REGION).add_auth(request)
    prepared = request.prepare()
    URLLib3Session(timeout=5).send(prepared)
    record(name, "vpc-lattice", prepared.url)


def call(service, operation, token=None, **parameters):
    """One operation of a real client: the service model decides how ARNs are put in the path."""
    client = boto3.client(
        service, region_name=REGION, endpoint_url=f"http://{service}.example.com",
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET, aws_session_token=token,
        config=Config(retries={"max_attempts": 0}, parameter_validation=True))
    try:
        getattr(client, operation)(**parameters)
    except Exception:
        # The answer is not the operation's; only the request matters.
        pass
    arn = next((v for v in parameters.values() if isinstance(v, str) and v.startswith("arn:")), "")
    record(f"{service} {operation} {arn}".strip(), client.meta.service_model.signing_name)


PATHS = [
    "", "/", "/a", "/a/", "/a b", "/a%20b", "/a%2Fb", "/a%2fb", "/a%25b", "/a+b", "/a*b", "/a~b", "/%7Ea", "/%41",
    "//", "//a//b//", "/a/./b/.", "/./", "/a/../b", "/a/b/..", "/a/b/../", "/../../a", "/...", "/.a/..b", "/é",
    "/%C3%A9", "/日本/%E6%97%A5", "/%F0%9F%98%80", "/a:b@c", "/!$&'()*,;=", "/a;b=c/d", "/a[b]", "/a|b", "/a\"b", "/%zz", "/100%",
    "/a%2E%2E/b", "/a%00b", "/-._~", "/A%2f..%2FB",
]
QUERIES = [
    "a", "a=", "a=b", "b=1&a=2", "a=2&a=1", "a=1&a=1", "a&a=&a=1", "a=b=c", "=v", "&", "a&&b", "a=1&", "&a=1",
    "a b=c d", "a%20b=c%20d", "a+b=c+d", "a%2Bb=c%2Bd", "a=*", "a=%2A", "a=~", "a=%7E", "a=%2F", "a=/", "a=%2f", "a=b/c?d",
    "a=é", "a=%C3%A9", "日=本", "a=%F0%9F%98%80", "a-=1&a=2&a.=3&A=4&a_=5", "a=1&a-b=2&a%3D=3", "a=!$'(),;:@", "a=[b]",
    "a=100%", "a=%zz", "a=%25", "a=\"", "a=|", "Z=1&a=2&_=3&~=4&%41=5", "maxResults=5&nextToken=AAAA%2B%2F%3D%3D",
]


def handmade():
    for path in PATHS:
        sign_and_send(f"path {path!r}", path)
    for query in QUERIES:
        sign_and_send(f"query {query!r}", "/q?" + query)
    sign_and_send("query from parameters", "/q", params={"a/b": "c+d", "x": "*~/é", "empty": ""})
    sign_and_send("header white space", "/", headers=[("X-Custom", "  a   b \t c  "), ("X-Empty", "")])
    sign_and_send(
        "quoted header", "/", headers=[("If-Match", '"a   b"'), ("Content-Type", "text/plain; charset=utf-8")])
    sign_and_send("date header", "/", headers=[("Date", "now")])
    sign_and_send("date and x-amz-date", "/", headers=[("Date", "now"), ("X-Amz-Date", "20000101T000000Z")])
    sign_and_send("body", "/b", method="POST", body=b'{"name":"a"}', headers=[("Content-Type", "application/json")])
    sign_and_send("body of every byte", "/b", method="PUT", body=bytes(range(256)))
    sign_and_send("body and token", "/b", method="POST", body=b"x", token=TOKEN)
    sign_and_send("token", "/", token=TOKEN)
    sign_and_send(
        "unsigned payload", "/u", method="POST", body=b"x", headers=[("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")])
    sign_and_send("headers that are not signed", "/", headers=[("X-Amzn-Trace-Id", "Root=1"), ("TE", "trailers")])
    sign_and_send("host header with a port", "/", headers=[("Host", "service.example.com:8080")])
    for method in ("HEAD", "DELETE", "PATCH", "OPTIONS"):
        sign_and_send(f"method {method}", "/m?x=1", method=method)


def generated(count=48):
    """Paths and queries put together at random from pieces that clients treat differently."""
    draw = random.Random(20250314)
    pieces = ["a", "B", "7", "-", ".", "..", "_", "~", "+", "*", ":", "@", "(", "'", "/"]
    pieces += ["%20", "%2F", "%2B", "%C3%A9", "%E2%82%AC"]
    for number in range(count):
        path = "".join("/" + "".join(draw.choices(pieces, k=draw.randint(0, 3))) for _ in range(draw.randint(1, 4)))
        names = ["".join(draw.choices(pieces, k=draw.randint(1, 2))) for _ in range(draw.randint(0, 5))]
        query = "&".join(
            draw.choice([name, name + "=", name + "=" + "".join(draw.choices(pieces, k=2))]) for name in names)
        sign_and_send(f"generated {number}", path + ("?" + query if query else ""))


def clients():
    lattice = f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}"
    service = f"{lattice}:service/svc-0123456789abcdef0"
    listener = f"{service}/listener/listener-0123456789abcdef0"
    rule = f"{listener}/rule/rule-0123456789abcdef0"
    network = f"{lattice}:servicenetwork/sn-0123456789abcdef0"
    group = f"{lattice}:targetgroup/tg-0123456789abcdef0"
    call("vpc-lattice", "list_services", maxResults=5, nextToken="A+/=b c*~")
    call("vpc-lattice", "get_service", serviceIdentifier=service)
    call("vpc-lattice", "get_service", serviceIdentifier="svc-0123456789abcdef0", token=TOKEN)
    call("vpc-lattice", "get_listener", serviceIdentifier=service, listenerIdentifier=listener)
    call("vpc-lattice", "delete_rule", serviceIdentifier=service, listenerIdentifier=listener, ruleIdentifier=rule)
    call("vpc-lattice", "create_service", name="greeting", tags={"team": "a b"})
    call("vpc-lattice", "register_targets", targetGroupIdentifier=group,
         targets=[{"id": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:greet:live"}])
    call("vpc-lattice", "list_service_network_service_associations", serviceNetworkIdentifier=network,
         serviceIdentifier=service)
    call("vpc-lattice", "list_tags_for_resource", resourceArn=service)
    call("vpc-lattice", "untag_resource", resourceArn=group, tagKeys=["a b", "c/d", "é", "a+b"])
    call("vpc-lattice", "put_auth_policy", resourceIdentifier=network, policy='{"Version":"2012-10-17"}')

    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:greet"
    call("lambda", "get_function", FunctionName=function)
    call("lambda", "get_function", FunctionName=function + ":live", Qualifier="live")
    call("lambda", "get_function", FunctionName="greet", Qualifier="$LATEST")
    call("lambda", "invoke", FunctionName=function, Payload=b'{"a":"\xc3\xa9"}', InvocationType="RequestResponse",
         LogType="Tail", ClientContext=base64.b64encode(b'{"x":1}').decode())
    call("lambda", "invoke", FunctionName="greet:$LATEST", Payload=b"", token=TOKEN)
    call("lambda", "create_function", FunctionName="greet", Runtime="python3.12", Handler="app.handler",
         Role=f"arn:aws:iam::{ACCOUNT}:role/r", Code={"ZipFile": b"PK\x05\x06" + bytes(18)})
    call("lambda", "list_tags", Resource=function)
    call("lambda", "untag_resource", Resource=function, TagKeys=["a b", "c=d", "e&f"])
    call("lambda", "remove_permission", FunctionName=function, StatementId="s1")

    call("sts", "get_caller_identity")
    call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument='{"Statement": [ ]}', Path="/a/b/")
    call("logs", "describe_log_groups", logGroupNamePrefix="/aws/lambda/")


handmade()
generated()
clients()
result = {
    "botocore": botocore.__version__,
    "accessKeyID": ACCESS_KEY,
    "secretAccessKey": SECRET,
    "sessionToken": TOKEN,
    "region": REGION,
    "time": NOW.strftime("%Y%m%dT%H%M%SZ"),
    "vectors": vectors,
}
lines = ",\n".join("  " + json.dumps(vector, ensure_ascii=False) for vector in result.pop("vectors"))
head = json.dumps(result, ensure_ascii=False)[:-1]
path = pathlib.Path(__file__).with_name("botocore-vectors.json")
path.write_text(f'{head}, "vectors": [\n{lines}\n]}}\n', encoding="utf-8")
print(f"{path.name}: {len(vectors)} requests signed by botocore {botocore.__version__}")
