"""Documents that a function answers with: hand-picked ones, then random ones by seed."""

import base64
import dataclasses
import random


@dataclasses.dataclass
class Answer:
    document: object
    method: str = "GET"

    @property
    def text(self):
        """The decoded body, one character per byte."""
        if not isinstance(self.document, dict) or self.method == "HEAD":
            return ""
        body = self.document.get("body") or ""
        if self.document.get("isBase64Encoded"):
            return base64.b64decode(body).decode("latin-1")
        return body.encode().decode("latin-1")

    def lines(self, name):
        values = [value for key, value in (self.document.get("headers") or {}).items() if key.lower() == name]
        lines = [line for value in values for line in (value if isinstance(value, list) else [value])]
        return [line.encode().decode("latin-1") for line in lines]


def answers():
    yield from map(Answer, [
        {"isBase64Encoded": False, "statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "hello"},
        {"statusCode": 200, "headers": {}, "body": "no content type"},
        {"statusCode": 200},
        {"statusCode": 200, "body": None},
        {"statusCode": 200, "body": "é漢😀", "headers": {"content-type": "text/plain; charset=utf-8"}},
        {"statusCode": 200, "isBase64Encoded": True, "body": base64.b64encode(bytes(range(256))).decode()},
        {"statusCode": 200, "isBase64Encoded": True, "body": "aGk"},
        {"statusCode": 200, "isBase64Encoded": True, "body": "***"},
        {"statusCode": 200, "isBase64Encoded": True, "body": ""},
        {"statusCode": "404", "headers": {}, "body": "string status"},
        {"statusCode": 200.0, "body": "whole fraction"},
        {"statusCode": 200.5, "body": "fraction"},
        {"statusCode": "abc", "body": "no number"},
        {"body": "no status", "headers": {}},
        {"statusCode": 99}, {"statusCode": 600, "body": "out of range"}, {"statusCode": -1},
        {"statusCode": 204, "headers": {}}, {"statusCode": 304, "headers": {"etag": '"1"'}},
        {"statusCode": 301, "headers": {"Location": "/elsewhere"}},
        {"statusCode": 418, "body": "teapot"}, {"statusCode": 599, "body": "last"},
        {"statusCode": 200, "headers": {"Set-Cookie": "a=1; Path=/"}, "body": "x"},
        {"statusCode": 200, "headers": {"Set-Cookie": ["a=1", "b=2"]}, "body": "list"},
        {"statusCode": 200, "headers": {}, "cookies": ["a=1", "b=2"], "body": "cookies"},
        {"statusCode": 200, "headers": {}, "multiValueHeaders": {"x-m": ["1", "2"]}, "body": "multi"},
        {"statusCode": 200, "headers": {"X-A": "1", "x-a": "2"}, "body": "two spellings"},
        {"statusCode": 200, "headers": {"Connection": "x-named", "X-Named": "1"}, "body": "named"},
        {"statusCode": 200, "headers": {"Keep-Alive": "timeout=5"}, "body": "hop"},
        {"statusCode": 200, "headers": {"TE": "trailers"}, "body": "hop"},
        {"statusCode": 200, "headers": {"Proxy-Authenticate": "Basic"}, "body": "hop"},
        {"statusCode": 200, "headers": {"Trailer": "x"}, "body": "hop"},
        {"statusCode": 200, "headers": {"Transfer-Encoding": "chunked"}, "body": "hop"},
        {"statusCode": 200, "headers": {"Content-Length": "3"}, "body": "longer than three"},
        {"statusCode": 200, "headers": {"X-Number": 5}, "body": "number"},
        {"statusCode": 200, "headers": {"X-Null": None}, "body": "null"},
        {"statusCode": 200, "headers": None, "body": "null headers"},
        {"statusCode": 200, "headers": [], "body": "list of headers"},
        {"statusCode": 200, "headers": {"X-Split": "a\r\nSet-Cookie: b=1"}, "body": "split"},
        {"statusCode": 200, "headers": {"X Bad": "1"}, "body": "bad name"},
        {"statusCode": 200, "headers": {"X-Utf8": "é"}, "body": "x"},
        {"statusCode": 200, "headers": {}, "body": 5}, {"statusCode": 200, "headers": {}, "body": {"a": 1}},
        {"statusCode": 200, "isBase64Encoded": "true", "body": "aGk="},
        {"statusCode": 200, "isBase64Encoded": None, "body": "null flag"},
        {"statusCode": 200, "statusDescription": "200 OK", "unknown": {"deep": [1]}, "body": "unknown members"},
        "text", None, 5, [], {},
    ])
    yield Answer({"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "for HEAD"}, "HEAD")
    yield Answer({"statusCode": 204, "headers": {}, "body": "forbidden"}, "HEAD")
    yield from generated()


def generated(seed=7, count=80):
    chance = random.Random(seed)
    for _ in range(count):
        body = bytes(chance.randrange(256) for _ in range(chance.randrange(200)))
        is_binary = chance.random() < 0.5
        text = "".join(chance.choice('ab"\\\n\té漢😀/') for _ in range(chance.randrange(60)))
        names = chance.sample(["X-A", "x-b", "Content-Type", "Cache-Control", "ETag", "Vary"], chance.randrange(5))
        document = {
            "statusCode": chance.choice([200, 201, 202, 400, 401, 403, 404, 409, 429, 500, 503]),
            "headers": {name: chance.choice(["text/plain", "a, b", "no-cache", "1"]) for name in names},
            "isBase64Encoded": is_binary, "body": base64.b64encode(body).decode() if is_binary else text,
        }
        yield Answer(document, chance.choice(["GET", "GET", "POST", "HEAD"]))
