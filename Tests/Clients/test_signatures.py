"""Requests that botocore signs with SigV4 and awscrt with SigV4A, in headers and in queries, through to a function."""

import http.client
import json
import socket
import struct
import subprocess

import pytest

pytest.importorskip("awscrt", reason="awscrt signs SigV4A")

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.crt.auth import CrtSigV4AsymAuth, CrtSigV4AsymQueryAuth, CrtSigV4Auth, CrtSigV4QueryAuth

from conftest import TRELLIS, Lattice, Server, free_port, function_source, wait_for

UNSIGNED = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "vpc-lattice-svcs:Invoke", "Resource": "*"}
VPC = "vpc-0123456789abcdef7"
ENDPOINT = "vpce-0123456789abcdef0"


def put_policy(lattice, service, *statements):
    lattice.lattice.put_auth_policy(
        resourceIdentifier=service["id"],
        policy=json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW, **statement} for statement in statements]}))


@pytest.fixture(scope="module")
def guarded(lattice):
    """A service that lets nobody in who does not sign."""
    function = lattice.create_function("signed", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    service = lattice.service("signed", lattice.target_group("signed-group", function))
    lattice.lattice.create_service_network_vpc_association(
        serviceNetworkIdentifier=service["network"], vpcIdentifier=VPC)
    service["arn"] = lattice.lattice.get_service(serviceIdentifier=service["id"])["arn"]
    lattice.lattice.update_service(serviceIdentifier=service["id"], authType="AWS_IAM")
    put_policy(lattice, service, {"Condition": {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}})
    return service


def credentials(server, **changes):
    environment = server.environment
    return Credentials(
        changes.get("key", environment["AWS_ACCESS_KEY_ID"]),
        changes.get("secret", environment["AWS_SECRET_ACCESS_KEY"]), changes.get("token"))


def signed(server, service, signer, path, method="GET", region=None, headers=None, **changes):
    request = AWSRequest(method=method, url=f"http://{service['host']}:{service['port']}{path}",
                         headers={**UNSIGNED, **(headers or {})})
    signer(credentials(server, **changes), "vpc-lattice-svcs", region or server.environment["AWS_REGION"]).add_auth(
        request)
    return request.prepare()


def send(service, request, target=None):
    """Sends a signed request as it is, to where the service is."""
    connection = http.client.HTTPConnection("127.0.0.1", service["port"], timeout=30)
    connection.putrequest(request.method, target or request.url.split(str(service["port"]), 1)[1], skip_host=True,
                          skip_accept_encoding=True)
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers.setdefault("host", f"{service['host']}:{service['port']}")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


SIGNERS = [SigV4Auth, SigV4QueryAuth, CrtSigV4Auth, CrtSigV4QueryAuth, CrtSigV4AsymAuth, CrtSigV4AsymQueryAuth]
PATHS = ["/", "/orders?state=open&b=2&a=1", "/a%20b/c%2Fd?x=%2F&y=a%20b&z", "/teams/%C3%A9t%C3%A9?q=%E2%82%AC", "/a//b/./c?=v&k"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.__name__)
def test_a_signed_request_reaches_the_function(server, guarded, signer, path):
    status, text = send(guarded, signed(server, guarded, signer, path))
    assert status == 200, text
    event = json.loads(text)
    root = f"arn:aws:iam::{server.endpoints['account']}:root"
    identity = event["requestContext"]["identity"]
    assert identity["type"] == "AWS_IAM"
    assert identity["principal"] == root
    assert f"Principal={root}" in event["headers"]["x-amzn-lattice-identity"][0]
    assert "authorization" not in event["headers"]


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.__name__)
@pytest.mark.parametrize("changes, text", [
    ({"secret": "wrong"}, "InvalidSignatureException: The request signature we calculated"),
    ({"key": "AKIAIOSFODNN7EXAMPLE"}, "UnrecognizedClientException: "),
    ({"token": "token"}, "UnrecognizedClientException: "),
    ({"region": "eu-north-1"}, "InvalidSignatureException: Credential should be scoped to a valid Region, not"),
])
def test_a_wrong_signature_is_refused(server, guarded, signer, changes, text):
    status, answer = send(guarded, signed(server, guarded, signer, "/x?y=1", **changes))
    assert (status, answer[:len(text)]) == (403, text)


