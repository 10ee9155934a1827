"""A contact file as schools export it, read into rows that can be texted, and rows that cannot.

Nothing is written or enrolled here. The file is CSV with a header; what counts as a phone number
is told by `phone.py`, what counts as a message by `message.py`.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ledger import phone
from ledger.errors import BadInput
from ledger.message import Template, field_name

PHONE_COLUMNS = (
    *("mobile", "mobile_phone", "mobile_number", "mobile_phone_number"),
    *("cell", "cell_phone", "cell_number", "cell_phone_number", "cellular"),
    *("phone", "phone_number", "phone_no", "contact_phone", "contact_number"),
    *("parent_mobile", "parent_cell", "parent_phone", "parent_phone_number", "guardian_phone"),
    *("telephone", "telephone_number", "tel", "number"),
)
"""Headings of the phone column; of several in one file the first of this list wins.

Mobiles come first, for a plain "phone" beside one is mostly a landline. Spaces and punctuation do
not matter.
"""
FULL_NAME_COLUMNS = ("name", "full_name", "fullname", "contact_name")
FIRST_NAME_COLUMNS = ("first_name", "firstname", "first", "given_name", "forename")
LAST_NAME_COLUMNS = ("last_name", "lastname", "last", "surname", "family_name")

_NAMED_ROWS = 10
_PROGRESS_EVERY = 1000
_AS_CSV = 'In Excel, choose "Save As", then "CSV UTF-8 (Comma delimited)".'
_OTHER_FILES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS: dict[int, str | None] = dict.fromkeys((*range(32), *range(127, 160)))
_CONTROLS |= dict.fromkeys(map(ord, "\t\n\r"), " ")


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """A contact that can be texted; `line` is where its row starts, `phone` is E.164."""

    line: int
    phone: str
    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that is not texted: a bad one, or a number that an earlier row has already."""

    line: int
    reason: str
    is_duplicate: bool = False


@dataclass(frozen=True)
class Intake:
    """A whole file, both parts in the order of its lines."""

    rows: tuple[IntakeRow, ...]
    skipped: tuple[SkippedRow, ...]

    @property
    def bad(self) -> tuple[SkippedRow, ...]:
        """The skipped rows that are not mere duplicates."""
        return tuple(row for row in self.skipped if not row.is_duplicate)


def read_contacts(
    data: bytes,
    *,
    region: str,
    template: Template,
    skip_invalid: bool,
    progress: Callable[[int], None] | None = None,
) -> Intake:
    """Read a contact file; `progress` is told now and then how many rows have been read.

    Raises BadInput when the file cannot be read, lacks a field that `template` merges, has no
    usable row, or has bad rows and `skip_invalid` is false. Duplicates never refuse a file.
    """
    records = _records(_decode(data))
    header = _Header.of(next(records, (1, []))[1])
    template.check_fields(header.fields)
    reader = _RowReader(header, template, region)
    read = [reader.read(line, cells) for line, cells in _counted(records, progress)]
    intake = Intake(
        tuple(row for row in read if isinstance(row, IntakeRow)),
        tuple(row for row in read if isinstance(row, SkippedRow)),
    )
    _refuse_unusable(intake, skip_invalid=skip_invalid)
    return intake


def _counted(
    records: Iterator[tuple[int, list[str]]], progress: Callable[[int], None] | None
) -> Iterator[tuple[int, list[str]]]:
    """The records as they are; `progress` hears every thousandth and the last."""
    count = 0
    for count, record in enumerate(records, start=1):
        yield record
        if progress and count % _PROGRESS_EVERY == 0:
            progress(count)
    if progress and count % _PROGRESS_EVERY:
        progress(count)


