"""What a text waits for after an error code whose cause may pass (R10). Standard library only.

A wait is written in the table of codes as `growing`, `minutes:15`, `hours:4`, `next_day_pacific` or
`allowed_hours`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ledger.domain.schedule import Schedule, SendWindow


class WaitKind(StrEnum):
    """What ends a wait."""

    GROWING = "growing"
    """Nothing that is known: each wait of a delivery is longer than the one before."""
    MINUTES = "minutes"
    HOURS = "hours"
    NEXT_DAY_PACIFIC = "next_day_pacific"
    """The US phone companies count a sender's texts by the day in Pacific time."""
    ALLOWED_HOURS = "allowed_hours"
    """US law allows such texts from 08:00 to 21:00 where the recipient lives."""


ALLOWED_HOURS = Schedule(window=SendWindow(opens=time(8), closes=time(21)))
_PACIFIC = ZoneInfo("America/Los_Angeles")
_DAY_ENDS = time(0, 15)
"""A quarter past midnight: a report that comes this late is about a text of the day before."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait; `count` is a number of minutes or hours, and 0 for the other kinds."""

    kind: WaitKind
    count: int = 0

    @classmethod
    def parse(cls, text: str) -> "Wait":
        """Read a wait as the table of codes has it. Raises ValueError for any other text."""
        kind, _, count = text.partition(":")
        wait = cls(WaitKind(kind), int(count or 0))
        if (wait.count > 0) != (wait.kind in {WaitKind.MINUTES, WaitKind.HOURS}):
            raise ValueError(f"{text!r} is no wait")
        return wait

    def ends_at(self, since: datetime, zone: str) -> datetime | None:
        """Return when a wait ends that began then; None for a growing one.

        `zone` is the contact's; blank is UTC.
        """
        match self.kind:
            case WaitKind.MINUTES:
                return since + timedelta(minutes=self.count)
            case WaitKind.HOURS:
                return since + timedelta(hours=self.count)
            case WaitKind.NEXT_DAY_PACIFIC:
                return _next_day_pacific(since)
            case WaitKind.ALLOWED_HOURS:
                return _next_allowed(since, zone)
            case _:
                return None


GROWING = Wait(WaitKind.GROWING)


def _next_day_pacific(since: datetime) -> datetime:
    today = since.astimezone(_PACIFIC).date()
    ends = (_day_end(today + timedelta(days=days)) for days in (0, 1))
    return next(end for end in ends if end > since)


def _day_end(day: date) -> datetime:
    return datetime.combine(day, _DAY_ENDS, _PACIFIC).astimezone(UTC)


def _next_allowed(since: datetime, zone: str) -> datetime:
    """Return when the hours open; while they seem open, the contact may be in a later zone."""
    opens_at = ALLOWED_HOURS.opens_at(since, zone)
    return opens_at if opens_at > since else ALLOWED_HOURS.opens_at(since + _HOUR, zone)
