"""Writes a report as a workbook (XLSX), with one row in memory.

Every cell of the uploaded file is a text, as it was: never a formula, a link or a number.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_range

from webapp.reports.columns import Cell
from webapp.reports.report import CampaignReport
from webapp.xlsx import LONGEST_CELL, MOST_ROWS, WORKBOOK_OPTIONS, PlainSheet, WorkbookOutput

_OWN_WIDTH = 18
_WIDTHS = {"Explanation": 48, "SID": 38, "Reason": 22, "Status": 12}
_OTHER_WIDTH = 17
_REPORT_EVERY = 1000
_CUT = "…"


def write_workbook(
    report: CampaignReport,
    file: BinaryIO,
    *,
    folder: Path,
    on_rows: Callable[[int], None] = lambda _count: None,
) -> None:
    """Write the report; `folder` is for temporary files, `on_rows` gets the number written so far.

    The same report is the same bytes. Raises OSError, and what reading the report raises.
    """
    output = WorkbookOutput(file)
    workbook = Workbook(output, {**WORKBOOK_OPTIONS, "tmpdir": str(folder)})
    created_at = report.app.ledger.reader.time_at(report.order.up_to)
    workbook.set_properties({"created": created_at.replace(tzinfo=None)})
    writer = _Writer(workbook, report)
    try:
        writer.add_sheet()
        for count, cells in enumerate(report.rows(), start=1):
            writer.append(cells)
            if count % _REPORT_EVERY == 0:
                on_rows(count)
        workbook.close()
    except FileCreateError as error:
        raise OSError(*error.args[0].args) from error
    finally:
        output.stop()
        for sheet in workbook.worksheets():
            sheet.row_data_fh.close()


class _Writer:
    """Writes rows; the next sheet begins where one is full."""

    def __init__(self, workbook: Any, report: CampaignReport) -> None:
        self._workbook, self._headings = workbook, report.headings
        self._own_columns = report.own_columns
        self._bold = workbook.add_format({"bold": True})
        self._formats = {
            Decimal: workbook.add_format({"num_format": "0.00####"}),
            datetime: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
        }
        self._sheet: Any = None
        self._row = MOST_ROWS

    def append(self, cells: Sequence[Cell]) -> None:
        """Write the next row."""
        if self._row == MOST_ROWS:
            self.add_sheet()
        fitting = [_fitting(cell) if isinstance(cell, str) else cell for cell in cells]
        self._sheet.write_cells(self._row, fitting, self._formats)
        self._row += 1

    def add_sheet(self) -> None:
        """Begin the next sheet, with its headings."""
        number = len(self._workbook.worksheets()) + 1
        name = f"Contacts {number}" if number > 1 else "Contacts"
        self._sheet = self._workbook.add_worksheet(name, worksheet_class=PlainSheet)
        last = len(self._headings) - 1
        for column, heading in enumerate(self._headings):
            is_own = column < self._own_columns
            width = _OWN_WIDTH if is_own else _WIDTHS.get(heading, _OTHER_WIDTH)
            self._sheet.set_column(column, column, width)
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, MOST_ROWS - 1, last)
        self._sheet.ignore_errors({"number_stored_as_text": xl_range(1, 0, MOST_ROWS - 1, last)})
        for column, heading in enumerate(self._headings):
            self._sheet.write_string(0, column, _fitting(heading), self._bold)
        self._row = 1


def _fitting(text: str) -> str:
    """Return what a cell can hold: hardly any cell of a file is longer."""
    return text if len(text) <= LONGEST_CELL // 2 else text[: LONGEST_CELL // 2 - 1] + _CUT
