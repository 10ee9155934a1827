"""Ten business days, Monday to Friday, in the school's time zone."""

from datetime import UTC, date, datetime

import pytest

from ledger.domain.opt_out_deadline import due_by, due_on


@pytest.mark.parametrize(
    ("received_at", "zone", "day"),
    [
        ("2026-11-23T10:00", "UTC", date(2026, 12, 7)),  # a Monday
        ("2026-11-27T10:00", "UTC", date(2026, 12, 11)),  # a Friday
        ("2026-11-28T10:00", "UTC", date(2026, 12, 11)),  # a Saturday
        ("2026-11-29T10:00", "UTC", date(2026, 12, 11)),  # a Sunday
        ("2026-11-30T10:00", "UTC", date(2026, 12, 14)),  # a Monday
        ("2026-11-28T03:00", "America/New_York", date(2026, 12, 11)),  # Friday evening there
        ("2026-11-29T23:30", "Pacific/Auckland", date(2026, 12, 14)),  # Monday noon there
    ],
)
def test_the_last_day_is_the_tenth_business_day_after_the_receipt(received_at, zone, day):
    assert due_on(datetime.fromisoformat(received_at).replace(tzinfo=UTC), zone) == day


def test_the_request_can_be_honoured_until_the_end_of_that_day():
    received_at = datetime(2026, 11, 28, 3, tzinfo=UTC)
    expected = datetime(2026, 12, 12, 4, 59, 59, tzinfo=UTC)
    moment = due_by(received_at, "America/New_York")
    assert moment == expected
    assert moment.tzinfo is UTC
