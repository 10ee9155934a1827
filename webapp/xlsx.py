"""What every workbook (XLSX) shares: options, sheets that take no text for markup, and the file."""

import io
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576
"""The rows of a sheet, the one of headings among them."""
LONGEST_CELL = 32_767
"""UTF-16 units."""
_WIDTH = 14
"""Of a column of a short table, in digits."""

WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "remove_timezone": True,
    "use_zip64": True,
}
"""Nothing that is written becomes a formula, a link or a number; one row is in memory."""


_UNUSUAL = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_x[0-9a-fA-F]{4}_|^\s|\s$")
"""In a text that XML cannot hold as it is."""


class PlainSheet(Worksheet):  # type: ignore[misc] # XlsxWriter has no types
    """A sheet that takes no text for markup: XlsxWriter would write `<r>…</r>` as it is."""

    def write_cells(
        self,
        row: int,
        cells: Sequence[str | int | Decimal | datetime | None],
        formats: Mapping[type, Any],
    ) -> None:
        """Write a whole row at once, below those that are written.

        The file is the one that a call for each cell makes, in a third of the time. None and a
        blank text are no cells. `formats` has the formats of Decimal and datetime.
        """
        self._write_single_row(row)
        number = row + 1
        parts = [
            f'<c r="{letters}{number}"{self._content_of(cell, formats)}</c>'
            for letters, cell in zip(_column_names(len(cells)), cells, strict=True)
            if cell is not None and cell != ""
        ]
        if parts:
            self._check_dimensions(row, 0)
            self.fh.write(f'<row r="{number}">{"".join(parts)}</row>')

    def _content_of(self, cell: str | int | Decimal | datetime, formats: Mapping[type, Any]) -> str:
        """Return the end of the first tag of a cell, and what is in it."""
        if isinstance(cell, str):
            return f' t="inlineStr"><is><t{self._inline(cell)}</t></is>'
        value = self._convert_date_time(cell) if isinstance(cell, datetime) else cell
        shown = float(value) if isinstance(value, Decimal) else value
        style = formats.get(type(cell))
        index = f' s="{style._get_xf_index()}"' if style else ""  # noqa: SLF001 - as XlsxWriter does
        return f"{index}><v>{shown:.16G}</v>"

    def _inline(self, text: str) -> str:
        """Return the end of the tag of a text, and the text in XML."""
        if not _UNUSUAL.search(text):
            return f">{text}"
        escaped = self._escape_control_characters(text)
        is_markup = escaped.startswith("<r>") and escaped.endswith("</r>")
        is_kept = is_markup or escaped[:1].isspace() or escaped[-1:].isspace()
        attribute = ' xml:space="preserve"' if is_kept else ""
        return f"{attribute}>{self._escape_data(escaped)}"

    def _xml_rich_inline_string(self, string: str, attributes: Sequence[Any] = ()) -> None:
        self._xml_inline_string(string, preserve=True, attributes=attributes)


def table_workbook(
    name: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str | int | Decimal | datetime | None]],
    *,
    created_at: datetime,
) -> io.BytesIO:
    """Return a short table as a workbook of one sheet; the same table is the same bytes."""
    file = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        workbook = Workbook(file, {**WORKBOOK_OPTIONS, "tmpdir": folder})
        workbook.set_properties({"created": created_at.replace(tzinfo=None)})
        bold = workbook.add_format({"bold": True})
        formats = {Decimal: workbook.add_format({"num_format": "0.00####"})}
        sheet = workbook.add_worksheet(name, worksheet_class=PlainSheet)
        sheet.set_column(0, len(headings) - 1, _WIDTH)
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.write_string(0, column, heading, bold)
        for row, cells in enumerate(rows, start=1):
            sheet.write_cells(row, cells, formats)
        workbook.close()
    file.seek(0)
    return file


@cache
def _column_names(count: int) -> Sequence[str]:
    """Return the letters of the first columns: A, B, C."""
    return [xl_col_to_name(column) for column in range(count)]


class WorkbookOutput:
    """The file as XlsxWriter's archive sees it.

    An archive that could not be finished writes its end when Python collects it, perhaps after the
    file was closed: `stop` lets it write into memory.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        """Write the bytes."""
        return self._file.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        return self._file.tell()

    def flush(self) -> None:
        """Write what is buffered."""
        self._file.flush()

    def stop(self) -> None:
        """Let nothing more be written to the file."""
        self._file = io.BytesIO()
