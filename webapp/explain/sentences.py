"""A sentence whose moments stay values, so that a page can set each one as a `<time>`."""

from collections.abc import Sequence
from datetime import datetime

from webapp.explain.times import short_text

Sentence = tuple[str | datetime, ...]
"""Words and moments in turn; read one after the other they are the sentence."""


def plain(sentence: Sentence) -> str:
    """The sentence as text alone, its moments as hours and minutes of UTC."""
    return "".join(part if isinstance(part, str) else short_text(part) for part in sentence)


def joined(*parts: str | datetime | Sequence[str | datetime]) -> Sentence:
    """One sentence out of words, moments and clauses."""
    sentence: list[str | datetime] = []
    for part in parts:
        sentence += [part] if isinstance(part, str | datetime) else part
    return tuple(sentence)


def capitalized(words: str) -> str:
    """The words with a capital at their start and the rest as it is."""
    return words[:1].upper() + words[1:]
