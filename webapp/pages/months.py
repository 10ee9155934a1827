"""All campaigns by month: the page, and its table as CSV."""

import csv
import io
from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request

from webapp.current import application
from webapp.explain.costs import decimal_text
from webapp.followers import have_followers_read
from webapp.months import MONTH_FIELDS, Month, Months, month_document, months_of, parse_year
from webapp.pages.common import until_seq
from webapp.pages.filters import check_filters
from webapp.pages.moments import past
from webapp.permissions import Permission, needs

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
    shown, seq = _shown(), until_seq()
    when = "" if seq is None else f"-as-of-{seq}"
    return Response(
        _csv(shown.months),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="months-{shown.year}{when}.csv"'},
    )


def _shown() -> Months:
    check_filters(["year", "office"])
    if past() is None:
        have_followers_read(application())
    return months_of(parse_year(request.args.get("year")), request.args.get("office") or None)


def _csv(months: Sequence[Month]) -> str:
    """Return the file, with a column of costs for each currency."""
    currencies = sorted({cost.currency for month in months for cost in month.costs})
    text = io.StringIO()
    text.write("\ufeff")  # without it Excel does not read UTF-8
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*MONTH_FIELDS, *(f"cost {currency}".strip() for currency in currencies)])
    for month in months:
        document = month_document(month)
        amounts = {c.currency: decimal_text(c.cost_millionths) for c in month.costs}
        writer.writerow(
            [*(document[name] for name in MONTH_FIELDS), *(amounts.get(c, "") for c in currencies)]
        )
    return text.getvalue()
