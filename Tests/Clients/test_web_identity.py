"""Sessions for tokens of OpenID Connect providers, whose keys come from a file and from a URL."""

import base64
import http.server
import json
import threading
import time

import botocore
import botocore.config
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from conftest import Lattice, Server
from principals import ALLOW_INVOKE, document, echo_service, identity, refused

ISSUER = "https://login.example.com/tenant"
URL_ISSUER = "https://keys.example.com"
NAME = ISSUER.removeprefix("https://")


def encoded(data):
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, length=None):
    return encoded(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


class Provider:
    def __init__(self, issuer):
        self.issuer = issuer
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())

    def jwks(self):
        public, point = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        return json.dumps({"keys": [
            {"kty": "RSA", "kid": "r", "use": "sig", "n": number(public.n), "e": number(public.e)},
            {"kty": "EC", "kid": "e", "crv": "P-256", "x": number(point.x, 32), "y": number(point.y, 32)},
            {"kty": "oct", "kid": "o", "k": "AAAA"},
        ]})

    def token(self, algorithm="RS256", kid=None, signer=None, header=None, **claims):
        head = {"alg": algorithm, "kid": kid or ("r" if algorithm == "RS256" else "e"), **(header or {})}
        body = {"iss": self.issuer, "sub": "user-1", "aud": "app", "exp": int(time.time()) + 300, **claims}
        signed = f"{encoded(head)}.{encoded(body)}"
        if algorithm == "RS256":
            signature = (signer or self.rsa).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        elif algorithm == "ES256":
            r, s = utils.decode_dss_signature((signer or self.ec).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        else:
            signature = b"x"
        return f"{signed}.{encoded(signature)}"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oidc")
    by_file, by_url = Provider(ISSUER), Provider(URL_ISSUER)
    (folder / "keys.json").write_text(by_file.jwks())
    asked = []

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(by_url.jwks().encode())

        def log_message(self, *arguments):
            pass

    keys = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=keys.serve_forever, daemon=True).start()
    (folder / "trellis.yaml").write_text(json.dumps({"webIdentityProviders": [
        {"issuer": ISSUER, "audiences": ["app", "other"], "jwks": str(folder / "keys.json")},
        {"issuer": URL_ISSUER, "audiences": ["app"], "jwks": f"http://127.0.0.1:{keys.server_port}/jwks"},
    ]}))
    server = Server(folder / "data").start(["--config", str(folder / "trellis.yaml")])
    account = server.endpoints["account"]

    def trust(issuer, **more):
        name = issuer.removeprefix("https://")
        return document({
            "Effect": "Allow", "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{name}"},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {"StringEquals": {f"{name}:sub": "user-1", f"{name}:aud": "app"}}, **more})

    iam = server.client("iam")
    roles = {}
    for issuer, role in ((ISSUER, "web"), (URL_ISSUER, "web-url")):
        roles[issuer] = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(issuer))["Role"]["Arn"]
        iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document(ALLOW_INVOKE))
    yield {"server": server, "file": by_file, "url": by_url, "roles": roles, "account": account, "asked": asked}
    server.stop()
    keys.shutdown()


def exchange(world, token, issuer=ISSUER, **more):
    sts = world["server"].client("sts", config=botocore.config.Config(
        signature_version=botocore.UNSIGNED, parameter_validation=False, retries={"total_max_attempts": 1}))
    return sts.assume_role_with_web_identity(
        **{"RoleArn": world["roles"][issuer], "RoleSessionName": "alice", "WebIdentityToken": token, **more})


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_session_of_a_token(world, algorithm):
    answer = exchange(world, world["file"].token(algorithm))
    arn = f"arn:aws:sts::{world['account']}:assumed-role/web/alice"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"]) == ("user-1", "app")
    assert answer["Provider"] == f"arn:aws:iam::{world['account']}:oidc-provider/{NAME}"


def test_through_to_a_function(world):
    tags = {"principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"]}
    keys = exchange(world, world["file"].token(**{"https://aws.amazon.com/tags": tags}))["Credentials"]
    server = world["server"]
    service = echo_service(Lattice(server), "web-service")
    seen = identity(server, service, keys)
    assert seen["principal"] == f"arn:aws:sts::{world['account']}:assumed-role/web/alice"
    Lattice(server).lattice.put_auth_policy(resourceIdentifier=service["id"], policy=document({
        **ALLOW_INVOKE, "Principal": "*", "Condition": {"StringEquals": {
            "aws:PrincipalTag/team": "blue",
            "aws:FederatedProvider": f"arn:aws:iam::{world['account']}:oidc-provider/{NAME}"}}}))
    assert identity(server, service, keys)


