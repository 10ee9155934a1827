"""The geometry of charts: bars, ticks and areas stay in their box, whatever the numbers are."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from projections.overview.all_campaigns import hour_of_week
from projections.overview.queries import Change
from projections.overview.transitions import MORE
from webapp.charts.delivery_chart import (
    HEIGHT,
    WIDTH,
    DeliverySeries,
    Mark,
    Range,
    default_range,
    delivery_chart,
)
from webapp.charts.heat_table import heat_table
from webapp.charts.month_chart import MonthNumbers, month_chart
from webapp.charts.number_axis import rounded_ticks, rounded_top
from webapp.charts.time_axis import number_ticks, time_ticks
from webapp.charts.time_chart import time_chart, within
from webapp.explain.times import show_times_in
from webapp.zone_offsets import offsets_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HUGE = 123_456_789_012


def month(number, delivered=0, pending=0, failed=0):
    return MonthNumbers(date(2026, number, 1), delivered, pending, failed)


def series(total, *changes, hours=1.0, marks=(), archived_at=None):
    until = START + timedelta(hours=hours)
    return DeliverySeries(
        launched_at=START,
        total=total,
        changes=changes,
        marks=marks,
        archived_at=archived_at,
        until=until,
    )


def points(edge):
    return [tuple(map(float, point.split(","))) for point in edge.split()]


# Axes.


@pytest.mark.parametrize(
    ("greatest", "top", "step"),
    [(0, 1, 1), (1, 1, 1), (5, 5, 1), (6, 6, 2), (7, 8, 2), (118, 150, 50), (1000, 1000, 200)],
)
def test_an_axis_ends_at_the_first_round_step_above_its_numbers(greatest, top, step):
    assert rounded_top(greatest) == (top, step)


@pytest.mark.parametrize("greatest", [1, 9, 10, 11, 4_999, 5_001, 999_999, HUGE])
def test_a_rounded_axis_has_few_even_ticks_from_zero_to_the_top(greatest):
    ticks = rounded_ticks(greatest)
    assert 2 <= len(ticks) <= 6
    assert (ticks[0].label, ticks[0].percent, ticks[-1].percent) == ("0", 100, 0)
    assert rounded_top(greatest)[0] >= greatest
    assert len({tick.label for tick in ticks}) == len(ticks)


def test_quarters_of_a_number_are_ticks_and_none_is_shown_twice():
    assert [tick.label for tick in number_ticks(482)] == ["0", "120", "241", "362", "482"]
    assert [tick.label for tick in number_ticks(2)] == ["0", "1", "2"]
    assert [tick.label for tick in number_ticks(1)] == ["0", "1"]
    assert number_ticks(HUGE)[-1].label == "123,456,789k"


@pytest.mark.parametrize("seconds", [1, 59, 3600, 86_400, 40 * 86_400, 20 * 365 * 86_400])
def test_an_axis_of_time_has_few_ticks_within_it_in_their_order(seconds):
    show_times_in("UTC")
    ticks = time_ticks(START, START + timedelta(seconds=seconds))
    assert 1 <= len(ticks) <= 7
    assert all(0 <= tick.percent <= 100 for tick in ticks)
    assert [tick.percent for tick in ticks] == sorted({tick.percent for tick in ticks})


# Contacts by month.


def test_no_months_and_months_without_contacts_are_not_drawn():
    assert month_chart([]) is None
    assert month_chart([month(1), month(2)]) is None


def test_one_month_has_one_bar_in_the_middle():
    (bar,) = month_chart([month(3, delivered=50)]).bars
    assert bar.middle == 50
    assert [(part.status, part.top, part.height) for part in bar.parts] == [("delivered", 0, 100)]


def test_the_parts_of_a_bar_stand_on_each_other():
    (bar,) = month_chart([month(3, delivered=60, pending=30, failed=10)]).bars
    assert [(part.status, part.top, part.height) for part in bar.parts] == [
        ("delivered", 40, 60),
        ("pending", 10, 30),
        ("failed", 0, 10),
    ]


def test_a_month_without_contacts_keeps_its_place():
    bars = month_chart([month(1, 7), month(2), month(3, 0, 0, 3)]).bars
    assert bars[1].parts == []
    assert [bar.middle for bar in bars] == pytest.approx([16.667, 50, 83.333], abs=0.01)
    assert [part.status for part in bars[2].parts] == ["failed"]


def test_bars_of_twelve_months_with_huge_numbers_stay_in_the_box():
    chart = month_chart([month(number, HUGE, number, HUGE // number) for number in range(1, 13)])
    for before, bar in zip(chart.bars, chart.bars[1:], strict=False):
        assert before.left + before.width <= bar.left
    for bar in chart.bars:
        assert bar.left >= 0
        assert bar.left + bar.width <= 100
        for part in bar.parts:
            assert part.top >= 0
            assert part.top + part.height <= 100.001


# Delivery over time.


def test_a_campaign_with_few_contacts_is_not_drawn():
    assert delivery_chart(series(19), Range.HOUR) is None


def test_the_areas_end_at_the_numbers_of_the_last_change():
    chart = delivery_chart(series(100, Change(60, delivered=80), Change(120, failed=5)), Range.HOUR)
    delivered, failed = points(chart.delivered_edge), points(chart.failed_edge)
    assert (delivered[0], delivered[-1]) == ((0, HEIGHT), (WIDTH, HEIGHT * 0.2))
    assert (failed[0], failed[-1]) == ((0, 0), (WIDTH, HEIGHT * 0.05))
    assert (chart.last.delivered, chart.last.pending, chart.last.failed) == (80, 15, 5)


def test_a_chart_without_any_change_is_flat():
    chart = delivery_chart(series(50), Range.ALL)
    assert points(chart.delivered_edge) == [(0, HEIGHT), (WIDTH, HEIGHT)]
    assert points(chart.failed_edge) == [(0, 0), (WIDTH, 0)]


def test_huge_numbers_and_a_moment_without_length_stay_in_the_box():
    chart = delivery_chart(series(HUGE, Change(0, delivered=HUGE), hours=0), Range.HOUR)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points(chart.delivered_edge))
    assert chart.last.pending == 0


def test_near_marks_go_to_lower_rows_and_those_outside_are_left_out():
    marks = [Mark(START + timedelta(minutes=each), str(each)) for each in (-5, 10, 12, 58, 90)]
    chart = delivery_chart(series(100, marks=marks), Range.HOUR)
    assert [(mark.text, mark.row) for mark in chart.marks] == [("10", 0), ("12", 1), ("58", 0)]
    assert [mark.is_late for mark in chart.marks] == [False, False, True]


def test_the_time_after_the_archive_is_gray():
    at = START + timedelta(minutes=15)
    assert delivery_chart(series(100, archived_at=at), Range.HOUR).gray_percent == 25
    late = START + timedelta(hours=1)
    assert delivery_chart(series(100, archived_at=late), Range.HOUR).gray_percent is None


def test_the_range_is_the_shortest_with_nearly_all_changes():
    assert (
        default_range(series(100, Change(60, delivered=95), Change(7200, failed=5))) is Range.HOUR
    )
    assert default_range(series(100, Change(60, delivered=90), Change(7200, failed=9))) is Range.DAY
    assert default_range(series(100, Change(200_000, delivered=90))) is Range.ALL


# Times to delivery.


def test_no_times_are_not_drawn():
    assert time_chart({}) is None


def test_each_time_is_in_the_bar_of_its_class():
    chart = time_chart({1: 10, 5: 10, 7: 5, 3600: 1, MORE: 4})
    assert [bar.texts for bar in chart.bars] == [20, 5, 0, 0, 1, 4]
    assert [bar.percent for bar in chart.bars] == [100, 25, 0, 0, 5, 20]
    assert sum(bar.share for bar in chart.bars) == pytest.approx(1)
    assert (chart.half_within, chart.most_within) == (5, MORE)


def test_a_part_of_the_texts_arrived_within_the_bound_that_reaches_it():
    assert [within({1: 1, 10: 1}, part) for part in (0.5, 0.51, 1)] == [1, 10, 10]


# Times to delivery by hour and day.


def test_no_texts_make_no_table():
    assert heat_table({}) == []


def test_the_table_goes_from_the_first_hour_with_texts_to_the_last():
    rows = heat_table({(9, 4): 10, (24 + 11, 900): 3})
    assert [row.hour for row in rows] == [9, 10, 11]
    assert (rows[0].cells[0].texts, rows[0].cells[0].half_within) == (10, 4)
    assert rows[2].cells[1].level == 5
    assert {cell.texts for cell in rows[1].cells} == {0}


@pytest.mark.parametrize(
    ("up_to", "level"), [(1, 1), (5, 1), (7, 2), (60, 3), (600, 4), (900, 5), (MORE, 5)]
)
def test_the_shade_follows_the_time_within_which_half_arrived(up_to, level):
    assert heat_table({(9, up_to): 1})[0].cells[0].level == level


@pytest.mark.parametrize(
    ("zone", "changes"),
    [("America/New_York", 3), ("UTC", 1), ("Asia/Kathmandu", 1), ("Australia/Lord_Howe", 3)],
)
def test_hours_of_the_week_are_those_of_the_zones_clocks(zone, changes):
    offsets = offsets_of(ZoneInfo(zone), 2026, 2026)
    assert len(offsets) == changes
    for day in range(365):
        at = datetime(2026, 1, 1, 7, tzinfo=UTC) + timedelta(days=day, hours=day % 24)
        local = at.astimezone(ZoneInfo(zone))
        hour = int(at.timestamp()) // 3600
        assert hour_of_week(hour, offsets) == 24 * local.weekday() + local.hour
