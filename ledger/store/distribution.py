"""How values are distributed: how many are at most as large as each of some bounds."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Distribution:
    """Counts of values up to each bound, and beyond the last; one thread adds, any may read.

    Bounds 1, 10 and the values 1, 3, 5, 70 give the counts 1, 2, 1 and the total 79.
    """

    bounds: Sequence[float]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)
        if len(self.counts) != len(self.bounds) + 1:
            raise ValueError("There is one count for each bound, and one beyond the last.")

    def add(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