def test_cli(world, tmp_path):
    answer = world["server"].aws(
        "sts", "assume-role-with-web-identity", "--role-arn", world["roles"][ISSUER], "--role-session-name", "cli",
        "--web-identity-token", world["file"].token())
    assert answer["AssumedRoleUser"]["Arn"].endswith("assumed-role/web/cli")


def test_keys_behind_a_url(world):
    for _ in range(3):
        assert exchange(world, world["url"].token(), URL_ISSUER)["Credentials"]
    assert world["asked"] == ["/jwks"]
    # Keys that are not there do not make the server ask again and again.
    for _ in range(3):
        assert refused(exchange, world=world, token=world["url"].token(kid="none"), issuer=URL_ISSUER)[0] == (
            "InvalidIdentityToken")
    assert len(world["asked"]) == 1


@pytest.mark.parametrize("change, code, text", [
    ({"exp": 1_000_000_000}, "ExpiredTokenException", "Token expired: current date/time"),
    ({"nbf": 4_000_000_000}, "InvalidIdentityToken", "not valid yet"),
    ({"aud": "stranger"}, "InvalidIdentityToken", "Incorrect token audience"),
    ({"aud": ["other"]}, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ({"sub": "user-2"}, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
    ({"iss": "https://evil.example.com"}, "InvalidIdentityToken", "No OpenIDConnect provider found"),
    ({"iss": URL_ISSUER}, "InvalidIdentityToken", "signature is not valid"),
    ({"algorithm": "none"}, "InvalidIdentityToken", "not supported"),
    ({"algorithm": "HS256"}, "InvalidIdentityToken", "not supported"),
    ({"kid": "e"}, "InvalidIdentityToken", "signature is not valid"),
    ({"header": {"crit": ["b64"]}}, "InvalidIdentityToken", "not a valid JWT"),
    ({"exp": "tomorrow"}, "InvalidIdentityToken", "not a valid JWT"),
    ({"exp": 1e300}, "InvalidIdentityToken", "not a valid JWT"),
    ({"signer": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
     "InvalidIdentityToken", "signature is not valid"),
    ({"https://aws.amazon.com/tags": {"principal_tags": {"aws:x": ["1"]}}}, "InvalidIdentityToken", "tags"),
    ({"https://aws.amazon.com/tags": {"principal_tags": {"a": ["1", "2"]}}}, "InvalidIdentityToken", "tags"),
])
def test_tokens_that_are_refused(world, change, code, text):
    got = refused(exchange, world=world, token=world["file"].token(**change))
    assert got[0] == code and text in got[1], got


@pytest.mark.parametrize("token", ["abcd", "a.b.c", "....", "e30.e30.e30", "é" * 8, "A" * 20_000])
def test_texts_that_are_no_tokens(world, token):
    assert refused(exchange, world=world, token=token)[0] == "InvalidIdentityToken"


def test_bad_requests(world):
    token = world["file"].token()
    assert refused(exchange, world=world, token="A" * 20_001)[0] == "ValidationError"
    assert refused(exchange, world=world, token=token, DurationSeconds=7200)[0] == "ValidationError"
    assert refused(exchange, world=world, token=token, RoleArn=world["roles"][ISSUER] + "x")[0] == "AccessDenied"
    assert refused(exchange, world=world, token=token[:-8] + "AAAAAAAA")[0] == "InvalidIdentityToken"
    # Only this action needs no signature.
    sts = world["server"].client("sts", config=botocore.config.Config(
        signature_version=botocore.UNSIGNED, retries={"total_max_attempts": 1}))
    assert refused(sts.get_caller_identity) == ("MissingAuthenticationToken", "Missing Authentication Token")


def test_configuration_is_checked(tmp_path):
    (tmp_path / "trellis.yaml").write_text(json.dumps({"webIdentityProviders": [{"issuer": "login"}]}))
    import subprocess
    from conftest import TRELLIS
    done = subprocess.run([str(TRELLIS), "serve", "--config", str(tmp_path / "trellis.yaml"), "--data-dir",
                           str(tmp_path / "data")], capture_output=True, timeout=60)
    assert done.returncode == 78
    for problem in ("[0].issuer: 'login' is not the URL of an issuer", "[0].jwks: must be", "[0].audiences: must be"):
        assert problem in done.stderr.decode()
