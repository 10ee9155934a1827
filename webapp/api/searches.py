"""The search over everything. It is posted, so that no address holds a name or a number."""

from flask import Blueprint

from ledger.errors import BadInput
from webapp.api.authentication import may
from webapp.api.fitting import fitted
from webapp.api.models import searches as models
from webapp.api.operations import Answer, operation
from webapp.api.problems import invalid
from webapp.current import application
from webapp.permissions import Permission, needs
from webapp.searching import Searcher
from webapp.shown_moment import until_seq

blueprint = Blueprint("searches", __name__, url_prefix="/search")


@blueprint.post("")
@operation(
    "searchEverything",
    tag="Search",
    answer=models.Found,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_SEARCH,
)
@needs(Permission.SEE_STATUS)
def search(query: models.SearchQuery, json: models.Search) -> Answer[models.Found]:
    """Find people and campaigns by words, and events by their number or a SID."""
    searcher = Searcher(
        app=application(),
        sees_numbers=may(Permission.SEE_NUMBERS),
        sees_words=may(Permission.SEE_WORDS),
        until=until_seq(),
    )
    try:
        found = searcher.search(json.words, query.limit)
    except BadInput as error:
        raise invalid(str(error), pointer="/words") from error
    document = {
        "people": [
            {
                "contact_id": each.contact_id,
                "phone": each.phone or None,
                "name": each.name or None,
                "campaigns": each.campaigns,
                "last_campaign": each.last_campaign or None,
                "student_ids": list(each.school_ids.students),
                "household_ids": list(each.school_ids.households),
            }
            for each in found.people
        ],
        "more_people": found.has_more_people,
        "campaigns": [{"id": each.campaign_id, "name": each.name} for each in found.campaigns],
        "events": [{"seq": each.seq, "summary": each.summary} for each in found.events],
        "complete": found.is_complete,
    }
    return fitted(document, models.Found)
