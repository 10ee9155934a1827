"""Resends that wait for approval: what they name, approving one, and refusing or withdrawing it."""

from flask import Blueprint

from ledger.commands.resend_requests import RefuseResend, WithdrawResend, resend_request_of
from ledger.domain.events import ResendApprovalRequested
from ledger.domain.resend_request import ResendRequest
from ledger.errors import NotFound
from webapp.acts import APPROVE_LAUNCH, CHANGE_CAMPAIGN
from webapp.api.acts import left_out_models, resent_model
from webapp.api.authentication import caller, may
from webapp.api.fitting import fitted
from webapp.api.idempotency import current_request, request_id
from webapp.api.launch_requests import refuse_systems
from webapp.api.models import resend_requests as models
from webapp.api.models.acts import FailureCause
from webapp.api.models.base import MomentQuery
from webapp.api.models.launch_requests import EXAMPLE_REFUSAL, LaunchRefusal
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound
from webapp.current import application
from webapp.permissions import Permission, needs
from webapp.resend_requests import approve as approve_request
from webapp.resend_requests import resend_request_document, review
from webapp.shown_moment import until_seq
from webapp.waiting_then import resends_that_waited

blueprint = Blueprint("resend_requests", __name__, url_prefix="/resend-requests")

_TAG = "Approvals"


@blueprint.get("")
@operation("listResendRequests", tag=_TAG, answer=models.ResendRequestList, example=models.EXAMPLE)
@needs(Permission.SEE_STATUS)
def index(query: MomentQuery) -> Answer[models.ResendRequestList]:
    """List the resends that wait for approval, the oldest first."""
    del query  # its moment was read
    app, until = application(), until_seq()
    rows = app.resend_requests.waiting() if until is None else resends_that_waited(app, until)
    items = [resend_request_document(row) for row in rows]
    return fitted({"items": items}, models.ResendRequestList)


@blueprint.get("/<resend_id>")
@operation(
    "showResendRequest",
    tag=_TAG,
    answer=models.RequestedResend,
    example=models.EXAMPLE_REQUEST,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CAMPAIGN)
def show(resend_id: str) -> Answer[models.RequestedResend]:
    """Show which contacts a request names, why they had failed, and what it would do now."""
    app = application()
    found, asked = _found(resend_id)
    shown = review(app, asked.campaign_id, asked.selection)
    return models.RequestedResend(
        id=resend_id,
        campaign_id=asked.campaign_id,
        state=_state(found),
        seq=asked.selection.seq,
        contacts=asked.contact_count,
        causes=[
            FailureCause(reason=cause.reason, error_code=cause.code, contacts=cause.contacts)
            for cause in shown.causes
        ],
        would_resend=shown.plan.count,
        left_out=left_out_models(shown.plan.left_out),
        include_unreachable=asked.selection.include_unreachable,
        requested_by=asked.actor,
    )


@blueprint.post("/<resend_id>/approve")
@operation(
    "approveResend",
    tag=_TAG,
    answer=models.ResendDecided,
    example=models.EXAMPLE_RESENT,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(APPROVE_LAUNCH)
def approve(resend_id: str) -> Answer[models.ResendDecided]:
    """Approve a resend and carry it out; only a person can, by a token of their own.

    Refused for the person who asked, and for who made the token with which a program asked. A
    repeat for a resend that was cut off carries out what is left of it.
    """
    refuse_systems()
    app, who, go_on = application(), caller(), current_request().go_on
    done = approve_request(
        app,
        resend_id,
        who.actor,
        token_maker=who.token_maker,
        may_exceed_spending=may(Permission.APPROVE_SPENDING),
        progress=lambda _count: go_on(),
    )
    resent = resent_model(done)
    return models.ResendDecided(
        id=resend_id,
        campaign_id=_campaign_id(resend_id),
        state="resent",
        resent=resent.resent,
        left_out=resent.left_out,
    )


@blueprint.post("/<resend_id>/refuse")
@operation(
    "refuseResend",
    tag=_TAG,
    answer=models.ResendDecided,
    example=models.EXAMPLE_REFUSED,
    request_example=EXAMPLE_REFUSAL,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CAMPAIGN)
def refuse(json: LaunchRefusal, resend_id: str) -> Answer[models.ResendDecided]:
    """Refuse a resend, or withdraw one's own request. Nobody is texted."""
    who, execute = caller().actor, application().ledger.execute
    request = request_id(f"refuse {resend_id}")
    found, asked = _found(resend_id)
    campaign_id = asked.campaign_id
    if found.is_asker(who):
        execute(WithdrawResend(resend_id, who, request=request)).result()
        return models.ResendDecided(id=resend_id, campaign_id=campaign_id, state="withdrawn")
    if not may(APPROVE_LAUNCH):
        raise ProblemFound(Kind.FORBIDDEN)
    refusal = RefuseResend(resend_id, who, explanation=json.reason, request=request)
    execute(refusal).result()
    return models.ResendDecided(id=resend_id, campaign_id=campaign_id, state="refused")


def _found(resend_id: str) -> tuple[ResendRequest, ResendApprovalRequested]:
    """Return a request, and what was asked for. Raises `NotFound`."""
    found = resend_request_of(application().ledger.reader, resend_id)
    if found.asked is None:
        raise NotFound(f"There is no request {resend_id}. Check the id.")
    return found, found.asked


def _state(request: ResendRequest) -> models.State:
    if request.is_refused:
        return "refused"
    if request.is_finished:
        return "resent"
    return "approved" if request.approved_by else "waits for approval"


def _campaign_id(resend_id: str) -> str:
    return resend_request_of(application().ledger.reader, resend_id).approved().campaign_id
