"""Opt-outs in ledgers of earlier versions, which hold for one of several contacts of a phone.

A STOP from `whatsapp:+1…` or from Mexico's `+521…` opted out a contact that is never texted. Once
in each ledger, such an opt-out is recorded for the other contacts of the phone as well.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from ledger.commands.consequences import record_opt_out
from ledger.commands.same_phone import first_phone, other_contacts, phone_in
from ledger.domain.actors import SENDER
from ledger.domain.contact import Contact
from ledger.domain.events import ContactOptedOut, OptingWords
from ledger.ledger import Ledger
from ledger.messages.phone_numbers import from_provider
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class ShareOptOut(Command[None]):
    """Record a contact's opt-out for the other contacts of the phone; a repeat changes nothing."""

    event: ContactOptedOut
    phone: str

    @property
    def streams(self) -> Collection[str]:
        return [self.event.contact_id]

    def decide(self, work: UnitOfWork) -> None:
        event, private = self.event, OptingWords(phone=self.phone)
        if not work.load(Contact, event.contact_id).is_opted_out:
            return
        for other in other_contacts(work, event.contact_id, self.phone):
            if other.is_new_opt_out(event.source):
                record_opt_out(work, replace(event, **other.header(SENDER), private=private))


def share_old_opt_outs(ledger: Ledger) -> None:
    """Share the opt-outs that earlier versions recorded; a repeat changes nothing."""
    sharing = []
    for event in _last_opt_outs(ledger.reader):
        phone = phone_in(event) or _enrolled_phone(ledger.reader, event.contact_id)
        number = from_provider(phone) if phone else None
        if number and ledger.identity.contact_ids(number) != (event.contact_id,):
            sharing.append(ledger.execute(ShareOptOut(event, number)))
    for shared in sharing:
        shared.result()


def _last_opt_outs(reader: LedgerReader) -> Collection[ContactOptedOut]:
    """Return the last opt-out of each contact that was ever opted out."""
    events = [row.event for row in reader.search(Search(topics=(ContactOptedOut.topic,)))]
    return {e.contact_id: e for e in events if isinstance(e, ContactOptedOut)}.values()


def _enrolled_phone(reader: LedgerReader, contact_id: str) -> str | None:
    enrolments = reader.first_events(reader.deliveries_of(contact_id))
    return first_phone(enrolled.event for enrolled in enrolments)
