"""The contact file: CSV as schools export it, read into rows to text and rows to skip.

    Mobile,First name,Last name,Grade,Time zone
    (415) 555-0101,Ada,Lovelace,5,America/Chicago

Nothing is enrolled here. What a phone number is, `phone_numbers.py` decides, what a message is,
`template.py`.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TextIO

from ledger.domain.schedule import is_time_zone
from ledger.errors import BadInput
from ledger.messages import phone_numbers as phone
from ledger.messages.contact_rows import ContactFileRow, FirstLines, RowsOnDisk
from ledger.messages.template import Template, field_name

PHONE_COLUMNS = (
    *("mobile", "mobile_phone", "mobile_number", "mobile_phone_number"),
    *("cell", "cell_phone", "cell_number", "cell_phone_number", "cellular"),
    *("phone", "phone_number", "phone_no", "contact_phone", "contact_number"),
    *("parent_mobile", "parent_cell", "parent_phone", "parent_phone_number", "guardian_phone"),
    *("telephone", "telephone_number", "tel", "number"),
)
"""Headings of the phone column; where a file has several, the first in this list is used.

Mobiles come first, as a column "phone" next to one mostly holds landlines. Spaces and punctuation
are ignored.
"""
FULL_NAME_COLUMNS = ("name", "full_name", "fullname", "contact_name")
FIRST_NAME_COLUMNS = ("first_name", "firstname", "first", "given_name", "forename")
LAST_NAME_COLUMNS = ("last_name", "lastname", "last", "surname", "family_name")
ZONE_COLUMNS = ("time_zone", "timezone")

_NAMED_ROWS = 10
_READ_BYTES = 64 * 1024
_PROGRESS_EVERY = 1000
_AS_CSV = 'In Excel, choose "Save As", then "CSV UTF-8 (Comma delimited)".'
_OTHER_FILES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS: dict[int, str | None] = dict.fromkeys((*range(32), *range(127, 160)))
_CONTROLS |= dict.fromkeys(map(ord, "\t\n\r"), " ")


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is not texted: a bad one, or one with the number of an earlier row."""

    line: int
    reason: str
    is_duplicate: bool = False


@dataclass(frozen=True)
class ParsedContacts:
    """A whole contact file; both parts are in the order of its lines."""

    rows: RowsOnDisk
    skipped: tuple[SkippedRow, ...]

    @property
    def bad(self) -> tuple[SkippedRow, ...]:
        """The skipped rows that are not duplicates."""
        return tuple(row for row in self.skipped if not row.is_duplicate)


def read_contacts(
    file: IO[bytes],
    *,
    region: str,
    template: Template,
    skip_invalid: bool,
    progress: Callable[[int], None] | None = None,
) -> ParsedContacts:
    """Read a contact file that can be read twice; `progress` is called with the count of rows.

    Raises BadInput where the file cannot be read, lacks a field that `template` merges, has no row
    that can be texted, or has bad rows and `skip_invalid` is false. Duplicates are always skipped.
    """
    encoding = _encoding(file)
    with _lines(file, encoding) as lines:
        delimiter = _delimiter(lines)
    with _lines(file, encoding) as lines, FirstLines() as first_lines:
        records = _records(lines, delimiter)
        header = _Header.of(next(records, (1, []))[1])
        template.check_fields(header.fields)
        reader = _RowReader(header, template, region, first_lines)
        rows = RowsOnDisk(reader.usable(_counted(records, progress)))
    parsed = ParsedContacts(rows, tuple(reader.skipped))
    _check_usable(parsed, skip_invalid=skip_invalid)
    return parsed


def _counted(
    records: Iterator[tuple[int, list[str]]], progress: Callable[[int], None] | None
) -> Iterator[tuple[int, list[str]]]:
    """Yield the records unchanged; call `progress` at every thousandth and at the last."""
    count = 0
    for count, record in enumerate(records, start=1):
        yield record
        if progress and count % _PROGRESS_EVERY == 0:
            progress(count)
    if progress and count % _PROGRESS_EVERY:
        progress(count)


def _encoding(file: IO[bytes]) -> str:
    """Return the encoding: UTF-16 with a byte order mark, as Excel's "Unicode Text", or UTF-8.

    Raises BadInput for a file that is empty, or that is not text throughout.
    """
    file.seek(0)
    head = file.read(_READ_BYTES)
    if head.startswith(_OTHER_FILES):
        raise BadInput(f"This is not a CSV file. {_AS_CSV}")
    encoding = "utf-16" if head.startswith(_UTF16_MARKS) else "utf-8-sig"
    is_blank = True
    for text in _decoded(file, encoding):
        if "\0" in text:
            raise BadInput(f"This is not a text file. {_AS_CSV}")
        is_blank = is_blank and not text.strip()
    if is_blank:
        raise BadInput("The file is empty.")
    return encoding


def _decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    file.seek(0)
    data = b"-"
    try:
        while data:
            data = file.read(_READ_BYTES)
            yield decoder.decode(data, final=not data)
            line += data.count(b"\n")
    except UnicodeDecodeError as error:
        line += error.object.count(b"\n", 0, error.start)
        raise BadInput(f"Line {line} of the file is not UTF-8 text. {_AS_CSV}") from None


@contextmanager
def _lines(file: IO[bytes], encoding: str) -> Iterator[TextIO]:
    """The file's text from its beginning, with its line ends."""
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding, newline="")
    try:
        yield lines
    finally:
        lines.detach()