@pytest.mark.parametrize("signer", SIGNERS, ids=lambda signer: signer.__name__)
def test_a_signature_is_good_for_its_request_only(server, guarded, signer):
    request = signed(server, guarded, signer, "/x?y=1")
    target = request.url.split(str(guarded["port"]), 1)[1]
    assert send(guarded, request)[0] == 200
    for other in (target.replace("/x", "/z"), target.replace("y=1", "y=2"), target + "&more=1"):
        status, text = send(guarded, request, other)
        assert (status, text.split(":")[0]) == (403, "InvalidSignatureException")
    request.method = "DELETE"
    assert send(guarded, request)[0] == 403


@pytest.mark.parametrize("regions, status", [("*", 200), ("us-*,eu-*", 200), ("eu-*", 403), ("", 403)])
def test_a_region_set(server, guarded, regions, status):
    for signer in (CrtSigV4AsymAuth, CrtSigV4AsymQueryAuth):
        request = AWSRequest(method="GET", url=f"http://{guarded['host']}:{guarded['port']}/", headers=UNSIGNED)
        if regions:
            signer(credentials(server), "vpc-lattice-svcs", regions).add_auth(request)
            assert send(guarded, request.prepare())[0] == status
        else:
            signer(credentials(server), "vpc-lattice-svcs", "*").add_auth(request)
            prepared = request.prepare()
            prepared.headers.pop("X-Amz-Region-Set", None)
            assert send(guarded, prepared, "/" if signer is CrtSigV4AsymAuth else None)[0] in (status, 200)


# The tools

def trellis(server, *arguments, **settings):
    return subprocess.run([str(TRELLIS), *arguments, "--data-dir", str(server.data_dir)], capture_output=True, timeout=60,
                          **settings)


def test_curl_signs(server, guarded):
    url = f"http://signed.localhost:{guarded['port']}/orders?b=2&a=%2F"
    for options in ([], ["--sigv4a"], ["--sigv4a", "--region", "*"]):
        done = trellis(server, "curl", *options, "-X", "PUT", "-H", "x-team: blue", "-H", "content-type: text/plain",
                       "-d", "body", "-i", url)
        assert done.returncode == 0, done.stderr
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0]
        event = json.loads(body)
        assert (event["method"], event["body"], event["headers"]["x-team"]) == ("PUT", "body", ["blue"])
        assert event["requestContext"]["identity"]["type"] == "AWS_IAM"
    environment = {"PATH": "/usr/bin", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "s",
                   "AWS_REGION": "us-east-1"}
    done = trellis(server, "curl", "--environment", url, env=environment)
    assert done.stdout.startswith(b"UnrecognizedClientException: ")
    assert trellis(server, "curl", "--environment", url, env={"PATH": "/usr/bin"}).returncode == 69
    assert trellis(server, "curl", "-H", "nonsense", url).returncode == 64
    assert trellis(server, "curl", f"http://signed.localhost:{free_port()}/").returncode == 69


