"""Legal holds: while one is in force, the contact cannot be forgotten.

A legal hold is on the phone, so it is recorded for every contact of it. A phone may have several,
such as for two lawsuits, each with a number; the forgetting waits for the last of them.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.commands.same_phone import contacts_with_data, phone_of
from ledger.domain.contact import Contact
from ledger.errors import BadInput, NotFound, Refused
from ledger.unit_of_work import Command, UnitOfWork

LONGEST_REASON = 500
"""Characters."""


@dataclass(frozen=True)
class PlaceLegalHold(Command[int]):
    """Keep a contact from being forgotten; returns the number of the legal hold.

    Raises `BadInput` for a reason that is blank or too long, `NotFound` for an unknown contact, and
    `Refused` where nothing that a forgetting could destroy is stored.
    """

    contact_id: str
    reason: str
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> int:
        reason = _checked_reason(self.reason)
        contact = work.load(Contact, self.contact_id)
        if not work.has_key(self.contact_id):
            raise _nothing_to_hold(contact)
        phone = phone_of(work, self.contact_id)
        contacts = [
            each
            for each in contacts_with_data(work, self.contact_id)
            if work.has_key(each.contact_id)
        ]
        number = max(each.legal_holds.last for each in contacts) + 1
        for each in contacts:
            work.append(each.place_legal_hold(self.by, number, phone or "", reason))
        return number


@dataclass(frozen=True)
class ReleaseLegalHold(Command[int]):
    """End a legal hold; returns its number. Without `number`, the only one in force.

    Raises `BadInput` where several are in force and none is named, and `Refused` where the legal
    hold is not in force.
    """

    contact_id: str
    by: str
    number: int | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> int:
        contacts = contacts_with_data(work, self.contact_id)
        in_force = sorted({number for each in contacts for number in each.legal_holds.in_force})
        number = _chosen(self.number, in_force)
        for each in contacts:
            if number in each.legal_holds.in_force:
                work.append(each.release_legal_hold(self.by, number))
        return number


def _checked_reason(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise BadInput("Say why the data must be kept, such as the name of the case.")
    if len(words) > LONGEST_REASON:
        raise BadInput(f"The reason may have {LONGEST_REASON} characters.")
    return words


def _nothing_to_hold(contact: Contact) -> NotFound | Refused:
    if contact.was_forgotten:
        return Refused(
            "This contact has been forgotten and nothing was stored since, so that a legal hold "
            "would keep nothing."
        )
    return NotFound("Nothing is known of this contact; check the number.")


def _chosen(number: int | None, in_force: list[int]) -> int:
    numbers = " and ".join(map(str, in_force))
    if not in_force:
        raise Refused("No legal hold is in force for this contact.")
    if number is None and len(in_force) > 1:
        raise BadInput(f"The legal holds {numbers} are in force. Say which one has ended.")
    if number is not None and number not in in_force:
        raise Refused(f"Legal hold {number} is not in force for this contact. In force: {numbers}.")
    return in_force[0] if number is None else number
