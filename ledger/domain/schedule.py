"""When a campaign may text: from its start, in the hours of a contact's day, until it is too late.

Given the time, everything here only reckons. The hours of a day are those of the contact's own time
zone, by the names and rules of the IANA database.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ledger.errors import BadInput

LAST_CALL = timedelta(seconds=60)
"""No attempt starts so shortly before a window closes: the provider may not get to it in time."""

_FAR_AWAY = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class SendWindow:
    """Hours of a contact's day, by the clock on the wall; they lie within one day."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, words: str) -> "SendWindow | None":
        """Read hours such as `08:00-21:00`; `none` is no window. Raises `BadInput`."""
        if words.strip().lower() == "none":
            return None
        opens, _, closes = words.partition("-")
        try:
            window = cls(opens=_hours(opens), closes=_hours(closes))
        except ValueError:
            raise BadInput(f"{words!r} is no send window: write 08:00-21:00, or none.") from None
        window.check()
        return window

    def check(self) -> None:
        """Raise `BadInput` for hours that are no stretch of one day."""
        if self.opens >= self.closes:
            raise BadInput("The send window must close later on the day than it opens.")

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a campaign may text; part of `CampaignLaunched`. Without anything set, at any time."""

    starts_at: datetime | None = None
    send_before: datetime | None = None
    """Nothing is attempted from then on, and the campaign closes by itself."""
    window: SendWindow | None = None

    def check(self, now: datetime) -> None:
        """Raise `BadInput` where no text could ever go out."""
        if self.window:
            self.window.check()
        if self.send_before is None:
            return
        if self.send_before <= now:
            raise BadInput("The time before which the texts must go out has passed already.")
        if self.starts_at and self.send_before <= self.starts_at:
            raise BadInput("The texts must go out before a time that is later than the start.")

    def open_until(self, moment: datetime, zone: str) -> datetime | None:
        """Until when attempts may start, where they may at that moment; None where they may not.

        `zone` is the contact's; blank is UTC.
        """
        if self.starts_at and moment < self.starts_at:
            return None
        until = self.send_before or _FAR_AWAY
        if self.window:
            opens, closes = _hours_of(moment, zone, self.window)
            until = min(until, closes if opens <= moment else moment)
        return until if moment < until - LAST_CALL else None

    def opens_at(self, moment: datetime, zone: str) -> datetime:
        """The first moment from that one on at which an attempt may start, send-before apart."""
        moment = max(moment, self.starts_at or moment)
        if self.window is None:
            return moment
        opens, closes = _hours_of(moment, zone, self.window)
        if moment >= closes - LAST_CALL:
            opens, _ = _hours_of(moment, zone, self.window, days=1)
        return max(moment, opens)


def parse_moment(words: str | None, zone: str) -> datetime | None:
    """A time in ISO 8601, of that zone where it names none; None for a blank one.

    Raises `BadInput`.
    """
    if not words:
        return None
    try:
        moment = datetime.fromisoformat(words.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=_zone(zone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{words!r} is no time: write one as in 2026-11-30T08:00.") from None


def is_time_zone(name: str) -> bool:
    """Whether it is a time zone that the IANA database knows, such as America/New_York."""
    try:
        return bool(_zone(name)) and bool(name)
    except (KeyError, ValueError, OSError):
        return False


def _hours(words: str) -> time:
    return datetime.strptime(words.strip(), "%H:%M").time()  # noqa: DTZ007 - of any day


def _hours_of(
    moment: datetime, zone: str, window: SendWindow, days: int = 0
) -> tuple[datetime, datetime]:
    """When the window opens and closes on that day there, or so many days later."""
    there = _zone(zone)
    day = moment.astimezone(there).date() + timedelta(days=days)
    return (
        datetime.combine(day, window.opens, there).astimezone(UTC),
        datetime.combine(day, window.closes, there).astimezone(UTC),
    )


@lru_cache(maxsize=500)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name or "UTC")
