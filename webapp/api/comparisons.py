"""What changed between two moments: in the ledger, in one campaign, and for one contact."""

from flask import Blueprint

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.models import comparisons as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.as_of import BadMoment, is_present, past_of
from webapp.comparing import Moments, compare_campaign, compare_contacts, compare_totals
from webapp.comparison_documents import campaign_document, contact_document, totals_document
from webapp.current import application
from webapp.permissions import Permission, needs
from webapp.shown_moment import past, status

blueprint = Blueprint("comparisons", __name__)

_TAG = "Comparisons"


@blueprint.get("/compare")
@operation("compareTotals", tag=_TAG, answer=models.TotalsComparison, example=models.EXAMPLE_TOTALS)
@needs(Permission.TAKE_LISTS)
def totals(query: models.ComparisonQuery) -> Answer[models.TotalsComparison]:
    """Compare the counts of all campaigns at two moments."""
    moments = _moments(query)
    document = totals_document(moments, compare_totals(application(), moments))
    _record(moments)
    return fitted(document, models.TotalsComparison)


@blueprint.get("/campaigns/<campaign_id>/compare")
@operation(
    "compareCampaign",
    tag=_TAG,
    answer=models.CampaignComparison,
    example=models.EXAMPLE_CAMPAIGN,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.TAKE_LISTS)
def campaign(query: models.ComparisonQuery, campaign_id: str) -> Answer[models.CampaignComparison]:
    """Compare a campaign at two moments: what was done to it, and all contacts that changed."""
    app, moments = application(), _moments(query)
    comparison = compare_campaign(app, moments, campaign_id)
    document = campaign_document(app, moments, comparison)
    _record(moments, campaign_id=campaign_id)
    return fitted(document, models.CampaignComparison)


@blueprint.get("/deliveries/<delivery_id>/compare")
@operation(
    "compareDelivery",
    tag=_TAG,
    answer=models.ContactComparison,
    example=models.EXAMPLE_CONTACT,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.TAKE_LISTS)
def contact(query: models.ComparisonQuery, delivery_id: str) -> Answer[models.ContactComparison]:
    """Compare one contact of a campaign at two moments, with the events in between."""
    moments = _moments(query)
    status().contact(delivery_id)  # refuses an unknown one before anything is compared
    (change,) = compare_contacts(application(), moments, [delivery_id])
    _record(moments, contact_id=change.after.contact_id)
    return fitted(contact_document(moments, change), models.ContactComparison)


def _moments(query: models.ComparisonQuery) -> Moments:
    """Return both moments. Raises `ProblemFound`, also where the earlier one comes second."""
    app, shown = application(), past()
    reader = app.ledger.reader
    head, now = str(reader.head()), app.clock.now()
    at = shown.at if shown and shown.at else now
    try:
        first = past_of(reader, head if is_present(query.first) else query.first, at)
    except BadMoment as error:
        raise invalid(str(error), parameter="from") from error
    moments = Moments(first, shown or past_of(reader, head, at), shown is None)
    moments.check_order()
    return moments


def _record(moments: Moments, **of: str) -> None:
    export = Export(kind=ExportKind.COMPARISON, form="api", until=moments.last.seq, **of)
    application().access_recorder.api_read(caller().actor, export)
