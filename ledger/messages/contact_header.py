"""The header of a contact file: the row that names the columns.

    Contact Export - Spring 2026
    Student,Guardian 1 Phone Number,Guardian 1 Phone Type
    Ada Okafor,(415) 555-0101,Mobile

Titles and merged headings may stand above it. Which column is texted is decided in
`phone_column.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.lazy_property import lazy_property
from ledger.messages.contact_cells import clean
from ledger.messages.contact_table import ContactTables, Table, TableHead
from ledger.messages.merge_fields import field_name
from ledger.messages.message_variants import MessageTemplate
from ledger.messages.phone_column import (
    PhoneColumn,
    RowsBelow,
    chosen_column,
    recognized_column,
)

_FIRST_ROWS = 100
"""The header is one of the first rows."""
_FIRST_WIDE_ROWS = 20
"""Of the rows that have more cells than titles, it is one of the first."""
_SAMPLED_ROWS = 100
_NUMBER = re.compile(r"\+?[\d\s().\-]{10,}")
_MOST_TITLE_CELLS = 2
_FEWEST_DIGITS = 10
"""A cell with as many is a number and no date, so its row is no header."""
_LONGEST_NUMBER = 40
_LISTED_COLUMNS = 40
_TOO_FAR = f" A row of headings below the first {_FIRST_ROWS} rows is not found."
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

    @lazy_property
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

    def check(self, template: MessageTemplate) -> None:
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
    heads = [table.head(_FIRST_ROWS + _SAMPLED_ROWS) for table in tables.tables]
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
class _Candidate:
    """A row that may be the header."""

    line: int
    headings: tuple[str, ...]
    column: PhoneColumn

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
    wide_rows = 0
    for place, (line, cells) in enumerate(head.records[:_FIRST_ROWS]):
        headings = tuple(clean(cell).text for cell in cells)
        has_number = any(map(_is_number, headings))
        if len(columns_of(headings)) > _MOST_TITLE_CELLS:
            wide_rows += 1
            if has_number or wide_rows > _FIRST_WIDE_ROWS:
                return
        if has_number:
            continue
        rows_below = head.records[place + 1 : place + 1 + _SAMPLED_ROWS]
        below = RowsBelow([cells for _line, cells in rows_below], region)
        column = (
            chosen_column(headings, below, phone_column)
            if phone_column
            else recognized_column(headings, below)
        )
        if column:
            yield _Candidate(line, headings, column)


def _is_number(cell: str) -> bool:
    is_written_so = len(cell) < _LONGEST_NUMBER and _NUMBER.fullmatch(cell)
    return bool(is_written_so) and sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS


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
    too_far = _TOO_FAR if len(heads[0].records) > _FIRST_ROWS else ""
    return PhoneColumnUnclear(f"The file has {fault}. Its columns are: {listed}.{too_far}", columns)
