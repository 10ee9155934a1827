"""When a campaign may text: its start, the hours of a contact's day, and when it is too late."""

from datetime import UTC, datetime, time, timedelta

import pytest

from ledger.domain.schedule import Schedule, SendWindow, is_zone, moment_of
from ledger.errors import BadInput

DAY = SendWindow(opens=time(8), closes=time(21))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEW_YORK = "America/New_York"


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def test_without_anything_set_it_may_text_at_any_time():
    assert Schedule().open_until(NOON, "") > NOON + timedelta(days=365)
    assert Schedule().opens_at(NOON, "") == NOON


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24T12:59", False),  # 07:59 there
        ("2026-11-24T13:00", True),
        ("2026-11-25T01:58", True),  # 20:58 there, on the day before
        ("2026-11-25T01:59", False),  # the last minute
        ("2026-11-25T02:00", False),
    ],
)
def test_the_hours_are_those_of_the_contacts_own_day(moment, is_open):
    assert bool(Schedule(window=DAY).open_until(at(moment), NEW_YORK)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens_at"),
    [
        ("2026-11-24T05:00", "2026-11-24T13:00"),
        ("2026-11-24T14:30", "2026-11-24T14:30"),
        ("2026-11-25T01:59", "2026-11-25T13:00"),
        ("2026-11-25T03:00", "2026-11-25T13:00"),
        ("2026-03-08T03:00", "2026-03-08T12:00"),  # the clocks go forward in that night
    ],
)
def test_what_comes_too_early_or_late_waits_for_the_next_opening(moment, opens_at):
    assert Schedule(window=DAY).opens_at(at(moment), NEW_YORK) == at(opens_at)


def test_where_it_opens_it_is_open():
    moments = [NOON + timedelta(minutes=7 * n) for n in range(500)]
    timing = Schedule(window=DAY, starts_at=NOON + timedelta(hours=9))
    assert all(timing.open_until(timing.opens_at(m, NEW_YORK), NEW_YORK) for m in moments)


def test_nothing_goes_out_before_the_start():
    timing = Schedule(starts_at=NOON)
    assert timing.open_until(NOON - timedelta(seconds=1), "") is None
    assert timing.open_until(NOON, "")
    assert timing.opens_at(NOON - timedelta(hours=2), "") == NOON


def test_nothing_goes_out_once_it_is_too_late():
    timing = Schedule(send_before=NOON)
    assert timing.open_until(NOON - timedelta(minutes=2), "") == NOON
    assert timing.open_until(NOON - timedelta(seconds=59), "") is None


def test_a_window_ends_before_the_send_before_time_does_or_after_it():
    timing = Schedule(window=DAY, send_before=NOON + timedelta(hours=2))
    assert timing.open_until(NOON, "") == NOON + timedelta(hours=2)
    assert timing.open_until(NOON, "Europe/Helsinki") == NOON + timedelta(hours=2)
    assert timing.open_until(NOON, "Asia/Tokyo") is None


@pytest.mark.parametrize(
    "words", ["8-21", "21:00-08:00", "08:00", "08:00-25:00", "", "09:00-09:00"]
)
def test_hours_that_are_none_are_refused(words):
    with pytest.raises(BadInput, match="send window"):
        SendWindow.parse(words)


def test_hours_are_written_as_they_are_read():
    assert str(SendWindow.parse("08:00-21:00")) == "08:00-21:00"
    assert SendWindow.parse("none") is None


def test_a_time_that_has_passed_is_refused():
    with pytest.raises(BadInput, match="passed already"):
        Schedule(send_before=NOON).check(NOON)


def test_an_end_before_the_start_is_refused():
    timing = Schedule(starts_at=NOON + timedelta(days=2), send_before=NOON + timedelta(days=1))
    with pytest.raises(BadInput, match="later than the start"):
        timing.check(NOON)


def test_a_time_is_read_in_the_zone_given_unless_it_names_its_own():
    assert moment_of("2026-11-30T08:00", NEW_YORK) == at("2026-11-30T13:00")
    assert moment_of("2026-11-30T08:00+01:00", NEW_YORK) == at("2026-11-30T07:00")
    assert moment_of("", NEW_YORK) is None
    with pytest.raises(BadInput, match="is no time"):
        moment_of("tomorrow", NEW_YORK)


def test_only_names_of_the_time_zone_database_are_zones():
    assert is_zone("America/Chicago")
    assert not any(map(is_zone, ["", "Chicago", "../etc/passwd", "/etc", "America"]))
