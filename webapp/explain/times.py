"""Moments as people read them: on pages in the school's zone, as their foot says, else in UTC."""

from contextvars import ContextVar
from datetime import UTC, date, datetime

from ledger.domain.time_zones import zone_info

_shown_zone: ContextVar[str] = ContextVar("shown_zone", default="UTC")
"""The zone in which this thread or task shows times, such as "America/New_York"."""


def show_times_in(zone: str) -> None:
    """From now on show times in that zone; a thread of a server does it for each request."""
    _shown_zone.set(zone)


def place_of(zone: str) -> str:
    """Return a zone as people call it: "New York", "UTC"."""
    return zone.rpartition("/")[2].replace("_", " ")


def zone_suffix() -> str:
    """Return the zone in which times are shown, as it stands after one: "(New York)", "UTC"."""
    place = place_of(_shown_zone.get())
    return place if place == "UTC" else f"({place})"


def zone_note() -> str:
    """Return what the foot of a page says of its times: "Times of New York"."""
    place = place_of(_shown_zone.get())
    return "All times are UTC" if place == "UTC" else f"Times of {place}"


def clock_text(at: datetime) -> str:
    """Return the time of day: 10:31:07."""
    return f"{local(at):%H:%M:%S}"


def short_text(at: datetime) -> str:
    """Return the hour and the minute: 10:31."""
    return f"{local(at):%H:%M}"


def day_text(at: date) -> str:
    """Return the date: 21 Nov 2026."""
    day = local(at) if isinstance(at, datetime) else at
    return f"{day.day} {day:%b %Y}"


def month_text(month: date) -> str:
    """Return the month of its first day: November 2026."""
    return f"{month:%B %Y}"


def month_short(month: date) -> str:
    """Return the month for an axis: Nov."""
    return f"{month:%b}"


def minute_text(at: datetime) -> str:
    """Return the date with hour and minute: 21 Nov 2026, 10:31."""
    return f"{day_text(at)}, {short_text(at)}"


def zoned_text(at: datetime) -> str:
    """Return the date with hour, minute and zone: 21 Nov 2026, 10:31 UTC."""
    return f"{minute_text(at)} {zone_suffix()}"


def full_text(at: datetime) -> str:
    """Return date, time and zone: 21 Nov 2026, 10:31:07 UTC; 21 Nov 2026, 05:31:07 (New York)."""
    return f"{day_text(at)}, {clock_text(at)} {zone_suffix()}"


def utc_text(at: datetime) -> str:
    """Return date and time in UTC, in whatever zone times are shown: 21 Nov 2026, 10:31:07 UTC."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%b %Y, %H:%M:%S} UTC"


def sentence_text(at: datetime, now: datetime) -> str:
    """Return a moment within a sentence: the time alone if it is today, else with its date."""
    is_today = local(at).date() == local(now).date()
    return short_text(at) if is_today else f"{short_text(at)} on {day_text(at)}"


def until_text(at: datetime, now: datetime) -> str:
    """Return how long until then: "in 45 s", "in 12 min", "in 2 h 5 min", "in 3 d 4 h", "now"."""
    seconds = int((at - now).total_seconds())
    minutes = (seconds + 30) // 60
    hours, days = minutes // 60, minutes // 1440
    if seconds <= 0:
        return "now"
    if seconds < 60:
        return f"in {seconds} s"
    if minutes < 60:
        return f"in {minutes} min"
    if days:
        return f"in {days} d {hours % 24} h"
    return f"in {hours} h {minutes % 60} min" if minutes % 60 else f"in {hours} h"


def age_text(seconds: float) -> str:
    """Return how long ago something was: "just now", "4 min ago", "2 h ago", "3 d ago"."""
    minutes = int(seconds) // 60
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 1440 else f"{minutes // 1440} d ago"


def local(at: datetime) -> datetime:
    """Return the moment in the zone in which times are shown."""
    return at.astimezone(zone_info(_shown_zone.get()))


def iso(moment: datetime | None) -> str | None:
    """Return a moment as JSON documents have it, in ISO 8601."""
    return moment.isoformat() if moment else None
