"""Marking numbers as fixed, for their page, the command and the API."""

from ledger.commands.number_fixes import MarkNumberFixed
from ledger.domain.contact import Contact
from ledger.errors import Refused
from webapp.bootstrap import Application


def mark_number_fixed(
    app: Application, contact_id: str, by: str, request: str | None = None
) -> None:
    """Record that a number was corrected. Raises `Refused` for one that is not to be fixed.

    The same `request` does so once.
    """
    if request in app.ledger.reader.load(Contact, contact_id).requests:
        return
    app.views.follow()
    if app.numbers_to_fix.of_contact(contact_id) is None:
        raise Refused("This number is no longer on the list: it was fixed, or reached, meanwhile.")
    app.ledger.execute(MarkNumberFixed(contact_id, by, request)).result()
