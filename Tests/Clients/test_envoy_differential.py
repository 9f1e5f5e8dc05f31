"""The same requests and answers through Envoy's `aws_lambda` filter and through Trellis.

Envoy is the other open implementation of event structure version 1.0. Where the two differ, docs/envoy-differences.md
must have a row that says what each of them makes of the request, and why; each row must be needed.
"""

import base64
import dataclasses
import fnmatch
import json
import pathlib
import re
import urllib.parse

import pytest

from conftest import ROOT, function_source
from generated_requests import Request, requests, send
from lambda_answers import answers
from lambda_endpoint import Envoy, LambdaEndpoint

PAGE = ROOT / "docs/envoy-differences.md"
TEXT_TYPES = ("application/json", "application/xml", "application/javascript")
ABSENT = object()
UNEQUAL = object()
VPC = "vpc-0e0e0e0e0e0e0e0e1"
HOP_BY_HOP = ("keep-alive", "te", "trailer", "proxy-authenticate")
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@dataclasses.dataclass
class Row:
    id: str
    member: str
    envoy: str
    trellis: str
    found: int = 0


def rows(section):
    """The table below a heading of the page; its first column is in code."""
    text = PAGE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")]
             for line in text.splitlines() if line.startswith("| `")]
    assert cells and all(len(cell) == 6 and all(cell) for cell in cells), "every cell of the table says something"
    table = [Row(*(cell.strip("`") for cell in line[:4])) for line in cells]
    assert len({row.id for row in table}) == len(table)
    return table


class Value:
    """A value known only by its form."""

    def __init__(self, pattern):
        self.pattern = re.compile(pattern, re.DOTALL)

    def __eq__(self, other):
        return isinstance(other, str) and bool(self.pattern.fullmatch(other))


def compare(table, differences, word):
    """Finds a row for every difference; `word` tells what a cell means."""
    unexplained = []
    for member, envoy, trellis, subject in differences:
        for row in table:
            if (fnmatch.fnmatchcase(member, row.member) and word(row.envoy, member, subject) == envoy
                    and word(row.trellis, member, subject) == trellis):
                row.found += 1
                break
        else:
            unexplained.append((member, envoy, trellis, subject))
    assert not unexplained, "\n".join(map(str, unexplained[:20]))
    assert [row.id for row in table if row.found == 0] == [], "rows for differences that do not occur"


# Requests → events


class Words:
    """What the cells of the request table mean."""

    def __init__(self, host, port, arns):
        self.host, self.port, self.arns = host, port, arns

    def __call__(self, word, member, request):
        kind, _, key = member.partition(".")
        if word == "absent":
            return ABSENT
        if kind == "headers":
            return self.header(word, key, request)
        if kind == "query_string_parameters":
            return self.parameter(word, key, request)
        if kind == "body":
            return self.body(word, request)
        return self.outcome(word)

    def header(self, word, name, request):
        lines = [line.encode("latin-1").decode("utf-8", "surrogateescape").strip(" \t")
                 for line in request.lines(name, self.host)]
        client = ",".join(lines)
        prefix = re.escape(client + "," if client else "")
        match word:
            case "as sent":
                return lines[0] if len(lines) == 1 else UNEQUAL
            case "as sent, if sent":
                return ", ".join(lines) if lines else ABSENT
            case 'joined by ","':
                return client
            case 'non-empty lines joined by ","':
                return ",".join(filter(None, lines))
            case 'joined by ", "':
                return ", ".join(lines)
            case "ill-formed bytes as spaces":
                return re.sub("[\udc80-\udcff]", " ", client)
            case "ill-formed bytes as U+FFFD":
                return re.sub("[\udc80-\udcff]", "\ufffd", client)
            case "Envoy's own":
                return Value(".+")
            case "the client's and Envoy's own address":
                return Value(prefix + r"[0-9.]+")
            case "the client's and the peer's address":
                return Value(prefix + r"127\.0\.0\.1")
            case "the listener's port":
                return str(self.port)
            case "the first 512 bytes, or a UUID":
                return lines[0][:512] if lines else Value(UUID)
            case "Lattice's":
                return self.arns[name]
        raise ValueError(f"{word!r} means nothing for a header")

    def parameter(self, word, key, request):
        query = request.target.partition("?")[2]
        pairs = [pair.partition("=")[::2] for pair in query.split("&") if pair]
        decoded = [(decode(name), decode(value)) for name, value in pairs]
        sent = [value for name, value in pairs if name == key]
        values = [value for name, value in decoded if name == key]
        several = len(values) > 1
        match word:
            case "the only value as sent":
                return UNEQUAL if several else sent[0] if sent else ABSENT
            case "the only value decoded":
                return UNEQUAL if several else values[0] if values else ABSENT
            case "the first value as sent":
                return sent[0] if several and sent else UNEQUAL
            case "the last value decoded":
                return values[-1] if several else UNEQUAL
            case "empty":
                return "" if key == "" and "" in query.split("&") else UNEQUAL
        raise ValueError(f"{word!r} means nothing for a parameter")

    def body(self, word, request):
        content_type = next(iter(request.lines("content-type")), "").strip()
        media_type = content_type.split(";")[0].strip().lower()
        is_text = media_type.startswith("text/") or media_type in TEXT_TYPES
        base64_body = (base64.b64encode(request.body).decode(), True)
        try:
            text_body = (request.body.decode(), False)
        except UnicodeDecodeError:
            text_body = UNEQUAL
        match word:
            case "base64":
                return base64_body
            case "text, by media type":
                return text_body if is_text else UNEQUAL
            case "base64, because not UTF-8":
                return base64_body if text_body is UNEQUAL else UNEQUAL
            case "text that is no longer the body":
                return Damaged(request.body)
            case "empty text, flagged":
                return ("", True)
            case "empty text":
                return ("", False) if not request.body else UNEQUAL
        raise ValueError(f"{word!r} means nothing for a body")

    def outcome(self, word):
        if word == "delivered":
            return ("delivered",)
        refused = re.fullmatch(r"refused with (\d+)", word)
        if refused:
            return ("refused", int(refused[1]))
        raise ValueError(f"{word!r} means nothing for a request")


