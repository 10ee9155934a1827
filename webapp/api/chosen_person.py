"""The person whom a request names in its body, by the id of the contact or by the number."""

from dataclasses import dataclass

from ledger.commands.same_phone import UNKNOWN_CONTACT
from ledger.errors import BadInput, NotFound
from ledger.messages.phone_numbers import normalize
from ledger.store.search import Search
from webapp.api.models.people import PersonChoice
from webapp.api.problems import invalid
from webapp.current import application
from webapp.shown_moment import until_seq

_ONE_OF = "Send either `contact_id` or `phone`."


@dataclass(frozen=True)
class ChosenPerson:
    """A contact; `phone` is None once it was forgotten."""

    contact_id: str
    phone: str | None


def chosen_person(json: PersonChoice) -> ChosenPerson:
    """Return whom a request names. A number need not have been texted.

    Raises `NotFound` for an unknown id, and `ProblemFound`.
    """
    if (json.contact_id is None) == (json.phone is None):
        raise invalid(_ONE_OF, pointer="/contact_id")
    if json.phone is not None:
        phone = normalized(json.phone)
        return ChosenPerson(application().ledger.identity.contact_id(phone), phone)
    return known_person(json.contact_id or "")


def seen_person(json: PersonChoice) -> ChosenPerson:
    """Return whom a request names, where a campaign that the caller sees has the person.

    Raises as `chosen_person` does, and `NotFound` for somebody of other offices alone.
    """
    person = chosen_person(json)
    if not application().sees(person.contact_id):
        raise NotFound(UNKNOWN_CONTACT)
    return person


def known_person(contact_id: str) -> ChosenPerson:
    """Return the person with this id. Raises `NotFound` for an id without events."""
    app = application()
    check_contact(contact_id)
    return ChosenPerson(contact_id, app.names.people([contact_id])[contact_id].phone or None)


def check_contact(contact_id: str) -> None:
    """Raise `NotFound` for an id without events at the moment that is shown."""
    reader, until, search = (
        application().ledger.reader,
        until_seq(),
        Search(contact_ids=(contact_id,)),
    )
    found = search if until is None else search.ending_before(until + 1)
    if not reader.search(found, limit=1):
        when = "" if until is None else f" at #{until}"
        raise NotFound(f"There is no contact {contact_id}{when}.")


def normalized(number: str) -> str:
    """Return the number in E.164. Raises `ProblemFound`."""
    try:
        return normalize(number, application().settings.phone_region)
    except BadInput as error:
        raise invalid(f"The number cannot be used: {error}.", pointer="/phone") from error
