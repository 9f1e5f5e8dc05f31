"""Numbers of several rounds, ratios, and whether a bar is held."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Numbers:
    """The same thing measured in every round."""

    values: tuple
    unit: str = ""

    @property
    def median(self):
        return statistics.median(self.values)

    def __str__(self):
        middle, least, most = (shown(value) for value in (self.median, min(self.values), max(self.values)))
        text = middle if least == most else f"{middle} ({least} … {most})"
        return f"{text} {self.unit}".rstrip()


def shown(value):
    """Three digits that count, and no exponent."""
    for least, digits in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"


@dataclasses.dataclass(frozen=True)
class Bar:
    """`≤ 2` or `≥ 2`, held by a median."""

    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""

    def holds(self, value):
        return value <= self.at_most if self.at_most is not None else value >= self.at_least

    def __str__(self):
        sign, limit = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {limit:g} {self.unit}".rstrip()


@dataclasses.dataclass(frozen=True)
class Result:
    """One line of the table."""

    what: str
    ours: Numbers
    peer: str = ""
    theirs: Numbers | None = None
    #: Of ours to theirs in each round, or of ours to another part of the same run.
    ratios: Numbers | None = None
    #: For the ratios, or for our numbers where there is no ratio; None is for information.
    bar: Bar | None = None

    @property
    def holds(self):
        return self.bar is None or self.bar.holds((self.ratios or self.ours).median)

    @property
    def verdict(self):
        return "" if self.bar is None else "PASS" if self.holds else "FAIL"


def compared(what, unit, peer, ours, theirs, bar=None):
    """A line of which each round has a number of both sides."""
    return Result(
        what, Numbers(tuple(ours), unit), peer, Numbers(tuple(theirs), unit),
        Numbers(tuple(a / b for a, b in zip(ours, theirs, strict=True))), bar)
