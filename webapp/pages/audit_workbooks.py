"""Workbooks of the audit trail: asked for here, made in the background, listed until they expire.

Each account sees its own alone.
"""

import msgspec
from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from ledger.errors import BadInput, NotFound, Refused
from webapp.audit.export import MEDIA_TYPES, Format, export_of
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.words import words_of
from webapp.current import application
from webapp.explain.numbers import number
from webapp.explain.workbooks import UNREADABLE
from webapp.pages import live
from webapp.pages.access import record_export
from webapp.pages.audit_list import audit_url, query_of_address
from webapp.pages.common import actor, with_refusal_shown
from webapp.pages.filters import check_filters
from webapp.permissions import Permission, needs
from webapp.whole_numbers import whole_number
from webapp.workbooks.job import Job, State, Wanted
from webapp.workbooks.state import state_words

blueprint = Blueprint("audit_workbooks", __name__, url_prefix="/audit/workbooks")


@blueprint.get("")
@needs(Permission.TAKE_WORDS)
def index() -> ResponseReturnValue:
    """List this account's workbooks, and how far each is; for the live block, the list alone."""
    check_filters(())
    block = _list()
    if live.is_asked_for():
        return live.answer([block], follows_ledger=False)
    return _page(block)


@blueprint.get("/new")
@needs(Permission.TAKE_WORDS, is_fresh=True)
def new() -> str:
    """Ask whether the workbook of the search is to be made."""
    query, up_to = query_of_address("up_to"), _up_to()
    return render_template(
        "audit/new_workbook.html",
        words=words_of(query, AuditNames(application(), up_to)),
        up_to=up_to,
        make_url=audit_url(query, "audit_workbooks.make", up_to=up_to),
        back_url=audit_url(query, "audit_exports.index", as_of=up_to),
        kept=application().workbooks.limits.kept,
    )


@blueprint.post("")
@needs(Permission.TAKE_WORDS, is_fresh=True)
def make() -> ResponseReturnValue:
    """Let the workbook be made, unless it is already; show the list."""
    query, up_to = query_of_address("up_to"), _up_to()
    try:
        _job, is_new = application().workbooks.ask(
            actor(), query.parameters(), up_to, wanted=Wanted(scope=application().scope)
        )
    except Refused as refusal:
        return with_refusal_shown(url_for("audit_workbooks.index"), refusal)
    if is_new:
        record_export(export_of(query, application().ledger.reader, Format.XLSX, up_to))
        flash("The workbook is made in the background. You may close this page.", "success")
    return redirect(url_for("audit_workbooks.index"), code=303)


@blueprint.get("/<job_id>/stop")
@needs(Permission.TAKE_WORDS)
def ask_to_stop(job_id: str) -> str:
    """Ask whether a workbook that is not ready yet shall not be made."""
    job = application().workbooks.unfinished(actor(), job_id)
    return render_template(
        "audit/stop_workbook.html",
        words=_words(_query(job), job),
        up_to=job.up_to,
        stop_url=url_for("audit_workbooks.stop", job_id=job_id),
        back_url=url_for("audit_workbooks.index"),
    )


@blueprint.post("/<job_id>/stop")
@needs(Permission.TAKE_WORDS)
def stop(job_id: str) -> ResponseReturnValue:
    """Let a workbook that is not ready yet not be made; show the list without it."""
    back = url_for("audit_workbooks.index")
    try:
        application().workbooks.stop(actor(), job_id)
    except NotFound as error:
        return with_refusal_shown(back, error)
    flash("The workbook is stopped, and what was written of it is removed.", "success")
    return redirect(back, code=303)


@blueprint.get("/<job_id>/file")
@needs(Permission.TAKE_WORDS, is_fresh=True)
def file(job_id: str) -> Response:
    """Download a workbook that is ready."""
    queue = application().workbooks
    job = queue.ready(actor(), job_id, scope=application().scope)
    answer = send_file(
        queue.opened(job),
        MEDIA_TYPES[Format(job.form)],
        as_attachment=True,
        download_name=job.file_name,
    )
    answer.content_length = job.size
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/<job_id>/sha256")
@needs(Permission.TAKE_WORDS)
def sha256(job_id: str) -> Response:
    """Download its SHA-256, as `sha256sum --check` reads it."""
    job = application().workbooks.ready(actor(), job_id, scope=application().scope)
    text = f"# {job.file_name}\n# {job.summary}\n{job.sha256}  {job.file_name}\n"
    name = f'attachment; filename="{job.file_name}.sha256"'
    return Response(text, mimetype="text/plain", headers={"Content-Disposition": name})


def _up_to() -> int:
    up_to, head = whole_number(request.args.get("up_to", "")), application().ledger.reader.head()
    if up_to > head:
        raise NotFound(f"There is no event #{number(up_to)}; the ledger ends at #{number(head)}.")
    return up_to


def _page(block: live.Block) -> str:
    return render_template(
        "audit/workbooks.html",
        block=block,
        live=live.page([block], follows_ledger=False),
        kept=application().workbooks.limits.kept,
    )


def _list() -> live.Block:
    jobs = application().workbooks.of_owner(actor(), scope=application().scope)
    return live.make_block(
        "workbooks", "audit/_workbooks.html", rows=[_row(*each) for each in jobs]
    )


def _row(job: Job, before: int) -> dict[str, object]:
    """Return what the list shows of a job; one whose search cannot be read has failed."""
    query = _query(job)
    if query is None:
        job = msgspec.structs.replace(job, state=State.FAILED, problem=UNREADABLE)
    return {
        "job": job,
        "words": _words(query, job),
        "state": state_words(job, before),
        "expires_at": job.changed_at + application().workbooks.limits.kept,
        "again_url": audit_url(query, "audit_workbooks.new", up_to=job.up_to)
        if query
        else url_for("audit.index"),
    }


def _query(job: Job) -> AuditQuery | None:
    """Return the search of a job; None where this version of the program cannot read it."""
    try:
        return AuditQuery.of(job.parameters)
    except BadInput:
        return None


def _words(query: AuditQuery | None, job: Job) -> str:
    if query is None:
        return "A search that cannot be read"
    return words_of(query, AuditNames(application(), job.up_to))
