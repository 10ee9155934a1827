"""The contact list that `--list` names, and its contacts, for the commands that have it."""

from ledger.messages.contact_file import ParsedContacts
from ledger.messages.message_variants import MessageTemplate
from webapp.bootstrap import Application
from webapp.cli.common import scope_of
from webapp.cli.contact_files import ContactFileChoice, parse_contacts
from webapp.contact_lists import ListContacts


def list_of(app: Application, by: str | None, words: str) -> str:
    """Return the id of the list with that name or id; raises `NotFound` and `BadInput`."""
    app.views.catch_up()
    return app.within(scope_of(app, by)).contact_lists.named(words).list_id


def parse_list(
    app: Application,
    template: MessageTemplate,
    contacts: ListContacts,
    chosen: ContactFileChoice,
    *,
    skip_invalid: bool,
) -> ParsedContacts:
    """Return the contacts of a version of a list; raises `Refused` where none is left."""
    phone_column = chosen.phone_column or contacts.phone_heading
    with contacts.opened() as file:
        return parse_contacts(app.settings, template, file, phone_column, skip_invalid=skip_invalid)
