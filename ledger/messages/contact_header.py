"""The header of a contact file: the row that names the columns, and the column that is texted.

    Contact Export - Spring 2026
    Student,Guardian 1 Phone Number,Guardian 1 Phone Type
    Ada Okafor,(415) 555-0101,Mobile

Titles and merged headings may stand above it. What a heading says is judged in `phone_headings.py`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ledger.errors import BadInput
from ledger.messages import phone_numbers as phone
from ledger.messages.contact_cells import clean
from ledger.messages.contact_table import ContactTables, Table, TableHead
from ledger.messages.merge_fields import field_name
from ledger.messages.phone_headings import PhoneHeading, phone_heading
from ledger.messages.template import Template

_TITLE_ROWS = 20
"""The header is one of the first rows."""
_SAMPLED_ROWS = 100
_NUMBER = re.compile(r"\+?[\d\s().\-]{10,}")
_MOST_TITLE_CELLS = 2
_FEWEST_DIGITS = 10
"""A cell with as many is a number and no date, so its row is no header."""
_LONGEST_NUMBER = 40
_LISTED_COLUMNS = 40
_MOST_COMPARED = 50
_USUAL_COLUMNS = '"phone" or "mobile"'


class PhoneColumnUnclear(BadInput):
    """The column that is texted is not known; read the file again with one of `columns`."""

    def __init__(self, sentence: str, columns: Sequence[str]) -> None:
        super().__init__(sentence)
        self.columns = tuple(columns)


@dataclass(frozen=True)
class Header:
    """The row of headings, and which column has the numbers."""

    line: int
    headings: tuple[str, ...]
    phone: int
    """The index of the column that is texted."""
    other_sheets: tuple[str, ...] = ()
    """The sheets of a workbook that have phone numbers too, and are not read."""

    @property
    def phone_heading(self) -> str:
        """The heading of the column that is texted."""
        return self.headings[self.phone]

    @cached_property
    def columns(self) -> dict[str, int]:
        """Merge field → index of its column; the first, where several share the name."""
        columns: dict[str, int] = {}
        for index, heading in enumerate(self.headings):
            if name := field_name(heading):
                columns.setdefault(name, index)
        if name := field_name(self.phone_heading):
            columns[name] = self.phone
        return columns

    @property
    def fields(self) -> tuple[str, ...]:
        """The merge fields of the file; the number is one under its heading and as `phone`."""
        return tuple(dict.fromkeys((*self.columns, "phone")))

    def check(self, template: Template) -> None:
        """Raise BadInput where the message merges what no column has, or several columns have."""
        template.check_fields(self.fields)
        for name in template.fields:
            same = [heading for heading in self.headings if field_name(heading) == name]
            if len(same) > 1 and self.columns[name] != self.phone:
                named = ", ".join(f'"{heading}"' for heading in same)
                raise BadInput(f"Several columns have the merge field {name}: {named}. Rename one.")


def find_header(
    tables: ContactTables, region: str, phone_column: str | None
) -> tuple[Table, Header]:
    """Return the table that has a phone column, and its header.

    Of a workbook it is the first such sheet, of those with numbers where any has some. A text file
    is read with the delimiter that gives it a phone column with numbers, and the most columns.
    `phone_column` is the heading that staff chose. Raises PhoneColumnUnclear, and BadInput for a
    file that cannot be read.
    """
    heads = [table.head(_TITLE_ROWS + _SAMPLED_ROWS) for table in tables.tables]
    candidates = [
        (table, min(rows, key=lambda candidate: candidate.order))
        for table, head in zip(tables.tables, heads, strict=True)
        if (rows := list(_candidates(head, region, phone_column)))
    ]
    if not candidates:
        raise _no_phone_column(heads, phone_column)
    table, best = min(
        candidates,
        key=lambda pair: pair[1].sheet_order if tables.is_workbook else pair[1].delimiter_order,
    )
    if best.column.unclear:
        raise PhoneColumnUnclear(best.column.unclear, columns_of(best.headings))
    others = tuple(
        other.sheet
        for other, candidate in candidates
        if tables.is_workbook and other is not table and candidate.column.has_numbers
    )
    return table, Header(best.line, best.headings, best.column.index, others)


def columns_of(headings: Sequence[str]) -> tuple[str, ...]:
    """Return the headings that staff can choose from, each once."""
    return tuple(dict.fromkeys(heading for heading in headings if heading))


@dataclass(frozen=True)
class _PhoneColumn:
    """The column to text; `unclear` says why another could be meant, and is blank otherwise."""

    index: int
    unclear: str = ""
    is_doubtful: bool = False
    has_numbers: bool = False
    """Whether the cells below are phone numbers, as far as they were looked at."""


@dataclass(frozen=True)
class _Candidate:
    """A row that may be the header."""

    line: int
    headings: tuple[str, ...]
    column: _PhoneColumn

    @property
    def order(self) -> tuple[bool | int, ...]:
        """Of the rows of a table, the first of the least is the header.

        Titles, and headings that are merged above those of the single columns, have fewer cells.
        """
        filled = sum(map(bool, self.headings))
        return (not self.column.has_numbers, self.column.is_doubtful, -filled)

    @property
    def sheet_order(self) -> tuple[bool, ...]:
        """Of the sheets of a workbook, the first of the least is read."""
        return (not self.column.has_numbers,)

    @property
    def delimiter_order(self) -> tuple[bool | int, ...]:
        """Of all delimiters, the least is the one of the file."""
        column = self.column
        return (not column.has_numbers, column.is_doubtful, -len(self.headings))


def _candidates(head: TableHead, region: str, phone_column: str | None) -> Iterator[_Candidate]:
    """Yield the rows that may be the header. The first contact ends the search.

    A row with a number is a contact, unless it has hardly any other cell, as titles do.
    """
    for place, (line, cells) in enumerate(head.records[:_TITLE_ROWS]):
        headings = tuple(clean(cell).text for cell in cells)
        if any(map(_is_number, headings)):
            if len(columns_of(headings)) > _MOST_TITLE_CELLS:
                return
            continue
        below = _Cells([cells for _line, cells in head.records[place + 1 :]], region)
        column = (
            _chosen(headings, below, phone_column) if phone_column else _recognized(headings, below)
        )
        if column:
            yield _Candidate(line, headings, column)


def _is_number(cell: str) -> bool:
    is_written_so = len(cell) < _LONGEST_NUMBER and _NUMBER.fullmatch(cell)
    return bool(is_written_so) and sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS


@dataclass(frozen=True)
class _Cells:
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


def _chosen(headings: Sequence[str], cells: _Cells, phone_column: str) -> _PhoneColumn | None:
    """Return the column with this heading; where none has it as written, the one most like it."""
    written = phone_column.strip().casefold()
    same = [i for i, heading in enumerate(headings) if heading.casefold() == written]
    name = field_name(phone_column)
    same = same or [i for i, heading in enumerate(headings) if name and field_name(heading) == name]
    if not same:
        return None
    _filled, numbers = cells.count_numbers(same[0])
    return _PhoneColumn(same[0], _shared_name(headings, same), has_numbers=bool(numbers))


def _shared_name(headings: Sequence[str], indexes: Sequence[int]) -> str:
    if len(indexes) < 2:
        return ""
    named = _quoted(headings, indexes)
    return f"Several columns have the same name: {named}. Rename one of them, or choose another."


def _recognized(headings: Sequence[str], cells: _Cells) -> _PhoneColumn | None:
    """Return the best column by its heading; what the cells hold may rule it out."""
    columns = [
        (heading.rank, heading.ordinals, index, heading)
        for index, text in enumerate(headings)
        if (heading := phone_heading(text))
    ]
    likely = sorted(columns, key=lambda column: column[:3])[:_MOST_COMPARED]
    named = {index: heading for _rank, _ordinals, index, heading in likely}
    counts = {index: cells.count_numbers(index) for index in named}
    usable = [index for index in named if _fits(named[index], *counts[index])]
    usable = usable or [index for index in named if not named[index].is_doubtful][:1]
    if not usable:
        return None
    best = usable[0]
    return _PhoneColumn(
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


def _no_phone_column(heads: Sequence[TableHead], phone_column: str | None) -> BadInput:
    """Return the error for a file in which no row names a phone column."""
    if heads[0].error:
        return heads[0].error
    columns = columns_of(
        [clean(cell).text for cell in max((h.likely_header for h in heads), key=len)]
    )
    if not any(map(str.isalnum, "".join(columns))):
        return BadInput("The file is empty.")
    if any(map(_is_number, columns)):
        return BadInput(
            "The file has no row of headings: its first row has a phone number. Add a row above "
            'it with a heading for each column, such as "Phone" and "First name".'
        )
    fault = "no column " + (f"\u201c{phone_column}\u201d" if phone_column else _USUAL_COLUMNS)
    listed = ", ".join(columns[:_LISTED_COLUMNS])
    if len(columns) > _LISTED_COLUMNS:
        listed += f", and {len(columns) - _LISTED_COLUMNS:,} more"
    return PhoneColumnUnclear(f"The file has {fault}. Its columns are: {listed}.", columns)