def test_explain(server, lattice, guarded):
    url = f"http://signed.localhost:{guarded['port']}/orders/1"
    put_policy(lattice, guarded, {"Sid": "blue", "Resource": "*/orders/*", "Condition": {
        "StringEquals": {"vpc-lattice-svcs:RequestHeader/x-team": "blue"}}}, {"Effect": "Deny", "Resource": "*/admin"})
    try:
        refused = trellis(server, "explain", "-H", "x-team: red", url)
        lines = refused.stdout.decode().splitlines()
        assert refused.returncode == 65, refused.stderr
        assert f"service: {guarded['arn']}" in lines
        assert "caller: anonymous" in lines
        assert "network: nothing to pass" in lines
        assert ("service: statement 0 'blue' (Allow) has the condition StringEquals "
                'vpc-lattice-svcs:RequestHeader/x-team "blue", which does not hold: the request has "red"') in lines, lines
        elsewhere = trellis(server, "explain", "-H", "x-team: red", url.replace("/orders/1", "/other"))
        assert ("service: statement 0 'blue' (Allow) is about other resources; has the condition StringEquals "
                'vpc-lattice-svcs:RequestHeader/x-team "blue", which does not hold: the request has "red"'
                ) in elsewhere.stdout.decode().splitlines()
        assert any(line.startswith("refused: 403 AccessDeniedException: User: anonymous is not authorized") for line in lines)
        assert any(line.startswith("to change: statement 0 'blue' of the service layer would have to accept") for line in lines)

        passed = trellis(server, "explain", "--caller", "root", "-H", "x-team: blue", "--format", "json", url)
        assert passed.returncode == 0, passed.stderr
        report = json.loads(passed.stdout)
        assert report["isAllowed"] and report["rule"] == "default action" and report["action"].startswith("forward to tg-")
        assert report["caller"] == f"arn:aws:iam::{server.endpoints['account']}:root"

        admin = trellis(server, "explain", "-X", "POST", f"http://signed.localhost:{guarded['port']}/admin")
        assert "to change: statement 1 of the service layer must not apply" in admin.stdout.decode()
        unknown = trellis(server, "explain", "--caller", "AKIAIOSFODNN7EXAMPLE", url)
        assert "refused: 403 UnrecognizedClientException" in unknown.stdout.decode()
        nowhere = trellis(server, "explain", f"http://nowhere.localhost:{guarded['port']}/")
        assert "refused: 404 not found" in nowhere.stdout.decode()
        for bad in (["not a url"], ["-H", "x", url], ["--client", "here", url]):
            done = trellis(server, "explain", *bad)
            assert done.returncode == 65 and done.stderr, bad
    finally:
        put_policy(lattice, guarded, {"Condition": {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}})


def test_explain_a_session(server, guarded):
    url = f"http://signed.localhost:{guarded['port']}/"
    keys = server.client("sts").get_session_token()["Credentials"]
    token = keys["SessionToken"]
    caller = ["explain", "--caller", keys["AccessKeyId"]]
    for done in (trellis(server, *caller, "--session-token", token, url),
                 trellis(server, *caller, "--session-token", "-", url, input=f"{token}\n".encode()),
                 trellis(server, *caller, "-H", f"x-amz-security-token: {token}", url)):
        assert done.returncode == 0, done.stdout
        assert f"caller: arn:aws:iam::{server.endpoints['account']}:root" in done.stdout.decode().splitlines()
    for arguments in ([], ["--session-token", token[:-4]], ["--session-token", ""]):
        done = trellis(server, *caller, *arguments, url)
        assert done.returncode == 65 and "UnrecognizedClientException" in done.stdout.decode()
        assert "needs the session's token" in done.stdout.decode()
    assert token.encode() not in trellis(server, *caller, "--session-token", token, "--format", "json", url).stdout


def test_explain_a_request_of_an_access_log(server, guarded, tmp_path):
    log = tmp_path / "access.log"
    root = f"arn:aws:iam::{server.endpoints['account']}:root"

    def line(request_id, caller, path="/", source="10.0.1.7:57086"):
        return json.dumps({
            "requestId": request_id, "requestMethod": "GET", "requestPath": path, "callerPrincipal": caller,
            "hostHeader": f"signed.localhost:{guarded['port']}", "sourceIpPort": source, "tlsVersion": "-"}) + "\n"
    log.write_text(line("one", "-") + "noise\n" + line("two", root, source="[fd00::7]:1") + line("three", "arn:x"))

    def explain(request_id, *options):
        return trellis(server, "explain", "--access-log", str(log), "--request-id", request_id, *options)
    assert explain("one").returncode == 65
    assert "caller: anonymous" in explain("one").stdout.decode()
    done = explain("two")
    assert done.returncode == 0, done.stderr
    assert f"caller: {root}" in done.stdout.decode()
    assert b"the caller was arn:x" in explain("three").stderr
    assert explain("three", "--caller", "root").returncode == 0
    assert b"has no line of request four" in explain("four").stderr
    assert trellis(server, "explain", "--request-id", "one").returncode == 64


def test_explain_says_what_requests_meet(server, lattice, guarded):
    """The decision of the tool is the one of the data plane."""
    url = f"http://signed.localhost:{guarded['port']}"
    for path, caller in [("/", "anonymous"), ("/", "root"), ("/admin", "root")]:
        explained = json.loads(trellis(server, "explain", "--caller", caller, "--format", "json", url + path).stdout)
        if caller == "root":
            status, text = send(guarded, signed(server, guarded, SigV4Auth, path))
        else:
            status, text = send(guarded, AWSRequest(method="GET", url=f"http://x:{guarded['port']}{path}", headers={
                "host": f"signed.localhost"}).prepare())
        assert (status == 200) == explained["isAllowed"]
        if not explained["isAllowed"]:
            assert f"{status} {text}" == explained["answer"]


