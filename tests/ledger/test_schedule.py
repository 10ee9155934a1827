"""When a campaign may text: its start, the hours of a contact's day, and when it is too late."""

from datetime import UTC, datetime, time, timedelta

import pytest

from ledger.domain.schedule import Schedule, SendWindow
from ledger.errors import BadInput

DAY = SendWindow(opens=time(8), closes=time(21))
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_schedule_without_settings_is_always_open():
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
def test_a_time_outside_the_hours_waits_for_the_next_opening(moment, opens_at):
    assert Schedule(window=DAY).opens_at(at(moment), NEW_YORK) == at(opens_at)


def test_the_opening_time_is_open():
    moments = [NOON + timedelta(minutes=7 * n) for n in range(500)]
    timing = Schedule(window=DAY, starts_at=NOON + timedelta(hours=9))
    assert all(timing.open_until(timing.opens_at(m, NEW_YORK), NEW_YORK) for m in moments)


def test_nothing_is_sent_before_the_start():
    timing = Schedule(starts_at=NOON)
    assert timing.open_until(NOON - timedelta(seconds=1), "") is None
    assert timing.open_until(NOON, "")
    assert timing.opens_at(NOON - timedelta(hours=2), "") == NOON


def test_nothing_is_sent_after_the_last_moment():
    timing = Schedule(send_before=NOON)
    assert timing.open_until(NOON - timedelta(seconds=61), "") == NOON
    assert timing.open_until(NOON - timedelta(seconds=60), "") is None


def test_a_window_ends_before_the_send_before_time_does_or_after_it():
    timing = Schedule(window=DAY, send_before=NOON + timedelta(hours=2))
    assert timing.open_until(NOON, "") == NOON + timedelta(hours=2)
    assert timing.open_until(NOON, "Europe/Helsinki") == NOON + timedelta(hours=2)
    assert timing.open_until(NOON, "Asia/Tokyo") is None


def test_hours_may_have_the_dash_of_a_word_processor():
    assert str(SendWindow.parse("08:00 \u2013 21:00")) == "08:00-21:00"


@pytest.mark.parametrize("text", ["8-21", "21:00-08:00", "08:00", "08:00-25:00", "", "09:00-09:00"])
def test_text_that_is_no_hours_is_refused(text):
    with pytest.raises(BadInput, match="send window"):
        SendWindow.parse(text)


def refusal(act):
    with pytest.raises(BadInput) as refused:
        act()
    return str(refused.value)


LATER_ON_THE_DAY = "The send window must close later on the day than it opens."


def test_a_refusal_of_hours_shows_how_to_write_them():
    assert refusal(lambda: SendWindow.parse("8-21")) == (
        "'8-21' is no send window: write 08:00-21:00, or none."
    )
    assert refusal(lambda: SendWindow.parse("08:00-21:00-22:00")).startswith("'08:00-21:00-22:00'")
    assert refusal(lambda: SendWindow.parse("21:00-08:00")) == LATER_ON_THE_DAY


@pytest.mark.parametrize("text", ["08:00-21:00", " 08:00 - 21:00 ", "8:00-21:00"])
def test_hours_are_written_as_they_are_read(text):
    assert SendWindow.parse(text) == DAY
    assert str(DAY) == "08:00-21:00"


@pytest.mark.parametrize("text", ["none", " None ", "NONE"])
def test_none_is_no_window(text):
    assert SendWindow.parse(text) is None


HOUR = timedelta(hours=1)
PASSED = (
    "The start has passed: it was read as {} in America/New_York. Correct it. To text at once, "
    "leave the start out."
)
TOO_LATE = (
    "The time before which the texts must go out {}: it was read as {} in America/New_York. "
    "Correct it, or leave it out."
)
TOO_CLOSE = (
    "The time before which the texts must go out must be more than a minute after the start. It "
    "was read as {} in America/New_York, the start as {} in America/New_York. Correct one of them."
)
TIMINGS = [
    (Schedule(), None),
    (Schedule(starts_at=NOON - timedelta(minutes=2)), None),
    (Schedule(starts_at=NOON - timedelta(minutes=3)), PASSED.format("24 Nov 2026, 06:57")),
    (Schedule(starts_at=NOON.replace(year=2025)), PASSED.format("24 Nov 2025, 07:00")),
    (Schedule(starts_at=NOON + timedelta(days=366)), None),
    (
        Schedule(starts_at=NOON.replace(year=2028)),
        (
            "The start is more than a year away: it was read as 24 Nov 2028, 07:00 in "
            "America/New_York. Correct it, or save a draft without a start and launch it when the "
            "time comes."
        ),
    ),
    (Schedule(send_before=NOON + HOUR), None),
    (Schedule(starts_at=NOON + HOUR, send_before=NOON + 2 * HOUR), None),
    (Schedule(window=DAY, send_before=NOON + HOUR), None),
    (Schedule(window=SendWindow(opens=time(9), closes=time(9))), LATER_ON_THE_DAY),
    (Schedule(window=SendWindow(opens=time(8), closes=time(8, 2))), None),
    (
        Schedule(window=SendWindow(opens=time(8), closes=time(8, 1))),
        (
            "Nothing could be sent in the send window 08:00-08:01: no text goes out in its last "
            "minute. Make it longer."
        ),
    ),
    (Schedule(send_before=NOON), TOO_LATE.format("has passed already", "24 Nov 2026, 07:00")),
    (
        Schedule(send_before=NOON + timedelta(seconds=60)),
        TOO_LATE.format("passes within a minute", "24 Nov 2026, 07:01"),
    ),
    (Schedule(send_before=NOON + timedelta(seconds=61)), None),
    (
        Schedule(send_before=NOON.replace(year=2029)),
        TOO_LATE.format("is more than two years away", "24 Nov 2029, 07:00"),
    ),
    (
        Schedule(starts_at=NOON + HOUR, send_before=NOON + HOUR + timedelta(seconds=30)),
        TOO_CLOSE.format("24 Nov 2026, 08:00", "24 Nov 2026, 08:00"),
    ),
    (
        Schedule(starts_at=NOON + 2 * HOUR, send_before=NOON + HOUR),
        TOO_CLOSE.format("24 Nov 2026, 08:00", "24 Nov 2026, 09:00"),
    ),
]