class Damaged:
    def __init__(self, body):
        self.body = body

    def __eq__(self, other):
        return other[1] is False and other[0].encode("utf-8", "surrogatepass") != self.body


def decode(text):
    return urllib.parse.unquote_plus(text, errors="replace")


def events_differ(envoy, trellis, request):
    """Yields every member in which two events differ."""
    for name in ("raw_path", "method"):
        if envoy[name] != trellis[name]:
            yield name, envoy[name], trellis[name], request
    bodies = [(event["body"], event["is_base64_encoded"]) for event in (envoy, trellis)]
    if bodies[0] != bodies[1]:
        yield "body", *bodies, request
    for group in ("headers", "query_string_parameters"):
        for key in sorted({*envoy[group], *trellis[group]}):
            values = [event[group].get(key, ABSENT) for event in (envoy, trellis)]
            if values[0] != values[1]:
                yield f"{group}.{key}", *values, request
    assert set(envoy) == set(trellis) == {
        "raw_path", "method", "headers", "query_string_parameters", "body", "is_base64_encoded"}


@pytest.fixture(scope="module")
def event_file(tmp_path_factory):
    return tmp_path_factory.mktemp("recorded") / "event.json"


@pytest.fixture(scope="module")
def service(lattice, event_file):
    arn = lattice.create_function(
        "record", "python3.11", "record.handler",
        {"record.py": function_source("record.py"), "answers.json": json.dumps([case.document for case in answers()])},
        Environment={"Variables": {"EVENT_FILE": str(event_file)}})
    network = lattice.lattice.create_service_network(name="recorded")
    lattice.lattice.create_service_network_vpc_association(
        serviceNetworkIdentifier=network["id"], vpcIdentifier=VPC)
    group = lattice.target_group("record", arn, "V1")
    made = lattice.service("record", group, network["id"])
    account, region = network["arn"].split(":")[4], network["arn"].split(":")[3]
    vpc = f"arn:aws:ec2:{region}:{account}:vpc/{VPC}"
    service_arn = lattice.lattice.get_service(serviceIdentifier=made["id"])["arn"]
    group_arn = lattice.lattice.get_target_group(targetGroupIdentifier=group)["arn"]
    made["arns"] = {
        "x-amzn-lattice-network": f"SourceVpcArn={vpc}", "x-amzn-source-vpc": VPC,
        "x-amzn-lattice-target":
            f"ServiceArn={service_arn}; ServiceNetworkArn={network['arn']}; TargetGroupArn={group_arn}",
    }
    return made


@pytest.fixture(scope="module")
def endpoint():
    started = LambdaEndpoint()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def envoy(tmp_path_factory, endpoint):
    started = Envoy(tmp_path_factory.mktemp("envoy"), endpoint)
    yield started
    started.stop()


