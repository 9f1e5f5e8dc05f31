"""Two servers in turns: A B A B. That both answer the same comes first."""

import http.client
import statistics

from . import load
from .results import compared

#: Of the client's side.
CONNECTIONS = 16


class Disagreement(Exception):
    """The sides answer differently: their costs cannot be compared."""


def answer(side, header_names):
    connection = http.client.HTTPConnection("127.0.0.1", side.port, timeout=30)
    try:
        headers = {"Host": side.host, **dict(side.headers)}
        connection.request("GET" if side.body is None else "POST", side.path, side.body, headers)
        response = connection.getresponse()
        return response.status, {name: response.getheader(name) for name in header_names}, response.read()
    finally:
        connection.close()


def answers(side):
    """Whether it gives the status that it should; nobody listening is no."""
    try:
        return answer(side, ())[0] == side.status
    except OSError:
        return False


def must_agree(sides, header_names=("content-type",)):
    """Raises `Disagreement` unless all sides give their status, the same body and the same of these headers."""
    answers = [answer(side, header_names) for side in sides]
    for side, (found, headers, body) in zip(sides, answers, strict=True):
        if found != side.status or (headers, body) != answers[0][1:]:
            raise Disagreement(
                f"{side.name} answers {found} {headers} {body[:200]!r}, "
                f"{sides[0].name} {answers[0][0]} {answers[0][1]} {answers[0][2][:200]!r}")


def in_turns(context, sides, turn):
    """What `turn` gives for each side, round by round: a list for each side."""
    readings = [[] for _ in sides]
    for number in range(context.rounds):
        for side, found in zip(sides, readings, strict=True):
            found.append(turn(side))
        context.progress(f"round {number + 1} of {context.rounds}")
    return readings


def at_full_speed(context, sides, connections=CONNECTIONS):
    """Readings of all sides in turns, after one that does not count."""
    for side in sides:
        load.at_full_speed(side, connections, 1)
    return in_turns(context, sides, lambda side: load.at_full_speed(side, connections, context.duration))


def at_rate(context, sides, rate):
    return in_turns(context, sides, lambda side: load.at_rate(side, rate, context.duration))


def rate_of(most, *readings):
    """A rate that all sides keep easily: a fifth of the slowest one's speed, `most` at most."""
    slowest = min(statistics.median(reading.rate for reading in found) for found in readings)
    return max(100, min(most, int(slowest / 5) // 100 * 100))


def speed(what, ours, theirs, peer, bar=None):
    """Processor time for a request, which has the bar, and requests/s, which the client may limit."""
    return [
        compared(f"{what}: processor time for a request", "µs", peer,
                 [reading.microseconds_per_request for reading in ours],
                 [reading.microseconds_per_request for reading in theirs], bar),
        compared(f"{what}: requests/s, one worker", "", peer, [reading.rate for reading in ours],
                 [reading.rate for reading in theirs]),
    ]


def latency(what, rate, ours, theirs, peer, bar=None):
    """The percentiles at a rate; the bar is for p99."""
    return [
        compared(f"{what}: {name} at {rate:,} requests/s", "µs", peer,
                 [getattr(found, field) for found in ours], [getattr(found, field) for found in theirs],
                 bar if field == "p99" else None)
        for name, field in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"))
    ]
