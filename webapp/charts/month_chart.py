"""The chart "Contacts by month": one bar for each month, of delivered, pending and failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.charts.number_axis import rounded_ticks, rounded_top
from webapp.charts.time_axis import Tick

_FILLED = 0.76
"""The part of each month's width that its bar takes."""
_WIDEST = 12.0
"""The width of a bar where there are few months, in percent."""


@dataclass(frozen=True)
class MonthNumbers:
    """How many contacts the campaigns of a month have, by status."""

    month: date
    """Its first day."""
    delivered: int
    pending: int
    failed: int

    @property
    def total(self) -> int:
        """All contacts."""
        return self.delivered + self.pending + self.failed


@dataclass(frozen=True)
class Part:
    """A part of a bar, in percent of the height of the chart from its top."""

    status: str
    top: float
    height: float


@dataclass(frozen=True)
class MonthBar:
    """The bar of a month, in percent of the width of the chart."""

    numbers: MonthNumbers
    left: float
    width: float
    parts: Sequence[Part]
    """From the bottom to the top; none of them is empty."""

    @property
    def middle(self) -> float:
        """Where the label stands."""
        return self.left + self.width / 2


@dataclass(frozen=True)
class MonthChart:
    """The bars, the earliest month first."""

    bars: Sequence[MonthBar]
    y_ticks: Sequence[Tick]


def month_chart(months: Sequence[MonthNumbers]) -> MonthChart | None:
    """Return the chart of these months; None where there is nothing to draw."""
    greatest = max((month.total for month in months), default=0)
    if not greatest:
        return None
    top, _step = rounded_top(greatest)
    slot = 100 / len(months)
    width = min(slot * _FILLED, _WIDEST)
    return MonthChart(
        bars=[
            MonthBar(
                month,
                round(slot * (place + 0.5) - width / 2, 3),
                round(width, 3),
                _parts(month, top),
            )
            for place, month in enumerate(months)
        ],
        y_ticks=rounded_ticks(greatest),
    )


def _parts(month: MonthNumbers, top: int) -> list[Part]:
    parts, below = [], 0
    for status in ("delivered", "pending", "failed"):
        number = getattr(month, status)
        below += number
        if number:
            height = 100 * number / top
            parts.append(Part(status, round(100 - 100 * below / top, 3), round(height, 3)))
    return parts
