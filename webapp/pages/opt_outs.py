"""All opt-outs with source and time: the list, its search, and its CSV (R16)."""

import csv
import io
from collections.abc import Iterator

from flask import (
    Blueprint,
    Response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.messages.contact_rows import in_batches
from projections.opt_outs import OptOutPage, OptOutQueries
from webapp.documents import OPT_OUT_FIELDS, harmless, opt_out_document
from webapp.pages.access import record_export
from webapp.pages.common import opt_outs, until_seq
from webapp.pages.sizes import EXPORT_ROWS, PAGE_ROWS
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs
from webapp.whole_numbers import optional_number

blueprint = Blueprint("opt_outs", __name__, url_prefix="/opt-outs")


@blueprint.get("")
@needs(Permission.SEE_NUMBERS)
def index() -> ResponseReturnValue:
    """List the opt-outs, the newest first."""
    page = opt_outs().page(
        before=optional_number(request.args.get("before")),
        after=optional_number(request.args.get("after")),
        size=PAGE_ROWS,
    )
    return _list_page(page)


@blueprint.post("")
@needs(Permission.SEE_NUMBERS)
def search() -> ResponseReturnValue:
    """Search the opt-outs. A search is posted, so that no address holds a name or number."""
    query = request.form.get("q", "").strip()
    if not query:
        return redirect(url_for("opt_outs.index"), code=303)
    page = opt_outs().page(
        search=query,
        before=optional_number(request.form.get("before")),
        after=optional_number(request.form.get("after")),
        size=PAGE_ROWS,
    )
    return _list_page(page, query)


def _list_page(page: OptOutPage, query: str = "") -> str:
    count = opt_outs().count()
    return render_template("opt_outs/index.html", page=page, query=query, count=count)


@blueprint.get("/opt-outs.csv")
@needs(Permission.TAKE_LISTS)
def opt_outs_csv() -> ResponseReturnValue:
    """Download all opt-outs, for a spreadsheet or for the import into another ledger."""
    seq = until_seq()
    record_export(Export(kind=ExportKind.OPT_OUTS, form="csv", until=seq))
    when = "" if seq is None else f"-as-of-{seq}"
    return Response(
        streamed(_csv_lines(opt_outs())),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="opt-outs{when}.csv"'},
    )


def _csv_lines(queries: OptOutQueries) -> Iterator[str]:
    """Yield the lines in parts, so that a long list does not fill the memory."""
    text = io.StringIO()
    writer = csv.DictWriter(text, OPT_OUT_FIELDS, lineterminator="\r\n")
    text.write("\ufeff")  # without it Excel does not read UTF-8
    writer.writeheader()
    for entries in in_batches(queries.all(EXPORT_ROWS), EXPORT_ROWS):
        writer.writerows(harmless(opt_out_document(entry)) for entry in entries)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()