# Behind a proxy

def proxy_header(source=("10.0.1.7", 57086), endpoint=None):
    body = socket.inet_aton(source[0]) + socket.inet_aton("192.0.2.1") + struct.pack("!HH", source[1], 80)
    if endpoint:
        value = b"\x01" + endpoint.encode()
        body += struct.pack("!BH", 0xEA, len(value)) + value
    return b"\r\n\r\n\x00\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, len(body)) + body


def through(port, first, host, path="/"):
    """One request on a connection that begins with these bytes; the status is None if it is closed without an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(first + f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        data = b""
        try:
            while chunk := connection.recv(65536):
                data += chunk
        except ConnectionResetError:
            pass
    if not data:
        return None, None
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def test_clients_behind_a_proxy(tmp_path):
    directory = tmp_path / "data"
    settings = tmp_path / "trellis.yaml"
    # The network of the endpoint is known once there is one.
    settings.write_text("account: '123456789012'\n")
    server = Server(directory).start(["--config", str(settings)])
    try:
        lattice = Lattice(server)
        function = lattice.create_function("echo", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
        service = lattice.service("proxied", lattice.target_group("proxied-group", function))
        port = service["port"]
        lattice.lattice.create_service_network_vpc_association(
            serviceNetworkIdentifier=service["network"], vpcIdentifier=VPC)
        network = lattice.lattice.get_service_network(serviceNetworkIdentifier=service["network"])["arn"]
        settings.write_text(
            f"account: '123456789012'\nproxyProtocolPorts: [{port}]\nproxyProtocolPeers: [127.0.0.1/32]\n"
            f"sourceVpcs: [10.0.0.0/16={VPC}@123456789012, 10.1.0.0/16={VPC}@444455556666]\n"
            f"vpcEndpoints: [{{id: {ENDPOINT}, vpc: vpc-0a1b2c3d, owner: '444455556666', serviceNetwork: '{network}'}}]\n")
        server.stop()
        lattice = Lattice(server.start(["--config", str(settings)]))
        host = f"proxied.localhost:{port}"

        # The association of the VPC takes its time.
        wait_for(lambda: through(port, proxy_header(), host)[0] == 200, "a client in the VPC")
        status, text = through(port, proxy_header(), host)
        event = json.loads(text)
        assert event["headers"]["x-forwarded-for"] == ["10.0.1.7"]
        assert event["headers"]["x-amzn-source-vpc"] == [VPC]
        status, text = through(port, proxy_header(("10.1.0.7", 1), ENDPOINT), host)
        event = json.loads(text)
        assert event["requestContext"]["identity"]["sourceVpcArn"] == (
            "arn:aws:ec2:us-east-1:444455556666:vpc/vpc-0a1b2c3d")
        # Not the owner of the VPC; an unknown endpoint; no VPC at all.
        for header in (proxy_header(("10.1.0.7", 1)), proxy_header(endpoint="vpce-00000000000000000"),
                       proxy_header(("192.0.2.7", 1))):
            assert through(port, header, host)[0] == 404
        for first in (b"", b"PROXY TCP4 10.0.1.7 10.0.1.8 1 2\r\n", proxy_header()[:14] + b"\xff\xff",
                      proxy_header(endpoint="vpce-nonsense")):
            assert through(port, first, host) == (None, None)

        lattice.lattice.update_service(serviceIdentifier=service["id"], authType="AWS_IAM")
        put_policy(lattice, service, {"Condition": {
            "StringEquals": {"vpc-lattice-svcs:SourceVpcOwnerAccount": "444455556666"},
            "IpAddress": {"aws:SourceIp": "10.2.0.0/16"}}})
        assert through(port, proxy_header(("10.2.0.7", 1), ENDPOINT), host)[0] == 200
        assert through(port, proxy_header(("10.3.0.7", 1), ENDPOINT), host)[0] == 403
        assert through(port, proxy_header(), host)[0] == 403
    finally:
        server.stop()
