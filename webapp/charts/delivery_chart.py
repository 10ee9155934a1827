"""The chart "Delivery over time": delivered grows from below, failed hangs from above."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from projections.overview.queries import Change
from webapp.charts.time_axis import Tick, number_ticks, time_ticks

FEWEST = 20
"""Fewer texts are not drawn."""
WIDTH, HEIGHT = 1000, 200
"""Of the box in which the areas are drawn; it is stretched to the size of the chart."""
_POINTS = 120
_ROWS = 12
_NEAR_PERCENT = 14
_MOST_OF = 0.95


class Range(StrEnum):
    """How much of a campaign's time the chart shows."""

    HOUR = "hour"
    DAY = "day"
    ALL = "all"

    @property
    def seconds(self) -> float:
        """How long it is."""
        return {Range.HOUR: 3600.0, Range.DAY: 86_400.0}.get(self, float("inf"))


@dataclass(frozen=True)
class Point:
    """How many contacts were delivered and failed at an age of the campaign."""

    age_seconds: float
    delivered: int
    failed: int


@dataclass(frozen=True)
class Mark:
    """Something that was done; a dotted line at that moment."""

    at: datetime
    text: str


@dataclass(frozen=True)
class PlacedMark:
    """A mark on the chart."""

    percent: float
    text: str
    row: int
    """0, or lower where the mark before it is near."""
    is_late: bool
    """Whether the label is to the left of its line, because the line is near the right edge."""


@dataclass(frozen=True)
class TableRow:
    """The numbers at a moment."""

    at: datetime
    delivered: int
    pending: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class DeliveryChart:
    """What is drawn; the paths are in the box of WIDTH × HEIGHT."""

    range: Range
    start: datetime
    end: datetime
    total: int
    delivered_edge: str
    delivered_area: str
    failed_edge: str
    failed_area: str
    gray_percent: float | None
    """From where on the campaign was archived."""
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    marks: Sequence[PlacedMark]
    rows: Sequence[TableRow]

    @property
    def last(self) -> TableRow:
        """The numbers at the end of the chart."""
        return self.rows[-1]


@dataclass(frozen=True, kw_only=True)
class DeliverySeries:
    """What the chart is made of."""

    launched_at: datetime
    total: int
    changes: Sequence[Change]
    """In the order of time."""
    marks: Sequence[Mark]
    archived_at: datetime | None
    until: datetime
    """The end of time so far: now, or the last change of a campaign in which nothing waits."""


def default_range(series: DeliverySeries) -> Range:
    """Return the shortest range that holds 95 % of the changes."""
    all_changes = sum(_weight(change) for change in series.changes)
    for chosen in (Range.HOUR, Range.DAY):
        held = sum(
            _weight(change) for change in series.changes if change.age_seconds < chosen.seconds
        )
        if held >= _MOST_OF * all_changes:
            return chosen
    return Range.ALL


def _weight(change: Change) -> int:
    return abs(change.delivered) + abs(change.failed)


def delivery_chart(series: DeliverySeries, chosen: Range) -> DeliveryChart | None:
    """Return the chart of a range; None where there are too few contacts to draw."""
    if series.total < FEWEST:
        return None
    span = max(min((series.until - series.launched_at).total_seconds(), chosen.seconds), 1.0)
    points = _points(series.changes, span)
    end = series.launched_at + timedelta(seconds=span)
    archived = _percent(series, series.archived_at, span) if series.archived_at else None
    return DeliveryChart(
        range=chosen,
        start=series.launched_at,
        end=end,
        total=series.total,
        **_paths(points, span, series.total),
        gray_percent=archived if archived is not None and archived < 100 else None,
        x_ticks=time_ticks(series.launched_at, end),
        y_ticks=number_ticks(series.total),
        marks=_placed(series, span),
        rows=_table(series, points, span),
    )


def _points(changes: Sequence[Change], span: float) -> list[Point]:
    """Return the numbers at the ends of equal parts of the span, without those on a flat line."""
    part, delivered, failed, place = span / _POINTS, 0, 0, 0
    points = [Point(0, 0, 0)]
    for number in range(1, _POINTS + 1):
        age = number * part
        while place < len(changes) and changes[place].age_seconds < age:
            delivered += changes[place].delivered
            failed += changes[place].failed
            place += 1
        points.append(Point(age, delivered, failed))
    return [
        points[0],
        *(
            point
            for (before, point), after in zip(pairwise(points), points[2:], strict=False)
            if not _numbers(before) == _numbers(point) == _numbers(after)
        ),
        points[-1],
    ]


def _numbers(point: Point) -> tuple[int, int]:
    return point.delivered, point.failed


def _paths(points: Sequence[Point], span: float, total: int) -> dict[str, str]:
    delivered = " ".join(
        f"{_x(point, span)},{HEIGHT - HEIGHT * point.delivered / total:.1f}" for point in points
    )
    failed = " ".join(f"{_x(point, span)},{HEIGHT * point.failed / total:.1f}" for point in points)
    return {
        "delivered_edge": delivered,
        "delivered_area": f"0,{HEIGHT} {delivered} {WIDTH},{HEIGHT}",
        "failed_edge": failed,
        "failed_area": f"0,0 {failed} {WIDTH},0",
    }


def _x(point: Point, span: float) -> str:
    return f"{WIDTH * point.age_seconds / span:.0f}"


def _percent(series: DeliverySeries, at: datetime, span: float) -> float:
    return round(100 * (at - series.launched_at).total_seconds() / span, 2)


def _placed(series: DeliverySeries, span: float) -> list[PlacedMark]:
    placed: list[PlacedMark] = []
    for mark in sorted(series.marks, key=lambda mark: mark.at):
        percent = _percent(series, mark.at, span)
        if not 0 <= percent <= 100:
            continue
        is_near = bool(placed) and percent - placed[-1].percent < _NEAR_PERCENT
        row = (placed[-1].row + 1) % 6 if is_near else 0
        placed.append(PlacedMark(percent, mark.text, row, is_late=percent > 80))
    return placed


def _table(series: DeliverySeries, points: Sequence[Point], span: float) -> list[TableRow]:
    rows: list[TableRow] = []
    for number in range(1, _ROWS + 1):
        age = span * number / _ROWS
        point = [point for point in points if point.age_seconds <= age + 1e-6][-1]
        pending = series.total - point.delivered - point.failed
        row = TableRow(
            series.launched_at + timedelta(seconds=age), point.delivered, pending, point.failed
        )
        rows.append(row)
    return rows
