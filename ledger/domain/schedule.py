"""When a campaign may text: from its start, in the hours of a contact's day, until it is too late.

Pure calculations; the time is an argument. Hours are those of the contact's own time zone, by the
rules of the IANA database. A contact that can be in several zones is texted only in hours that
every one of them allows.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ledger.domain.time_zones import zone_info, zone_names
from ledger.errors import BadInput

LAST_CALL = timedelta(seconds=60)
"""No attempt starts in this time before a window closes: the text could go out too late."""

_FAR_AWAY = datetime.max.replace(tzinfo=UTC)
_FARTHEST = timedelta(days=366)


@dataclass(frozen=True, kw_only=True)
class SendWindow:
    """Hours of a contact's day in local time, such as 08:00-21:00; both are on the same day."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> "SendWindow | None":
        """Read hours such as `08:00-21:00`; `none` is no window. Raises `BadInput`."""
        if text.strip().lower() == "none":
            return None
        opens, _, closes = text.partition("-")
        try:
            window = cls(opens=_hours(opens), closes=_hours(closes))
        except ValueError:
            raise BadInput(f"{text!r} is no send window: write 08:00-21:00, or none.") from None
        window.check()
        return window

    def check(self) -> None:
        """Raise `BadInput` unless it closes later on the same day than it opens."""
        if self.opens >= self.closes:
            raise BadInput("The send window must close later on the day than it opens.")

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a campaign may text; part of `CampaignLaunched`. By default at any time."""

    starts_at: datetime | None = None
    send_before: datetime | None = None
    """From this time on no attempt starts, and the campaign closes by itself."""
    window: SendWindow | None = None

    def check(self, now: datetime) -> None:
        """Raise `BadInput` where no text could be sent after `now`."""
        if self.window:
            self.window.check()
        if self.send_before is None:
            return
        if self.send_before <= now:
            raise BadInput("The time before which the texts must go out has passed already.")
        if self.starts_at and self.send_before <= self.starts_at:
            raise BadInput("The texts must go out before a time that is later than the start.")

    def open_until(self, moment: datetime, zone: str) -> datetime | None:
        """Return until when attempts may start; None where none may start at that moment.

        `zone` is the contact's, as it was recorded.
        """
        if self.starts_at and moment < self.starts_at:
            return None
        until = self.send_before or _FAR_AWAY
        if self.window:
            for name in zone_names(zone):
                opens, closes = _hours_of(_day(moment, name), name, self.window)
                until = min(until, closes if opens <= moment else moment)
        return until if moment < until - LAST_CALL else None

    def opens_at(self, moment: datetime, zone: str) -> datetime:
        """Return the first moment, not before `moment`, at which an attempt may start.

        `send_before` is not considered. Hours that never come open more than a year later.
        """
        opening = start = max(moment, self.starts_at or moment)
        if self.window is None:
            return start
        while opening <= start + _FARTHEST:
            latest = max(_next_opening(opening, name, self.window) for name in zone_names(zone))
            if latest == opening:
                return opening
            opening = latest
        return opening


def parse_moment(text: str | None, zone: str) -> datetime | None:
    """Read a time in ISO 8601, such as 2026-11-30T08:00; None for a blank one.

    Without an offset it is local time of `zone`. Raises `BadInput`.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone_info(zone))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no time: write one as in 2026-11-30T08:00.") from None


def _hours(text: str) -> time:
    return datetime.strptime(text.strip(), "%H:%M").time()  # noqa: DTZ007 - of any day


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(zone_info(zone)).date()


def _next_opening(moment: datetime, zone: str, window: SendWindow) -> datetime:
    """Return the first moment from `moment` on at which the hours are open in one zone."""
    day = _day(moment, zone)
    while True:
        opens, closes = _hours_of(day, zone, window)
        if max(moment, opens) < closes - LAST_CALL:
            return max(moment, opens)
        if opens > moment + _FARTHEST:
            return opens
        day += timedelta(days=1)


def _hours_of(day: date, zone: str, window: SendWindow) -> tuple[datetime, datetime]:
    """Return when the window opens and closes on a local day.

    A time that the change of the clocks leaves out or brings twice shortens the hours.
    """
    opens, closes = (
        [
            datetime.combine(day, at.replace(fold=fold), zone_info(zone)).astimezone(UTC)
            for fold in (0, 1)
        ]
        for at in (window.opens, window.closes)
    )
    return max(opens), min(closes)
