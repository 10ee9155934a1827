"""People whom the school texts: a search by name or number, and one of them with all campaigns."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint

from ledger.commands.same_phone import known_contact_ids
from ledger.domain.contact import Contact
from projections.campaigns.rows import ContactRow
from projections.names import Person
from projections.tables.school_ids import SchoolIds
from webapp.api.chosen_person import check_contact, normalized
from webapp.api.deliveries import delivery_documents, record_read
from webapp.api.fitting import fitted
from webapp.api.models import contacts as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.documents import iso
from webapp.explain.sentences import plain
from webapp.explained_contact import explained_contact, why_of
from webapp.people_named import people_named
from webapp.permissions import Permission, needs
from webapp.shown_moment import names, status, until_seq
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")

_TAG = "People"


@blueprint.post("/search")
@operation(
    "searchContacts",
    tag=_TAG,
    answer=models.FoundContacts,
    example=models.EXAMPLE_FOUND,
    request_example=models.EXAMPLE_SEARCH,
)
@needs(Permission.SEE_NUMBERS)
def search(
    query: models.ContactSearchQuery, json: models.ContactSearch
) -> Answer[models.FoundContacts]:
    """Find people by name or number, and with that the ids by which all else is asked for.

    It is posted, so that no address holds a name or number.
    """
    if (json.name is None) == (json.phone is None):
        raise invalid("Send either `name` or `phone`.", pointer="/name")
    if json.phone is not None:
        people = _with_number(normalized(json.phone))
    else:
        people = people_named(application(), json.name or "", query.limit + 1, until=until_seq())
    items = [_document(person) for person in people[: query.limit]]
    more = len(people) > query.limit
    return fitted({"items": items, "more": more}, models.FoundContacts)


@blueprint.get("/<contact_id>")
@operation(
    "getContact",
    tag=_TAG,
    answer=models.Contact,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(Permission.SEE_STATUS)
def show(query: MomentQuery, contact_id: str) -> Answer[models.Contact]:
    """Return a person with the status in each campaign, and why it is so.

    The campaigns are those of the phone, whatever ids earlier versions gave to it.
    """
    del query  # its moment was read
    check_contact(contact_id)
    app = application()
    _, *others = contact_ids = contact_ids_of_person(app, contact_id)
    contact = SoundAggregates(app.ledger.reader, until_seq()).load(Contact, contact_id)
    person = names().people([contact_id])[contact_id]
    rows = [row for each in contact_ids for row in status().deliveries_to(each)]
    record_read(contact_id=contact_id)
    more = {
        "forgotten_at": iso(person.forgotten_at),
        "opted_out": contact.is_opted_out,
        "same_phone": others,
        **_family(contact_ids),
        "deliveries": _deliveries(rows),
    }
    return fitted(_document(person) | more, models.Contact)


def _with_number(phone: str) -> Sequence[Person]:
    """Return the person with this number, under each id; nobody who is not known at the moment."""
    ledger = application().ledger
    ids = known_contact_ids(ledger.reader, ledger.identity, phone, until=until_seq())
    return list(names().people(list(ids)).values())


def _family(contact_ids: Sequence[str]) -> dict[str, Any]:
    """Return the ids of the school, and the others who share a student or a household."""
    until, search = until_seq(), application().people_search
    if until is not None:
        search = search.as_of(until)
    ids = search.school_ids(contact_ids)
    own = next(iter(ids.values()), SchoolIds())
    relatives = names().people(search.relatives(contact_ids)).values() if ids else ()
    return {
        "student_ids": list(own.students),
        "household_ids": list(own.households),
        "relatives": [_document(each) for each in relatives if each.name or each.phone],
    }


def _document(person: Person) -> dict[str, Any]:
    return {
        "contact_id": person.contact_id,
        "phone": person.phone or None,
        "name": person.name or None,
    }


def _deliveries(rows: Sequence[ContactRow]) -> list[dict[str, Any]]:
    return [
        document | {"campaign": row.campaign_name, "why": _why(row.delivery_id)}
        for row, document in zip(rows, delivery_documents(rows), strict=True)
    ]


def _why(delivery_id: str) -> str | None:
    history = explained_contact(delivery_id).history()
    return plain(why_of(history).sentence) if history else None
