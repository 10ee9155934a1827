"""Legal holds: the list, placing one on a person or a campaign, and releasing it."""

from flask import Blueprint

from ledger.commands.legal_holds import (
    PlaceCampaignLegalHold,
    PlaceLegalHold,
    ReleaseCampaignLegalHold,
    ReleaseLegalHold,
)
from webapp.acts import HOLD
from webapp.api.authentication import caller
from webapp.api.chosen_person import seen_person
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import legal_holds as models
from webapp.api.models.base import MomentQuery
from webapp.api.models.people import PersonChoice
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.campaign_legal_holds import campaign_legal_hold_document, campaign_legal_holds
from webapp.current import application
from webapp.legal_holds import all_legal_holds, legal_hold_document
from webapp.permissions import Permission, needs
from webapp.shown_moment import names, until_seq

blueprint = Blueprint("legal_holds", __name__, url_prefix="/legal-holds")

_TAG = "Personal data"


@blueprint.get("")
@operation("listLegalHolds", tag=_TAG, answer=models.LegalHoldList, example=models.EXAMPLE)
@needs(Permission.SEE_WORDS)
def index(query: MomentQuery) -> Answer[models.LegalHoldList]:
    """List the legal holds in force, on people and on campaigns."""
    del query  # its moment was read
    app, until = application(), until_seq()
    on_people, on_campaigns = all_legal_holds(app, until), campaign_legal_holds(app, until)
    people = names().people({hold.contact_id for hold in on_people.holds})
    campaigns = names().campaigns()
    document = {
        "contacts": [
            legal_hold_document(hold, people[hold.contact_id]) for hold in on_people.holds
        ],
        "campaigns": [
            campaign_legal_hold_document(hold, campaigns.get(hold.campaign_id, ""))
            for hold in on_campaigns.holds
        ],
        "problems": [each for each in (on_people.problem, on_campaigns.problem) if each],
    }
    return fitted(document, models.LegalHoldList)


@blueprint.post("")
@operation(
    "placeLegalHold",
    tag=_TAG,
    answer=models.LegalHoldChanged,
    example=models.EXAMPLE_CHANGED,
    request_example=models.EXAMPLE_ORDER,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(HOLD)
def place(json: models.LegalHoldOrder) -> Answer[models.LegalHoldChanged]:
    """Keep a person, or everybody in a campaign, from being forgotten."""
    by, request, execute = caller().actor, request_id("hold"), application().ledger.execute
    if campaign_id := _campaign(json):
        on_campaign = PlaceCampaignLegalHold(campaign_id, json.reason, by, request=request)
        return _changed(execute(on_campaign).result(), campaign_id=campaign_id), 201
    contact_id = _contact(json)
    on_person = PlaceLegalHold(contact_id, json.reason, by, request=request)
    return _changed(execute(on_person).result(), contact_id=contact_id), 201


@blueprint.post("/release")
@operation(
    "releaseLegalHold",
    tag=_TAG,
    answer=models.LegalHoldChanged,
    example=models.EXAMPLE_CHANGED,
    request_example=models.EXAMPLE_RELEASE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(HOLD)
def release(json: models.LegalHoldRelease) -> Answer[models.LegalHoldChanged]:
    """End a legal hold."""
    by, request, execute = caller().actor, request_id("release"), application().ledger.execute
    if campaign_id := _campaign(json):
        on_campaign = ReleaseCampaignLegalHold(campaign_id, by, json.hold, request=request)
        return _changed(execute(on_campaign).result(), campaign_id=campaign_id)
    contact_id = _contact(json)
    on_person = ReleaseLegalHold(contact_id, by, json.hold, request=request)
    return _changed(execute(on_person).result(), contact_id=contact_id)


def _campaign(json: models.LegalHoldOrder | models.LegalHoldRelease) -> str | None:
    """Return the campaign that is meant; None for a person. Raises `ProblemFound`."""
    given = [each for each in (json.contact_id, json.phone, json.campaign_id) if each is not None]
    if len(given) != 1:
        words = "Send one of `contact_id`, `phone` and `campaign_id`."
        raise invalid(words, pointer="/contact_id")
    return json.campaign_id


def _contact(json: models.LegalHoldOrder | models.LegalHoldRelease) -> str:
    return seen_person(PersonChoice(contact_id=json.contact_id, phone=json.phone)).contact_id


def _changed(
    number: int, *, contact_id: str | None = None, campaign_id: str | None = None
) -> models.LegalHoldChanged:
    return models.LegalHoldChanged(hold=number, contact_id=contact_id, campaign_id=campaign_id)
