"""Until when a request to opt out must be honoured: ten business days after its receipt.

The period is that of 47 CFR 64.1200(a)(10). Business days are Monday to Friday; holidays are not
known here, so that a deadline may come earlier than the law's and never later.

Standard library only.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_BUSINESS_DAYS = 10
_SATURDAY = 5
_END_OF_DAY = time(23, 59, 59)


def due_on(received_at: datetime, zone: str) -> date:
    """Return the last day, in the school's time zone, on which the request can be honoured."""
    day = received_at.astimezone(ZoneInfo(zone)).date()
    days_left = _BUSINESS_DAYS
    while days_left:
        day += timedelta(days=1)
        days_left -= day.weekday() < _SATURDAY
    return day


def due_by(received_at: datetime, zone: str) -> datetime:
    """Return the last second of that day."""
    day = due_on(received_at, zone)
    return datetime.combine(day, _END_OF_DAY, ZoneInfo(zone)).astimezone(UTC)
