"""Enrolling contacts in a campaign, and withdrawing those that may not be texted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.commands.consent import record_written_consent
from ledger.domain.consent import lacks_consent
from ledger.domain.contact import Contact
from ledger.domain.delivery import Delivery
from ledger.domain.events import ContactEnrolled, Person
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import Reason
from ledger.identity import Identity
from ledger.lazy_property import lazy_property
from ledger.messages.contact_rows import ContactFileRow
from ledger.unit_of_work import Command, UnitOfWork

_ENROLLED = rank(1, Stage.ENROLLED)


@dataclass(frozen=True, kw_only=True)
class EnrolContacts(Command[None]):
    """Enrol rows of the contact file with their consent; withdraw contacts that may not be texted.

    Contacts that are enrolled already are left as they are. `offset` is the number of rows before
    these.
    """

    identity: Identity
    campaign_id: str
    rows: Sequence[ContactFileRow]
    offset: int
    zone: str
    """The time zone of contacts without their own."""
    by: str
    requires_consent: bool = False
    leaves_out_landlines: bool = False

    @property
    def streams(self) -> Collection[str]:
        events = self.prepared_events
        return [*(e.contact_id for e in events), *(e.delivery_id for e in events)]

    @lazy_property
    def prepared_events(self) -> Sequence[ContactEnrolled]:
        """One enrolment for each row; none depends on what is in the ledger."""
        return [
            self._enrolled(row, position) for position, row in enumerate(self.rows, self.offset + 1)
        ]

    def decide(self, work: UnitOfWork) -> None:
        events = self.prepared_events
        contacts = work.load_all(Contact, [event.contact_id for event in events])
        for event, row in zip(events, self.rows, strict=True):
            if work.has_events(event.delivery_id):
                continue
            contact = contacts[event.contact_id]
            work.append(event)
            if row.consent:
                record_written_consent(work, contact, row.consent, row.phone, self.by)
                contact = work.load(Contact, event.contact_id)
            if reason := self._why_not_to_text(contact, work.now):
                delivery = Delivery.from_events(event.delivery_id, [event])
                work.append(delivery.withdraw(self.by, reason))

    def _why_not_to_text(self, contact: Contact, now: datetime) -> Reason | None:
        if contact.is_opted_out:
            return Reason.OPTED_OUT
        if self.requires_consent and lacks_consent(contact, is_reply=False):
            return Reason.NO_CONSENT
        if self.leaves_out_landlines and contact.is_landline(now):
            return Reason.LANDLINE
        return None

    def _enrolled(self, row: ContactFileRow, position: int) -> ContactEnrolled:
        contact_id = self.identity.contact_id(row.phone)
        return ContactEnrolled(
            originator_id=self.identity.delivery_id(self.campaign_id, contact_id),
            originator_version=1,
            actor=self.by,
            campaign_id=self.campaign_id,
            contact_id=contact_id,
            turn=1,
            rank=_ENROLLED,
            position=position,
            private=Person(
                phone=row.phone, name=row.name, fields=dict(row.fields), rows=row.file_rows
            ),
            zone=row.zone or self.zone,
        )
