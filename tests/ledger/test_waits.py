"""When a wait ends: minutes, hours, a new day in Pacific time, the hours that the law allows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.waits import GROWING, Wait, WaitKind

NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"
DAY, ALLOWED = Wait(WaitKind.NEXT_DAY_PACIFIC), Wait(WaitKind.ALLOWED_HOURS)
moments = st.integers(0, 11 * 366 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("growing", GROWING),
        ("minutes:15", Wait(WaitKind.MINUTES, 15)),
        ("hours:1", Wait(WaitKind.HOURS, 1)),
        ("next_day_pacific", DAY),
        ("allowed_hours", ALLOWED),
    ],
)
def test_a_wait_is_read_as_the_table_has_it(text, wait):
    assert Wait.parse(text) == wait


@pytest.mark.parametrize(
    "text", ["", "days:1", "hours", "hours:", "hours:0", "minutes:-1", "minutes:x", "growing:5"]
)
def test_any_other_text_is_no_wait(text):
    with pytest.raises(ValueError, match=r"no wait|WaitKind|invalid literal"):
        Wait.parse(text)


@given(moments)
def test_minutes_and_hours_end_so_much_later(since):
    assert Wait(WaitKind.MINUTES, 15).ends_at(since, "") == since + timedelta(minutes=15)
    assert Wait(WaitKind.HOURS, 4).ends_at(since, "") == since + timedelta(hours=4)


def test_the_end_of_a_growing_wait_is_not_known():
    assert GROWING.ends_at(datetime(2026, 1, 1, tzinfo=UTC), NEW_YORK) is None


@pytest.mark.parametrize(
    ("since", "end"),
    [
        ("2026-03-02T00:14:59", "2026-03-02T00:15"),
        ("2026-03-02T00:15", "2026-03-03T00:15"),
        ("2026-03-02T17:00", "2026-03-03T00:15"),
        ("2026-03-02T23:59:59", "2026-03-03T00:15"),
        ("2026-12-31T12:00", "2027-01-01T00:15"),
        ("2026-03-07T12:00", "2026-03-08T00:15"),  # the clocks go forward on 8 March, at two
        ("2026-03-08T01:59", "2026-03-09T00:15"),
        ("2026-03-08T12:00", "2026-03-09T00:15"),
        ("2026-10-31T12:00", "2026-11-01T00:15"),  # and back on 1 November, at two
        ("2026-11-01T00:30", "2026-11-02T00:15"),
        ("2026-11-01T12:00", "2026-11-02T00:15"),
    ],
)
def test_the_day_of_a_cap_ends_after_midnight_in_pacific_time(since, end):
    ends_at = DAY.ends_at(local(since, LOS_ANGELES), NEW_YORK)
    assert (ends_at, ends_at.tzinfo) == (local(end, LOS_ANGELES), UTC)


@pytest.mark.parametrize(
    ("since", "hours"), [("2026-03-08T00:30", 22.75), ("2026-11-01T00:30", 24.75)]
)
def test_the_days_of_the_clock_change_have_23_and_25_hours(since, hours):
    began = local(since, LOS_ANGELES)
    assert DAY.ends_at(began, "") - began == timedelta(hours=hours)


@given(moments)
def test_the_day_of_a_cap_ends_in_the_next_25_hours_and_just_after_midnight(since):
    end = DAY.ends_at(since, "")
    assert timedelta(0) < end - since <= timedelta(hours=25)
    assert f"{end.astimezone(ZoneInfo(LOS_ANGELES)):%H:%M:%S}" == "00:15:00"


@pytest.mark.parametrize(
    ("since", "end"),
    [
        ("2026-03-02T21:30", "2026-03-03T08:00"),
        ("2026-03-02T03:00", "2026-03-02T08:00"),
        ("2026-03-02T07:59", "2026-03-02T08:00"),
        ("2026-03-02T08:00", "2026-03-02T09:00"),
        ("2026-03-02T14:00", "2026-03-02T15:00"),
        ("2026-03-02T20:30", "2026-03-03T08:00"),
        ("2026-03-07T22:00", "2026-03-08T08:00"),
    ],
)
def test_the_allowed_hours_begin_at_eight_where_the_contact_lives(since, end):
    """Within them the contact may live in a later zone than the number says: an hour more."""
    assert ALLOWED.ends_at(local(since, NEW_YORK), NEW_YORK) == local(end, NEW_YORK)


def test_without_a_zone_the_hours_are_those_of_utc():
    assert ALLOWED.ends_at(datetime(2026, 3, 2, 22, tzinfo=UTC), "") == datetime(
        2026, 3, 3, 8, tzinfo=UTC
    )


@given(moments, st.sampled_from([NEW_YORK, LOS_ANGELES, "Pacific/Honolulu", ""]))
def test_a_text_is_never_tried_outside_the_allowed_hours(since, zone):
    end = ALLOWED.ends_at(since, zone)
    assert since < end
    assert "08:00" <= f"{end.astimezone(ZoneInfo(zone or 'UTC')):%H:%M}" < "21:00"
