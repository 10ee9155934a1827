"""The table of times to delivery by hour of the day and day of the week, as shades and words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.charts.time_chart import within

LEVELS = (5, 15, 60, 600)
"""Half of the texts arrived within so many seconds, for each shade; the last shade is slower."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class HeatCell:
    """The texts whose attempts began in an hour of a day of the week."""

    texts: int
    half_within: int
    """Seconds within which half of them arrived; 0 without texts."""
    level: int
    """The shade: 0 for no texts, then 1 (fast) to 5 (slow)."""


@dataclass(frozen=True)
class HeatRow:
    """An hour of the day, with a cell for each day of the week."""

    hour: int
    cells: Sequence[HeatCell]


def heat_table(times: Mapping[tuple[int, int], int]) -> list[HeatRow]:
    """Return the rows from the first hour with texts to the last; none without texts.

    `times` has the hour of the week, from Monday, and the upper bound of the time → texts.
    """
    classes: dict[tuple[int, int], Counter[int]] = {}
    for (hour, up_to), texts in times.items():
        classes.setdefault((hour % 24, hour // 24), Counter())[up_to] += texts
    hours = sorted({hour for hour, _day in classes})
    if not hours:
        return []
    return [
        HeatRow(hour, [_cell(classes.get((hour, day), Counter())) for day in range(len(DAYS))])
        for hour in range(hours[0], hours[-1] + 1)
    ]


def _cell(times: Counter[int]) -> HeatCell:
    texts = times.total()
    if not texts:
        return HeatCell(0, 0, 0)
    half = within(times, 0.5)
    return HeatCell(texts, half, 1 + sum(half > level for level in LEVELS))
