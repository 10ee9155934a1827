"""The names of contact lists: nobody sees two lists of one name.

A name is sealed, so the views say which list has it. What was recorded since they were read is
looked at under the writer's lock, so that two uploads at the same time cannot take one name.
"""

from dataclasses import dataclass

from ledger.domain.contact_list import ContactList
from ledger.domain.events import ContactListMade, ContactListRenamed
from ledger.domain.names import name_key
from ledger.domain.offices import EVERYTHING, Scope
from ledger.errors import BadInput
from ledger.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class FreeName:
    """A name for a list, which no other list that somebody sees had right after a seq."""

    name: str
    seq: int
    scope: Scope = EVERYTHING
    """What they see; a list without an office is seen by everybody."""


def name_taken(name: str) -> BadInput:
    """Return the refusal of a name that another list has."""
    return BadInput(
        f"There is a contact list “{name}” already. Upload the file as its next version, or choose "
        "another name."
    )


def check_still_free(work: UnitOfWork, free: FreeName, list_id: str) -> None:
    """Raise `BadInput` where another list got the name after the seq."""
    given: list[ContactListMade | ContactListRenamed] = [
        *work.recorded_after(free.seq, ContactListMade),
        *work.recorded_after(free.seq, ContactListRenamed),
    ]
    names = {event.list_id: event.private.name for event in given if event.private}
    for other_id, name in names.items():
        if other_id != list_id and name_key(name) == name_key(free.name):
            other = work.load(ContactList, other_id)
            is_seen = other.office_id is None or free.scope.sees(other.office_id)
            if is_seen and not other.is_deleted:
                raise name_taken(name)
