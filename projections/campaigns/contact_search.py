"""What staff search for among the contacts of a campaign: words of names, numbers, SIDs.

Each word must match by itself, in any order: a part of the name, a part of the number, or a whole
SID.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from projections.engine.ledger_events import events
from projections.tables.facts import Until
from projections.tables.schema import enrolments
from projections.tables.search_text import (
    MAX_CHARACTERS,
    Digits,
    Where,
    Word,
    readings_of,
    runs_in,
)

Condition = sa.ColumnElement[bool]

_COUNTRY_CODES_OF_ONE_DIGIT = ("1", "7")
COUNTRY_CODES_OF_TWO_DIGITS = tuple(
    str(code)
    for code in (
        *(20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59)),
        *(*range(60, 67), 81, 82, 84, 86, *range(90, 96), 98),
    )
)
"""All other country codes have three digits."""


def contact_search(text: str, until: Until) -> list[Condition]:
    """Return the conditions on `enrolments` of a search; none for a blank text.

    With `until`, only SIDs that were known at that seq are searched. No contact matches a text that
    is too long for a name and a number, or of which folding leaves nothing.
    """
    text = text.strip()
    if not text:
        return []
    if len(text) > MAX_CHARACTERS:
        return [sa.false()]
    return list(_conditions(text, until)) or [sa.false()]


def _conditions(text: str, until: Until) -> Iterator[Condition]:
    for run, number in runs_in(text):
        each = [_matches(word, until) for word in run]
        if number:
            yield sa.or_(sa.and_(*each), *_number(number))
        else:
            yield from each


def _matches(word: Word, until: Until) -> Condition:
    name = enrolments.c.folded_name
    in_name = sa.or_(*(name.contains(each, autoescape=True) for each in word.spellings))
    if word.is_numeric:
        return sa.or_(in_name, *_number(word.folded))
    if word.written.isascii() and word.written.isalnum():
        return sa.or_(in_name, _has_sid(word.written, until))
    return in_name


def _has_sid(sid: str, until: Until) -> Condition:
    of_sid = sa.select(events.c.delivery_id).where(
        events.c.sid == sid, events.c.delivery_id.is_not(None)
    )
    if until is not None:
        of_sid = of_sid.where(events.c.seq <= until)
    return enrolments.c.delivery_id.in_(of_sid)


def _number(written: str) -> Iterator[Condition]:
    """Yield conditions of which one is true for the number that was written, or a part of it."""
    for reading in readings_of(written):
        yield from _reading(reading)


def _reading(reading: Digits) -> Iterator[Condition]:
    phone, digits = enrolments.c.phone, reading.digits
    if reading.where is Where.AT_START:
        yield phone.like(f"+{digits}%")
    elif reading.where is Where.ANYWHERE:
        yield phone.like(f"%{digits}%")
    else:
        has_two_digits = sa.func.substr(phone, 2, 2).in_(COUNTRY_CODES_OF_TWO_DIGITS)
        has_one_digit = sa.func.substr(phone, 2, 1).in_(_COUNTRY_CODES_OF_ONE_DIGIT)
        yield sa.and_(phone.like(f"+__{digits}%"), has_two_digits)
        yield sa.and_(phone.like(f"+___{digits}%"), ~has_two_digits, ~has_one_digit)
