"""Rows that are written whole are the bytes that XlsxWriter writes cell by cell."""

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from ledger.clock import EPOCH
from webapp.xlsx import WORKBOOK_OPTIONS, PlainSheet

Cells = Sequence[str | int | Decimal | datetime | None]
CREATED_AT = datetime(2026, 11, 23, tzinfo=UTC).replace(tzinfo=None)
ODD = (
    *(
        "",
        " ",
        "x ",
        " x",
        "a\tb",
        "\n",
        "x\n",
        "a\r\nb",
        "a & b <i>",
        '"',
        "'",
        "=1+1",
        "<r>x</r>",
    ),
    *("_x0041_", "_x004_", "\x00", "\x0b\x1f", "\ufffe", "\U0001f600", "Renée", "\u00a0x", "0012"),
)
texts = st.sampled_from(ODD) | st.text(max_size=12)
times = st.integers(-(10**9), 3 * 10**9).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
amounts = st.decimals(0, 1000, places=4, allow_nan=False)
cells = st.none() | texts | st.integers(0, 10**9) | amounts | times


def cell_by_cell(sheet: Any, row: int, values: Cells, formats: dict[type, Any]) -> None:
    for column, value in enumerate(values):
        match value:
            case None | "":
                continue
            case str():
                sheet.write_string(row, column, value)
            case Decimal():
                sheet.write_number(row, column, float(value), formats[Decimal])
            case datetime():
                sheet.write_datetime(row, column, value, formats[datetime])
            case _:
                sheet.write_number(row, column, value)


def whole(sheet: Any, row: int, values: Cells, formats: dict[type, Any]) -> None:
    sheet.write_cells(row, values, formats)


def written(rows: Sequence[Cells], folder: Path, write: Callable[..., None]) -> bytes:
    file = io.BytesIO()
    workbook = Workbook(file, {**WORKBOOK_OPTIONS, "tmpdir": str(folder)})
    workbook.set_properties({"created": CREATED_AT})
    bold = workbook.add_format({"bold": True})
    formats = {
        Decimal: workbook.add_format({"num_format": "0.00####"}),
        datetime: workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
    }
    sheet = workbook.add_worksheet("Contacts", worksheet_class=PlainSheet)
    for column in range(5):
        sheet.set_column(column, column, 18)
        sheet.write_string(0, column, f"Heading {column}", bold)
    for row, values in enumerate(rows, start=1):
        write(sheet, row, values, formats)
    workbook.close()
    return file.getvalue()


@given(rows=st.lists(st.lists(cells, min_size=5, max_size=5), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_rows_written_whole_are_the_bytes_of_rows_written_cell_by_cell(
    rows: list[list[str | int | Decimal | datetime | None]], tmp_path: Path
) -> None:
    assert written(rows, tmp_path, whole) == written(rows, tmp_path, cell_by_cell)


def test_every_odd_text_is_the_same_in_both(tmp_path: Path) -> None:
    rows = [[text, None, None, None, None] for text in ODD]
    assert written(rows, tmp_path, whole) == written(rows, tmp_path, cell_by_cell)
