"""The numbers that cannot be reached, over all campaigns: the list, its CSV, and marking one."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.errors import BadInput, Refused
from ledger.messages.contact_rows import in_batches
from projections.numbers_to_fix.faults import NumberFault
from projections.numbers_to_fix.queries import NumberFilter, NumbersToFixQueries
from webapp.acts import CHANGE_CONTACT
from webapp.current import application
from webapp.documents import NUMBER_TO_FIX_FIELDS, number_to_fix_line
from webapp.explain.numbers_to_fix import FAULT_ADVICE, FAULT_LABELS, numbers_sentence
from webapp.followers import have_followers_read
from webapp.number_fixes import mark_number_fixed
from webapp.pages.access import record_export
from webapp.pages.common import actor, now, numbers_to_fix, status, until_seq, with_refusal_shown
from webapp.pages.moments import past
from webapp.pages.sizes import EXPORT_ROWS, PAGE_ROWS
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs
from webapp.whole_numbers import optional_number

blueprint = Blueprint("numbers_to_fix", __name__, url_prefix="/numbers-to-fix")

_WEEK = timedelta(days=7)
_UPLOADS = 8


@blueprint.get("")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """List the numbers, the newest first."""
    moment = past()
    have_followers_read(application())
    queries, which = numbers_to_fix(), _filter()
    counts = queries.counts(((moment and moment.at) or now()) - _WEEK)
    campaign = status().campaign(which.campaign_id) if which.campaign_id else None
    return render_template(
        "numbers_to_fix/index.html",
        page=queries.page(which, PAGE_ROWS),
        which=which,
        campaign=campaign,
        counts=counts,
        sentence=numbers_sentence(counts, is_past=moment is not None),
        uploads=queries.uploads(_UPLOADS),
        labels=FAULT_LABELS,
        advice=FAULT_ADVICE,
        chosen=_parameters(which),
    )


@blueprint.get("/numbers-to-fix.csv")
@needs(Permission.TAKE_LISTS)
def numbers_csv() -> ResponseReturnValue:
    """Download the numbers of the filter, for the registrar."""
    have_followers_read(application())
    seq, which = until_seq(), _filter()
    record_export(
        Export(kind=ExportKind.NUMBERS_TO_FIX, form="csv", campaign_id=which.campaign_id, until=seq)
    )
    when = "" if seq is None else f"-as-of-{seq}"
    return Response(
        streamed(_csv_lines(numbers_to_fix(), which)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="numbers-to-fix{when}.csv"'},
    )


def _csv_lines(queries: NumbersToFixQueries, which: NumberFilter) -> Iterator[str]:
    """Yield the lines in parts, so that a long list does not fill the memory."""
    text = io.StringIO()
    writer = csv.DictWriter(text, NUMBER_TO_FIX_FIELDS, lineterminator="\r\n")
    text.write("\ufeff")  # without it Excel does not read UTF-8
    writer.writeheader()
    for rows in in_batches(queries.all(which, EXPORT_ROWS), EXPORT_ROWS):
        writer.writerows(number_to_fix_line(row) for row in rows)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


@blueprint.post("/<contact_id>/fixed")
@needs(CHANGE_CONTACT)
def mark_fixed(contact_id: str) -> ResponseReturnValue:
    """Record that the number was corrected in the school's records."""
    back = _back(contact_id)
    try:
        mark_number_fixed(application(), contact_id, actor())
    except Refused as refusal:
        return with_refusal_shown(back, refusal)
    page = url_for("persons.show", contact_id=contact_id)
    words = Markup(
        'Marked as fixed. It comes back if a text to it fails again. <a href="{}">{}</a>'
    )
    flash(words.format(page, "See the person"), "success")
    return redirect(back, code=303)


def _back(contact_id: str) -> str:
    if request.form.get("back") == "person":
        return url_for("persons.show", contact_id=contact_id)
    return url_for("numbers_to_fix.index", **_parameters(_filter()))


def _filter() -> NumberFilter:
    """Return the filter of the address. Raises `BadInput` for a fault that there is not."""
    fault = request.values.get("fault") or None
    if fault is not None and fault not in list(NumberFault):
        known = ", ".join(NumberFault)
        raise BadInput(f"“{fault[:40]}” is not a known fault. The known faults are: {known}.")
    return NumberFilter(
        NumberFault(fault) if fault else None,
        request.values.get("campaign") or None,
        before=optional_number(request.args.get("before")),
        after=optional_number(request.args.get("after")),
    )


def _parameters(which: NumberFilter) -> dict[str, Any]:
    """Return the parameters of an address of the same filter."""
    chosen = {"fault": which.fault and which.fault.value, "campaign": which.campaign_id}
    return {name: value for name, value in chosen.items() if value}
