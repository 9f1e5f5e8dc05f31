"""`trellis event`: what it prints, how it fails, and that functions really receive what it prints."""

import json
import os
import subprocess

import pytest

from conftest import TRELLIS, function_source

FIXED = ["--time", "2026-01-31T12:00:00Z", "--request-id", "r"]


def event(*arguments, data=None, check=True):
    done = subprocess.run(
        [str(TRELLIS), "event", *arguments], input=data, capture_output=True, timeout=60,
        stdin=subprocess.DEVNULL if data is None else None)
    if check:
        assert done.returncode == 0, done.stderr.decode()
    return done


def shell(command, **environment):
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, timeout=60, env=dict(os.environ, T=str(TRELLIS), **environment))


def test_readable_and_compact_are_the_same_event():
    arguments = ["/items?a=1&a=2", "--json", '{"n": 1.0, "s": "\\u00e9"}', *FIXED]
    readable = event(*arguments).stdout
    compact = event(*arguments, "--compact").stdout
    assert json.loads(readable) == json.loads(compact)
    assert readable.endswith(b"}\n") and b"\n" not in compact
    assert event(*arguments).stdout == readable, "nothing depends on the moment"


def test_a_message_on_standard_input():
    body = b"--x\r\n\x00\xff"
    message = b"PUT /up HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\nContent-Type: image/png\r\n\r\n%s" % (len(body), body)
    for arguments in ([], ["-"], ["--raw"]):
        made = json.loads(event(*arguments, data=message).stdout)
        assert made["isBase64Encoded"] and made["headers"]["content-length"] == [str(len(body))]
    chunked = b"POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\nContent-Type: text/plain\n\n2\nhi\n0\n\n"
    made = json.loads(event("--v1", data=chunked).stdout)
    assert made["body"] == "hi" and "transfer-encoding" not in made["headers"]


@pytest.mark.parametrize("arguments, data, status, words", [
    (["--help"], None, 0, "--data-urlencode"),
    (["/x", "--nope"], None, 64, "--nope is no option"),
    (["/x", "-s"], None, 64, "nothing is sent"),
    (["/x", "/y"], None, 64, "several URLs"),
    (["/x", "--identity", "colour=blue"], None, 64, "'colour'"),
    (["/x", "-d", "@-", "-d", "@-"], b"x", 64, "asked for twice"),
    (["/x", "-d", "@/nonexistent"], None, 69, "/nonexistent cannot be read"),
    (["--response", "/nonexistent"], None, 69, "/nonexistent cannot be read"),
    (["/x", "-d", "@/"], None, 69, "/ cannot be read"),
    ([], b"", 65, "line 1"),
    ([], b"GET / HTTP/1.1\nHost h\n\n", 65, "line 2: 'Host h' is not a header line"),
    ([], b"GET / HTTP/1.1\n\n", 65, "400 Bad Request"),
    (["/x", "-X", "BREW"], None, 65, "400 Bad Request"),
    (["/x", "--data-binary", "@-"], bytes(6_291_457), 65, "413"),
    (["/x", "--data-binary", "@-"], bytes(6_000_000), 65, "request is larger than 6 MB as an event"),
    (["/x", "--data-binary", "@-"], bytes(17_000_000), 65, "too much"),
    (["--response"], b'{"statusCode": 200,\n "body": 1}', 65, "at byte 29, line 2, column 10"),
    (["--response"], b'{"statusCode": 200, "body": "' + bytes(b"x") * 6_291_556 + b'"}', 65, "502 Bad Gateway"),
    (["--response"], b"\xff\xfe\x00", 65, "502 Bad Gateway"),
    # Ids as they are generated would hold megabytes.
], ids=lambda value: repr(value)[:40])
def test_exit_status(arguments, data, status, words):
    done = event(*arguments, data=data, check=False)
    assert done.returncode == status, done.stderr
    assert words in (done.stdout + done.stderr).decode()
    if status:
        assert done.stdout == b""


def test_explanations():
    printed = event(
        "/x", "--explain", "-d", "x", "-H", "content-type: image/png", "-H", "X-Amzn-Lattice-Identity: forged",
        "-H", "x-amz-security-token: t0k3n", *FIXED).stdout.decode()
    assert 'body = "eA=="\n    base64: the content type is not in the text list' in printed
    assert "X-Amzn-Lattice-Identity: forged\n    only Lattice may say this" in printed
    assert "x-amz-security-token: (not shown)" in printed and "t0k3n" not in printed


