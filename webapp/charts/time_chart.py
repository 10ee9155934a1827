"""The chart "Time from send to delivery": one bar for each class of times."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projections.overview.transitions import MORE

_CLASSES = (
    *((5, "≤ 5 s"), (15, "≤ 15 s"), (60, "≤ 1 min"), (300, "≤ 5 min"), (3600, "≤ 1 h")),
    (MORE, "more"),
)
_BOUNDS = [bound for bound, _label in _CLASSES]


@dataclass(frozen=True)
class Bar:
    """How many texts took that long; heights are in percent of the greatest bar."""

    label: str
    texts: int
    percent: float
    share: float
    """Of all texts, from 0 to 1."""


@dataclass(frozen=True)
class TimeChart:
    """The bars, and within how many seconds half and 95 % of the texts arrived."""

    bars: Sequence[Bar]
    texts: int
    half_within: int
    most_within: int


def time_chart(times: Mapping[int, int]) -> TimeChart | None:
    """Return the chart of the texts by the upper bound of their time; None without any."""
    texts = sum(times.values())
    if not texts:
        return None
    counts = [0] * len(_BOUNDS)
    for bound, number in times.items():
        counts[bisect_left(_BOUNDS, bound)] += number
    greatest = max(counts)
    return TimeChart(
        bars=[
            Bar(label, count, round(100 * count / greatest, 1), count / texts)
            for (_bound, label), count in zip(_CLASSES, counts, strict=True)
        ],
        texts=texts,
        half_within=within(times, 0.5),
        most_within=within(times, 0.95),
    )


def within(times: Mapping[int, int], part: float) -> int:
    """Return the smallest upper bound within which that part of the texts arrived."""
    texts, arrived = sum(times.values()), 0
    for bound, number in sorted(times.items()):
        arrived += number
        if arrived >= part * texts:
            return bound
    return MORE
