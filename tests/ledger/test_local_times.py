"""Times as people write them: in a time zone, and refused where they could mean something else."""

from datetime import UTC, datetime

import pytest

from ledger.domain.local_times import in_words, parse_moment, parse_send_before, parse_start
from ledger.errors import BadInput

NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def refusal(act):
    with pytest.raises(BadInput) as refused:
        act()
    return str(refused.value)


def test_a_time_is_read_in_the_zone_given_unless_it_names_its_own():
    assert parse_moment("2026-11-30T08:00", NEW_YORK) == at("2026-11-30T13:00")
    assert parse_moment("2026-11-30T08:00", NEW_YORK).tzinfo is UTC
    assert parse_moment("2026-11-30T08:00+01:00", NEW_YORK) == at("2026-11-30T07:00")
    assert parse_moment(" 2026-11-30T08:00 ", "") == at("2026-11-30T08:00")
    assert parse_moment("", NEW_YORK) is None
    assert parse_moment(None, NEW_YORK) is None


@pytest.mark.parametrize("text", ["tomorrow", "0001-01-01T00:00+14:00", "08:00"])
def test_a_time_that_cannot_be_read_is_refused(text):
    assert refusal(lambda: parse_moment(text, NEW_YORK)) == (
        f"{text!r} is no time: write one as in 2026-11-30T08:00."
    )


@pytest.mark.parametrize("text", ["2026-11-30", " 2026-11-30 ", "20261130"])
@pytest.mark.parametrize("read", [parse_start, parse_send_before])
def test_a_date_alone_is_no_start_or_deadline(read, text):
    assert refusal(lambda: read(text, NEW_YORK)) == (
        f"{text!r} has no time of day: write 2026-11-30T08:00 for eight in the morning, or "
        "2026-11-30T00:00 for the midnight at which that day begins."
    )


@pytest.mark.parametrize("text", ["now", " NOW ", "", None])
def test_the_start_now_is_no_start(text):
    assert parse_start(text, NEW_YORK) is None


def test_any_other_start_is_read_as_a_time():
    assert parse_start("2026-11-30T08:00", NEW_YORK) == at("2026-11-30T13:00")


@pytest.mark.parametrize("text", ["0026-11-30T08:00", "1926-11-30T08:00"])
def test_a_year_of_two_digits_is_refused(text):
    assert refusal(lambda: parse_moment(text, NEW_YORK)) == (
        f"{text!r} is in the year {int(text[:4])}: write the year with four digits."
    )


def test_a_local_time_that_does_not_exist_is_refused():
    assert refusal(lambda: parse_moment("2026-03-08T02:30", NEW_YORK)) == (
        "2026-03-08T02:30 does not exist in America/New_York: the clocks are put forward over it. "
        "Write an earlier or a later time."
    )


def test_a_local_time_that_comes_twice_is_refused_unless_it_has_its_offset():
    assert refusal(lambda: parse_moment("2026-11-01T01:30", NEW_YORK)) == (
        "2026-11-01T01:30 comes twice in America/New_York, because the clocks are put back. Write "
        "another time, or 2026-11-01T01:30:00-04:00 for the first, 2026-11-01T01:30:00-05:00 for "
        "the second."
    )
    assert parse_moment("2026-11-01T01:30:00-05:00", NEW_YORK) == at("2026-11-01T06:30")


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        (NEW_YORK, "30 Nov 2026, 08:00 in America/New_York"),
        ("", "30 Nov 2026, 13:00 in UTC"),
    ],
)
def test_a_time_is_written_with_its_zone(zone, words):
    assert in_words(at("2026-11-30T13:00"), zone) == words
