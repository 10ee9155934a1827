"""The contact file: read into rows to text, rows to skip, and what staff should know before.

    Mobile,First name,Last name,Grade,Time zone
    (415) 555-0101,Ada,Lovelace,5,America/Chicago

Nothing is enrolled here. Text files are read in `text_table.py`, workbooks in `workbook.py`; the
columns are found in `contact_header.py`, and a row is read in `contact_row_reader.py`.
"""

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import dropwhile
from typing import IO

from ledger.errors import BadInput
from ledger.messages.contact_header import (
    Header,
    PhoneColumnUnclear,
    columns_of,
    find_header,
)
from ledger.messages.contact_report import ContactFileReport
from ledger.messages.contact_row_reader import RowReader
from ledger.messages.contact_rows import FirstLines, Rows, RowsOnDisk
from ledger.messages.contact_table import ContactTables, Record, Table
from ledger.messages.file_columns import FileColumns, FileCorrections, recognized_ids
from ledger.messages.message_variants import MessageTemplate
from ledger.messages.shared_numbers import JoinedRows, RowsWithRepeats, SharedNumbers
from ledger.messages.skipped_rows import BadRows, SkippedRow
from ledger.messages.text_table import SAVE_AS_CSV, text_tables
from ledger.messages.workbook import is_workbook, workbook_tables
from ledger.messages.written_times import WrittenTimes

_HEAD_BYTES = 64
_OTHER_FILES = (b"%pdf", b"<html", b"<!doctype", b"<table", b"<?xml", b"{\\rtf", b"begin:vcard")
"""How files begin that are saved under the name of a spreadsheet, such as web pages as .xls."""
_PROGRESS_EVERY = 1000


@dataclass(frozen=True)
class ParsedContacts:
    """A whole contact file; rows and skipped rows are in the order of its lines."""

    rows: Rows
    skipped: tuple[SkippedRow, ...]
    report: ContactFileReport
    columns: FileColumns = field(default_factory=FileColumns)

    @property
    def bad(self) -> tuple[SkippedRow, ...]:
        """The skipped rows that are not duplicates."""
        return tuple(row for row in self.skipped if not row.is_duplicate)

    @property
    def repeated(self) -> tuple[SkippedRow, ...]:
        """The skipped rows that repeat a contact; in others, another contact has its number."""
        return tuple(row for row in self.skipped if row.is_duplicate and not row.is_joined)


def read_contacts(
    file: IO[bytes],
    *,
    region: str,
    template: MessageTemplate,
    skip_invalid: bool,
    phone_column: str | None = None,
    times: WrittenTimes | None = None,
    corrections: FileCorrections | None = None,
    progress: Callable[[int], None] | None = None,
) -> ParsedContacts:
    """Read a contact file that can be read twice; `progress` is called with the count of rows.

    `phone_column` is the heading of the column to text, where staff chose it; `corrections` are
    theirs too. `times` reads the
    times of consents, which are in UTC without it. Raises BadInput where
    the file cannot be read, lacks a field that `template` merges, has no row that can be texted, or
    has bad rows and `skip_invalid` is false; PhoneColumnUnclear where they must choose the column.
    Duplicates are always skipped.
    """
    with open_tables(file) as tables:
        table, header = find_header(tables, region, phone_column)
        return contacts_of(
            table,
            header,
            encoding=tables.encoding,
            region=region,
            template=template,
            skip_invalid=skip_invalid,
            times=times,
            corrections=corrections,
            progress=progress,
        )


def contacts_of(
    table: Table,
    header: Header,
    *,
    encoding: str,
    region: str,
    template: MessageTemplate,
    skip_invalid: bool,
    times: WrittenTimes | None = None,
    corrections: FileCorrections | None = None,
    progress: Callable[[int], None] | None = None,
) -> ParsedContacts:
    """Read the rows of a table below its header; see `read_contacts`."""
    header.check(template)
    with FirstLines() as first_lines:
        report = ContactFileReport(
            phone_column=header.phone_heading,
            phone_index=header.phone,
            columns=columns_of(header.headings),
            home=region,
            sheet=table.sheet,
            other_sheets=header.other_sheets,
            encoding=encoding,
            single_braced=template.single_braced,
        )
        reader = RowReader(
            header=header,
            template=template,
            region=region,
            first_lines=first_lines,
            report=report,
            times=times or WrittenTimes(),
            numbers=corrections.numbers if corrections else {},
        )
        below = dropwhile(lambda record: record[0] <= header.line, table.records())
        rows = RowsOnDisk(reader.usable(_counted(below, progress)))
    numbers = SharedNumbers.among(rows, reader.later, template)
    report.shared_numbers = len(numbers.shared)
    report.differing_fields = numbers.differing_fields
    skipped = tuple(_with_names(row, numbers) for row in reader.skipped)
    all_rows: Rows = JoinedRows(rows, numbers) if numbers.shared else rows
    if any(row.is_duplicate for row in skipped):
        all_rows = RowsWithRepeats(all_rows, skipped)
    ids = corrections.id_columns if corrections else None
    columns = FileColumns(
        headings=header.headings,
        id_columns=recognized_ids(header.headings) if ids is None else ids,
    )
    parsed = ParsedContacts(all_rows, skipped, report, columns.widened(reader.width))
    _check_usable(parsed, skip_invalid=skip_invalid)
    return parsed


def columns_in(file: IO[bytes], region: str) -> tuple[str, ...]:
    """Return the headings of a contact file, to choose from; none where it cannot be read."""
    try:
        with open_tables(file) as tables:
            return columns_of(find_header(tables, region, None)[1].headings)
    except PhoneColumnUnclear as unclear:
        return unclear.columns
    except BadInput:
        return ()


@contextmanager
def open_tables(file: IO[bytes]) -> Iterator[ContactTables]:
    """Yield all the ways to read a file that can be read twice; raises BadInput."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if head.removeprefix(codecs.BOM_UTF8).lstrip().lower().startswith(_OTHER_FILES):
        raise BadInput(f"This is not a CSV file. {SAVE_AS_CSV}")
    if is_workbook(head):
        with workbook_tables(file) as tables:
            yield tables
    else:
        yield text_tables(file)


def _counted(records: Iterator[Record], progress: Callable[[int], None] | None) -> Iterator[Record]:
    """Yield the records unchanged; call `progress` at every thousandth and at the last."""
    count = 0
    for count, record in enumerate(records, start=1):
        yield record
        if progress and count % _PROGRESS_EVERY == 0:
            progress(count)
    if progress and count % _PROGRESS_EVERY:
        progress(count)


def _with_names(row: SkippedRow, numbers: SharedNumbers) -> SkippedRow:
    if row.line not in numbers.lines:
        return row
    return replace(row, reason=f"{row.reason}; one text for both", is_joined=True)


def _check_usable(parsed: ParsedContacts, *, skip_invalid: bool) -> None:
    if not parsed.rows and not parsed.skipped:
        raise BadInput("The file has a header and no contacts below it.")
    if not parsed.rows:
        raise BadRows("No row of the file can be texted", parsed.bad)
    if parsed.bad and not skip_invalid:
        rows = "1 row" if len(parsed.bad) == 1 else f"{len(parsed.bad):,} rows"
        raise BadRows(
            f"{rows} of the file cannot be texted. Correct the file, or have bad rows skipped",
            parsed.bad,
        )
