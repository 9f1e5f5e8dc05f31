"""Access logs as they arrive: in files, and at moto's S3, CloudWatch Logs and Firehose."""

import gzip
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import boto3
import botocore.config
import pytest

from conftest import Lattice, Server, curl, free_port, wait_for
from test_targets import UNCHECKED, forward_to, target

FIELDS = """serviceNetworkArn resolvedUser listenerType authDeniedReason targetGroupArn sourceVpcArn destinationVpcId
    sourceIpPort listenerId targetIpPort failureReason serviceArn sourceVpcId startTime requestMethod requestPath protocol
    responseCode bytesReceived bytesSent duration userAgent hostHeader serverNameIndication requestToTargetDuration
    responseFromTargetDuration sslCipher tlsVersion callerPrincipal callerPrincipalOrgID callerX509IssuerOU
    callerX509SubjectCN callerX509SANNameCN callerX509SANDNS callerX509SANURI grpcResponseCode requestId
    callerPrincipalTags""".split()
SOURCE = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hello'}\n"


class Moto:
    """moto's server, which answers for all AWS services on one port."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [str(pathlib.Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        wait_for(answers, "moto's server", seconds=60)
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def client(self, service):
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="AKIAMOTO",
            aws_secret_access_key="secret", config=botocore.config.Config(s3={"addressing_style": "path"}))


@pytest.fixture(scope="module")
def moto():
    moto = Moto().start()
    yield moto
    moto.stop()


def configured(tmp_path, text):
    """A server with a trellis.yaml of its own."""
    file = tmp_path / "logging.yaml"
    file.write_text(text)
    return Server(tmp_path / "data").start(["--config", str(file)])


def to_moto(moto, interval=200):
    endpoints = "".join(
        f"  {kind}:\n    endpoint: {moto.url}\n    accessKeyId: AKIAMOTO\n    secretAccessKey: secret\n"
        f"    intervalMs: {interval}\n" for kind in ["s3", "logs", "firehose"])
    return f"accessLogs:\n{endpoints}"


def make_service(server, name="logged"):
    lattice = Lattice(server)
    function = lattice.create_function(name, "python3.11", "app.handler", {"app.py": SOURCE})
    return lattice, lattice.service(name, lattice.target_group(name, function))


def subscribe(lattice, resource, *destinations):
    for destination in destinations:
        lattice.lattice.create_access_log_subscription(resourceIdentifier=resource, destinationArn=destination)


def parsed(text):
    return [json.loads(line) for line in text.splitlines()]


def ids_of(lines):
    return [line["requestId"] for line in lines]


def objects(s3, bucket):
    """Keys with the lines of their objects."""
    found = {}
    for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
        found[entry["Key"]] = parsed(gzip.decompress(body).decode())
    return found


def send(service, count, prefix):
    for number in range(count):
        curl(service, "--header", f"x-amzn-requestid: {prefix}-{number}", path=f"/p/{number}?q=secret")
    return [f"{prefix}-{number}" for number in range(count)]


def test_every_destination_gets_every_line(tmp_path, moto):
    s3, logs, firehose = moto.client("s3"), moto.client("logs"), moto.client("firehose")
    s3.create_bucket(Bucket="access-logs")
    s3.create_bucket(Bucket="firehose-logs")
    s3.create_bucket(Bucket="network-logs")
    logs.create_log_group(logGroupName="/lattice/access")
    firehose.create_delivery_stream(
        DeliveryStreamName="access", S3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose", "BucketARN": "arn:aws:s3:::firehose-logs"})
    server = configured(tmp_path, to_moto(moto))
    try:
        lattice, service = make_service(server)
        account = server.endpoints["account"]
        subscribe(
            lattice, service["id"], "arn:aws:s3:::access-logs/some/prefix",
            f"arn:aws:logs:us-east-1:{account}:log-group:/lattice/access:*",
            f"arn:aws:firehose:us-east-1:{account}:deliverystream/access")
        subscribe(lattice, service["network"], "arn:aws:s3:::network-logs")
        sent = send(service, 20, "all")

        wait_for(lambda: sum(map(len, objects(s3, "access-logs").values())) >= 20, "20 lines in S3")
        found = objects(s3, "access-logs")
        for key in found:
            assert re.fullmatch(
                rf"some/prefix/AWSLogs/{account}/VpcLattice/AccessLogs/us-east-1/\d{{4}}/\d\d/\d\d/{service['id']}/"
                rf"{account}_VpcLatticeAccessLogs_us-east-1_{service['id']}_\d{{8}}T\d{{4}}Z_[0-9a-f]{{8}}\.json\.gz",
                key), key
        lines = [line for part in found.values() for line in part]
        assert sorted(ids_of(lines)) == sorted(sent)
        for line in lines:
            assert list(line) == FIELDS
            number = line["requestId"].split("-")[1]
            assert line["requestPath"] == f"/p/{number}"
            assert line["requestMethod"] == "GET"
            assert line["protocol"] == "HTTP/1.1"
            assert line["responseCode"] == 200
            assert line["bytesReceived"] > 50 and line["bytesSent"] > 50
            assert line["duration"] >= line["requestToTargetDuration"] >= 0
            assert line["serviceArn"].endswith(service["id"])
            assert line["serviceNetworkArn"].endswith(service["network"])
            assert line["targetGroupArn"].startswith(f"arn:aws:vpc-lattice:us-east-1:{account}:targetgroup/tg-")
            assert line["sourceIpPort"].startswith("127.0.0.1:")
            assert line["userAgent"].startswith("curl/")
            assert line["hostHeader"] == service["host"]
            assert line["failureReason"] == line["targetIpPort"] == line["listenerId"] == "-"

        def events():
            return logs.get_log_events(
                logGroupName="/lattice/access", logStreamName=f"VpcLattice-AccessLogs-{service['id']}",
                startFromHead=True)["events"]
        wait_for(lambda: len(events()) >= 20, "20 events in CloudWatch Logs")
        assert ids_of(json.loads(event["message"]) for event in events()) == sent

        def records():
            bodies = [
                s3.get_object(Bucket="firehose-logs", Key=entry["Key"])["Body"].read().decode()
                for entry in s3.list_objects_v2(Bucket="firehose-logs").get("Contents", [])]
            return parsed("".join(bodies))
        wait_for(lambda: len(records()) >= 20, "20 records of Firehose")
        assert sorted(ids_of(records())) == sorted(sent)

        wait_for(lambda: sum(map(len, objects(s3, "network-logs").values())) >= 20, "20 lines of the network")
        network = objects(s3, "network-logs")
        assert sorted(ids_of(line for part in network.values() for line in part)) == sorted(sent)
        assert all(service["network"] in key for key in network)
    finally:
        assert server.stop() == 0


def metric(server, name):
    with urllib.request.urlopen(f"{server.endpoints['operator']}/metrics", timeout=10) as answer:
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in answer.read().decode().splitlines()
            if line.startswith(name) and not line.startswith("#"))


def test_a_destination_that_is_down_gets_its_lines_later(tmp_path):
    moto = Moto()
    server = configured(tmp_path, to_moto(moto))
    try:
        lattice, service = make_service(server)
        subscribe(lattice, service["id"], "arn:aws:s3:::late-logs")
        sent = send(service, 5, "late")
        wait_for(lambda: metric(server, "trellis_access_log_pending_bytes") > 0, "lines that wait")
        moto.start()
        moto.client("s3").create_bucket(Bucket="late-logs")

        def arrived():
            return [line for part in objects(moto.client("s3"), "late-logs").values() for line in part]
        wait_for(lambda: len(arrived()) >= 5, "the lines", seconds=60)
        assert sorted(ids_of(arrived())) == sorted(sent)
        wait_for(lambda: metric(server, "trellis_access_log_pending_bytes") == 0, "nothing pending")
    finally:
        assert server.stop() == 0
        if moto.process:
            moto.stop()


def test_what_is_left_is_delivered_at_the_end(tmp_path, moto):
    moto.client("s3").create_bucket(Bucket="last-logs")
    server = configured(tmp_path, to_moto(moto, interval=600_000))
    lattice, service = make_service(server)
    subscribe(lattice, service["id"], "arn:aws:s3:::last-logs")
    sent = send(service, 5, "last")
    assert server.stop() == 0
    lines = [line for part in objects(moto.client("s3"), "last-logs").values() for line in part]
    assert sorted(ids_of(lines)) == sorted(sent)


def test_a_destination_that_is_down_does_not_keep_the_server(tmp_path):
    server = configured(tmp_path, to_moto(Moto()))
    lattice, service = make_service(server)
    subscribe(lattice, service["id"], "arn:aws:s3:::never-there")
    send(service, 3, "never")
    assert server.stop() == 0
    assert b"access log lines were dropped" in (tmp_path / "data.log").read_bytes()


def test_lines_beyond_the_bound_are_dropped_and_counted(tmp_path):
    """16 MiB wait for a destination that is not there, in lines of about 40 KB."""
    server = configured(tmp_path, to_moto(Moto()))
    lattice, service = make_service(server)
    lattice.lattice.update_listener(
        serviceIdentifier=service["id"], listenerIdentifier=service["listener"],
        defaultAction={"fixedResponse": {"statusCode": 404}})
    subscribe(lattice, service["id"], "arn:aws:s3:::never-there")
    connection = http.client.HTTPConnection("127.0.0.1", service["port"], timeout=60)
    for _ in range(600):
        connection.request("GET", "/" + "a" * 40_000, headers={"Host": service["host"]})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 404
    wait_for(lambda: metric(server, "trellis_access_log_dropped_lines_total") > 0, "dropped lines")

    def all_are_counted():
        return metric(server, "trellis_access_log_lines_total") == 600
    wait_for(all_are_counted, "600 lines")
    assert 0 < metric(server, "trellis_access_log_pending_bytes") <= 16 << 20
    assert metric(server, "trellis_access_log_dropped_lines_total") < 600
    assert server.stop() == 0


def test_targets_with_an_address_are_in_the_lines(tmp_path):
    server = configured(tmp_path, "accessLogs:\n  output: stdout\n")

    def line(service):
        curl(service, "--header", "x-amzn-requestid: to-an-address")
        return next(line for line in map(json.loads, iter(server.process.stdout.readline, b""))
                    if line["requestId"] == "to-an-address")
    with target("one") as one:
        service, group = forward_to(Lattice(server), [one.server_port], **UNCHECKED)
        answered = line(service)
    assert list(answered) == FIELDS
    assert answered["targetIpPort"] == f"127.0.0.1:{one.server_port}"
    assert answered["destinationVpcId"].startswith("vpc-")
    assert (answered["responseCode"], answered["failureReason"], answered["grpcResponseCode"]) == (200, "-", "-")
    refused = line(service)
    assert (refused["responseCode"], refused["failureReason"]) == (500, "TargetConnectionError")
    assert (refused["targetIpPort"], refused["requestToTargetDuration"]) == ("-", 0)
    assert refused["targetGroupArn"] == answered["targetGroupArn"] and refused["targetGroupArn"].endswith(group)
    assert server.stop() == 0


def test_without_endpoint_a_destination_is_a_folder(tmp_path):
    server = configured(tmp_path, "accessLogs:\n  s3:\n    intervalMs: 100\n")
    try:
        lattice, service = make_service(server)
        subscribe(lattice, service["id"], "arn:aws:s3:::folder/of/logs")
        sent = send(service, 5, "folder")

        def lines():
            files = (server.data_dir / "access-logs/s3/folder/of/logs/AWSLogs").rglob("*.json.gz")
            return [line for file in files for line in parsed(gzip.decompress(file.read_bytes()).decode())]
        wait_for(lambda: len(lines()) >= 5, "5 lines in the folder")
        assert sorted(ids_of(lines())) == sorted(sent)
        assert all(list(line) == FIELDS for line in lines())
    finally:
        assert server.stop() == 0


def test_the_server_log_is_a_file_that_survives_a_kill(tmp_path):
    server = configured(tmp_path, "accessLogs:\n  output: file\n")
    _, service = make_service(server)
    path = server.data_dir / "access.log"

    def logged(prefix):
        if not path.exists():
            return []
        return [line for line in parsed(path.read_text()) if line["requestId"].startswith(prefix)]
    sent = send(service, 3, "before")
    wait_for(lambda: len(logged("before")) == 3, "3 lines")
    server.stop(signal.SIGKILL)
    assert sorted(ids_of(logged("before"))) == sent
    # A line that the kill cut short.
    with path.open("a") as file:
        file.write('{"cut')
    server.start(["--config", str(tmp_path / "logging.yaml")])
    try:
        wait_for(lambda: curl(service, "--header", "x-amzn-requestid: after", check=False)[0] == 200, "an answer")
    finally:
        assert server.stop() == 0
    lines = path.read_text().splitlines()
    assert '{"cut' in lines
    assert any(json.loads(line)["requestId"] == "after" for line in lines if line != '{"cut')


def test_the_server_log_on_standard_output(tmp_path):
    server = configured(tmp_path, "accessLogs:\n  output: stdout\n")
    _, service = make_service(server)
    curl(dict(service, host="nobody.localhost"), "--header", "x-amzn-requestid: unknown")
    line = next(line for line in map(json.loads, iter(server.process.stdout.readline, b""))
                if line["requestId"] == "unknown")
    assert line["responseCode"] == 404
    assert line["serviceArn"] == "-"
    assert server.stop() == 0


def test_a_file_that_cannot_be_written_costs_no_request(tmp_path):
    server = configured(tmp_path, "accessLogs:\n  output: file\n  file: /proc/nowhere/access.log\n")
    _, service = make_service(server)
    assert [curl(service)[0] for _ in range(3)] == [200, 200, 200]
    wait_for(lambda: metric(server, "trellis_access_log_failed_attempts_total") >= 1, "a failed attempt")
    assert server.stop() == 0


def test_wrong_settings_are_all_reported(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "accessLogs:\n  output: paper\n  fileBytes: 1\n  s3:\n    endpoint: nowhere\n    accessKeyId: a\n"
        "    wat: 1\n  queue: x\n")
    done = subprocess.run(
        [os.environ.get("TRELLIS_BINARY", ".build/debug/trellis"), "serve", "--config", str(file), "--data-dir",
         str(tmp_path / "data")], capture_output=True, timeout=60,
        cwd=pathlib.Path(__file__).resolve().parents[2])
    message = done.stderr.decode()
    assert done.returncode == 78
    for text in ["accessLogs.output", "accessLogs.fileBytes", "accessLogs.s3.endpoint", "belong together",
                 "accessLogs.s3.wat", "accessLogs.queue"]:
        assert text in message, message


def test_log_groups_without_endpoint_are_those_of_the_server(own_server):
    lattice, service = make_service(own_server)
    account, region = own_server.endpoints["account"], own_server.endpoints["region"]
    destination = f"arn:aws:logs:{region}:{account}:log-group:/lattice/access"
    logs = own_server.client("logs")
    logs.create_log_group(logGroupName="/lattice/access")
    subscribe(lattice, service["id"], destination)
    curl(service, path="/in-the-log")
    stream = f"VpcLattice-AccessLogs-{service['id']}"

    def events():
        found = logs.filter_log_events(logGroupName="/lattice/access")["events"]
        return [event for event in found if "/in-the-log" in event["message"]]
    wait_for(events, "an access log event")
    (event,) = events()
    assert event["logStreamName"] == stream
    assert list(json.loads(event["message"])) == FIELDS
    assert not (own_server.data_dir / "access-logs" / "logs").exists()

    # What `aws logs tail` asks for.
    found = own_server.aws("logs", "filter-log-events", "--log-group-name", "/lattice/access", "--interleaved")
    assert any("/in-the-log" in event["message"] for event in found["events"])


def test_endpoints_are_signed_for_by_the_standard_chain(tmp_path, moto):
    """Keys of a profile in the shared file, which are neither in the configuration nor in the environment."""
    shared = tmp_path / "shared-credentials"
    shared.write_text("[deliveries]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n")
    file = tmp_path / "logging.yaml"
    file.write_text(f"accessLogs:\n  logs:\n    endpoint: {moto.url}\n    intervalMs: 200\n")
    server = Server(tmp_path / "data", {
        "AWS_PROFILE": "deliveries", "AWS_SHARED_CREDENTIALS_FILE": str(shared), "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": "/nonexistent"}).start(["--config", str(file)])
    logs = moto.client("logs")
    logs.create_log_group(logGroupName="by-profile")
    lattice, service = make_service(server)
    account, region = server.endpoints["account"], server.endpoints["region"]
    subscribe(lattice, service["id"], f"arn:aws:logs:{region}:{account}:log-group:by-profile")
    curl(service)
    wait_for(lambda: logs.filter_log_events(logGroupName="by-profile")["events"], "an event at moto")
    assert server.stop() == 0
