"""All campaigns by month: the page, and its table as CSV and as a workbook."""

import csv
import io
from decimal import Decimal

from flask import Blueprint, Response, render_template, request, send_file

from webapp.current import application
from webapp.explain.costs import decimal_text
from webapp.followers import have_followers_read
from webapp.months import MONTH_FIELDS, Months, month_document, months_of, parse_year
from webapp.pages.common import until_seq
from webapp.pages.filters import check_filters
from webapp.pages.moments import past
from webapp.permissions import Permission, needs
from webapp.reports.files import MEDIA_TYPES, ReportForm
from webapp.xlsx import table_workbook

blueprint = Blueprint("months", __name__, url_prefix="/months")


@blueprint.get("")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """Show a year of campaigns, month by month."""
    app = application()
    return render_template(
        "months/index.html",
        shown=_shown(),
        office_id=request.args.get("office"),
        offices=[each for each in app.offices.offices.values() if app.scope.sees(each.office_id)],
    )


@blueprint.get("/months.csv")
@needs(Permission.SEE_STATUS)
def months_csv() -> Response:
    """Download the table; it has no names and no numbers of people."""
    shown = _shown()
    text = io.StringIO()
    text.write("\ufeff")  # without it Excel does not read UTF-8
    csv.writer(text, lineterminator="\r\n").writerows(_table(shown))
    answer = Response(text.getvalue(), mimetype=MEDIA_TYPES[ReportForm.CSV])
    answer.headers.set("Content-Disposition", "attachment", filename=_file_name(shown, "csv"))
    return answer


@blueprint.get("/months.xlsx")
@needs(Permission.SEE_STATUS)
def months_xlsx() -> Response:
    """Download the same table as a workbook."""
    shown, app, seq = _shown(), application(), until_seq()
    headings, *rows = _table(shown)
    at = app.ledger.time_at(seq if seq is not None else app.views.position().seq)
    return send_file(
        table_workbook(str(shown.year), headings, [_numbers(row) for row in rows], created_at=at),
        MEDIA_TYPES[ReportForm.XLSX],
        as_attachment=True,
        download_name=_file_name(shown, "xlsx"),
    )


def _file_name(shown: Months, ending: str) -> str:
    seq = until_seq()
    when = "" if seq is None else f"-as-of-{seq}"
    return f"months-{shown.year}{when}.{ending}"


def _shown() -> Months:
    check_filters(["year", "office"])
    if past() is None:
        have_followers_read(application())
    return months_of(parse_year(request.args.get("year")), request.args.get("office") or None)


def _table(shown: Months) -> list[list[str]]:
    """Return the headings and the rows, with a column of costs for each currency."""
    currencies = sorted({cost.currency for month in shown.months for cost in month.costs})
    rows = [[*MONTH_FIELDS, *(f"cost {currency}".strip() for currency in currencies)]]
    for month in shown.months:
        document = month_document(month)
        amounts = {c.currency: decimal_text(c.cost_millionths) for c in month.costs}
        values = (*(document[name] for name in MONTH_FIELDS), *map(amounts.get, currencies))
        rows.append(["" if value is None else str(value) for value in values])
    return rows


def _numbers(row: list[str]) -> list[str | int | Decimal]:
    """Return a row with numbers in place of their texts; the month stays a text."""
    place = len(MONTH_FIELDS)
    amounts = (Decimal(cell) if cell else "" for cell in row[place:])
    return [row[0], *map(int, row[1:place]), *amounts]