@pytest.mark.parametrize(("timing", "sentence"), TIMINGS)
def test_a_schedule_that_allows_no_text_is_refused(timing, sentence):
    if sentence is None:
        timing.check(NOON, NEW_YORK)
    else:
        assert refusal(lambda: timing.check(NOON, NEW_YORK)) == sentence


@pytest.mark.parametrize(
    ("hour", "until"), [(8, 21), (9, 21), (20, 21), (7, None), (21, None), (23, None)]
)
def test_within_its_hours_it_is_open_until_they_end(hour, until):
    closes = until and NOON.replace(hour=until)
    assert Schedule(window=DAY).open_until(NOON.replace(hour=hour), "") == closes


def test_hours_of_the_next_day_are_those_of_its_own_clock():
    """In the night to 1 November 2026 the clocks of New York go back."""
    evening = at("2026-11-01T01:30")
    assert Schedule(window=DAY).opens_at(evening, NEW_YORK) == at("2026-11-01T13:00")


def test_every_calculated_time_is_utc():
    timing = Schedule(window=DAY)
    assert timing.opens_at(at("2026-11-24T05:00"), NEW_YORK).tzinfo is UTC
    assert timing.open_until(at("2026-11-24T15:00"), NEW_YORK).tzinfo is UTC


def test_a_start_within_the_hours_is_when_it_opens():
    start = NOON.replace(hour=15)
    assert Schedule(window=DAY, starts_at=start).opens_at(NOON, "") == start


GARY = "America/Chicago America/New_York"


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24T13:30", False),  # 08:30 in New York, 07:30 in Chicago
        ("2026-11-24T14:00", True),
        ("2026-11-25T01:58", True),
        ("2026-11-25T01:59", False),  # the last minute in New York
    ],
)
def test_in_several_zones_it_is_open_when_it_is_in_each(moment, is_open):
    assert bool(Schedule(window=DAY).open_until(at(moment), GARY)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens_at"),
    [
        ("2026-11-24T13:30", "2026-11-24T14:00"),
        ("2026-11-24T15:00", "2026-11-24T15:00"),
        ("2026-11-25T02:30", "2026-11-25T14:00"),  # still open in Chicago
    ],
)
def test_in_several_zones_it_opens_when_the_last_of_them_does(moment, opens_at):
    assert Schedule(window=DAY).opens_at(at(moment), GARY) == at(opens_at)


def test_hours_that_several_zones_never_share_leave_no_time():
    early = Schedule(window=SendWindow(opens=time(8), closes=time(8, 30)))
    assert early.leaves_time(NOON, NEW_YORK)
    assert not early.leaves_time(NOON, GARY)
    assert early.opens_at(NOON, GARY) > NOON + timedelta(days=365)


def test_hours_that_come_after_the_last_moment_leave_no_time():
    by_two = Schedule(window=DAY, send_before=at("2026-11-24T14:00"))
    assert by_two.leaves_time(at("2026-11-24T03:00"), NEW_YORK)
    assert not by_two.leaves_time(at("2026-11-24T03:00"), GARY)


def test_hours_that_the_change_of_the_clocks_touches_are_shortened():
    """On 8 March 2026, 02:00 to 03:00 does not exist; on 1 November, 01:00 to 02:00 comes twice."""
    night = Schedule(window=SendWindow(opens=time(0), closes=time(2, 30)))
    assert night.open_until(at("2026-03-08T05:30"), NEW_YORK) == at("2026-03-08T06:30")
    late = Schedule(window=SendWindow(opens=time(1, 30), closes=time(5)))
    assert late.opens_at(at("2026-11-01T05:30"), NEW_YORK) == at("2026-11-01T06:30")


def test_hours_that_the_change_of_the_clocks_swallows_come_on_the_next_day():
    swallowed = Schedule(window=SendWindow(opens=time(2, 10), closes=time(2, 50)))
    assert swallowed.opens_at(at("2026-03-08T05:00"), NEW_YORK) == at("2026-03-09T06:10")
    assert swallowed.open_until(at("2026-03-08T07:20"), NEW_YORK) is None


def test_hours_of_old_campaigns_that_never_open_wait_more_than_a_year():
    never = Schedule(window=SendWindow.recorded("08:00-08:01"))
    assert never.opens_at(NOON, NEW_YORK) > NOON + timedelta(days=365)
