"""Reports of campaigns as files: sent at once, or made in the background where they are long.

Each account sees its own reports alone.
"""

import io
import tempfile
from pathlib import Path

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.access import Export
from ledger.domain.vocabulary import DeliveryStatus, ExportKind
from ledger.errors import BadInput, NotFound, Refused
from projections.tables.search_text import may_search_numbers
from webapp.current import application
from webapp.pages import live
from webapp.pages.access import record_export
from webapp.pages.common import actor, until_seq, with_refusal_shown
from webapp.pages.filters import check_filters
from webapp.pages.fitting import may
from webapp.pages.streams import streamed
from webapp.permissions import Permission, needs
from webapp.reports.files import MEDIA_TYPES, ReportForm, file_name, text_parts
from webapp.reports.report import CampaignReport, ReportOrder
from webapp.reports.workbook import write_workbook
from webapp.workbooks.job import Job, JobKind, Wanted
from webapp.workbooks.state import state_words

blueprint = Blueprint("reports", __name__)

_MOST_ROWS_AT_ONCE = 2000
"""A workbook of more contacts is made in the background: it would hold up other pages."""


@blueprint.get("/campaigns/<campaign_id>/report.csv", endpoint="csv", defaults={"form": "csv"})
@blueprint.get("/campaigns/<campaign_id>/report.xlsx", endpoint="xlsx", defaults={"form": "xlsx"})
@blueprint.get(
    "/campaigns/<campaign_id>/report.ndjson", endpoint="ndjson", defaults={"form": "ndjson"}
)
@needs(Permission.TAKE_LISTS)
def download(campaign_id: str, form: str) -> ResponseReturnValue:
    """Download the report of all contacts, or of a status, as of the moment in the address."""
    check_filters(["status"])
    return _answer(report_of(campaign_id, request.args.get("status", "")), ReportForm(form))


@blueprint.post("/campaigns/<campaign_id>/report")
@needs(Permission.TAKE_LISTS)
def of_search(campaign_id: str) -> ResponseReturnValue:
    """Download the report of a search, which is posted: no address holds a name or a number."""
    search = request.form.get("q", "").strip()
    if may_search_numbers(search) and not may(Permission.SEE_NUMBERS):
        raise BadInput("You may not search for phone numbers. Write a part of a name, or a SID.")
    form = request.form.get("form", "")
    if form not in list(ReportForm):
        raise NotFound(f"There is no report of the form {form}.")
    report = report_of(campaign_id, request.args.get("status", ""), search)
    return _answer(report, ReportForm(form))


def report_of(campaign_id: str, status: str, search: str = "") -> CampaignReport:
    """Return the report as of the moment that is shown; of the present, as of the last event."""
    if status and status not in list(DeliveryStatus):
        raise NotFound(f"There is no status {status}.")
    app, seq = application(), until_seq()
    order = ReportOrder(
        campaign_id=campaign_id,
        up_to=app.views.position().seq if seq is None else seq,
        status=DeliveryStatus(status) if status else None,
        search=search,
    )
    return CampaignReport(app, order)


def _answer(report: CampaignReport, form: ReportForm) -> ResponseReturnValue:
    order = report.order
    is_long = form is ReportForm.XLSX and report.expected_rows > _MOST_ROWS_AT_ONCE
    if not is_long:
        record_report(order, form)
        return _file(report, form)
    try:
        _job, is_new = application().workbooks.ask(
            actor(),
            order.parameters(),
            order.up_to,
            wanted=Wanted(kind=JobKind.REPORT, words=order.search, scope=application().scope),
        )
    except Refused as refusal:
        return with_refusal_shown(url_for("reports.index"), refusal)
    if is_new:
        record_report(order, form)
        flash("The report is made in the background. You may close this page.", "success")
    return redirect(url_for("reports.index"), code=303)


def record_report(order: ReportOrder, form: ReportForm) -> None:
    """Record that the answer has these rows."""
    record_export(
        Export(
            kind=ExportKind.CONTACTS, form=form, campaign_id=order.campaign_id, until=order.up_to
        )
    )


def _file(report: CampaignReport, form: ReportForm) -> Response:
    name = file_name(report, form)
    if form is ReportForm.XLSX:
        return send_file(
            _workbook(report), MEDIA_TYPES[form], as_attachment=True, download_name=name
        )
    answer = Response(streamed(text_parts(report, form)), mimetype=MEDIA_TYPES[form])
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _workbook(report: CampaignReport) -> io.BytesIO:
    """Return the workbook in memory: it is a short one."""
    file = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        write_workbook(report, file, folder=Path(folder))
    file.seek(0)
    return file


# Reports that are made in the background.


@blueprint.get("/reports")
@needs(Permission.TAKE_LISTS)
def index() -> ResponseReturnValue:
    """List this account's long reports, and how far each is; for the live block, the list alone."""
    check_filters(())
    jobs = application().workbooks.of_owner(actor(), JobKind.REPORT, application().scope)
    block = live.make_block("reports", "reports/_list.html", rows=[_row(*each) for each in jobs])
    if live.is_asked_for():
        return live.answer([block], follows_ledger=False)
    return render_template(
        "reports/index.html",
        block=block,
        live=live.page([block], follows_ledger=False),
        kept=application().workbooks.limits.kept,
    )


@blueprint.get("/reports/<job_id>/file")
@needs(Permission.TAKE_LISTS)
def file(job_id: str) -> Response:
    """Download a report that is ready."""
    queue = application().workbooks
    job = queue.ready(actor(), job_id, JobKind.REPORT, application().scope)
    answer = send_file(
        queue.opened(job),
        MEDIA_TYPES[ReportForm(job.form)],
        as_attachment=True,
        download_name=job.file_name,
    )
    answer.content_length = job.size
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _row(job: Job, before: int) -> dict[str, object]:
    order = ReportOrder.of(job.parameters, job.up_to)
    campaign_id = order.campaign_id
    name = application().names.campaigns().get(campaign_id, "")
    return {
        "job": job,
        "name": name or "A campaign",
        "order": order,
        "is_search": bool(job.sealed_words),
        "state": state_words(job, before),
        "expires_at": job.changed_at + application().workbooks.limits.kept,
        "back_url": url_for("campaigns.show", campaign_id=campaign_id, status=order.status),
    }
