"""Zips that attack: refused at the door, and nothing of them is on the disk."""

import io
import stat
import struct
import zipfile

import botocore.exceptions
import pytest

from conftest import ROLE


def entry(name, content=b"x", mode=0o644, kind=stat.S_IFREG):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info, content


def archive(*entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as output:
        for info, content in entries:
            output.writestr(info, content)
    return buffer.getvalue()


def bomb():
    """300 MB of zeros in a few hundred KB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as output:
        for number in range(3):
            output.writestr(f"zeros-{number}", b"\0" * 100_000_000)
    return buffer.getvalue()


def lying_bomb():
    """The same, but the sizes it declares are tiny."""
    raw = bytearray(bomb())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        position = raw.find(signature)
        while position >= 0:
            raw[position + offset:position + offset + 4] = struct.pack("<I", 10)
            position = raw.find(signature, position + 4)
    return bytes(raw)


SYMLINK = stat.S_IFLNK


@pytest.mark.parametrize("package", [
    archive(entry("../outside.py")),
    archive(entry("a/../../outside.py")),
    archive(entry("/tmp/absolute.py")),
    archive(entry("link", b"/etc", 0o777, SYMLINK)),
    archive(entry("link", b"../..", 0o777, SYMLINK)),
    archive(entry("link", b"/tmp", 0o777, SYMLINK), entry("link/through.py")),
    b"PK\x03\x04 and then nothing sensible",
    b"",
    b"\x1f\x8b\x08\x00not a zip",
], ids=["parent", "inner-parent", "absolute", "symlink-absolute", "symlink-parent", "through-symlink", "truncated",
        "empty", "gzip"])
def test_unsafe_packages_are_refused(server, package):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        server.client("lambda").create_function(
            FunctionName="unsafe", Runtime="python3.11", Handler="app.handler", Role=ROLE,
            Code={"ZipFile": package})
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Code"] in ("InvalidParameterValueException", "ValidationException")
    assert not list(server.data_dir.parent.glob("**/outside.py"))


@pytest.mark.parametrize("make", [bomb, lying_bomb])
def test_zip_bombs_are_refused(server, make):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        server.client("lambda").create_function(
            FunctionName="bomb", Runtime="python3.11", Handler="app.handler", Role=ROLE, Code={"ZipFile": make()})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert server.client("sts").get_caller_identity()["Account"]


def test_a_package_over_50_mb_is_refused(server):
    import os
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        server.client("lambda").create_function(
            FunctionName="large", Runtime="python3.11", Handler="app.handler", Role=ROLE,
            Code={"ZipFile": archive((zipfile.ZipInfo("random"), os.urandom(52_500_000)))})
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