def _records(lines: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with the line it starts on; a quoted cell may hold lines.

    Quotes are read strictly: otherwise one that is not closed would swallow the contacts below.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error:
        raise BadInput(
            f"The row at line {start} cannot be read: a quotation mark is out of place or not "
            f"closed, or a cell is longer than {csv.field_size_limit():,} characters."
        ) from None


def _delimiter(lines: TextIO) -> str:
    """Return the delimiter of the header, which is the most frequent; a comma where it has none."""
    heading = next((line for line in lines if line.strip("\r\n")), "")
    unquoted = re.sub(r'"[^"]*"', "", heading)
    return max(",;\t", key=unquoted.count)


@dataclass(frozen=True)
class _Header:
    """The merge field of each column ("" for none), and the index of the phone column."""

    names: tuple[str, ...]
    phone: int

    @classmethod
    def of(cls, cells: list[str]) -> "_Header":
        names = tuple(field_name(cell) for cell in cells)
        for index, name in enumerate(names):
            if name and name in names[:index]:
                first, second = cells[names.index(name)].strip(), cells[index].strip()
                raise BadInput(f'Two columns have the merge field {name}: "{first}", "{second}".')
        return cls(names, _phone_column(cells, names))

    @property
    def fields(self) -> tuple[str, ...]:
        """The merge fields of the file; the number is one under its heading and as `phone`."""
        return tuple(dict.fromkeys((*filter(None, self.names), "phone")))

    def values(self, cells: list[str], number: str) -> dict[str, str]:
        """Return merge field → value for one row; cells that are missing at its end are blank."""
        values = dict.fromkeys(filter(None, self.names), "")
        for name, cell in zip(self.names, cells, strict=False):
            if name:
                values[name] = _clean(cell)
        values[self.names[self.phone]] = number
        values.setdefault("phone", number)
        return values


def _phone_column(cells: list[str], names: tuple[str, ...]) -> int:
    headings = _squeezed(names)
    for heading in _squeezed(PHONE_COLUMNS):
        if heading in headings:
            return headings.index(heading)
    columns = ", ".join(cell.strip() for cell in cells if cell.strip())
    raise BadInput(f'The file has no column "phone" or "mobile". Its columns are: {columns}.')


def _squeezed(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", "") for name in names)


def _clean(cell: str) -> str:
    return cell.strip() if cell.isprintable() else cell.translate(_CONTROLS).strip()


def _name(values: Mapping[str, str]) -> str:
    """Return the full name, or else first and last name; blank where the row has none."""
    first, last = _filled(values, FIRST_NAME_COLUMNS), _filled(values, LAST_NAME_COLUMNS)
    return _filled(values, FULL_NAME_COLUMNS) or f"{first} {last}".strip()


def _zone(values: Mapping[str, str], number: str) -> str:
    """Return the time zone in the row, or else that of the number's area; blank without either."""
    named = _filled(values, ZONE_COLUMNS)
    if named and not is_time_zone(named):
        raise BadInput(f"{named[:40]} is no time zone; write one such as America/Chicago")
    return named or phone.zone_of(number) or ""


def _filled(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((values[name] for name in names if values.get(name)), "")


@dataclass
class _RowReader:
    """Reads rows in order; a row is a duplicate only of an earlier one that can be texted."""

    header: _Header
    template: Template
    region: str
    first_lines: FirstLines
    skipped: list[SkippedRow] = field(default_factory=list)

    def usable(self, records: Iterable[tuple[int, list[str]]]) -> Iterator[ContactFileRow]:
        """Yield the rows that can be texted; add the others to `skipped`."""
        for line, cells in records:
            try:
                row = self._read(line, cells)
            except BadInput as error:
                row = SkippedRow(line, str(error))
            if isinstance(row, SkippedRow):
                self.skipped.append(row)
            else:
                yield row

    def _read(self, line: int, cells: list[str]) -> ContactFileRow | SkippedRow:
        number = self._number(cells)
        if (first := self.first_lines.of(number)) is not None:
            return SkippedRow(line, f"same number as line {first}", is_duplicate=True)
        values = self.header.values(cells, number)
        self.template.merge(values)
        self.first_lines.add(number, line)
        return ContactFileRow(line, number, _name(values), values, _zone(values, number))

    def _number(self, cells: list[str]) -> str:
        width = len(self.header.names)
        if any(cell.strip() for cell in cells[width:]):
            raise BadInput(f"{len(cells)} cells, but the header has {width}")
        written = cells[self.header.phone] if self.header.phone < len(cells) else ""
        return phone.normalize(written, self.region)


def _check_usable(parsed: ParsedContacts, *, skip_invalid: bool) -> None:
    if not parsed.rows and not parsed.skipped:
        raise BadInput("The file has a header and no contacts below it.")
    if not parsed.rows:
        raise BadInput(f"No row of the file can be texted:\n{_named(parsed.bad)}")
    if parsed.bad and not skip_invalid:
        rows = "1 row" if len(parsed.bad) == 1 else f"{len(parsed.bad):,} rows"
        raise BadInput(
            f"{rows} of the file cannot be texted. Correct the file, or have bad rows skipped:\n"
            f"{_named(parsed.bad)}"
        )


def _named(bad: tuple[SkippedRow, ...]) -> str:
    lines = [f"line {row.line}: {row.reason}" for row in bad[:_NAMED_ROWS]]
    if len(bad) > _NAMED_ROWS:
        lines.append(f"and {len(bad) - _NAMED_ROWS:,} more")
    return "\n".join(lines)
