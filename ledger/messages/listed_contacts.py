"""Contacts that another program sends one by one, read by the rules of contact files.

    ListedContact(phone="+14155550101", name="Ada Lovelace", fields={"first_name": "Ada"})

Each becomes a row of a table whose headings are known. Its `line` is its place in the list, from 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.messages.contact_file import ParsedContacts, contacts_of
from ledger.messages.contact_header import Header
from ledger.messages.contact_table import Records, Table
from ledger.messages.message_variants import MessageTemplate
from ledger.messages.written_times import WrittenTimes

_HEADINGS = ("phone", "name", "time_zone", "consent_source", "consent_given_at")
_ABOVE = -1
"""The line of the headings, which nobody sent."""


@dataclass(frozen=True, kw_only=True)
class ListedContact:
    """A contact as it was sent; nothing of it is checked."""

    phone: str
    name: str = ""
    zone: str = ""
    consent_source: str = ""
    consent_given_at: str = ""
    fields: Mapping[str, str]
    """Merge field → value."""

    def cells(self, more_headings: Sequence[str]) -> list[str]:
        """Return the row of this contact."""
        known = (self.phone, self.name, self.zone, self.consent_source, self.consent_given_at)
        return [*known, *(self.fields.get(heading, "") for heading in more_headings)]


def read_listed_contacts(
    contacts: Sequence[ListedContact],
    *,
    region: str,
    template: MessageTemplate,
    skip_invalid: bool,
    times: WrittenTimes,
) -> ParsedContacts:
    """Return the contacts that can be texted, and the others; see `read_contacts`."""
    used = _columns_used(contacts)
    more = list(dict.fromkeys(name for each in contacts for name in each.fields))
    more = [name for name in more if name not in _HEADINGS]

    def records() -> Records:
        for line, contact in enumerate(contacts):
            cells = contact.cells(more)
            yield line, [*(cells[index] for index in used), *cells[len(_HEADINGS) :]]

    headings = (*(_HEADINGS[index] for index in used), *more)
    return contacts_of(
        Table(records),
        Header(_ABOVE, headings, phone=0),
        encoding="UTF-8",
        region=region,
        template=template,
        skip_invalid=skip_invalid,
        times=times,
    )


def _columns_used(contacts: Sequence[ListedContact]) -> list[int]:
    """Return which of the known columns have a value; that of the number is always one.

    A column of consents, for example, says that consents were asked for.
    """
    cells = [contact.cells(()) for contact in contacts]
    return [index for index in range(len(_HEADINGS)) if not index or any(c[index] for c in cells)]
