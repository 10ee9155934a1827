"""Reads a moment of the past: the number of an event, or a time as people write it.

    #48210   48,210   21 Nov 14:05   yesterday 17:00   yesterday   2h ago   2026-11-21T10:31

Without an offset or "UTC", a time is one of the reader's zone: the school's on its pages, else UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ledger.domain.time_zones import zone_info
from ledger.errors import BadInput
from ledger.reader import LedgerReader
from webapp.explain.event_problems import shown_time
from webapp.explain.numbers import number
from webapp.explain.times import clock_text, day_text, full_text, place_of, zone_suffix
from webapp.whole_numbers import whole_number

_LONGEST = 60
"""No moment has more characters."""

_END_OF_DAY = time.max.replace(fold=1)
"""The second one, where the clocks go back over midnight."""

_PRESENT = frozenset({"", "now", "live"})
_GROUPED = re.compile(r"\d{1,3}(?:[, ]\d{3})+")
_AGE = re.compile(r"(?:\d{1,9}\s*[a-z]+\s+(?:and\s+)?)+ago")
_AMOUNT = re.compile(r"(\d+)\s*([a-z]+)")
_UNITS = {
    "seconds": ("s", "sec", "secs", "second", "seconds"),
    "minutes": ("m", "min", "mins", "minute", "minutes"),
    "hours": ("h", "hr", "hrs", "hour", "hours"),
    "days": ("d", "day", "days"),
    "weeks": ("w", "week", "weeks"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_TIME_OF_DAY = re.compile(
    r"(?:(?P<day>.*?)(?:,\s*|\s+at\s+|\s+|^))"
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?\s*(?P<half>am|pm)?"
)
_DATE_FORMATS = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%b %d, %Y", "%B %d, %Y")


class BadMoment(BadInput):
    """A text that names no moment, or an event that is not recorded yet; it says what to write."""


@dataclass(frozen=True)
class Past:
    """The moment right after an event.

    `at` is when that event was recorded: None before the first event, and where it was altered.
    """

    seq: int
    at: datetime | None
    meaning: str = ""
    """A sentence on what the words mean, where that may surprise; otherwise blank."""


def is_present(text: str | None) -> bool:
    """Whether the text asks for the present: it is blank, or says so."""
    return (text or "").strip().lower() in _PRESENT


def past_of(reader: LedgerReader, text: str, now: datetime, zone: str = "UTC") -> Past:
    """Return the moment that a text such as "#48210" or "yesterday 17:00" of a zone names.

    A time stands for the last event not after it, a date for the end of that day. Raises
    `BadMoment`, also for an event that is not recorded yet.
    """
    seq = seq_in(text)
    if seq is None:
        return _past_at(reader, text, now.astimezone(zone_info(zone)))
    head = reader.head()
    if seq > head:
        raise BadMoment(f"The ledger ends at #{number(head)}; there is no #{number(seq)} yet.")
    return Past(seq, _time_of(reader, seq))


def start_of(text: str, now: datetime) -> datetime:
    """Return the time in UTC that the words name; a date stands for its start.

    Raises `BadMoment`.
    """
    words = " ".join(text.split())[:_LONGEST].lower().removesuffix(" utc")
    try:
        day = _day(words, now)
        return datetime.combine(day, time.min, UTC) if day else _moment(words, now).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_moment(text) from error


def _no_moment(text: str, place: str = "UTC") -> BadMoment:
    return BadMoment(
        f"“{_shortened(text)}” is not a moment. Write an event, such as #41, or a time "
        f"({place}), such as 21 Nov 14:05, yesterday 17:00, 2h ago or 2026-11-21T10:31."
    )


def seq_in(text: str) -> int | None:
    """Return the number of an event, as pages show it: #48,210; None for other words."""
    digits = text.strip().removeprefix("#").strip()
    if _GROUPED.fullmatch(digits):
        digits = re.sub(r"\D", "", digits)
    try:
        return whole_number(digits) if digits.isdecimal() else None
    except BadInput as error:
        raise BadMoment(str(error)) from error


def _past_at(reader: LedgerReader, text: str, now: datetime) -> Past:
    """Read a time in the zone of `now`; one that ends in UTC, in UTC."""
    words = " ".join(text.split())[:_LONGEST].lower()
    if words.endswith(" utc"):
        words, now = words.removesuffix(" utc"), now.astimezone(UTC)
    try:
        day = _day(words, now)
        moment = datetime.combine(day, _END_OF_DAY, now.tzinfo) if day else _moment(words, now)
        seq = reader.seq_at(moment.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise _no_moment(text, place_of(str(now.tzinfo))) from error
    event = f"#{number(seq)}"
    if moment.astimezone(UTC) > now.astimezone(UTC):  # Python compares clocks within one zone
        asked = day_text(day) if day else full_text(moment)
        is_today = day == now.date()
        state = "is not over" if is_today else "has not come"
        meaning = f"{asked} {state} yet; {event} is the newest event."
    elif day:
        meaning = (
            f"{day_text(day)} means the end of that day, {clock_text(moment)} {zone_suffix()}."
        )
    else:
        meaning = ""
    if not seq:
        meaning = f"Nothing was recorded by {full_text(moment)}."
    return Past(seq, _time_of(reader, seq), meaning)


def _time_of(reader: LedgerReader, seq: int) -> datetime | None:
    return shown_time(reader.event(seq)) if seq else None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _moment(words: str, now: datetime) -> datetime:
    """Return the time that the words name; raises ValueError or OverflowError."""
    if _AGE.fullmatch(words):
        ages = {unit: int(amount) for amount, unit in _AMOUNT.findall(words)}
        if not ages.keys() <= _UNIT_OF.keys():
            raise ValueError(words)
        age = timedelta(**{_UNIT_OF[unit]: amount for unit, amount in ages.items()})
        return (now.astimezone(UTC) - age).astimezone(now.tzinfo)  # clocks change in between
    parts = _TIME_OF_DAY.fullmatch(words)
    if parts and (parts["minute"] or parts["half"]):
        day = _day(parts["day"], now) if parts["day"] else now.date()
        if day:
            return datetime.combine(day, _time_of_day(parts), now.tzinfo)
    moment = datetime.fromisoformat(words.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _time_of_day(parts: re.Match[str]) -> time:
    hour = int(parts["hour"])
    if parts["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(parts[0])
        hour = hour % 12 + (12 if parts["half"] == "pm" else 0)
    return time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))


def _day(words: str, now: datetime) -> date | None:
    """Return the day that the words name alone; without a year the last such day."""
    if words in ("today", "yesterday"):
        return now.date() - timedelta(days=words == "yesterday")
    try:
        return date.fromisoformat(words.upper())
    except ValueError:
        pass
    with_year = _date(words)
    if with_year:
        return with_year
    this_year = _date(f"{words} {now.year}")
    is_ahead = this_year is not None and this_year > now.date()
    return _date(f"{words} {now.year - 1}") if is_ahead else this_year


def _date(words: str) -> date | None:
    for form in _DATE_FORMATS:
        try:
            return datetime.strptime(words, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None
