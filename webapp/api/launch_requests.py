"""Launches that wait for approval: the list, approving one, and refusing or withdrawing it."""

from flask import Blueprint

from ledger.commands.launch_requests import ApproveLaunch, RefuseLaunch, WithdrawLaunch
from ledger.domain.campaign import Campaign
from ledger.errors import NotFound, Refused
from webapp.acts import APPROVE_LAUNCH, LAUNCH
from webapp.api.authentication import caller, may
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import launch_requests as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound
from webapp.current import application
from webapp.launch_requests import launch_request_document
from webapp.permissions import Permission, needs
from webapp.shown_moment import until_seq
from webapp.waiting_then import launches_that_waited

blueprint = Blueprint("launch_requests", __name__, url_prefix="/launch-requests")

_TAG = "Approvals"
_NO_SYSTEM = (
    "A system cannot approve anything: a person has to look at it. Use the token of an approver or "
    "an admin."
)


@blueprint.get("")
@operation("listLaunchRequests", tag=_TAG, answer=models.LaunchRequestList, example=models.EXAMPLE)
@needs(Permission.SEE_STATUS)
def index(query: MomentQuery) -> Answer[models.LaunchRequestList]:
    """List the launches that wait for approval, the oldest first."""
    del query  # its moment was read
    app, until = application(), until_seq()
    rows = app.launch_requests.waiting() if until is None else launches_that_waited(app, until)
    items = [launch_request_document(row) for row in rows]
    return fitted({"items": items}, models.LaunchRequestList)


@blueprint.post("/<campaign_id>/approve")
@operation(
    "approveLaunch",
    tag=_TAG,
    answer=models.LaunchDecided,
    example=models.EXAMPLE_LAUNCHED,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(APPROVE_LAUNCH)
def approve(campaign_id: str) -> Answer[models.LaunchDecided]:
    """Approve and launch; only a person can, by a token of their own.

    Refused for the person who asked, and for who made the token with which a program asked. A
    repeat for a campaign that was launched since says so.
    """
    who, app = caller(), application()
    refuse_systems()
    command = ApproveLaunch(
        campaign_id,
        who.actor,
        may_exceed_spending=may(Permission.APPROVE_SPENDING),
        token_maker=who.token_maker,
    )
    try:
        app.ledger.execute(command).result()
    except Refused:
        if _campaign(campaign_id).state is None:
            raise
    return models.LaunchDecided(id=campaign_id, state="launched")


@blueprint.post("/<campaign_id>/refuse")
@operation(
    "refuseLaunch",
    tag=_TAG,
    answer=models.LaunchDecided,
    example=models.EXAMPLE_REFUSED,
    request_example=models.EXAMPLE_REFUSAL,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def refuse(json: models.LaunchRefusal, campaign_id: str) -> Answer[models.LaunchDecided]:
    """Refuse a launch, or withdraw one's own request. Nobody is texted."""
    who, execute = caller().actor, application().ledger.execute
    request, campaign = request_id(f"refuse {campaign_id}"), _campaign(campaign_id)
    if campaign.is_asker(who):
        execute(WithdrawLaunch(campaign_id, who, request=request)).result()
        return models.LaunchDecided(id=campaign_id, state="withdrawn")
    if not may(APPROVE_LAUNCH):
        raise ProblemFound(Kind.FORBIDDEN)
    execute(RefuseLaunch(campaign_id, who, explanation=json.reason, request=request)).result()
    return models.LaunchDecided(id=campaign_id, state="refused")


def refuse_systems() -> None:
    """Raise a problem for a program that acts as a system: a person has to approve."""
    if caller().token.is_of_system:
        raise ProblemFound(Kind.FORBIDDEN, _NO_SYSTEM)


def _campaign(campaign_id: str) -> Campaign:
    campaign = application().ledger.reader.load(Campaign, campaign_id)
    if not campaign.exists:
        raise NotFound(f"There is no request {campaign_id}. Check the id.")
    return campaign
