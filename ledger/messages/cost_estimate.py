"""The estimated cost of a campaign before its launch, from the segments of each contact's text.

Standard library only. The price of a segment is a setting of the school; what Twilio really bills
is in its records.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from heapq import nlargest

from ledger.messages.segments import Encoding, Segments, count_segments, unusual_characters

_COSTLIEST = 20


@dataclass(frozen=True)
class Price:
    """What one segment costs, or one look-up of a line type."""

    amount: Decimal
    currency: str

    def of(self, count: int) -> str:
        """Return the cost of `count` of them as text: 12.45 USD."""
        return f"{self.amount * count:,.2f} {self.currency}"


@dataclass(frozen=True)
class ContactText:
    """The text of one contact; `line` is where the contact's row starts in the file."""

    line: int
    phone: str
    name: str
    body: str

    @property
    def segments(self) -> Segments:
        """The size of the text, which Twilio bills."""
        return count_segments(self.body)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """The size of all texts together, with one attempt for each contact."""

    contacts: int
    segments: int
    by_count: Mapping[int, int]
    """Number of segments → the number of contacts whose text has as many."""
    unusual: Mapping[str, int]
    """A character that makes texts longer → the number of contacts whose text has it."""
    segments_without: int
    """The number of segments without these characters."""
    costliest: tuple[ContactText, ...]
    """The longest texts first; none where all have the same length."""


def estimate(texts: Iterable[ContactText]) -> Estimate:
    """Estimate the cost of these texts; reads them once."""
    by_count: Counter[int] = Counter()
    unusual: Counter[str] = Counter()
    without = 0
    costliest: list[tuple[int, int, ContactText]] = []
    for number, text in enumerate(texts):
        size = text.segments
        by_count[size.count] += 1
        characters = unusual_characters(text.body) if size.encoding is Encoding.UCS2 else ()
        unusual.update(characters)
        without += _plain(text.body, characters).count if characters else size.count
        costliest.append((size.count, -number, text))
        if len(costliest) > 10 * _COSTLIEST:
            costliest = nlargest(_COSTLIEST, costliest)
    return Estimate(
        contacts=by_count.total(),
        segments=sum(count * contacts for count, contacts in by_count.items()),
        by_count=dict(sorted(by_count.items())),
        unusual=dict(unusual.most_common()),
        segments_without=without,
        costliest=(
            tuple(text for *_, text in nlargest(_COSTLIEST, costliest)) if len(by_count) > 1 else ()
        ),
    )


def _plain(body: str, characters: Iterable[str]) -> Segments:
    """Count the segments of the text with each of these characters replaced by a plain one."""
    return count_segments(body.translate(dict.fromkeys(map(ord, characters), "-")))
