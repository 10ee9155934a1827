"""Long files that are made in the background: reports, exports of the audit trail, bundles.

Each person or system sees its own alone, and of these only those that the token's offices allow.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, send_file, url_for

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.errors import NotFound
from projections.tables.search_text import may_search_numbers
from webapp.api.authentication import caller, may
from webapp.api.chosen_person import seen_person
from webapp.api.events import searched
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import exports as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, invalid
from webapp.audit.export import export_of
from webapp.bundles import BundleOrder
from webapp.current import application
from webapp.documents import iso
from webapp.permissions import Permission, needs
from webapp.reports.files import MEDIA_TYPES
from webapp.reports.report import CampaignReport, ReportOrder
from webapp.shown_moment import until_seq
from webapp.workbooks.job import Job, JobKind, State, Wanted
from webapp.workbooks.state import state_words

blueprint = Blueprint("exports", __name__)

_TAG = "Files"
_ZIP = "application/zip"
_TYPES: Mapping[str, str] = {**{str(form): each for form, each in MEDIA_TYPES.items()}, "zip": _ZIP}
_LIMITED = (
    "A bundle has hashes and ids of the whole district, so a token that is limited to offices gets "
    "none. Use a token of all offices."
)


@blueprint.post("/campaigns/<campaign_id>/reports")
@operation(
    "makeReport",
    tag=_TAG,
    answer=models.ExportJob,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_REPORT,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.TAKE_LISTS)
def make_report(
    query: MomentQuery, json: models.ReportOrder, campaign_id: str
) -> Answer[models.ExportJob]:
    """Make the report of a campaign: the rows of its file, each with what became of its text.

    It is made in the background. `GET /exports/{job_id}` says how far it is, and
    `GET /exports/{job_id}/file` has the file. The words of a search are kept encrypted.
    """
    del query  # its moment was read
    search = (json.search or "").strip()
    if may_search_numbers(search) and not may(Permission.SEE_NUMBERS):
        raise invalid("This token may not search for phone numbers.", pointer="/search")
    order = ReportOrder(campaign_id=campaign_id, up_to=_up_to(), status=json.status, search=search)
    CampaignReport(application(), order).campaign  # noqa: B018 - raises for an unknown one
    wanted = Wanted(kind=JobKind.REPORT, form=json.form, words=search, scope=application().scope)
    export = Export(
        kind=ExportKind.CONTACTS, form=json.form, campaign_id=campaign_id, until=order.up_to
    )
    return _asked(order.parameters(), order.up_to, wanted, export)


@blueprint.post("/events/exports")
@operation(
    "exportEvents",
    tag=_TAG,
    answer=models.ExportJob,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_EVENTS,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.TAKE_WORDS)
def export_events(query: MomentQuery, json: models.EventExportOrder) -> Answer[models.ExportJob]:
    """Make a file of the events that a search of the audit trail finds, in the order of `seq`."""
    del query  # its moment was read
    reader, up_to, found = application().ledger.reader, _up_to(), searched(json.words)
    wanted = Wanted(kind=JobKind.AUDIT, form=json.form, scope=application().scope)
    export = export_of(found, reader, json.form, up_to)
    return _asked(found.parameters(), up_to, wanted, export)


@blueprint.post("/bundles")
@operation(
    "makeBundle",
    tag=_TAG,
    answer=models.ExportJob,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_BUNDLE,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.TAKE_WORDS)
def make_bundle(json: models.BundleRequest) -> Answer[models.ExportJob]:
    """Make a bundle, as `delivery-ledger export` does, that an auditor can check alone.

    It shows one campaign, delivery or person, or everything, as it is when it is made.
    """
    app = application()
    if not app.scope.is_everything:
        raise ProblemFound(Kind.FORBIDDEN, _LIMITED)
    order = _bundle_order(json)
    scope = order.scope(app.exporter)
    up_to = app.ledger.reader.head()
    export = Export(
        kind=ExportKind.BUNDLE,
        form="zip",
        campaign_id=scope.campaign_id,
        contact_id=scope.contact_id,
        until=up_to,
    )
    return _asked(order.parameters(), up_to, Wanted(kind=JobKind.BUNDLE, form="zip"), export)


@blueprint.get("/exports")
@operation("listExports", tag=_TAG, answer=models.ExportJobList, example=models.EXAMPLE_LIST)
@needs(Permission.TAKE_LISTS)
def index() -> Answer[models.ExportJobList]:
    """List the files that this person or system asked for."""
    items = [_document(job, before) for job, before in _own_jobs()]
    return fitted({"items": items}, models.ExportJobList)


@blueprint.get("/exports/<job_id>")
@operation(
    "getExport",
    tag=_TAG,
    answer=models.ExportJob,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.TAKE_LISTS)
def show(job_id: str) -> Answer[models.ExportJob]:
    """Return how far a file is."""
    return _model(*_own_job(job_id))


@blueprint.get("/exports/<job_id>/file")
@operation(
    "downloadExport",
    tag=_TAG,
    file_types=sorted({*_TYPES.values()}),
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(Permission.TAKE_LISTS)
def download(job_id: str) -> Response:
    """Download a file that is ready. Its `ETag` is its SHA-256."""
    job, before = _own_job(job_id)
    if job.kind is not JobKind.REPORT and not may(Permission.TAKE_WORDS):
        raise ProblemFound(Kind.FORBIDDEN)
    if job.state is not State.READY:
        raise ProblemFound(Kind.REFUSED, f"There is no file: {state_words(job, before)}.")
    file = send_file(
        application().workbooks.opened(job),
        _TYPES[job.form],
        as_attachment=True,
        download_name=job.file_name,
        etag=job.sha256,
    )
    file.headers["Cache-Control"] = "no-store"
    return file


@blueprint.delete("/exports/<job_id>")
@operation(
    "removeExport",
    tag=_TAG,
    answer=models.ExportRemoved,
    example=models.EXAMPLE_REMOVED,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.TAKE_LISTS)
def remove(job_id: str) -> Answer[models.ExportRemoved]:
    """Remove a file, or let it not be made."""
    job, _before = _own_job(job_id)
    application().workbooks.remove(caller().actor, job.job_id)
    return models.ExportRemoved(id=job_id)


def _asked(
    parameters: Mapping[str, str], up_to: int, wanted: Wanted, export: Export
) -> Answer[models.ExportJob]:
    """Ask for a file once under the name of the request, and record that it was taken."""
    app, who = application(), caller().actor
    job_id = hashlib.sha256(request_id("export").encode()).hexdigest()[:32]
    job, _is_new = app.workbooks.ask(who, parameters, up_to, wanted=wanted, job_id=job_id)
    app.access_recorder.export(who, export)
    answer = _model(*_own_job(job.job_id))
    return answer, 201, {"Location": url_for("exports.show", job_id=job.job_id)}


def _up_to() -> int:
    seq = until_seq()
    return application().views.position().seq if seq is None else seq


def _bundle_order(json: models.BundleRequest) -> BundleOrder:
    chosen = [json.campaign_id, json.delivery_id, json.contact_id, json.phone]
    if sum(each is not None for each in [*chosen, json.everything or None]) != 1:
        words = (
            "Send one of `campaign_id`, `delivery_id`, `contact_id` and `phone`, or `everything`."
        )
        raise invalid(words, pointer="/campaign_id")
    is_of_person = json.contact_id is not None or json.phone is not None
    if json.complete and not is_of_person:
        raise invalid("`complete` belongs to `contact_id` and `phone`.", pointer="/complete")
    return BundleOrder(
        campaign_id=json.campaign_id,
        delivery_id=json.delivery_id,
        contact_id=seen_person(json).contact_id if is_of_person else None,
        is_complete=json.complete,
    )


def _own_jobs() -> list[tuple[Job, int]]:
    """Return the jobs of the caller that have the caller's offices."""
    app = application()
    jobs = app.workbooks.of_owner(caller().actor, None)
    return [(job, before) for job, before in jobs if job.scope == app.scope]


def _own_job(job_id: str) -> tuple[Job, int]:
    for job, before in _own_jobs():
        if job.job_id == job_id:
            return job, before
    raise NotFound(f"There is no file {job_id}. A finished one is kept for an hour.")


def _model(job: Job, before: int) -> models.ExportJob:
    return fitted(_document(job, before), models.ExportJob)


def _document(job: Job, before: int) -> dict[str, Any]:
    is_ready = job.state is State.READY
    expires_at = job.changed_at + application().workbooks.limits.kept
    return {
        "id": job.job_id,
        "kind": job.kind,
        "form": job.form,
        "state": job.state,
        "detail": state_words(job, before),
        "up_to": job.up_to,
        "campaign_id": job.parameters.get("campaign"),
        "asked_at": iso(job.asked_at),
        "expires_at": None if job.is_unfinished else iso(expires_at),
        "written": job.events,
        "file_name": job.file_name or None,
        "size": job.size if is_ready else None,
        "sha256": job.sha256 if is_ready else None,
    }
