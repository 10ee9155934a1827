"""Moments near now, as people name them: "10:38", "yesterday 16:12", "23 Nov"."""

from datetime import date, datetime, timedelta

from webapp.explain.times import local


def clock_or_day(at: datetime, now: datetime) -> str:
    """Return the time for today, and the day for all before: for a narrow column of a list."""
    day, today = local(at).date(), local(now).date()
    if day == today:
        return f"{local(at):%H:%M}"
    return "Yesterday" if day == today - timedelta(days=1) else _day(day, today)


def since(at: datetime, now: datetime) -> str:
    """Return a moment within a sentence: "10:38", "yesterday 16:12", "23 Nov 16:12"."""
    moment, today = local(at), local(now).date()
    if moment.date() == today:
        return f"{moment:%H:%M}"
    is_yesterday = moment.date() == today - timedelta(days=1)
    return f"{'yesterday' if is_yesterday else _day(moment.date(), today)} {moment:%H:%M}"


def day_heading(at: datetime, now: datetime) -> str:
    """Return the day above the messages of one day: "Today", "Yesterday", "Mon 23 Nov"."""
    day, today = local(at).date(), local(now).date()
    if day >= today - timedelta(days=1):
        return "Today" if day == today else "Yesterday"
    return f"{day:%a} {_day(day, today)}"


def day_in_sentence(at: datetime, now: datetime) -> str:
    """Return "today", "yesterday" or "on 23 Nov"."""
    day, today = local(at).date(), local(now).date()
    if day >= today - timedelta(days=1):
        return "today" if day == today else "yesterday"
    return f"on {_day(day, today)}"


def _day(day: date, today: date) -> str:
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b} {day.year}"
