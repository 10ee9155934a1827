"""Times as people write and read them in a time zone. Standard library only."""

from datetime import UTC, date, datetime, timedelta

from ledger.domain.time_zones import zone_info
from ledger.errors import BadInput

_FIRST_YEAR = 2000


def parse_start(text: str | None, zone: str) -> datetime | None:
    """Read a start as `parse_send_before` does; None, at once, for a blank one and for `now`."""
    return None if text and text.strip().lower() == "now" else parse_send_before(text, zone)


def parse_send_before(text: str | None, zone: str) -> datetime | None:
    """Read a time as `parse_moment` does, but no date alone: few people mean its midnight."""
    if text and (day := _date(text)):
        raise BadInput(
            f"{text!r} has no time of day: write {day}T08:00 for eight in the morning, or "
            f"{day}T00:00 for the midnight at which that day begins."
        )
    return parse_moment(text, zone)


def parse_moment(text: str | None, zone: str) -> datetime | None:
    """Read a time in ISO 8601, such as 2026-11-30T08:00; None for a blank one.

    Without an offset it is local time of `zone`. Raises `BadInput`, also for a local time that
    the change of the clocks leaves out or brings twice.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        aware = moment if moment.tzinfo else _local(moment, zone)
        utc = aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{text!r} is no time: write one as in 2026-11-30T08:00.") from None
    if moment.year < _FIRST_YEAR:
        raise BadInput(f"{text!r} is in the year {moment.year}: write the year with four digits.")
    return utc


def in_words(moment: datetime, zone: str) -> str:
    """Return a time in a zone as people read it: "30 Nov 2026, 08:00 in America/Chicago"."""
    local = moment.astimezone(zone_info(zone))
    return f"{local.day} {local:%b %Y, %H:%M} in {zone or 'UTC'}"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _local(moment: datetime, zone: str) -> datetime:
    """Return a local time with its zone. Raises `BadInput` where it is none, or comes twice."""
    first, second = (moment.replace(tzinfo=zone_info(zone), fold=fold) for fold in (0, 1))
    shift = second.astimezone(UTC) - first.astimezone(UTC)
    if shift < timedelta(0):
        raise BadInput(
            f"{moment:%Y-%m-%dT%H:%M} does not exist in {zone}: the clocks are put forward over "
            "it. Write an earlier or a later time."
        )
    if shift > timedelta(0):
        raise BadInput(
            f"{moment:%Y-%m-%dT%H:%M} comes twice in {zone}, because the clocks are put back. "
            f"Write another time, or {first.isoformat()} for the first, {second.isoformat()} for "
            "the second."
        )
    return first
