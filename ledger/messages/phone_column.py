"""The column of a contact file that is texted: by its heading, and by the cells below it.

Where several columns could be meant, the column says so. What a heading says is judged in
`phone_headings.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.messages import phone_numbers as phone
from ledger.messages.merge_fields import field_name
from ledger.messages.phone_headings import PhoneHeading, phone_heading

_MOST_COMPARED = 50


@dataclass(frozen=True)
class PhoneColumn:
    """The column to text; `unclear` says why another could be meant, and is blank otherwise."""

    index: int
    unclear: str = ""
    is_doubtful: bool = False
    """Whether its heading may mean something else, as in `PhoneHeading`."""
    has_numbers: bool = False
    """Whether any of the cells below, as many as are sampled, is a phone number."""


@dataclass(frozen=True)
class RowsBelow:
    """The rows below a row of headings."""

    rows: Sequence[Sequence[str]]
    region: str

    def count_numbers(self, index: int) -> tuple[int, int]:
        """Return how many cells of a column are filled, and how many of them are numbers."""
        cells = [row[index] for row in self.rows if index < len(row) and row[index].strip()]
        return len(cells), sum(map(self._is_readable, cells))

    def _is_readable(self, cell: str) -> bool:
        try:
            phone.normalize(cell, self.region)
        except BadInput:
            return False
        return True


def chosen_column(
    headings: Sequence[str], below: RowsBelow, phone_column: str
) -> PhoneColumn | None:
    """Return the column with this heading; where none has it as written, the one most like it."""
    written = phone_column.strip().casefold()
    same = [i for i, heading in enumerate(headings) if heading.casefold() == written]
    name = field_name(phone_column)
    same = same or [i for i, heading in enumerate(headings) if name and field_name(heading) == name]
    if not same:
        return None
    _filled, numbers = below.count_numbers(same[0])
    return PhoneColumn(same[0], _shared_name(headings, same), has_numbers=bool(numbers))


def _shared_name(headings: Sequence[str], indexes: Sequence[int]) -> str:
    if len(indexes) < 2:
        return ""
    named = _quoted(headings, indexes)
    return f"Several columns have the same name: {named}. Rename one of them, or choose another."


def recognized_column(headings: Sequence[str], below: RowsBelow) -> PhoneColumn | None:
    """Return the best column by its heading; what the cells hold may rule it out."""
    columns = [
        (heading.rank, heading.ordinals, index, heading)
        for index, text in enumerate(headings)
        if (heading := phone_heading(text))
    ]
    likely = sorted(columns, key=lambda column: column[:3])[:_MOST_COMPARED]
    named = {index: heading for _rank, _ordinals, index, heading in likely}
    counts = {index: below.count_numbers(index) for index in named}
    usable = [index for index in named if _fits(named[index], *counts[index])]
    usable = usable or [index for index in named if not named[index].is_doubtful][:1]
    if not usable:
        return None
    best = usable[0]
    return PhoneColumn(
        best,
        _why_unclear(headings, named, usable),
        is_doubtful=named[best].is_doubtful,
        has_numbers=bool(counts[best][1]),
    )


def _fits(heading: PhoneHeading, filled: int, numbers: int) -> bool:
    return numbers * 2 > filled if heading.is_doubtful else bool(numbers) or not filled


def _why_unclear(
    headings: Sequence[str], named: Mapping[int, PhoneHeading], usable: Sequence[int]
) -> str:
    best = named[usable[0]]
    name = field_name(headings[usable[0]])
    twins = [index for index, heading in enumerate(headings) if field_name(heading) == name]
    if len(twins) > 1:
        return _shared_name(headings, twins)
    rivals = [index for index in usable[1:] if best.is_rivalled_by(named[index])]
    if not rivals:
        return ""
    listed = _quoted(headings, (usable[0], *rivals))
    return f"Several columns have phone numbers: {listed}. Choose the one to text."


def _quoted(headings: Sequence[str], indexes: Iterable[int] | None = None) -> str:
    chosen = headings if indexes is None else [headings[index] for index in indexes]
    return ", ".join(f"\u201c{heading}\u201d" for heading in chosen)