def _decode(data: bytes) -> str:
    """The file's text; UTF-16 only behind its mark, as Excel writes "Unicode Text"."""
    if data.startswith(_OTHER_FILES):
        raise BadInput(f"This is not a CSV file. {_AS_CSV}")
    encoding = "utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(f"Line {line} of the file is not UTF-8 text. {_AS_CSV}") from None
    if "\0" in text:
        raise BadInput(f"This is not a text file. {_AS_CSV}")
    if not text.strip():
        raise BadInput("The file is empty.")
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line it starts on; a quoted cell may hold lines.

    Quotes are read strictly: leniently, one that is not closed would swallow the contacts below.
    """
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True, skipinitialspace=True)
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


def _delimiter(text: str) -> str:
    """What parts the cells of the header, told by count; a comma when nothing does."""
    heading = re.search(r"[^\r\n]+", text)
    unquoted = re.sub(r'"[^"]*"', "", heading[0] if heading else "")
    return max(",;\t", key=unquoted.count)


@dataclass(frozen=True)
class _Header:
    """The merge field of each column ("" for none), and which of them hold number and name."""

    names: tuple[str, ...]
    phone: int

    @classmethod
    def of(cls, cells: list[str]) -> "_Header":
        names = tuple(field_name(cell) for cell in cells)
        for at, name in enumerate(names):
            if name and name in names[:at]:
                first, second = cells[names.index(name)].strip(), cells[at].strip()
                raise BadInput(f'Two columns give the merge field {name}: "{first}", "{second}".')
        return cls(names, _phone_column(cells, names))

    @property
    def fields(self) -> tuple[str, ...]:
        """The merge fields the file offers; the number is one by its heading and as `phone`."""
        return tuple(dict.fromkeys((*filter(None, self.names), "phone")))

    def values(self, cells: list[str], number: str) -> dict[str, str]:
        """The merge fields of one row; cells that are missing at its end are blank."""
        values = dict.fromkeys(filter(None, self.names), "")
        for name, cell in zip(self.names, cells, strict=False):
            if name:
                values[name] = _clean(cell)
        values[self.names[self.phone]] = number
        values.setdefault("phone", number)
        return values


def _phone_column(cells: list[str], names: tuple[str, ...]) -> int:
    found = _squeezed(names)
    for heading in _squeezed(PHONE_COLUMNS):
        if heading in found:
            return found.index(heading)
    columns = ", ".join(cell.strip() for cell in cells if cell.strip())
    raise BadInput(f'The file has no column "phone" or "mobile". Its columns are: {columns}.')


def _squeezed(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.replace("_", "") for name in names)


def _clean(cell: str) -> str:
    return cell.strip() if cell.isprintable() else cell.translate(_CONTROLS).strip()


def _name(values: Mapping[str, str]) -> str:
    """The full name; where that is blank, first and last; where there is none, nothing."""
    first, last = _filled(values, FIRST_NAME_COLUMNS), _filled(values, LAST_NAME_COLUMNS)
    return _filled(values, FULL_NAME_COLUMNS) or f"{first} {last}".strip()


def _filled(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((values[name] for name in names if values.get(name)), "")


@dataclass
class _RowReader:
    """Reads rows one after the other, and remembers which line had a number first."""

    header: _Header
    template: Template
    region: str
    _line_of: dict[str, int] = field(default_factory=dict)

    def read(self, line: int, cells: list[str]) -> IntakeRow | SkippedRow:
        """The row at `line`; only rows that can be texted make a later one a duplicate."""
        try:
            number = self._number(cells)
            if number in self._line_of:
                reason = f"same number as line {self._line_of[number]}"
                return SkippedRow(line, reason, is_duplicate=True)
            values = self.header.values(cells, number)
            self.template.merge(values)
        except BadInput as refusal:
            return SkippedRow(line, str(refusal))
        self._line_of[number] = line
        return IntakeRow(line, number, _name(values), values)

    def _number(self, cells: list[str]) -> str:
        width = len(self.header.names)
        if any(cell.strip() for cell in cells[width:]):
            raise BadInput(f"{len(cells)} cells, but the header has {width}")
        written = cells[self.header.phone] if self.header.phone < len(cells) else ""
        return phone.normalize(written, self.region)


def _refuse_unusable(intake: Intake, *, skip_invalid: bool) -> None:
    if not intake.rows and not intake.skipped:
        raise BadInput("The file has a header and no contacts below it.")
    if not intake.rows:
        raise BadInput(f"No row of the file can be texted:\n{_named(intake.bad)}")
    if intake.bad and not skip_invalid:
        rows = "1 row" if len(intake.bad) == 1 else f"{len(intake.bad):,} rows"
        raise BadInput(
            f"{rows} of the file cannot be texted. Mend the file, or have bad rows skipped:\n"
            f"{_named(intake.bad)}"
        )


def _named(bad: tuple[SkippedRow, ...]) -> str:
    lines = [f"line {row.line}: {row.reason}" for row in bad[:_NAMED_ROWS]]
    if len(bad) > _NAMED_ROWS:
        lines.append(f"and {len(bad) - _NAMED_ROWS:,} more")
    return "\n".join(lines)
