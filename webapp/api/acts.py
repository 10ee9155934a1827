"""Acts on a campaign: pause, resume, close, archive, and resend, which is planned first.

Each is done once under its Idempotency-Key: the events of an act have the id of the request, so the
ledger notices a repeat, also where the program was killed before it kept the answer.
"""

from collections import Counter
from collections.abc import Mapping
from functools import partial

import msgspec
from flask import Blueprint, Response, g

from ledger.commands import campaigns as commands
from ledger.commands import resends
from ledger.commands.repository import campaign_of
from ledger.domain.events import ResendSelection
from ledger.domain.vocabulary import CampaignState, LeftOutReason
from ledger.errors import ResendWaitsForApproval
from projections.campaigns.resend_plan import Selection
from webapp.acts import CHANGE_CAMPAIGN, RECALL
from webapp.api.authentication import caller
from webapp.api.idempotency import current_request
from webapp.api.models import acts as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.explain.campaign_acts import act_sentence
from webapp.explain.numbers import number
from webapp.explain.reasons import LEFT_OUT_CLAUSES, LEFT_OUT_LABELS
from webapp.permissions import needs
from webapp.recalling import recall as recall_campaign
from webapp.resend_requests import named_deliveries
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("acts", __name__, url_prefix="/campaigns/<campaign_id>")

_TAG = "Acts on campaigns"
_RECALL_SECONDS = 20.0
"""How long an answer waits for Twilio."""
_act = partial(
    operation,
    tag=_TAG,
    answer=models.CampaignActDone,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_ACT,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)


@blueprint.post("/pause")
@_act("pauseCampaign")
@needs(CHANGE_CAMPAIGN)
def pause(json: models.CampaignActOrder, campaign_id: str) -> Answer[models.CampaignActDone]:
    """Start no attempts of a campaign until it is resumed."""
    return _done("pause", commands.PauseCampaign, campaign_id, json.reason)


@blueprint.post("/resume")
@_act("resumeCampaign")
@needs(CHANGE_CAMPAIGN)
def resume(json: models.CampaignActOrder, campaign_id: str) -> Answer[models.CampaignActDone]:
    """Let the attempts of a paused campaign start again."""
    return _done("resume", commands.ResumeCampaign, campaign_id, json.reason)


@blueprint.post("/close")
@_act("closeCampaign")
@needs(CHANGE_CAMPAIGN)
def close(json: models.CampaignActOrder, campaign_id: str) -> Answer[models.CampaignActDone]:
    """Make no further attempts; what is pending stays pending. Nobody can undo it."""
    return _done("close", commands.CloseCampaign, campaign_id, json.reason)


@blueprint.post("/archive")
@_act("archiveCampaign")
@needs(CHANGE_CAMPAIGN)
def archive(json: models.CampaignActOrder, campaign_id: str) -> Answer[models.CampaignActDone]:
    """Freeze every status of a campaign for good. Nobody can undo it."""
    return _done("archive", commands.ArchiveCampaign, campaign_id, json.reason)


