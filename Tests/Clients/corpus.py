"""Reads the files of Tests/Corpus, whose README explains them."""

import dataclasses
import re

from conftest import ROOT


@dataclasses.dataclass
class Case:
    file: str
    name: str
    lines: list = dataclasses.field(default_factory=list)
    answers: list = dataclasses.field(default_factory=list)
    events: list = dataclasses.field(default_factory=list)

    def __str__(self):
        return f"{self.file}: {self.name}"

    @property
    def stays_open(self):
        return self.answers[-1] == "open"

    @property
    def responses(self):
        return [answer.split(" ", 1) for answer in self.answers[:-1]]


def cases(folder):
    found = []
    for path in sorted((ROOT / "Tests/Corpus" / folder).glob("*.txt")):
        for line in path.read_text().split("\n"):
            if not line or line.startswith("#"):
                continue
            if line.startswith("== "):
                found.append(Case(path.name, line[3:]))
            elif line.startswith("-> "):
                found[-1].answers.append(line[3:])
            elif line.startswith("=> "):
                found[-1].events.append(line[3:])
            else:
                found[-1].lines.append(line)
    assert found, f"no cases in {folder}"
    return found


SIMPLE = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}


def unescape(text):
    """The bytes that a text with escapes stands for."""
    content, rest = _unescape(text, False)
    assert rest == ""
    return content


def _unescape(text, repeated):
    content = b""
    while text:
        if repeated and (end := re.match(r"\*(\d+)}", text)):
            return content * int(end[1]), text[end.end():]
        if text[0] != "\\":
            content, text = content + text[0].encode(), text[1:]
        elif text[1] == "{":
            inner, text = _unescape(text[2:], True)
            content += inner
        elif text[1] == "x":
            content, text = content + bytes.fromhex(text[2:4]), text[4:]
        else:
            content, text = content + SIMPLE[text[1]], text[2:]
    assert not repeated, "a repeat without an end"
    return content, text
