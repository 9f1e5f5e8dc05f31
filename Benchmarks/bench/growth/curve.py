"""Cost against size."""

import dataclasses
import statistics


@dataclasses.dataclass
class Curve:
    """One thing that grows with another; both axes are logarithmic."""

    #: What there is more and more of, for example `services`.
    of: str
    #: What is measured, with its unit.
    what: str
    points: dict = dataclasses.field(default_factory=dict)

    def add(self, size, *values):
        self.points[size] = statistics.median(values)

    @property
    def growth(self):
        """How many times dearer the largest size is than the smallest."""
        sizes = sorted(self.points)
        # Nothing, to the clock of the kernel, is half of its hundredth of a second.
        return self.points[sizes[-1]] / max(self.points[sizes[0]], 0.5)
