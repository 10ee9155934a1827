"""Campaigns: the list, one of them, what a launch would do, and a launch."""

from flask import Blueprint, url_for
from msgspec import convert, structs

from ledger.commands.drafts import DraftOrder
from projections.campaigns.rows import CampaignPlace, CampaignRow
from webapp.acts import LAUNCH
from webapp.api.checked_campaigns import check_of, checked_launch, checked_order, variants_in
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.launching import launch_once
from webapp.api.models import campaigns as models
from webapp.api.models import launches
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.sent_contacts import SentContacts
from webapp.campaign_cost import campaign_cost, cost_document
from webapp.current import application
from webapp.documents import campaign_document
from webapp.permissions import Permission, needs
from webapp.shown_moment import status, until_seq

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")

_TAG = "Campaigns"


@blueprint.get("")
@operation("listCampaigns", tag=_TAG, answer=models.CampaignPage, example=models.EXAMPLE_PAGE)
@needs(Permission.SEE_STATUS)
def index(query: models.CampaignQuery) -> Answer[models.CampaignPage]:
    """List campaigns, the newest first.

    A page ends with the cursor of the next one, in `next` and in the header `Link`.
    """
    cursors = Cursors(query)
    place = cursors.place()
    rows = status().campaigns(
        state=query.state,
        office_id=query.office_id,
        after=None if place is None else CampaignPlace(*place),
        limit=query.limit + 1,
    )
    shown = rows[: query.limit]
    last = shown[-1].place if len(rows) > len(shown) else None
    cursor = cursors.cursor(last)
    page = models.CampaignPage(items=[_campaign(row) for row in shown], next=cursor)
    return page, next_link(cursor)


@blueprint.get("/<campaign_id>")
@operation(
    "getCampaign",
    tag=_TAG,
    answer=models.Campaign,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def show(query: MomentQuery, campaign_id: str) -> Answer[models.Campaign]:
    """Return one campaign with its counts and its cost."""
    del query  # its moment was read
    row, app = status().campaign(campaign_id), application()
    cost = cost_document(campaign_cost(app, campaign_id, until_seq()))
    return structs.replace(_campaign(row), cost=convert(cost, models.CampaignCosts))


@blueprint.post("/check")
@operation(
    "checkCampaign",
    tag=_TAG,
    answer=launches.Check,
    example=launches.EXAMPLE_CHECK,
    request_example=launches.EXAMPLE_ORDER,
)
@needs(LAUNCH)
def check(json: launches.CampaignOrder) -> Answer[launches.Check]:
    """Show what a launch would send and cost, and what is odd in the contacts.

    Nothing is sent or stored. Contacts that cannot be texted are in `skipped`.
    """
    order = DraftOrder(name="", message=json.message, variants=variants_in(json.wordings))
    contacts = SentContacts(json.contacts)
    return check_of(checked_order(order, contacts, skip_invalid=True, looks_up=json.look_up))


@blueprint.post("")
@operation(
    "launchCampaign",
    tag=_TAG,
    answer=launches.Launched,
    example=launches.EXAMPLE_LAUNCHED,
    request_example=launches.EXAMPLE_LAUNCH,
    waiting_example=launches.EXAMPLE_WAITING,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND, Kind.LAUNCHED_RECENTLY],
)
@needs(LAUNCH)
def launch(json: launches.CampaignLaunch) -> Answer[launches.Launched]:
    """Text every contact.

    Where contacts cannot be texted, nobody is, unless `skip_invalid` is true. A repeat with the
    same Idempotency-Key launches once, whatever was cut off meanwhile.

    A launch that one person may not make alone is answered with 202: it waits for approval. A
    repeat says how it is then: 202 while it waits, 201 once it is launched, and 409 once it was
    refused or withdrawn.
    """
    launched = launch_once(checked_launch(json), again=json.again)
    return launched, 201, {"Location": url_for("campaigns.show", campaign_id=launched.id)}


def _campaign(row: CampaignRow) -> models.Campaign:
    return fitted(campaign_document(row, application().codes), models.Campaign)
