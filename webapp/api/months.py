"""All campaigns by month."""

from flask import Blueprint
from msgspec import convert

from webapp.api.models import months as models
from webapp.api.operations import Answer, operation
from webapp.current import application
from webapp.followers import have_followers_read
from webapp.months import month_document, months_of
from webapp.permissions import Permission, needs
from webapp.shown_moment import past

blueprint = Blueprint("months", __name__, url_prefix="/months")


@blueprint.get("")
@operation("listMonths", tag="Campaigns", answer=models.Months, example=models.EXAMPLE)
@needs(Permission.SEE_STATUS)
def index(query: models.MonthsQuery) -> Answer[models.Months]:
    """Return a year of campaigns, by the month of their launch in the school's time zone.

    Without `year` it is the last one with campaigns.
    """
    if past() is None:
        have_followers_read(application())
    shown = months_of(query.year, query.office_id)
    document = {
        "year": shown.year,
        "years": list(shown.years),
        "months": [month_document(month) for month in shown.months],
    }
    return convert(document, models.Months)
