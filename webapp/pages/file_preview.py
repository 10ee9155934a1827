"""What the form of a new campaign shows of the chosen file: columns, faults, one contact.

A long file is read whole only by the check; here its beginning has to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

from ledger.domain.vocabulary import IdKind
from ledger.errors import BadInput
from ledger.messages.contact_cells import unguarded
from ledger.messages.contact_file import ParsedContacts, open_tables, read_contacts
from ledger.messages.contact_header import find_header
from ledger.messages.contact_rows import ContactFileRow
from ledger.messages.file_columns import FileCorrections
from ledger.messages.skipped_rows import SkippedRow
from ledger.messages.template import Template
from ledger.messages.workbook import is_workbook
from webapp.pages.uploads import ContactFile
from webapp.settings import Settings

_WHOLE_BYTES = 2 * 1024 * 1024
_HEAD_BYTES = 64 * 1024
_SAMPLE_ROWS = 3
_SHOWN_FAULTS = 50
_NO_FIELDS = "-"
"""A message that every file fits."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the file, with its first cells."""

    index: int
    heading: str
    cells: Sequence[str]
    kind: IdKind | None
    is_phone: bool


@dataclass(frozen=True, kw_only=True)
class FilePreview:
    """What is shown of a file."""

    columns: Sequence[Column]
    lines: Sequence[int]
    """Those of the sample rows."""
    phone_heading: str
    ready: int
    faults: Sequence[SkippedRow]
    """The first rows that cannot be texted."""
    fault_count: int
    repeated: int
    """Rows that repeat an earlier number."""
    mended: Mapping[int, str]
    """Line → the mended number, of rows that can be texted now."""
    is_whole: bool
    """Whether the whole file was read."""
    row: int
    """The number of the contact in the preview of the message, from 1."""
    contact: ContactFileRow


def file_preview(
    file: ContactFile,
    settings: Settings,
    corrections: FileCorrections,
    *,
    message: str,
    phone_column: str | None,
    row: int,
) -> FilePreview | None:
    """Return what to show; None where no row of the file can be texted.

    A message that does not fit the file, or is not written yet, is left out of account.
    """
    is_whole = len(file.data) <= _WHOLE_BYTES or is_workbook(file.data)
    data = file.data if is_whole else file.data[:_HEAD_BYTES].rpartition(b"\n")[0]
    for text in (message, _NO_FIELDS):
        try:
            parsed = read_contacts(
                BytesIO(data),
                region=settings.phone_region,
                template=Template.parse(text),
                skip_invalid=True,
                phone_column=phone_column,
                corrections=corrections,
            )
            samples = _sample_rows(data, settings.phone_region, phone_column)
            break
        except BadInput:
            continue
    else:
        return None
    row = min(max(row, 1), len(parsed.rows))
    unread = {fault.line for fault in parsed.bad}
    return FilePreview(
        columns=_columns(parsed, samples),
        lines=[line for line, _cells in samples],
        phone_heading=parsed.report.phone_column,
        ready=len(parsed.rows),
        faults=parsed.bad[:_SHOWN_FAULTS],
        fault_count=len(parsed.bad),
        repeated=len(parsed.skipped) - len(parsed.bad),
        mended={line: new for line, new in corrections.numbers.items() if line not in unread},
        is_whole=is_whole,
        row=row,
        contact=next(islice(iter(parsed.rows), row - 1, None)),
    )


def _sample_rows(data: bytes, region: str, phone_column: str | None) -> list[tuple[int, list[str]]]:
    with open_tables(BytesIO(data)) as tables:
        table, header = find_header(tables, region, phone_column)
        below = (record for record in table.records() if record[0] > header.line)
        return list(islice(below, _SAMPLE_ROWS))


def _columns(parsed: ParsedContacts, samples: Sequence[tuple[int, Sequence[str]]]) -> list[Column]:
    ids = {i: kind for kind, columns in parsed.columns.id_columns.items() for i in columns}
    headings = parsed.columns.headings
    phone = headings.index(parsed.report.phone_column)
    return [
        Column(
            index=index,
            heading=heading,
            cells=[
                unguarded(cells[index]) if index < len(cells) else "" for _line, cells in samples
            ],
            kind=ids.get(index),
            is_phone=index == phone,
        )
        for index, heading in enumerate(headings)
    ]
