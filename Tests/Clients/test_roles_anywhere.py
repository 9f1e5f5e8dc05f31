"""Sessions for the owners of certificates: the client of PyPI, and requests that a test signs itself."""

import base64
import contextlib
import datetime
import hashlib
import http.client
import json
import socket
import ssl
import threading

import botocore.config
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from iam_rolesanywhere_session import IAMRolesAnywhereSession

from principals import ALLOW_INVOKE, client, document, echo_service, identity, refused

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def name(common, unit=None):
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    return x509.Name(parts)


class Authority:
    def __init__(self, common="Test CA", parent=None, key=None):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.name = name(common, "Devices")
        issuer = parent or self
        self.certificate = (
            x509.CertificateBuilder().subject_name(self.name).issuer_name(issuer.name)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(NOW - DAY).not_valid_after(NOW + 30 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
            .sign(issuer.key, hashes.SHA256()))

    def issue(self, common="device-7", key=None, serial=None, start=NOW - DAY, end=NOW + DAY, ca=False,
              digital_signature=True, algorithm=None):
        key = key or ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder().subject_name(name(common, "Robots")).issuer_name(self.name)
            .public_key(key.public_key()).serial_number(serial or x509.random_serial_number())
            .not_valid_before(start).not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([
                x509.DNSName("device.example.com"), x509.UniformResourceIdentifier("spiffe://example/device"),
                x509.DirectoryName(name("alternative"))]), critical=False)
            .add_extension(usage(digital_signature=digital_signature), critical=True))
        if ca:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return key, builder.sign(self.key, algorithm or hashes.SHA256())

    def crl(self, *certificates):
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(NOW).next_update(NOW + DAY)
        for certificate in certificates:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(certificate.serial_number).revocation_date(NOW).build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def usage(**set_bits):
    bits = dict.fromkeys(
        ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False)
    return x509.KeyUsage(**{**bits, **set_bits})


@pytest.fixture(scope="module")
def world(server):
    authority = Authority()
    api = server.client("rolesanywhere")
    account = server.endpoints["account"]
    anchor = api.create_trust_anchor(name="devices", enabled=True, source={
        "sourceType": "CERTIFICATE_BUNDLE",
        "sourceData": {"x509CertificateData": pem(authority.certificate).decode()}})["trustAnchor"]
    iam = server.client("iam")
    role = iam.create_role(RoleName="device", AssumeRolePolicyDocument=document({
        "Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "Robots"},
                      "ArnEquals": {"aws:SourceArn": anchor["trustAnchorArn"]}}}))["Role"]
    iam.put_role_policy(RoleName="device", PolicyName="p", PolicyDocument=document(ALLOW_INVOKE))
    profile = api.create_profile(
        name="devices", roleArns=[role["Arn"]], enabled=True, durationSeconds=1800)["profile"]
    return {"server": server, "authority": authority, "api": api, "anchor": anchor, "profile": profile, "role": role,
            "account": account}


