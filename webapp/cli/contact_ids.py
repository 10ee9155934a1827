"""Finds the contact that a command's NUMBER or ID means."""

from ledger.commands.same_phone import UNKNOWN_CONTACT, known_contact_id, known_contact_ids
from ledger.errors import BadInput, NotFound
from ledger.messages.phone_numbers import normalize
from webapp.bootstrap import Application
from webapp.cli.common import scope_of
from webapp.contact_ids import contact_ids_of_person

_ID_START = "con_"


def contact_id_of(app: Application, number_or_id: str) -> str:
    """Return the contact's id; raises `BadInput` if it is neither an id nor a number."""
    if number_or_id.startswith(_ID_START):
        return number_or_id
    ledger = app.ledger
    return known_contact_id(ledger.reader, ledger.identity, normalized(app, number_or_id))


def seen_contact_id_of(app: Application, number_or_id: str, by: str | None) -> str:
    """Return the contact's id for who acts; a number of other offices alone is an unknown one.

    Raises `NotFound` for such a number, and as `contact_id_of` does. Ids are checked by `actor`.
    """
    contact_id = contact_id_of(app, number_or_id)
    if not _is_seen(app, contact_id, by):
        raise NotFound(UNKNOWN_CONTACT)
    return contact_id


def told_withdrawn(app: Application, contact_id: str, withdrawn: int, by: str | None) -> int:
    """Return how many deliveries an opt-out withdrew, as far as who acts may know of them."""
    return withdrawn if _is_seen(app, contact_id, by) else 0


def _is_seen(app: Application, contact_id: str, by: str | None) -> bool:
    scope = scope_of(app, by)
    if scope.is_everything:
        return True
    app.views.catch_up()
    return app.within(scope).sees(contact_id)


def contact_ids_of(app: Application, number: str) -> list[str]:
    """Return all ids of the number; an earlier version may have given it more than one."""
    ledger = app.ledger
    phone = normalized(app, number)
    ids = list(known_contact_ids(ledger.reader, ledger.identity, phone))
    return ids or [ledger.identity.contact_id(phone)]


def person_ids_of(app: Application, number_or_id: str) -> list[str]:
    """Return all ids of the phone that the number, or the contact with that id, has."""
    if number_or_id.startswith(_ID_START):
        return contact_ids_of_person(app, number_or_id)
    return contact_ids_of(app, number_or_id)


def normalized(app: Application, number: str) -> str:
    """Return the E.164 number, with the school's region for one without; raises `BadInput`."""
    try:
        return normalize(number, app.settings.phone_region)
    except BadInput as error:
        raise BadInput(f"NUMBER cannot be used: {error}.") from error
