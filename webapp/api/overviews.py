"""The numbers of a whole campaign, and the texts of it that no carrier confirms."""

from typing import Any

from flask import Blueprint

from ledger.domain.unconfirmed import unconfirmed_before
from webapp.acts import ACCOUNT_FOR, CHANGE_CAMPAIGN
from webapp.api.authentication import caller, may
from webapp.api.deliveries import delivery_documents
from webapp.api.fitting import fitted
from webapp.api.models import deliveries
from webapp.api.models import overviews as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.campaign_overview import campaign_overview
from webapp.current import application
from webapp.documents import iso
from webapp.followers import have_followers_read
from webapp.permissions import Permission, needs
from webapp.shown_moment import overviews, past, status, unconfirmed
from webapp.unconfirmed import account_for_unconfirmed

blueprint = Blueprint("overviews", __name__, url_prefix="/campaigns/<campaign_id>")

_TAG = "Campaigns"


@blueprint.get("/overview")
@operation(
    "getOverview",
    tag=_TAG,
    answer=models.CampaignOverview,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def show(query: MomentQuery, campaign_id: str) -> Answer[models.CampaignOverview]:
    """Return how far a campaign is, why texts failed, and how fast texts arrived."""
    del query  # its moment was read
    app = application()
    if past() is None:
        have_followers_read(app)
    campaign = status().campaign(campaign_id)
    names = {str(key): name for key, name in app.accounts.names().items()}
    shown = campaign_overview(campaign, names, None, may_act=may(CHANGE_CAMPAIGN))
    numbers, counts = overviews().campaign(campaign_id), campaign.counts
    document: dict[str, Any] = {
        "campaign_id": campaign_id,
        "sentence": f"{shown.sentence.lede} {shown.sentence.then}".strip(),
        "total": counts.total,
        "delivered": counts.delivered,
        "pending": counts.pending,
        "failed": counts.failed,
        "failed_share": shown.failed_share,
        "delivered_last_ten_minutes": shown.delivered_lately,
        "unconfirmed": shown.unconfirmed,
        "next_try": iso(shown.next_try),
        "resendable": shown.resendable,
        "attempts": shown.started,
        "failures": [
            {
                "label": each.label,
                "reason": each.reason,
                "codes": list(each.codes),
                "contacts": each.contacts,
                "advice": each.advice,
                "resendable": each.is_resendable,
            }
            for each in shown.failures
        ],
        "changes": [
            {
                "age_seconds": each.age_seconds,
                "started": each.started,
                "delivered": each.delivered,
                "failed": each.failed,
                "resent": each.resent,
            }
            for each in numbers.changes
        ],
        "delivery_times": [
            {"seconds": seconds, "texts": texts} for seconds, texts in sorted(numbers.times.items())
        ],
    }
    return fitted(document, models.CampaignOverview)


@blueprint.get("/unconfirmed")
@operation(
    "listUnconfirmed",
    tag=_TAG,
    answer=models.UnconfirmedPage,
    example=models.UnconfirmedPage(
        count=1, items=[deliveries.Delivery(**deliveries.EXAMPLE_FIELDS)]
    ),
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_STATUS)
def index(query: models.UnconfirmedQuery, campaign_id: str) -> Answer[models.UnconfirmedPage]:
    """List the contacts whose text was sent three days ago and that no carrier confirmed."""
    status().campaign(campaign_id)
    moment = past()
    before = unconfirmed_before((moment and moment.at) or application().clock.now())
    texts = unconfirmed().texts(campaign_id, before, query.limit)
    rows = [status().contact(text.delivery_id) for text in texts]
    document = {
        "count": unconfirmed().count(campaign_id, before),
        "items": list(delivery_documents(rows)),
    }
    return fitted(document, models.UnconfirmedPage)


@blueprint.post("/unconfirmed/account-for")
@operation(
    "accountForUnconfirmed",
    tag=_TAG,
    answer=models.AccountedFor,
    example=models.EXAMPLE_ACCOUNTED,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(ACCOUNT_FOR)
def account_for(campaign_id: str) -> Answer[models.AccountedFor]:
    """Expect no report any more on these texts, so that the campaign can be complete.

    The contacts stay pending, and a later report still counts. A repeat does what is left.
    """
    done = account_for_unconfirmed(application(), campaign_id, caller().actor)
    return models.AccountedFor(texts=done.texts, complete=done.is_complete)