def create_session(world, key, certificate, chain=(), change=lambda headers: None, body=None, at=None, query="",
                   **parameters):
    """Signs and sends CreateSession as the official helper does, and returns status and JSON."""
    region = world["server"].environment["AWS_REGION"]
    host = world["server"].endpoints["api"].removeprefix("http://")
    stamp = (at or datetime.datetime.now(datetime.timezone.utc)).strftime("%Y%m%dT%H%M%SZ")
    der = lambda item: base64.b64encode(item.public_bytes(serialization.Encoding.DER)).decode()
    body = body if body is not None else json.dumps({
        "profileArn": world["profile"]["profileArn"], "roleArn": world["role"]["Arn"],
        "trustAnchorArn": world["anchor"]["trustAnchorArn"], **parameters}).encode()
    headers = {"content-type": "application/json", "host": host, "x-amz-date": stamp, "x-amz-x509": der(certificate)}
    if chain:
        headers["x-amz-x509-chain"] = ",".join(map(der, chain))
    names = ";".join(sorted(headers))
    canonical = "\n".join([
        "POST", "/sessions", query, "".join(f"{field}:{headers[field]}\n" for field in sorted(headers)), names,
        hashlib.sha256(body).hexdigest()])
    algorithm = "AWS4-X509-RSA-SHA256" if isinstance(key, rsa.RSAPrivateKey) else "AWS4-X509-ECDSA-SHA256"
    scope = f"{stamp[:8]}/{region}/rolesanywhere/aws4_request"
    text = "\n".join([algorithm, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]).encode()
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(text, ec.ECDSA(hashes.SHA256()))
    headers["authorization"] = (
        f"{algorithm} Credential={certificate.serial_number}/{scope}, SignedHeaders={names}, "
        f"Signature={signature.hex()}")
    change(headers)
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("POST", "/sessions" + (f"?{query}" if query else ""), body, headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer, response.headers.get("x-amzn-errortype")


@contextlib.contextmanager
def https_door(server, folder):
    """The client of PyPI speaks HTTPS only: a door in front of the API that does."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder().subject_name(name("localhost")).issuer_name(name("localhost"))
        .public_key(key.public_key()).serial_number(1).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256()))
    file = folder / "door.pem"
    file.write_bytes(pem(certificate) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = server.endpoints["api"].removeprefix("http://").split(":")

    def pump(source, target):
        with contextlib.suppress(OSError, ValueError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                with contextlib.suppress(ssl.SSLError):
                    client = context.wrap_socket(client, server_side=True)
                    upstream = socket.create_connection((host, int(port)))
                    for pair in ((client, upstream), (upstream, client)):
                        threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], str(file)
    listener.close()


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_client_of_pypi(world, lattice, tmp_path, kind):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048) if kind == "rsa" else None
    key, certificate = world["authority"].issue(key=key, serial=0x0123456789ABCDEF0123)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    server = world["server"]
    with https_door(server, tmp_path) as (port, ca):
        session = IAMRolesAnywhereSession(
            profile_arn=world["profile"]["profileArn"], role_arn=world["role"]["Arn"],
            trust_anchor_arn=world["anchor"]["trustAnchorArn"], certificate=pem(certificate), private_key=private,
            region=server.environment["AWS_REGION"], endpoint=f"localhost:{port}", verify=ca).get_session()
        credentials = session.get_credentials().get_frozen_credentials()
    arn = f"arn:aws:sts::{world['account']}:assumed-role/device/0123456789abcdef0123"
    sts = session.client("sts", endpoint_url=server.endpoints["api"])
    assert sts.get_caller_identity()["Arn"] == arn
    keys = {"AccessKeyId": credentials.access_key, "SecretAccessKey": credentials.secret_key,
            "SessionToken": credentials.token}
    seen = identity(server, echo_service(lattice, f"device-{kind}"), keys)
    assert seen["principal"] == arn and seen["sessionName"] == "0123456789abcdef0123"
    fields = {field.lower(): value for field, value in seen.items() if field.lower().startswith("x509")}
    assert fields == {
        "x509issuerou": "Devices", "x509sandns": "device.example.com", "x509sanuri": "spiffe://example/device",
        "x509sannamecn": "alternative", "x509subjectcn": "device-7"}


def test_answer(world):
    key, certificate = world["authority"].issue(serial=291)
    status, answer, _ = create_session(world, key, certificate)
    assert status == 201, answer
    credential = answer["credentialSet"][0]
    assert credential["assumedRoleUser"]["arn"].endswith("assumed-role/device/0123")
    assert credential["sourceIdentity"] == "CN=device-7"
    assert credential["credentials"]["accessKeyId"].startswith("ASIA")
    assert answer["subjectArn"].startswith("arn:aws:rolesanywhere:")
    arns = "&".join(f"{field}={value.replace(':', '%3A').replace('/', '%2F')}" for field, value in sorted({
        "profileArn": world["profile"]["profileArn"], "roleArn": world["role"]["Arn"],
        "trustAnchorArn": world["anchor"]["trustAnchorArn"]}.items()))
    assert create_session(world, key, certificate, body=b'{"durationSeconds": 900}', query=arns)[0] == 201


def test_chain_of_certificates(world):
    intermediate = Authority("Intermediate", parent=world["authority"])
    key, certificate = intermediate.issue()
    assert create_session(world, key, certificate, chain=[intermediate.certificate])[0] == 201
    assert create_session(world, key, certificate)[0] == 403
    status, answer, error = create_session(world, key, certificate, chain=[intermediate.certificate] * 6)
    assert (status, error) == (400, "ValidationException")


UNTRUSTED = "Untrusted certificate. Insufficient certificate"


@pytest.mark.parametrize("settings", [
    {"start": NOW - 3 * DAY, "end": NOW - DAY}, {"start": NOW + DAY, "end": NOW + 2 * DAY}, {"ca": True},
    {"digital_signature": False},
])
def test_certificates_that_are_refused(world, settings):
    key, certificate = world["authority"].issue(**settings)
    status, answer, error = create_session(world, key, certificate)
    assert (status, answer["message"], error) == (403, UNTRUSTED, "AccessDeniedException")


def test_certificate_of_a_stranger(world):
    # The name of the authority is the same, its key is not.
    key, certificate = Authority().issue()
    assert create_session(world, key, certificate)[1]["message"] == UNTRUSTED
    # The trust policy looks at the certificate too.
    other = Authority("Test CA", key=world["authority"].key)
    builder_key, without_unit = other.issue()
    assert create_session(world, builder_key, without_unit)[0] == 201


def test_revoked_certificates(world):
    authority, api = world["authority"], world["api"]
    key, certificate = authority.issue()
    other_key, other = authority.issue()
    assert create_session(world, key, certificate)[0] == 201
    crl = api.import_crl(name="list", crlData=authority.crl(certificate), enabled=True,
                         trustAnchorArn=world["anchor"]["trustAnchorArn"])["crl"]
    assert create_session(world, key, certificate)[1]["message"] == "Certificate is revoked"
    assert create_session(world, other_key, other)[0] == 201
    api.disable_crl(crlId=crl["crlId"])
    assert create_session(world, key, certificate)[0] == 201
    api.delete_crl(crlId=crl["crlId"])
    for data in (b"no list", Authority().crl(certificate), b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----"):
        assert refused(api.import_crl, name="list", crlData=data, trustAnchorArn=world["anchor"]["trustAnchorArn"])[0] == (
            "ValidationException")
    kept = api.import_crl(name="list", crlData=authority.crl(), trustAnchorArn=world["anchor"]["trustAnchorArn"])["crl"]
    assert refused(api.update_crl, crlId=kept["crlId"], crlData=b"no list")[0] == "ValidationException"
    assert refused(api.update_crl, crlId=kept["crlId"], crlData=Authority().crl(certificate)) == (
        "ValidationException", "The CRL is not signed by the trust anchor")
    assert create_session(world, key, certificate)[0] == 201
    api.update_crl(crlId=kept["crlId"], crlData=authority.crl(certificate))
    assert create_session(world, key, certificate)[1]["message"] == "Certificate is revoked"
    api.delete_crl(crlId=kept["crlId"])


def test_signatures_that_are_refused(world):
    key, certificate = world["authority"].issue()
    other_key, _ = world["authority"].issue()
    wrong = "The request signature we calculated does not match"
    assert wrong in create_session(world, other_key, certificate)[1]["message"]

    def replace(old, new):
        def change(headers):
            headers["authorization"] = headers["authorization"].replace(old, new)
        return change

    for change in (replace(f"Credential={certificate.serial_number}", "Credential=1"),
                   lambda headers: headers.update({"x-amz-date": headers["x-amz-date"][:-2] + "9Z"
                                                   if headers["x-amz-date"][-2] != "9" else
                                                   headers["x-amz-date"][:-2] + "8Z"})):
        status, answer, _ = create_session(world, key, certificate, change=change)
        assert status == 403 and wrong in answer["message"], answer
    for change in (replace("x-amz-x509,", "x-amz-date,"), replace("Signature=", "Signature=zz"),
                   replace("SignedHeaders=", "Signed="), replace("/rolesanywhere/", "/sts/"),
                   replace("AWS4-X509-ECDSA-SHA256", "AWS4-X509-MLDSA44"), lambda headers: headers.pop("x-amz-date"),
                   lambda headers: headers.pop("x-amz-x509"),
                   lambda headers: headers.update({"x-amz-extra": "unsigned"})):
        status, answer, error = create_session(world, key, certificate, change=change)
        assert (status, error) == (403, "AccessDeniedException"), answer
    late = create_session(world, key, certificate, at=NOW - datetime.timedelta(minutes=30))
    assert late[0] == 403 and "Signature expired" in late[1]["message"]
    for junk in ("AAAA", "é", "A" * 20_000, ""):
        status, answer, error = create_session(
            world, key, certificate, change=lambda headers: headers.update({"x-amz-x509": junk.encode()}))
        assert status in (400, 403), answer


def test_profile_and_anchor_decide(world):
    api, server = world["api"], world["server"]
    key, certificate = world["authority"].issue()
    profile, anchor = world["profile"]["profileId"], world["anchor"]["trustAnchorId"]
    assert create_session(world, key, certificate, roleSessionName="own")[0] == 403
    api.update_profile(profileId=profile, acceptRoleSessionName=True)
    answer = create_session(world, key, certificate, roleSessionName="own")[1]
    assert answer["credentialSet"][0]["assumedRoleUser"]["arn"].endswith("/device/own")
    assert create_session(world, key, certificate, durationSeconds=899)[0] == 400
    assert create_session(world, key, certificate, roleArn=world["role"]["Arn"] + "x")[0] == 403
    assert create_session(world, key, certificate, profileArn=world["profile"]["profileArn"][:-1] + "g")[0] == 404
    api.disable_profile(profileId=profile)
    assert create_session(world, key, certificate)[1]["message"] == "Profile is disabled"
    api.enable_profile(profileId=profile)
    api.disable_trust_anchor(trustAnchorId=anchor)
    assert create_session(world, key, certificate)[1]["message"] == "Trust anchor is disabled"
    api.enable_trust_anchor(trustAnchorId=anchor)
    api.update_profile(profileId=profile, sessionPolicy=document({**ALLOW_INVOKE, "Effect": "Deny"}))
    assert create_session(world, key, certificate)[1]["credentialSet"][0]["packedPolicySize"] > 0
    assert server.client("rolesanywhere").get_profile(profileId=profile)["profile"]["enabled"] is True


def test_resources(world):
    api = world["api"]
    assert [anchor["name"] for anchor in api.list_trust_anchors()["trustAnchors"]] == ["devices"]
    assert api.get_trust_anchor(trustAnchorId=world["anchor"]["trustAnchorId"])["trustAnchor"]["source"] == (
        world["anchor"]["source"])
    source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem(
        world["authority"].issue()[1]).decode()}}
    assert refused(api.create_trust_anchor, name="leaf", source=source) == (
        "ValidationException", "Incorrect basic constraints for CA certificate")
    assert refused(api.create_profile, name="p", roleArns=["arn:aws:iam::123456789012:user/x"])[0] == (
        "ValidationException")
    missing = "00000000-0000-0000-0000-000000000000"
    assert refused(api.get_profile, profileId=missing)[0] == "ResourceNotFoundException"
    made = api.create_profile(name="short", roleArns=[world["role"]["Arn"]])["profile"]
    assert made["durationSeconds"] == 3600
    api.delete_profile(profileId=made["profileId"])
    assert refused(api.get_profile, profileId=made["profileId"])[0] == "ResourceNotFoundException"


def session_tags(world, certificate_and_key, service):
    key, certificate = certificate_and_key
    keys = create_session(world, key, certificate)[1]["credentialSet"][0]["credentials"]
    keys = {"AccessKeyId": keys["accessKeyId"], "SecretAccessKey": keys["secretAccessKey"],
            "SessionToken": keys["sessionToken"]}
    seen = identity(world["server"], service, keys)
    return {field.lower() for field in seen if field.lower().startswith("x509")}


def test_attribute_mappings(world, lattice):
    api = world["api"]
    role = world["server"].client("iam").create_role(RoleName="mapped", AssumeRolePolicyDocument=document({
        "Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}))["Role"]
    world["server"].client("iam").put_role_policy(
        RoleName="mapped", PolicyName="p", PolicyDocument=document(ALLOW_INVOKE))
    profile = api.create_profile(name="mapped", roleArns=[role["Arn"]], enabled=True)["profile"]
    identifier = profile["profileId"]
    standard = {"x509Subject": ["*"], "x509Issuer": ["*"], "x509SAN": ["DNS", "URI", "Name/*"]}

    def mappings(profile):
        return {mapping["certificateField"]: [rule["specifier"] for rule in mapping["mappingRules"]]
                for mapping in profile["attributeMappings"]}
    assert mappings(profile) == standard
    service = echo_service(lattice, "mapped")
    mapped, device = {**world, "profile": profile, "role": role}, world["authority"].issue()
    assert session_tags(mapped, device, service) == {
        "x509issuerou", "x509sandns", "x509sanuri", "x509sannamecn", "x509subjectcn"}
    answer = api.put_attribute_mapping(
        profileId=identifier, certificateField="x509SAN", mappingRules=[{"specifier": "URI"}])["profile"]
    assert mappings(answer) == {**standard, "x509SAN": ["URI"]}
    api.delete_attribute_mapping(profileId=identifier, certificateField="x509Issuer")
    answer = world["server"].aws(
        "rolesanywhere", "delete-attribute-mapping", "--profile-id", identifier, "--certificate-field", "x509Subject",
        "--specifiers", "*")
    assert mappings(answer["profile"]) == {"x509SAN": ["URI"]}
    assert mappings(api.get_profile(profileId=identifier)["profile"]) == {"x509SAN": ["URI"]}
    assert session_tags(mapped, device, service) == {"x509sanuri"}
    for field, specifier in (("x509Subject", "Nonsense"), ("x509SAN", "CN"), ("x509Subject", "")):
        assert refused(api.put_attribute_mapping, profileId=identifier, certificateField=field,
                       mappingRules=[{"specifier": specifier}])[0] == "ValidationException"
    assert refused(api.delete_attribute_mapping, profileId=identifier, certificateField="x509SAN",
                   specifiers=["DNS"])[0] == "ResourceNotFoundException"
    api.delete_profile(profileId=identifier)


def test_subjects(world):
    api = world["api"]
    key, certificate = world["authority"].issue(common="seen", serial=77)
    assert create_session(world, key, certificate, instanceProperties={"rack": "7"})[0] == 201
    answer = create_session(world, key, certificate, roleArn=world["role"]["Arn"] + "x")
    assert answer[0] == 403
    assert len(api.list_subjects(pageSize=1)["subjects"]) == 1
    subjects = [subject for page in api.get_paginator("list_subjects").paginate() for subject in page["subjects"]]
    found = [subject for subject in subjects if "CN=seen" in subject["x509Subject"]]
    assert len(found) == 1 and found[0]["enabled"] and found[0]["lastSeenAt"] >= found[0]["createdAt"]
    subject = api.get_subject(subjectId=found[0]["subjectId"])["subject"]
    assert subject["subjectArn"] == found[0]["subjectArn"]
    assert [(item["serialNumber"], item["failed"]) for item in subject["credentials"]] == [("4d", True)]
    loaded = x509.load_pem_x509_certificate(subject["credentials"][0]["x509CertificateData"].encode())
    assert loaded == certificate
    assert [item["properties"] for item in subject["instanceProperties"]] == [{"rack": "7"}]
    # Nobody is remembered who is not trusted.
    stranger, forged = Authority().issue(common="stranger")
    assert create_session(world, stranger, forged)[0] == 403
    assert not any("stranger" in subject["x509Subject"] for subject in api.list_subjects(pageSize=1000)["subjects"])
    assert refused(api.get_subject, subjectId="00000000-0000-0000-0000-000000000000")[0] == "ResourceNotFoundException"
    for properties in ({"a": ""}, {"a": 1}, [], {str(n): "x" for n in range(51)}):
        assert create_session(world, key, certificate, instanceProperties=properties)[0] == 400


def test_tags_of_resources(world):
    api, server = world["api"], world["server"]
    profile = api.create_profile(name="tagged", roleArns=[world["role"]["Arn"]], tags=[
        {"key": "team", "value": "blue"}])["profile"]
    arns = [profile["profileArn"], world["anchor"]["trustAnchorArn"]]
    for arn in arns:
        before = api.list_tags_for_resource(resourceArn=arn)["tags"]
        api.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "red"}, {"key": "Team", "value": "1"}])
        tags = {tag["key"]: tag["value"] for tag in api.list_tags_for_resource(resourceArn=arn)["tags"]}
        assert tags == {"team": "red", "Team": "1"}
        api.untag_resource(resourceArn=arn, tagKeys=["Team", "none"])
        assert len(api.list_tags_for_resource(resourceArn=arn)["tags"]) == max(1, len(before))
    assert refused(api.tag_resource, resourceArn=arns[0], tags=[{"key": "aws:x", "value": "1"}])[0] == "ValidationException"
    assert refused(api.tag_resource, resourceArn=arns[0], tags=[
        {"key": f"k{n}", "value": ""} for n in range(200)])[0] == "TooManyTagsException"
    assert refused(api.list_tags_for_resource, resourceArn=arns[0][:-1] + "0" if arns[0][-1] != "0" else arns[0][:-1] + "1"
                   )[0] == "ResourceNotFoundException"
    assert refused(api.list_tags_for_resource, resourceArn="arn:aws:iam::123456789012:role/x")[0] == "ValidationException"
    # Users may be let in by tags of the resource and of the request.
    iam = server.client("iam")
    iam.create_user(UserName="tagger")
    keys = iam.create_access_key(UserName="tagger")["AccessKey"]
    iam.put_user_policy(UserName="tagger", PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "rolesanywhere:*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
        {"Effect": "Deny", "Action": "rolesanywhere:TagResource", "Resource": "*",
         "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}}))
    mine = client(server, "rolesanywhere", keys)
    assert mine.get_profile(profileId=profile["profileId"])["profile"]["name"] == "tagged"
    assert refused(mine.get_profile, profileId=world["profile"]["profileId"])[0] == "AccessDeniedException"
    assert refused(mine.tag_resource, resourceArn=arns[0], tags=[{"key": "team", "value": "x"}])[0] == (
        "AccessDeniedException")
    mine.tag_resource(resourceArn=arns[0], tags=[{"key": "other", "value": "x"}])
    api.delete_profile(profileId=profile["profileId"])
    api.untag_resource(resourceArn=world["anchor"]["trustAnchorArn"], tagKeys=["team"])
