"""Writes the workbook (XLSX) of a search of the audit trail, with one batch of rows in memory.

A text is only a text: never a formula, a link or markup. Characters that XML does not allow are in
the workbook's own escape, which spreadsheet programs read back.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_range

from webapp.audit.rows import Row, csv_document
from webapp.xlsx import LONGEST_CELL, MOST_ROWS, WORKBOOK_OPTIONS, PlainSheet, WorkbookOutput

_PART_CHARACTERS = 16_000
"""Each character is one or two UTF-16 units."""
_GOES_ON = "… (whole in the sheet “Long texts”)"

_LONG_TEXTS = {"seq": 10, "column": 24, "part": 8, "text": 100}
_EVENTS = {
    "seq": 10,
    "recorded_at": 24,
    "type": 24,
    "what_happened": 64,
    "actor": 18,
    "person": 24,
    "contact_id": 31,
    "campaign": 28,
    "campaign_id": 31,
    "delivery_id": 31,
    "sid": 38,
    "error_code": 11,
}
"""Column of a sheet → its width in digits."""

Value = str | int | datetime | None


class _Series:
    """Sheets with the same columns: the next begins where one is full. The first has the name."""

    def __init__(self, writer: "AuditWorkbook", name: str, widths: Mapping[str, int]) -> None:
        self._writer, self._name, self._widths = writer, name, widths
        self.count = 0
        self._sheet: Any = None
        self._next_row = 0

    def add_sheet(self) -> None:
        """Begin the next sheet, with its headings."""
        self.count += 1
        name = f"{self._name} {self.count}" if self.count > 1 else self._name
        self._sheet = self._writer.add_sheet(name, tuple(self._widths.values()))
        self._sheet.freeze_panes(1, 0)
        area = xl_range(1, 0, self._writer.rows_per_sheet - 1, len(self._widths) - 1)
        self._sheet.ignore_errors({"number_stored_as_text": area})
        self._next_row = 0
        self._write(tuple(self._widths), self._writer.bold)

    def append(self, values: Sequence[Value]) -> None:
        """Write the next row."""
        if self._next_row in (0, self._writer.rows_per_sheet):
            self.add_sheet()
        self._write(values)

    def _write(self, values: Sequence[Value], text_format: Any = None) -> None:
        for column, value in enumerate(values):
            self._writer.write(self._sheet, (self._next_row, column), value, text_format)
        self._next_row += 1


class AuditWorkbook(AbstractContextManager["AuditWorkbook"]):
    """A workbook that is being written. Its sheets are "About", "Events", "Events 2" and so on.

    The whole of a text that is too long for a cell is in the sheet "Long texts", in parts. The same
    rows, with the same `created_at`, are the same bytes.

    Attributes:
        events: How many events were added.
        first, last: The seqs of the first and the last of them; None before the first.
        long_texts: How many texts were too long for a cell.
    """

    def __init__(
        self,
        file: BinaryIO,
        *,
        folder: Path,
        created_at: datetime,
        rows_per_sheet: int = MOST_ROWS,
    ) -> None:
        """`folder` holds temporary files, which the caller removes. All methods raise OSError."""
        self.rows_per_sheet = rows_per_sheet
        self._output = WorkbookOutput(file)
        self._workbook = Workbook(self._output, {**WORKBOOK_OPTIONS, "tmpdir": str(folder)})
        self._workbook.set_properties({"created": created_at.replace(tzinfo=None)})
        self.bold = self._workbook.add_format({"bold": True})
        self._wrapped = self._workbook.add_format({"text_wrap": True, "valign": "top"})
        time = {"num_format": "yyyy-mm-dd hh:mm:ss.000", "align": "left"}
        self._time = self._workbook.add_format(time)
        self._about = self.add_sheet("About", (28, 100))
        self._events = _Series(self, "Events", _EVENTS)
        self._events.add_sheet()
        self._long_texts = _Series(self, "Long texts", _LONG_TEXTS)
        self.events = self.long_texts = 0
        self.first: int | None = None
        self.last: int | None = None

    @property
    def event_sheets(self) -> int:
        """How many sheets of events there are."""
        return self._events.count

    def add(self, rows: Sequence[Row]) -> None:
        """Add the next events, in the order of seq."""
        for row in rows:
            values = csv_document(row) | {"recorded_at": row.at}
            self._events.append([self._fitting(row.seq, *item) for item in values.items()])
            self.first = self.first or row.seq
            self.last = row.seq
            self.events += 1

    def finish(self, about: Sequence[tuple[str, Value]]) -> None:
        """Write the lines of the first sheet, and then the file."""
        for place, (name, value) in enumerate(about):
            self.write(self._about, (place, 0), name, self.bold)
            self.write(self._about, (place, 1), value, self._wrapped)
        try:
            self._workbook.close()
        except FileCreateError as error:
            raise OSError(*error.args[0].args) from error

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the temporary files, and write nothing more."""
        self._output.stop()
        for sheet in self._workbook.worksheets():
            sheet.row_data_fh.close()

    def add_sheet(self, name: str, widths: Sequence[int]) -> Any:
        """Return a new sheet whose columns have these widths."""
        sheet = self._workbook.add_worksheet(name, worksheet_class=PlainSheet)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def write(
        self, sheet: Any, place: tuple[int, int], value: Value, text_format: Any = None
    ) -> None:
        """Write a cell by the type of its value; rows must be written in their order."""
        match value:
            case None | "":
                pass
            case int():
                sheet.write_number(*place, value, text_format)
            case datetime():
                sheet.write_datetime(*place, value, self._time)
            case _:
                sheet.write_string(*place, value, text_format)

    def _fitting(self, seq: int, column: str, value: Value) -> Value:
        """Return what a cell can hold of a value; the whole of a longer text is kept beside."""
        if not isinstance(value, str) or not _is_too_long(value):
            return value
        self.long_texts += 1
        for part, start in enumerate(range(0, len(value), _PART_CHARACTERS), start=1):
            text = value[start : start + _PART_CHARACTERS]
            self._long_texts.append((seq, column, part, text))
        return value[:_PART_CHARACTERS] + _GOES_ON


def _is_too_long(text: str) -> bool:
    if len(text) <= LONGEST_CELL // 2:
        return False
    return len(text.encode("utf-16-le")) // 2 > LONGEST_CELL