def test_responses():
    answer = b'{"statusCode": 200, "isBase64Encoded": true, "body": "AP8NCg==", "headers": {"a": "b"}}'
    head, _, body = event("--response", "-", *FIXED, data=answer).stdout.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK", b"a: b", b"x-amzn-requestid: r", b"date: Sat, 31 Jan 2026 12:00:00 GMT", b"content-length: 4"]
    assert body == b"\x00\xff\r\n"
    assert event("--response", "-I", data=answer).stdout.endswith(b"content-length: 4\r\n\r\n")


def test_pipelines(tmp_path):
    (tmp_path / "echo.py").write_bytes(function_source("echo.py"))
    done = shell(
        f"set -o pipefail; cd {tmp_path}; $T event '/a?b=c' --v1 --compact | python3 -c '"
        "import json, sys, types, echo; "
        "print(json.dumps(echo.handler(json.load(sys.stdin), types.SimpleNamespace(invoked_function_arn=\"f\"))))"
        "' | $T event --response | tail -n 1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["raw_path"] == "/a?b=c"
    # A reader that has seen enough.
    done = shell("head -c 4000000 /dev/zero | $T event / --data-binary @- | head -n 2")
    assert done.returncode == 0 and done.stdout == b'{\n  "version": "2.0",\n' and done.stderr == b""
    done = shell("$T event / > /dev/full")
    assert done.returncode == 69 and b"cannot be written" in done.stderr


# What curl sends and what the function behind the service receives.
REQUESTS = [
    ["/items?state=open&state=late&x=%20+%ff&=1", "-H", "X-Tag: a", "-H", "x-tag: b", "-H", "Empty;"],
    ["/a/../b/./c?q", "-d", "a=1", "-d", "b=é", "-u", "me:secret", "-e", "http://r", "-b", "c=1", "-b", "d=2"],
    ["/j", "--json", '{"text": "\\"é\\n"}', "-X", "PATCH", "-H", "Connection: x-hop", "-H", "X-Hop: 1"],
    ["/t", "-H", "Content-Type: text/plain; charset=utf-8", "--data-binary", "line\r\n\tü\u2028\x01"],
    ["/g", "-G", "--data-urlencode", "q=a b&c", "-H", "Accept:", "-H", "TE: trailers", "-H", "X-Blanks:   v  "],
    ["/bin", "--data-binary", "@{binary}", "-H", "Content-Type: application/json"],
    ["/none", "--data-binary", "@{binary}", "-H", "Content-Type:", "-H", "Expect:"],
    ["/spoof", "-H", "x-amzn-lattice-identity: Principal=me", "-H", "x-forwarded-for: 1.2.3.4", "-H", "x-forwarded-proto: x",
     "-H", "x-amzn-requestid: mine", "-H", "x-amz-security-token: t", "-H", "Authorization: Bearer t"],
]


@pytest.fixture(scope="module", params=["V1", "V2"])
def echo(request, lattice):
    version = request.param
    arn = lattice.create_function(
        f"event-{version.lower()}", "python3.11", "echo.handler", {"echo.py": function_source("echo.py")})
    group = lattice.target_group(f"event-{version.lower()}", arn, version)
    service = lattice.service(f"event-{version.lower()}", group)
    arns = {
        "--service-arn": lattice.lattice.get_service(serviceIdentifier=service["id"])["arn"],
        "--service-network-arn":
            lattice.lattice.get_service_network(serviceNetworkIdentifier=service["network"])["arn"],
        "--target-group-arn": lattice.lattice.get_target_group(targetGroupIdentifier=group)["arn"],
    }
    return version, service, [part for pair in arns.items() for part in pair]


@pytest.mark.parametrize("request_arguments", REQUESTS, ids=lambda arguments: arguments[0])
def test_a_function_receives_the_event_that_is_printed(echo, tmp_path, request_arguments):
    version, service, context = echo
    binary = tmp_path / "binary"
    binary.write_bytes(bytes(range(256)) * 4)
    path, *options = [argument.format(binary=binary) if "@" in argument else argument for argument in request_arguments]
    options += ["-A", "same", "-H", f"Host: {service['host']}"]
    url = f"http://127.0.0.1:{service['port']}{path}"
    sent = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "60", *options, url], capture_output=True)
    received = json.loads(sent.stdout)

    headers = received["headers"]
    unlisted = {name: value if version == "V1" else value[0] for name, value in headers.items()}
    known = ["--request-id", unlisted["x-amzn-requestid"]]
    if version == "V2":
        known += ["--time", received["requestContext"]["timeEpoch"], "--region", received["requestContext"]["region"]]
    printed = event(f"--{version.lower()}", "--compact", *options, *context, *known, url).stdout
    assert json.loads(printed) == received
    # The function's own JSON keeps the order, so the bytes can be compared too.
    assert json.dumps(json.loads(printed)) == sent.stdout.decode()
