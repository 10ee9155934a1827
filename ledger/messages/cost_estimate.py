"""What a campaign will cost, reckoned before it is launched: segments contact by contact.

Standard library only. The price of a segment is the school's own; what Twilio billed in the end
comes with its records.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest

from ledger.messages.segments import Encoding, Segments, count_segments, unusual_characters

_COSTLIEST = 20
_OPT_OUT_WORDS = re.compile(r"\b(stop|unsubscribe|opt[ -]?out)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Price:
    """What one segment costs."""

    amount: Decimal
    currency: str

    def of(self, count: int) -> str:
        """The cost of so many segments, in words: 12.45 USD."""
        return f"{self.amount * count:,.2f} {self.currency}"


@dataclass(frozen=True)
class ContactText:
    """The text of one contact; `line` is where its row starts in the file."""

    line: int
    phone: str
    name: str
    body: str

    @property
    def segments(self) -> Segments:
        """What Twilio bills for it."""
        return count_segments(self.body)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What all texts take when every contact takes one attempt."""

    contacts: int
    segments: int
    by_count: Mapping[int, int]
    """Number of segments → contacts whose text has so many."""
    unusual: Mapping[str, int]
    """A character that makes texts longer → contacts whose text has it."""
    segments_without: int
    """The segments it would take without these characters."""
    costliest: tuple[ContactText, ...]
    """The longest texts, where they are not all alike."""


def estimate(texts: Iterable[ContactText]) -> Estimate:
    """Reckon them up, one after the other."""
    by_count: Counter[int] = Counter()
    unusual: Counter[str] = Counter()
    without = 0
    costliest: list[tuple[int, int, ContactText]] = []
    for place, text in enumerate(texts):
        found = text.segments
        by_count[found.count] += 1
        characters = unusual_characters(text.body) if found.encoding is Encoding.UCS2 else ()
        unusual.update(characters)
        without += _plain(text.body, characters).count if characters else found.count
        costliest.append((found.count, -place, text))
        if len(costliest) > 10 * _COSTLIEST:
            costliest = nlargest(_COSTLIEST, costliest)
    return Estimate(
        contacts=by_count.total(),
        segments=sum(count * contacts for count, contacts in by_count.items()),
        by_count=dict(sorted(by_count.items())),
        unusual=dict(unusual.most_common()),
        segments_without=without,
        costliest=tuple(text for *_, text in nlargest(_COSTLIEST, costliest))
        if len(by_count) > 1
        else (),
    )


def says_how_to_opt_out(message: str) -> bool:
    """Whether a message says how to get no more of them; carriers want it in the first one."""
    return bool(_OPT_OUT_WORDS.search(message))


def _plain(body: str, characters: Iterable[str]) -> Segments:
    """The segments of the text with a plain character in the place of each of these."""
    return count_segments(body.translate(dict.fromkeys(map(ord, characters), "-")))
