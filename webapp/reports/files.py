"""The names of the files of a report, and those that are made in parts: CSV and NDJSON.

A CSV begins with a byte order mark, without which Excel does not read UTF-8. A cell that a
spreadsheet program would take for a formula has an apostrophe before it, which an upload takes off.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from ledger.messages.contact_cells import guarded
from ledger.messages.contact_rows import in_batches
from webapp.documents import iso
from webapp.reports.columns import Cell
from webapp.reports.report import CampaignReport

_ROWS_OF_PART = 1000
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST_NAME = 80


class ReportForm(StrEnum):
    """The format of a report; its value ends the file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"


MEDIA_TYPES = {
    ReportForm.CSV: "text/csv",
    ReportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ReportForm.NDJSON: "application/x-ndjson",
}


def file_name(report: CampaignReport, form: ReportForm) -> str:
    """Return a name such as "Winter coats 2026, failed, 2026-11-24 10.42 (#48210).csv"."""
    zone = ZoneInfo(report.app.settings.time_zone)
    at = report.app.ledger.reader.time_at(report.order.up_to).astimezone(zone)
    words = _NOT_IN_NAMES.sub(" ", report.campaign.name).split()
    name = " ".join(words).strip(".")[:_LONGEST_NAME] or "Campaign"
    which = [str(report.order.status)] if report.order.status else []
    which += [report.name_words] if report.name_words else []
    which += ["search"] if report.order.search else []
    moment = f"{at:%Y-%m-%d %H.%M} (#{report.order.up_to})"
    return f"{', '.join((name, *which, moment))}.{form}"


def text_parts(report: CampaignReport, form: ReportForm) -> Iterator[str]:
    """Yield a CSV or NDJSON file in parts, because the whole may not fit into memory."""
    if form is ReportForm.CSV:
        yield "\ufeff" + csv_rows([report.headings])
    write: Callable[[Sequence[Sequence[Cell]]], str] = (
        csv_rows if form is ReportForm.CSV else lambda rows: _ndjson(report.headings, rows)
    )
    for rows in in_batches(report.rows(), _ROWS_OF_PART):
        yield write(rows)


def csv_rows(rows: Sequence[Sequence[Cell]]) -> str:
    """Return the lines of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [[_text(cell) for cell in row] for row in rows]
    )
    return text.getvalue()


def _text(cell: Cell) -> str | int | Decimal:
    if isinstance(cell, str):
        return guarded(cell) if cell else cell
    if cell is None:
        return ""
    return cell.isoformat(timespec="seconds") if isinstance(cell, datetime) else cell


def _ndjson(headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    documents = (dict(zip(headings, map(_json, row), strict=False)) for row in rows)
    return "".join(f"{json.dumps(document, ensure_ascii=False)}\n" for document in documents)


def _json(cell: Cell) -> str | int | None:
    """Return a cost as a text, so that no reader makes a rounded number of it."""
    match cell:
        case datetime():
            return iso(cell)
        case Decimal():
            return str(cell)
        case _:
            return cell
