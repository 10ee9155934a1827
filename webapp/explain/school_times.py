"""Moments in the school's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from webapp.explain.times import minute_text


def school_time(at: datetime, zone: str) -> str:
    """Return the date with hour and minute in the zone: 21 Nov 2026, 10:31."""
    return minute_text(at.astimezone(ZoneInfo(zone)))


def zone_city(zone: str) -> str:
    """Return the place after which a zone is named: "New York" of "America/New_York"."""
    return zone.rpartition("/")[2].replace("_", " ")
