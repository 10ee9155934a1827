"""Moments as people read them. Every time is in UTC, as the foot of each page says."""

from datetime import date, datetime


def clock_text(at: datetime) -> str:
    """Return the time of day: 10:31:07."""
    return f"{at:%H:%M:%S}"


def short_text(at: datetime) -> str:
    """Return the hour and the minute: 10:31."""
    return f"{at:%H:%M}"


def day_text(at: date) -> str:
    """Return the date: 21 Nov 2026."""
    return f"{at.day} {at:%b %Y}"


def minute_text(at: datetime) -> str:
    """Return the date with hour and minute: 21 Nov 2026, 10:31."""
    return f"{day_text(at)}, {short_text(at)}"


def full_text(at: datetime) -> str:
    """Return date, time and zone: 21 Nov 2026, 10:31:07 UTC."""
    return f"{day_text(at)}, {clock_text(at)} UTC"


def sentence_text(at: datetime, now: datetime) -> str:
    """Return a moment within a sentence: the time alone if it is today, else with its date."""
    return short_text(at) if at.date() == now.date() else f"{short_text(at)} on {day_text(at)}"


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
