"""Numbers that cannot be reached: the list, and marking one as fixed."""

from flask import Blueprint

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.errors import Refused
from projections.numbers_to_fix.queries import NumberFilter
from webapp.acts import CHANGE_CONTACT
from webapp.api.authentication import caller
from webapp.api.chosen_person import seen_person
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import numbers_to_fix as models
from webapp.api.models.people import EXAMPLE_CHOICE, ContactChanged, PersonChoice
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.documents import number_to_fix_document
from webapp.followers import have_followers_read
from webapp.number_fixes import mark_number_fixed
from webapp.permissions import Permission, needs
from webapp.shown_moment import numbers_to_fix, until_seq

blueprint = Blueprint("numbers_to_fix", __name__, url_prefix="/numbers-to-fix")

_TAG = "Numbers to fix"


@blueprint.get("")
@operation(
    "listNumbersToFix",
    tag=_TAG,
    answer=models.NumberToFixPage,
    example=models.EXAMPLE_PAGE,
)
@needs(Permission.TAKE_LISTS)
def index(query: models.NumberToFixQuery) -> Answer[models.NumberToFixPage]:
    """List the numbers that cannot be reached, the newest first."""
    app, cursors = application(), Cursors(query)
    have_followers_read(app)
    which = NumberFilter(query.fault, query.campaign_id, before=cursors.place())
    page = numbers_to_fix().page(which, query.limit)
    export = Export(
        kind=ExportKind.NUMBERS_TO_FIX,
        form="api",
        campaign_id=query.campaign_id,
        until=until_seq(),
    )
    app.access_recorder.api_read(caller().actor, export)
    cursor = cursors.cursor(page.next_before)
    items = [number_to_fix_document(row) for row in page.rows]
    return fitted({"items": items, "next": cursor}, models.NumberToFixPage), next_link(cursor)


@blueprint.post("/fixed")
@operation(
    "markNumberFixed",
    tag=_TAG,
    answer=ContactChanged,
    example=models.EXAMPLE_MARKED,
    request_example=EXAMPLE_CHOICE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CONTACT)
def mark_fixed(json: PersonChoice) -> Answer[ContactChanged]:
    """Mark a number as corrected in the school's records.

    Where it is not one of those to fix, nothing changes and `changed` is false. It returns to the
    list if a text to it fails again.
    """
    person = seen_person(json)
    try:
        request = request_id(f"mark fixed {person.contact_id}")
        mark_number_fixed(application(), person.contact_id, caller().actor, request)
    except Refused:
        return ContactChanged(contact_id=person.contact_id, changed=False)
    return ContactChanged(contact_id=person.contact_id, changed=True)