def take(event_file: pathlib.Path):
    if not event_file.exists():
        return None
    event = json.loads(event_file.read_text())
    event_file.unlink()
    return event


def test_requests_become_the_same_events(service, event_file, envoy, endpoint):
    host, differences, delivered = service["host"], [], 0
    take(event_file)
    for request in requests():
        endpoint.answer = {"statusCode": 200, "headers": {}, "body": ""}
        by_trellis = send(request, service["port"], host)[0], take(event_file)
        by_envoy = send(request, envoy.port, host)[0], endpoint.take_event()
        outcomes = [("delivered",) if event else ("refused", status) for status, event in (by_envoy, by_trellis)]
        if outcomes[0] != outcomes[1]:
            differences.append(("event", *outcomes, request))
        elif by_trellis[1]:
            delivered += 1
            differences += events_differ(by_envoy[1], by_trellis[1], request)
    assert delivered > 300
    compare(rows("Requests"), differences, Words(host, service["port"], service["arns"]))


# Answers → responses


#: What each server says by itself, whatever the function answered.
OWN = {"date", "server", "connection", "x-envoy-upstream-service-time", "x-amzn-requestid", "x-trellis-reason"}


class OneOf:
    """One line of several."""

    def __init__(self, lines):
        self.lines = lines

    def __eq__(self, other):
        return isinstance(other, list) and len(other) == 1 and other[0] in self.lines


def refusal(status, headers, body, case):
    """Why a server did not send what the function answered, or None if it did."""
    reason = dict(headers).get("x-trellis-reason")
    if reason:
        assert (status, body) == (502, b"malformed function response" if case.method != "HEAD" else b"")
        return re.sub(r" \(byte \d+\)$", "", reason)
    is_asked_for = isinstance(case.document, dict) and case.document.get("statusCode") == 500
    return "Envoy says no more" if status == 500 and not body and not is_asked_for else None


def response_members(headers, body):
    members = {"body": body.decode("latin-1")}
    for name, value in headers:
        if name.lower() not in OWN:
            members.setdefault(f"headers.{name.lower()}", []).append(value)
    return members


def responses_differ(envoy, trellis, case):
    """Yields every member in which two responses differ; of a refused answer only that and with what status."""
    refusals = refusal(*envoy, case), refusal(*trellis, case)
    if any(refusals):
        if not all(refusals):
            yield "answer", refusals[0] or "sent", refusals[1] or "sent", case
        elif envoy[0] != trellis[0]:
            yield "status", str(envoy[0]), str(trellis[0]), case
        return
    if envoy[0] != trellis[0]:
        yield "status", str(envoy[0]), str(trellis[0]), case
    members = response_members(*envoy[1:]), response_members(*trellis[1:])
    for member in sorted({*members[0], *members[1]}):
        values = [half.get(member, ABSENT) for half in members]
        if values[0] != values[1]:
            yield member, *values, case


def answer_word(word, member, case):
    """What the cells of the response table mean; text in quotes is itself."""
    kind, _, name = member.partition(".")
    if re.fullmatch('".*"', word):
        return [word[1:-1]] if kind == "headers" else word[1:-1]
    match word:
        case "absent":
            return ABSENT
        case "sent":
            return "sent"
        case "refused":
            return "Envoy says no more"
        case "as answered":
            return case.lines(name) or UNEQUAL
        case "one of the lines":
            return OneOf(case.lines(name)) if len(case.lines(name)) > 1 else UNEQUAL
        case "the cookies":
            return case.document.get("cookies", UNEQUAL)
        case "the length of the answer's body":
            return [str(len(case.document.get("body", "").encode()))]
        case "absent, by name or because Connection names it":
            return ABSENT if name in HOP_BY_HOP or name in case.lines("connection") else UNEQUAL
        case "absent for 204 and 304":
            return ABSENT if case.document["statusCode"] in (204, 304) else UNEQUAL
    raise ValueError(f"{word!r} means nothing for a response")


def test_answers_become_the_same_responses(service, envoy, endpoint):
    differences, sent = [], 0
    for number, case in enumerate(answers()):
        request = Request(case.method, "/", [("X-Answer", str(number))])
        endpoint.answer = case.document
        by_trellis = send(request, service["port"], service["host"])
        by_envoy = send(request, envoy.port, service["host"])
        endpoint.take_event()
        sent += refusal(*by_trellis, case) is None
        differences += responses_differ(by_envoy, by_trellis, case)
    assert sent > 90
    compare(rows("Responses"), differences, answer_word)
