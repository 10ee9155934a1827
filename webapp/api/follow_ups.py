"""Following up a campaign: the parts of its contacts, and a draft to one of them."""

from dataclasses import replace

from flask import Blueprint, g, url_for

from ledger.commands.drafts import SaveDraft
from webapp.acts import LAUNCH
from webapp.api.authentication import caller
from webapp.api.checked_campaigns import variants_in
from webapp.api.drafts import draft_answer
from webapp.api.idempotency import current_request
from webapp.api.models import drafts as draft_models
from webapp.api.models import follow_ups as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.explain.numbers import number
from webapp.follow_ups import follow_up_order
from webapp.permissions import needs
from webapp.reports.parts import CampaignParts
from webapp.shown_moment import past

blueprint = Blueprint("follow_ups", __name__, url_prefix="/campaigns/<campaign_id>")

_TAG = "Drafts"


@blueprint.get("/parts")
@operation(
    "listCampaignParts",
    tag=_TAG,
    answer=models.CampaignParts,
    example=models.EXAMPLE_PARTS,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def parts(query: MomentQuery, campaign_id: str) -> Answer[models.CampaignParts]:
    """Count the contacts to which a follow-up can go: who got the text, who replied, and so on."""
    del query
    app, moment, seq = application(), past(), g.seq
    at = (moment.at or app.ledger.reader.time_at(seq)) if moment else app.clock.now()
    counts = CampaignParts(app, campaign_id, seq, at).counts()
    return models.CampaignParts(
        seq=seq,
        parts=[models.PartCount(part=part, contacts=count) for part, count in counts.items()],
    )


@blueprint.post("/follow-up")
@operation(
    "followUpCampaign",
    tag=_TAG,
    answer=draft_models.Draft,
    example=draft_models.EXAMPLE,
    request_example=models.EXAMPLE_ORDER,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(LAUNCH)
def begin(json: models.FollowUpOrder, campaign_id: str) -> Answer[draft_models.Draft]:
    """Save a draft to a part of a campaign's contacts, with the rows of its file.

    It is launched without contacts in the body. Nobody is texted before.
    """
    app, head = application(), application().views.position().seq
    seq = json.seq or head
    if seq > head:
        raise invalid(f"The ledger ends at #{number(head)}. Send an earlier `seq`.", pointer="/seq")
    at = app.clock.now() if json.seq is None else app.ledger.reader.time_at(seq)
    order = follow_up_order(app, campaign_id, json.part, seq, at)
    variants = variants_in(json.wordings)
    order = replace(order, name=json.name or order.name, message=json.message, variants=variants)
    draft_id = app.ledger.identity.draft_id(current_request().name)
    request = app.ledger.identity.request_id("draft", current_request().name)
    saved = SaveDraft(draft_id, order, caller().actor, is_new=True, request=request)
    app.ledger.execute(saved).result()
    return draft_answer(draft_id), 201, {"Location": url_for("drafts.show", draft_id=draft_id)}
