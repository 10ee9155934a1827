"""Times in the cells of a file: what is read, and what is refused with its cure."""

from datetime import UTC, datetime

import pytest

from ledger.errors import BadInput
from ledger.messages.written_times import WrittenTimes

NEW_YORK = WrittenTimes(zone="America/New_York", now=datetime(2026, 11, 24, 18, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T09:00", datetime(2026, 11, 24, 14, tzinfo=UTC)),
        ("2026-11-24 09:00", datetime(2026, 11, 24, 14, tzinfo=UTC)),
        (" 2026-11-24 ", datetime(2026, 11, 24, 5, tzinfo=UTC)),
        ("2026-11-24T09:00:00+00:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("11/24/2026", datetime(2026, 11, 24, 5, tzinfo=UTC)),
        ("6/1/2026 9:05", datetime(2026, 6, 1, 13, 5, tzinfo=UTC)),
        ("6/1/2026 9:05:30", datetime(2026, 6, 1, 13, 5, 30, tzinfo=UTC)),
        ("6/1/2026 9:05 pm", datetime(2026, 6, 2, 1, 5, tzinfo=UTC)),
        ("6/1/2026 9:05:30 AM", datetime(2026, 6, 1, 13, 5, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_the_schools_zone(text, expected):
    assert NEW_YORK.read(text) == expected


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_cell_is_no_time(text):
    assert NEW_YORK.read(text) is None


@pytest.mark.parametrize("text", ["last week", "24.11.2026", "13/24/2026", "2026-11-31"])
def test_any_other_text_is_refused_with_an_example(text):
    with pytest.raises(BadInput) as refusal:
        NEW_YORK.read(text)
    assert str(refusal.value) == (
        f"“{text}” is no time; write one such as 2026-11-24 or 2026-11-24T09:00"
    )


def test_a_date_with_slashes_is_refused_where_it_may_mean_two_days():
    with pytest.raises(BadInput, match="is no time"):
        WrittenTimes(region="GB").read("4/5/2026")


def test_a_time_in_the_future_is_refused():
    with pytest.raises(BadInput) as refusal:
        NEW_YORK.read("2026-11-25")
    assert str(refusal.value) == "“2026-11-25” is in the future"


def test_a_date_of_today_is_not_in_the_future():
    assert NEW_YORK.read("2026-11-24") is not None
