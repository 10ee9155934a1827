"""The phone list of a campaign: whom its texts did not reach."""

from flask import Blueprint

from ledger.commands.access import Export
from ledger.domain.vocabulary import ExportKind
from ledger.errors import Refused
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.models import phone_lists as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.explain.numbers import number
from webapp.permissions import Permission, needs
from webapp.reports.phone_list import MOST_ROWS, PhoneList
from webapp.shown_moment import seq_and_time

blueprint = Blueprint("phone_lists", __name__, url_prefix="/campaigns/<campaign_id>")

_TOO_LONG = (
    f"A phone list of more than {number(MOST_ROWS)} contacts is made as a CSV alone: on its page, "
    "or by `delivery-ledger campaign phone-list --csv`."
)


@blueprint.get("/phone-list")
@operation(
    "getPhoneList",
    tag="Contacts of a campaign",
    answer=models.PhoneList,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(Permission.TAKE_LISTS)
def show(query: MomentQuery, campaign_id: str) -> Answer[models.PhoneList]:
    """List whom to call: contacts that failed, or that no carrier confirmed for three days.

    A contact is one item, also with several rows in the file. They are in the order of the name.
    Refused for more than 2,000.
    """
    del query  # its moment was read
    app = application()
    phone_list = PhoneList.of(app, campaign_id, *seq_and_time())
    if phone_list.expected_rows > MOST_ROWS:
        raise Refused(_TOO_LONG)
    seq = phone_list.order.up_to
    export = Export(kind=ExportKind.CONTACTS, form="api", campaign_id=campaign_id, until=seq)
    app.access_recorder.api_read(caller().actor, export)
    document = {
        "campaign_id": campaign_id,
        "seq": seq,
        "headings": list(phone_list.file_headings),
        "items": list(phone_list.documents()),
    }
    return fitted(document, models.PhoneList)
