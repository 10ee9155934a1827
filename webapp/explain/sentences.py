"""A sentence that keeps its moments as values, so that a page can show each one as a `<time>`."""

from collections.abc import Sequence
from datetime import datetime

from webapp.explain.times import short_text

Sentence = tuple[str | datetime, ...]
"""The parts of a sentence: ("Attempt 1 was started at ", datetime(…), ".")."""


def plain(sentence: Sentence) -> str:
    """Return the sentence as text, its moments as hours and minutes in UTC."""
    return "".join(part if isinstance(part, str) else short_text(part) for part in sentence)


def joined(*parts: str | datetime | Sequence[str | datetime]) -> Sentence:
    """Join words, moments and clauses to one sentence."""
    sentence: list[str | datetime] = []
    for part in parts:
        sentence += [part] if isinstance(part, str | datetime) else part
    return tuple(sentence)


def capitalized(words: str) -> str:
    """Return the words with a capital letter at the start and the rest unchanged."""
    return words[:1].upper() + words[1:]
