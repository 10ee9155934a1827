"""What staff search for among the contacts of a campaign: words of names, numbers, SIDs.

Each word must match by itself, in any order: a part of the name, a part of the number, or a whole
SID. Digits are a number only where the whole word looks like one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa

from ledger.domain.phone_spellings import spellings
from projections.engine.ledger_events import events
from projections.tables.facts import Until
from projections.tables.folding import spellings_of
from projections.tables.schema import enrolments

Condition = sa.ColumnElement[bool]

_MAX_CHARACTERS = 200
_BETWEEN_WORDS = re.compile(r'(?i:\btel:)|[\s,;"\u201c\u201d<>]+')
"""Spaces, and what stands around a name or a number that was copied: "Okafor, Ada"."""
_NUMERIC = re.compile(r"[+\d()./-]+")
_TRUNK_IN_PARENTHESES = "(0)"
_MIN_DIGITS = 4
_MIN_DIGITS_AFTER_PREFIX = 6
"""After fewer digits, a leading 0 is that of somebody's last four digits."""

_INTERNATIONAL_PREFIXES = ("00", "011", "0011")
_TRUNK_PREFIXES = {"06": "+36", "8": "+7"}
"""What is dialled before a number of some country → its code; nearly all others have a 0."""

_COUNTRY_CODES_OF_ONE_DIGIT = ("1", "7")
COUNTRY_CODES_OF_TWO_DIGITS = tuple(
    str(code)
    for code in (
        *(20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59)),
        *(*range(60, 67), 81, 82, 84, 86, *range(90, 96), 98),
    )
)
"""All other country codes have three digits."""


@dataclass(frozen=True)
class _Word:
    """A word as it was written, and in the spellings that are searched for."""

    written: str
    spellings: tuple[str, ...]

    @property
    def folded(self) -> str:
        return self.spellings[0]

    @property
    def is_numeric(self) -> bool:
        return _NUMERIC.fullmatch(self.folded) is not None


def contact_search(text: str, until: Until) -> list[Condition]:
    """Return the conditions on `enrolments` of a search; none for a blank text.

    With `until`, only SIDs that were known at that seq are searched. No contact matches a text that
    is too long for a name and a number, or of which folding leaves nothing.
    """
    text = text.strip()
    if not text:
        return []
    if len(text) > _MAX_CHARACTERS:
        return [sa.false()]
    words = [_Word(written, spellings_of(written)) for written in _BETWEEN_WORDS.split(text)]
    return list(_conditions([word for word in words if word.folded], until)) or [sa.false()]


def may_search_numbers(text: str) -> bool:
    """Return whether a search looks for a number or a part of one, or could."""
    words = [_Word(written, spellings_of(written)) for written in _BETWEEN_WORDS.split(text)]
    return any(word.is_numeric for word in words)


def _conditions(words: list[_Word], until: Until) -> Iterator[Condition]:
    for is_numeric, group in groupby(words, lambda word: word.is_numeric):
        run = list(group)
        each = [_matches(word, until) for word in run]
        if is_numeric and len(run) > 1:
            # "(415) 555-0101" is one number, "0101 2026" may be a number and a part of a name.
            yield sa.or_(sa.and_(*each), *_number("".join(word.folded for word in run)))
        else:
            yield from each


def _matches(word: _Word, until: Until) -> Condition:
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
    phone = enrolments.c.phone
    digits = re.sub(r"\D", "", written.replace(_TRUNK_IN_PARENTHESES, ""))
    if len(digits) < _MIN_DIGITS:
        return
    if written.lstrip("(").startswith("+"):
        yield from (phone.like(f"{number}%") for number in spellings(f"+{digits}"))
        return
    yield from (phone.like(f"%{number[1:]}%") for number in spellings(f"+{digits}"))
    for prefix in _INTERNATIONAL_PREFIXES:
        if rest := _after(prefix, digits):
            yield from (phone.like(f"{number}%") for number in spellings(f"+{rest}"))
    for prefix, country in _TRUNK_PREFIXES.items():
        if rest := _after(prefix, digits):
            yield phone.like(f"{country}{rest}%")
    if rest := _after("0", digits):
        has_two_digits = sa.func.substr(phone, 2, 2).in_(COUNTRY_CODES_OF_TWO_DIGITS)
        has_one_digit = sa.func.substr(phone, 2, 1).in_(_COUNTRY_CODES_OF_ONE_DIGIT)
        yield sa.and_(phone.like(f"+__{rest}%"), has_two_digits)
        yield sa.and_(phone.like(f"+___{rest}%"), ~has_two_digits, ~has_one_digit)


def _after(prefix: str, digits: str) -> str:
    """Return the digits after the prefix; empty where it is none, or where they are too few."""
    rest = digits.removeprefix(prefix)
    return rest if rest != digits and len(rest) >= _MIN_DIGITS_AFTER_PREFIX else ""
