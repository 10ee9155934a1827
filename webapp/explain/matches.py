"""Shows in bold which part of a name or a number a search found."""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from ledger.messages.phone_numbers import display
from projections.tables.folding import spellings_of
from projections.tables.search_text import readings_of, runs_in, words_in

_PIECES = re.compile(r"([\s-]+)")


def matched_name(name: str, query: str) -> Markup:
    """Return the name with the beginnings of words in bold that the query names."""
    starts = [spelling for word in words_in(query) for spelling in word.spellings]
    return Markup().join(_piece(piece, starts) for piece in _PIECES.split(name))


def _piece(piece: str, starts: Iterable[str]) -> Markup:
    for spelling in spellings_of(piece):
        lengths = [len(start) for start in starts if start and spelling.startswith(start)]
        if lengths:
            end = max(lengths) if len(spelling) == len(piece) else len(piece)
            return Markup("<b>{}</b>{}").format(piece[:end], piece[end:])
    return escape(piece)


def matched_number(phone: str, query: str) -> Markup:
    """Return the number as people write it, with the digits in bold that the query names."""
    shown = display(phone)
    places = [place for place, character in enumerate(shown) if character.isdigit()]
    digits = "".join(shown[place] for place in places)
    for wanted in _wanted(query):
        start = digits.find(wanted)
        if start >= 0:
            first, last = places[start], places[start + len(wanted) - 1] + 1
            parts = shown[:first], shown[first:last], shown[last:]
            return Markup("{}<b>{}</b>{}").format(*parts)
    return escape(shown)


def _wanted(query: str) -> Iterable[str]:
    for run, number in runs_in(query):
        written = [number] if number else [word.folded for word in run if word.is_numeric]
        yield from (reading.digits for each in written for reading in readings_of(each))
