"""What testssl.sh finds at an HTTPS listener: protocols, the order of ciphers, known vulnerabilities."""

import json
import os
import shutil
import subprocess

import pytest

from conftest import free_port
from test_https import Site

TESTSSL = shutil.which("testssl") or shutil.which("testssl.sh")
pytestmark = pytest.mark.skipif(
    TESTSSL is None, reason="testssl.sh is missing: make client-dependencies installs it (Debian package testssl.sh)")
# VPC Lattice's own order.
TLS12 = """ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-SHA ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-SHA
    AES128-GCM-SHA256 AES128-SHA AES256-GCM-SHA384 AES256-SHA""".split()


@pytest.fixture(scope="module")
def findings(lattice, tmp_path_factory):
    """By testssl.sh's name of what was tested: severity and finding."""
    network = lattice.lattice.create_service_network(name="testssl")["id"]
    group = lattice.lattice.create_target_group(name="testssl", type="LAMBDA")["id"]
    arn = lattice.create_function(
        "testssl", "python3.11", "app.handler", {"app.py": "def handler(event, context):\n    return {'statusCode': 200}\n"})
    lattice.lattice.register_targets(targetGroupIdentifier=group, targets=[{"id": arn}])
    site = Site(lattice, "testssl", free_port(), group, network)
    report = tmp_path_factory.mktemp("testssl") / "report.json"
    done = subprocess.run(
        [TESTSSL, "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1",
         "--add-ca", site.authority, "--jsonfile", report,
         "--protocols", "--server-preference", "--pfs", "--vulnerable", f"{site.local}:{site.port}"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=1200, env={**os.environ, "TERM": "dumb"})
    assert report.exists(), done.stdout.decode() + done.stderr.decode()
    return {item["id"]: (item["severity"], item["finding"]) for item in json.loads(report.read_text())}


def test_protocols(findings):
    for old in ("SSLv2", "SSLv3", "TLS1", "TLS1_1"):
        assert findings[old][1].startswith("not offered"), findings[old]
    for current in ("TLS1_2", "TLS1_3"):
        assert findings[current][1].startswith("offered"), findings[current]


def test_the_order_of_ciphers(findings):
    # The TLS library lets the client choose between those of TLS 1.3.
    assert findings["cipher_order"] == ("OK", "server -- TLS 1.3 client determined")
    assert findings["cipherorder_TLSv1_2"][1].split() == TLS12
    assert findings["PFS"] == ("OK", "offered")
    assert findings["ALPN_HTTP2"] == ("OK", "h2")


VULNERABILITIES = """heartbleed CCS ticketbleed ROBOT secure_client_renego CRIME_TLS BREACH POODLE_SSL fallback_SCSV SWEET32
    FREAK DROWN LOGJAM LOGJAM-common_primes BEAST RC4""".split()


@pytest.mark.parametrize("name", VULNERABILITIES)
def test_not_vulnerable(findings, name):
    assert findings[name][0] == "OK", findings[name]


def test_nothing_else_is_found(findings):
    found = {name for name, (severity, _) in findings.items() if severity not in ("OK", "INFO", "WARN")}
    # VPC Lattice offers CBC suites, which alone makes it a finding.
    assert found == {"LUCKY13"}
    assert findings["LUCKY13"] == ("LOW", "potentially vulnerable, uses TLS CBC ciphers")
