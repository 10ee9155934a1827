"""The axis of time: round moments between two moments, as pages show them, and their labels."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from webapp.explain.numbers import number
from webapp.explain.times import clock_text, local, short_text

_MOST_TICKS = 6
_DAY = 86_400
_STEPS = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200),
    *(3 * 3600, 6 * 3600, 12 * 3600, _DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY, 91 * _DAY),
    *(365 * _DAY, 10 * 365 * _DAY),
)
"""Between two ticks, in seconds."""


@dataclass(frozen=True)
class Tick:
    """A mark on an axis; `percent` of its length from the start."""

    percent: float
    label: str
    is_minor: bool = False
    """Whether a narrow screen leaves it out."""


def time_ticks(start: datetime, end: datetime) -> list[Tick]:
    """Return at most six ticks at round moments of the zone of the page: 09:15, 12:00, 15:00."""
    seconds = max((end - start).total_seconds(), 1)
    step = next((step for step in _STEPS if seconds / step < _MOST_TICKS), _STEPS[-1])
    shown = local(start)
    midnight = shown.replace(hour=0, minute=0, second=0, microsecond=0)
    since_midnight = (shown.replace(tzinfo=None) - midnight.replace(tzinfo=None)).total_seconds()
    first = midnight.replace(tzinfo=None) + timedelta(seconds=-(-since_midnight // step) * step)
    ticks = []
    for nth in range(_MOST_TICKS + 1):
        at = (first + timedelta(seconds=nth * step)).replace(tzinfo=shown.tzinfo)
        percent = 100 * (at - start).total_seconds() / seconds
        if 0 <= percent <= 100:
            ticks.append((percent, _label(at, step)))
    return [
        Tick(round(percent, 2), label, is_minor=number % 2 == 1)
        for number, (percent, label) in enumerate(ticks)
    ]


def _label(at: datetime, step: int) -> str:
    if step >= _DAY:
        return f"{at.day} {at:%b}" if step < 365 * _DAY else f"{at:%b %Y}"
    return clock_text(at) if step < 60 else short_text(at)


def number_ticks(total: int) -> list[Tick]:
    """Return the ticks 0, a quarter, a half, three quarters and all of a number, the first lowest.

    Where the number has no quarters, ticks are rounded, and none is shown twice.
    """
    values = [round(total * quarter / 4) for quarter in range(5)]
    kept = [values[0], *(value for before, value in pairwise(values) if value != before)]
    return [Tick(round(100 - 100 * value / total, 2), short_number(value)) for value in kept]


def short_number(value: int) -> str:
    """Return a number that fits beside an axis: 12,500, 250k."""
    return number(value) if value < 100_000 else f"{number(round(value / 1000))}k"
