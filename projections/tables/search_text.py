"""What people write into a search for a person: words of names, numbers and parts of them.

Each word must match by itself, in any order. Digits are a number only where the whole word looks
like one. How a word is looked for is up to each search.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from ledger.domain.phone_spellings import spellings
from projections.tables.folding import spellings_of

MAX_CHARACTERS = 200
"""A longer text is no name and no number."""

_BETWEEN_WORDS = re.compile(r'(?i:\btel:)|[\s,;"\u201c\u201d<>]+')
"""Spaces, and what stands around a name or a number that was copied: "Okafor, Ada"."""
_NUMERIC = re.compile(r"[+\d()./-]+")
_TRUNK_IN_PARENTHESES = "(0)"
MIN_DIGITS = 4
_MIN_DIGITS_AFTER_PREFIX = 6
"""After fewer digits, a leading 0 is that of somebody's last four digits."""

_INTERNATIONAL_PREFIXES = ("00", "011", "0011")
_TRUNK_PREFIXES = {"06": "36", "8": "7"}
"""What is dialled before a number of some country → its code; nearly all others have a 0."""


@dataclass(frozen=True)
class Word:
    """A word as it was written, and in the spellings that are searched for."""

    written: str
    spellings: tuple[str, ...]

    @property
    def folded(self) -> str:
        """The first spelling."""
        return self.spellings[0]

    @property
    def is_numeric(self) -> bool:
        """Whether it looks like a number, or a part of one."""
        return _NUMERIC.fullmatch(self.folded) is not None


class Where(Enum):
    """Where in a number the digits stand that somebody wrote."""

    AT_START = "with the country code"
    ANYWHERE = "a part of it"
    AFTER_COUNTRY_CODE = "as it is dialled in its country"


@dataclass(frozen=True)
class Digits:
    """One reading of a number that somebody wrote: digits, and where they stand in the number."""

    digits: str
    where: Where


def words_in(text: str) -> list[Word]:
    """Return the words of a search, without those of which folding leaves nothing."""
    words = (Word(written, spellings_of(written)) for written in _BETWEEN_WORDS.split(text))
    return [word for word in words if word.folded]


def runs_in(text: str) -> Iterator[tuple[list[Word], str]]:
    """Yield the words that follow one another, and the number that they may be together.

    The number is blank for a word that is none, and for a single one, which may be a number itself:
    "(415) 555-0101" is one number, "0101 2026" may be a number and a part of a name.
    """
    for is_numeric, group in groupby(words_in(text), lambda word: word.is_numeric):
        run = list(group)
        is_one_number = is_numeric and len(run) > 1
        yield run, "".join(word.folded for word in run) if is_one_number else ""


def may_search_numbers(text: str) -> bool:
    """Return whether a search looks for a number or a part of one, or could."""
    return any(word.is_numeric for word in words_in(text))


def readings_of(number: str) -> Iterator[Digits]:
    """Yield what the number may mean that was written; nothing for too few digits.

    list(readings_of("+1 415 555")) == [Digits("1415555", Where.AT_START)]
    """
    digits = re.sub(r"\D", "", number.replace(_TRUNK_IN_PARENTHESES, ""))
    if len(digits) < MIN_DIGITS:
        return
    if number.lstrip("(").startswith("+"):
        yield from _spelled(digits, Where.AT_START)
        return
    yield from _spelled(digits, Where.ANYWHERE)
    for prefix in _INTERNATIONAL_PREFIXES:
        if rest := _after(prefix, digits):
            yield from _spelled(rest, Where.AT_START)
    for prefix, country in _TRUNK_PREFIXES.items():
        if rest := _after(prefix, digits):
            yield Digits(f"{country}{rest}", Where.AT_START)
    if rest := _after("0", digits):
        yield Digits(rest, Where.AFTER_COUNTRY_CODE)


def _spelled(digits: str, where: Where) -> Iterator[Digits]:
    return (Digits(number[1:], where) for number in spellings(f"+{digits}"))


def _after(prefix: str, digits: str) -> str:
    """Return the digits after the prefix; empty where it is none, or where they are too few."""
    rest = digits.removeprefix(prefix)
    return rest if rest != digits and len(rest) >= _MIN_DIGITS_AFTER_PREFIX else ""
