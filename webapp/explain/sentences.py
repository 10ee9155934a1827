"""A sentence with its moments left open, so that a page can set each one as a `<time>`."""

from collections.abc import Sequence
from datetime import datetime

from ledger.domain.error_codes import CodeTable

Sentence = tuple[str | datetime, ...]
"""Words and moments in turn; read one after the other they are the sentence."""


def plain(sentence: Sentence) -> str:
    """The sentence as text alone, its moments as hours and minutes of UTC."""
    return "".join(p if isinstance(p, str) else f"{p:%H:%M}" for p in sentence)


def joined(*parts: str | datetime | Sequence[str | datetime]) -> Sentence:
    """One sentence out of words, moments and clauses."""
    found: list[str | datetime] = []
    for part in parts:
        found += [part] if isinstance(part, str | datetime) else part
    return tuple(found)


def code_words(code: str, codes: CodeTable) -> str:
    """A code of Twilio's with what it is called."""
    entry = codes.find(code)
    return f"{code} ({entry.title if entry else 'a code that is not in our table'})"
