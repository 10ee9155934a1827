"""Retention: the rule, whom it will forget and when, and its form for admins."""

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.access import Export
from ledger.commands.retention import ConfirmRetention, SetRetention
from ledger.domain.retention import FEWEST_DAYS, MOST_DAYS, Retention
from ledger.domain.vocabulary import ExportKind
from ledger.errors import BadInput, EventProblemFound, Refused
from webapp.acts import SET_RETENTION
from webapp.current import application
from webapp.documents import harmless
from webapp.explain.retention import KEPT, MEANING, rule_sentence
from webapp.pages.access import record_export
from webapp.pages.common import actor, now, with_refusal_shown
from webapp.pages.sizes import PAGE_ROWS
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs
from webapp.retention.report import (
    REPORT_FIELDS,
    all_rows,
    as_if,
    report_document,
    report_of,
    retention_of,
)
from webapp.whole_numbers import optional_number

blueprint = Blueprint("retention", __name__, url_prefix="/personal-data/retention")


@blueprint.get("")
@needs(Permission.SEE_WORDS)
def show() -> str:
    """Show the rule and its report; with `days` the report as if that was the rule."""
    try:
        retention = retention_of(application())
    except EventProblemFound as error:
        return render_template("personal_data/retention_unknown.html", problem=str(error))
    tried = _as_asked(retention)
    return render_template(
        "personal_data/retention.html",
        retention=retention,
        sentence=rule_sentence(retention, now()),
        meaning=MEANING,
        report=report_of(application(), tried, limit=PAGE_ROWS),
        tried=tried.days if tried.days != retention.days else None,
        is_running=retention.is_running(now()),
        fewest=FEWEST_DAYS,
        most=MOST_DAYS,
        kept_words=KEPT,
    )


@blueprint.post("")
@needs(SET_RETENTION, is_fresh=True)
def set_rule() -> ResponseReturnValue:
    """Set the rule, or turn it off."""
    try:
        days = optional_number(request.form.get("days", "").strip() or None)  # blank: off
        application().ledger.execute(SetRetention(days, actor())).result()
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(url_for("retention.show"), refusal)
    flash(rule_sentence(retention_of(application()), now()), "success")
    return redirect(url_for("retention.show"), code=303)


@blueprint.post("/confirm")
@needs(SET_RETENTION, is_fresh=True)
def confirm() -> ResponseReturnValue:
    """Let the rule begin at once; the form names the rule whose report was read."""
    rule = optional_number(request.form.get("rule")) or 0
    try:
        application().ledger.execute(ConfirmRetention(rule, actor())).result()
    except Refused as refusal:
        return with_refusal_shown(url_for("retention.show"), refusal)
    flash("The rule has begun. Contacts who are due are forgotten within minutes.", "success")
    return redirect(url_for("retention.show"), code=303)


@blueprint.get("/report.csv")
@needs(Permission.TAKE_LISTS)
def report_csv() -> ResponseReturnValue:
    """Download the whole report."""
    retention = _as_asked(retention_of(application()))
    record_export(Export(kind=ExportKind.RETENTION, form="csv"))
    return Response(
        streamed(_csv_lines(retention)),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="retention.csv"'},
    )


def _as_asked(retention: Retention) -> Retention:
    return as_if(retention, optional_number(request.args.get("days")), now())


def _csv_lines(retention: Retention) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, REPORT_FIELDS, lineterminator="\r\n")
    text.write("\ufeff")  # without it Excel does not read UTF-8
    writer.writeheader()
    for rows in all_rows(application(), retention):
        writer.writerows(harmless(report_document(row)) for row in rows)
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()
