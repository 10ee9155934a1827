"""When a campaign may text: from its start, in the hours of a contact's day, until it is too late.

Pure calculations; the time is an argument. Hours are those of the contact's own time zone, by the
rules of the IANA database. A contact that can be in several zones is texted only in hours that
every one of them allows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ledger.domain.local_times import in_words
from ledger.domain.time_zones import zone_info, zone_names
from ledger.errors import BadInput

LAST_CALL = timedelta(seconds=60)
"""No attempt starts in this time before a window closes: the text could go out too late."""

_FAR_AWAY = datetime.max.replace(tzinfo=UTC)
_TOLERANCE = timedelta(minutes=2)
"""How far a start may have passed: the time for which a form or a command was under way."""
_FARTHEST = timedelta(days=366)


class BadSchedule(BadInput):
    """Times that cannot be meant; `setting` is the field of `Schedule` that must be corrected."""

    def __init__(self, setting: str, sentence: str) -> None:
        super().__init__(sentence)
        self.setting = setting


@dataclass(frozen=True, kw_only=True)
class SendWindow:
    """Hours of a contact's day in local time, such as 08:00-21:00; both are on the same day."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> "SendWindow | None":
        """Read hours such as `08:00-21:00`; `none` is no window. Raises `BadInput`.

        The dash may be the one that word processors write in its place.
        """
        if text.strip().lower() == "none":
            return None
        try:
            window = cls.recorded(text)
        except ValueError:
            raise BadInput(f"{text!r} is no send window: write 08:00-21:00, or none.") from None
        window.check()
        return window

    @classmethod
    def recorded(cls, text: str) -> "SendWindow":
        """Read hours that were checked when they were recorded. Raises ValueError."""
        opens, _, closes = text.replace("\u2013", "-").partition("-")
        return cls(opens=_hours(opens), closes=_hours(closes))

    def check(self) -> None:
        """Raise `BadSchedule` unless it closes later on the same day, and leaves time to text."""
        if self.opens >= self.closes:
            raise BadSchedule(
                "window", "The send window must close later on the day than it opens."
            )
        opens, closes = (datetime.combine(date.min, at) for at in (self.opens, self.closes))
        if closes - opens <= LAST_CALL:
            raise BadSchedule(
                "window",
                f"Nothing could be sent in the send window {self}: no text goes out in its last "
                "minute. Make it longer.",
            )

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a campaign may text; part of `CampaignLaunched`. By default at any time."""

    starts_at: datetime | None = None
    send_before: datetime | None = None
    """From this time on no attempt starts, and the campaign closes by itself."""
    window: SendWindow | None = None

    def applied(self, *, is_urgent: bool) -> "Schedule":
        """Return the schedule that counts: its hours do not hold urgent texts back."""
        return replace(self, window=None) if is_urgent else self

    def check(self, now: datetime, zone: str) -> None:
        """Raise `BadSchedule` where no text could be sent after `now`, or a time is a slip.

        `zone` is the school's; the sentence says in it how a time was read.
        """
        if self.window:
            self.window.check()
        if self.starts_at:
            self._check_start(self.starts_at, now, zone)
        if self.send_before:
            self._check_send_before(self.send_before, now, zone)

    def _check_start(self, starts_at: datetime, now: datetime, zone: str) -> None:
        start = in_words(starts_at, zone)
        if starts_at < now - _TOLERANCE:
            raise BadSchedule(
                "starts_at",
                f"The start has passed: it was read as {start}. Correct it. To text at once, leave "
                "the start out.",
            )
        if starts_at > now + _FARTHEST:
            raise BadSchedule(
                "starts_at",
                f"The start is more than a year away: it was read as {start}. Correct it, or save "
                "a draft without a start and launch it when the time comes.",
            )

    def _check_send_before(self, send_before: datetime, now: datetime, zone: str) -> None:
        deadline = f"it was read as {in_words(send_before, zone)}. Correct it, or leave it out."
        if send_before <= now + LAST_CALL:
            when = "has passed already" if send_before <= now else "passes within a minute"
            raise BadSchedule(
                "send_before", f"The time before which the texts must go out {when}: {deadline}"
            )
        if send_before > now + 2 * _FARTHEST:
            raise BadSchedule(
                "send_before",
                "The time before which the texts must go out is more than two years away: "
                f"{deadline}",
            )
        if self.starts_at and send_before <= self.starts_at + LAST_CALL:
            raise BadSchedule(
                "send_before",
                "The time before which the texts must go out must be more than a minute after the "
                f"start. It was read as {in_words(send_before, zone)}, the start as "
                f"{in_words(self.starts_at, zone)}. Correct one of them.",
            )

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

    def undo_window_end(self, now: datetime, seconds: int, zones: Iterable[str]) -> datetime | None:
        """Return until when a launch at `now` can be stopped, for contacts in these zones.

        None where no text could go out in that time anyway.
        """
        until = now + timedelta(seconds=seconds)
        return until if any(self.opens_at(now, zone) < until for zone in zones) else None

    def leaves_time_before_deadline(self, now: datetime) -> bool:
        """Whether `send_before` leaves time for a text."""
        return self.send_before is None or now < self.send_before - LAST_CALL

    def leaves_time(self, now: datetime, zone: str) -> bool:
        """Whether a contact in this zone can be texted at all from `now` on."""
        opening = self.opens_at(now, zone)
        return opening <= now + 2 * _FARTHEST and self.open_until(opening, zone) is not None


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
