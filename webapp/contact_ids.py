"""The ids of one person's contacts, for pages and commands."""

from ledger.commands.same_phone import known_contact_ids
from webapp.bootstrap import Application


def contact_ids_of_person(app: Application, contact_id: str) -> list[str]:
    """Return the id and those of the other contacts of its phone, which earlier versions made."""
    phone = app.names.people([contact_id])[contact_id].phone
    known = known_contact_ids(app.ledger.reader, app.ledger.identity, phone) if phone else ()
    return list(dict.fromkeys([contact_id, *known]))