@blueprint.post("/recall")
@operation(
    "recallCampaign",
    tag=_TAG,
    answer=models.Recalled,
    example=models.EXAMPLE_RECALLED,
    request_example=models.EXAMPLE_ACT,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(RECALL)
def recall(json: models.CampaignActOrder, campaign_id: str) -> Answer[models.Recalled]:
    """Close a campaign, and ask Twilio to cancel the texts that it has not sent yet."""
    app, request = application(), _request("recall")
    done = recall_campaign(
        app,
        campaign_id,
        caller().actor,
        seconds=_RECALL_SECONDS,
        request=request,
        stated_reason=json.reason,
    )
    canceling = done.canceling
    return models.Recalled(
        not_texted=done.waiting,
        canceled=canceling.canceled,
        too_late=canceling.too_late,
        unanswered=canceling.unanswered,
        is_complete=canceling.before is None,
    )


@blueprint.get("/resend-plan")
@operation(
    "planResend",
    tag=_TAG,
    answer=models.ResendPlan,
    example=models.EXAMPLE_PLAN,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(CHANGE_CAMPAIGN)
def plan(query: models.ResendQuery, campaign_id: str) -> Answer[models.ResendPlan]:
    """Count whom a resend to failed contacts would reach, and whom it leaves out and why.

    Nothing is changed. The resend itself takes the same selection and the `seq` of the plan.
    """
    app, seq = application(), g.seq
    campaign_of(SoundAggregates(app.ledger.reader), campaign_id).check_resend()
    app.status.campaign(campaign_id)
    planned = app.status.resend_plan(
        campaign_id,
        _selection(query),
        include_unreachable=query.include_unreachable,
        requires_consent=app.requires_consent(campaign_id),
    )
    return models.ResendPlan(
        seq=seq,
        would_resend=planned.count,
        left_out=left_out_models(planned.left_out),
        causes=[
            models.FailureCause(reason=cause.reason, error_code=cause.code, contacts=cause.contacts)
            for cause in app.status.causes(campaign_id)
        ],
    )


@blueprint.post("/resend")
@operation(
    "resendCampaign",
    tag=_TAG,
    answer=models.Resent,
    example=models.EXAMPLE_RESENT,
    waiting_example=models.EXAMPLE_WAITING,
    request_example=models.EXAMPLE_ORDER,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CAMPAIGN)
def resend(json: models.ResendOrder, campaign_id: str) -> Answer[models.Resent]:
    """Try failed contacts again: those that the selection had at the moment of the plan.

    Who has been delivered or opted out since then is left out. A resend that one person may not
    make alone is answered with 202: it waits for approval. A repeat says how it is then.
    """
    app, request = application(), _request("resend")
    selection = _selection_of(json)
    order = resends.ResendOrder(
        campaign_id=campaign_id,
        delivery_ids=named_deliveries(app, campaign_id, selection),
        selection=selection,
        request=request,
        include_unreachable=json.include_unreachable,
        requires_consent=app.settings.requires_consent,
        token_maker=caller().token_maker,
    )
    go_on = current_request().go_on
    done = resends.resend(app.ledger, order, caller().actor, progress=lambda _count: go_on())
    return resent_model(done)


def resent_model(done: resends.Resent) -> models.Resent:
    """Return what a resend did, with those that its request had resent to before it was cut off."""
    done = done.with_repeats()
    left_out = Counter(each.reason for each in done.left_out)
    return models.Resent(resent=done.count, left_out=left_out_models(left_out))


def _done(
    act: str, command: type[commands.CampaignCommand], campaign_id: str, reason: str | None
) -> models.CampaignActDone:
    """Do an act once, and say what it did and how the campaign is now."""
    app = application()
    order = command(campaign_id, caller().actor, request=_request(act), stated_reason=reason)
    app.ledger.execute(order).result()
    campaign = campaign_of(app.ledger.reader, campaign_id)
    detail = act_sentence(act, app.sending_conditions(), app.clock.now())
    state = CampaignState(campaign.state or "")
    return models.CampaignActDone(id=campaign.campaign_id, state=state, detail=detail)


def _request(act: str) -> str:
    """Return the id by which the ledger knows this request: the key itself stays secret."""
    return application().ledger.identity.request_id(act, current_request().name)


def _selection(query: models.ResendQuery) -> Selection:
    if query.delivery_id:
        return Selection(status=None, delivery_id=query.delivery_id)
    return Selection(reason=query.reason, code=query.error_code)


def _selection_of(json: models.ResendOrder) -> ResendSelection:
    """Return what the order selects. Raises a problem for a moment that has not come."""
    if json.seq > (head := application().ledger.reader.head()):
        raise invalid(
            f"The ledger ends at #{number(head)}. Send the `seq` of a resend plan.", pointer="/seq"
        )
    return ResendSelection(
        seq=json.seq,
        reason=json.reason,
        code=json.error_code,
        delivery_id=json.delivery_id,
        include_unreachable=json.include_unreachable,
    )


def waiting_answer(waiting: ResendWaitsForApproval) -> Response:
    """Return the answer 202 to a resend that waits for approval; it is not kept for a repeat."""
    body = models.WaitingResend(
        resend_id=waiting.resend_id,
        state="waits for approval",
        detail=f"{waiting} Send the same request again to learn what was decided.",
    )
    return Response(msgspec.json.encode(body), 202, mimetype="application/json")


def left_out_models(counts: Mapping[LeftOutReason, int]) -> list[models.LeftOut]:
    """Return how many contacts a resend leaves out, and why."""
    return [
        models.LeftOut(
            reason=reason,
            contacts=contacts,
            detail=f"{LEFT_OUT_LABELS[reason]}: {LEFT_OUT_CLAUSES[reason]}",
        )
        for reason, contacts in counts.items()
    ]
