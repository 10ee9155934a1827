"""Forgetting a contact: one commit withdraws what waits and destroys the contact's key.

Contacts that earlier versions made of the same phone are forgotten with it. The contact of the
phone's number is forgotten even if nothing is known of it, so that a later text is not stored.

Nobody can read afterwards what was sealed with the key; statuses, proofs and an opt-out stay. A
later upload of the number gets a new key.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from ledger.commands.consequences import withdraw_waiting
from ledger.commands.legal_holds import held_campaigns, held_campaigns_in
from ledger.commands.repository import Source
from ledger.commands.same_phone import UNKNOWN_CONTACT, contacts_with_data
from ledger.domain.campaign import Campaign
from ledger.domain.campaign_legal_holds import STREAM as CAMPAIGN_HOLDS
from ledger.domain.campaign_legal_holds import check_no_campaign_is_held
from ledger.domain.contact import Contact
from ledger.domain.events import ContactForgotten
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.vocabulary import Reason
from ledger.errors import NotFound, Refused
from ledger.identity import Identity
from ledger.reader import LedgerReader
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class ForgetContact(Command[int]):
    """Destroy the personal data of a contact; returns the number of withdrawn deliveries.

    Raises `NotFound` for an unknown contact, and `Refused` if no personal data was stored since it
    was last forgotten, and while a legal hold is on any contact of the phone, or on a campaign of
    any of them. With a `request` it is done once; a repeat returns 0.
    """

    is_alone: ClassVar[bool] = True

    contact_id: str
    by: str
    scope: Scope = EVERYTHING
    """What the person sees; a refusal names no campaign of another office."""
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id, CAMPAIGN_HOLDS]

    def decide(self, work: UnitOfWork) -> int:
        contact = work.load(Contact, self.contact_id)
        if self.request in contact.requests:
            return 0
        if not work.has_key(self.contact_id):
            _check_known(contact, has_deliveries=bool(work.deliveries_of(self.contact_id)))
        contacts = contacts_with_data(work, self.contact_id)
        held = held_campaigns_in(work, [each.contact_id for each in contacts])
        _check_not_held(work, held, self.scope)
        return sum(self._forget(work, forgotten) for forgotten in contacts)

    def _forget(self, work: UnitOfWork, contact: Contact) -> int:
        work.append(contact.forget(self.by, self.request))
        work.destroy_key(contact.contact_id)
        return withdraw_waiting(work, contact.contact_id, self.by, Reason.FORGOTTEN)


def check_forgettable(
    reader: LedgerReader,
    identity: Identity,
    contact_ids: Sequence[str],
    scope: Scope = EVERYTHING,
) -> None:
    """Raise what `ForgetContact` would raise now of the first of these, the contacts of a phone."""
    contact_id = contact_ids[0]
    contacts = reader.load_all(Contact, contact_ids)
    if not reader.subjects_with_key([contact_id]):
        has_deliveries = bool(reader.deliveries_of(contact_id))
        _check_known(contacts[contact_id], has_deliveries=has_deliveries)
    for contact in contacts.values():
        contact.legal_holds.check_forgettable()
    _check_not_held(reader, held_campaigns(reader, identity, contact_ids), scope)


def _check_not_held(source: Source, campaign_ids: Sequence[str], scope: Scope) -> None:
    seen = campaign_ids
    if campaign_ids and not scope.is_everything:
        campaigns = source.load_all(Campaign, campaign_ids)
        seen = [each for each, held in campaigns.items() if scope.sees(held.office_id)]
    check_no_campaign_is_held(seen, of_others=len(seen) < len(campaign_ids))


def _check_known(contact: Contact, *, has_deliveries: bool) -> None:
    """Raise for a contact without a key: it was forgotten, or is unknown."""
    if contact.was_forgotten:
        raise Refused("This contact has been forgotten already; nothing was stored since.")
    if not contact.exists and not has_deliveries:
        raise NotFound(UNKNOWN_CONTACT)


def not_forgotten_since(
    reader: LedgerReader, forgettings: Iterable[tuple[str, datetime]]
) -> list[str]:
    """Return the contacts whose forgetting this ledger lacks, such as one that was restored.

    `forgettings` are contact ids and times. A contact that was forgotten then or later is left out,
    and so is one that the ledger does not know.
    """
    wanted: dict[str, datetime] = {}
    for contact_id, at in forgettings:
        wanted[contact_id] = max(at, wanted.get(contact_id, at))
    return [
        contact_id
        for contact_id, at in wanted.items()
        if reader.subjects_with_key([contact_id])
        and not any(
            event.topic == ContactForgotten.topic and event.recorded_at >= at
            for event in reader.stream(contact_id)
        )
    ]
