"""Recording consent to get texts, by staff or with an enrolment (R16)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.consent import check_consent, lacks_consent
from ledger.domain.contact import Contact
from ledger.errors import Refused
from ledger.identity import Identity
from ledger.messages.consent_columns import WrittenConsent
from ledger.messages.contact_rows import Rows, in_batches
from ledger.reader import LedgerReader
from ledger.unit_of_work import Command, UnitOfWork

_READ_TOGETHER = 500


@dataclass(frozen=True, kw_only=True)
class RecordConsent(Command[None]):
    """Record for staff that the person gave consent.

    Refused while the number is opted out, and where consent of that time or later is recorded.
    Raises `BadInput` for a blank source, and for a time in the future. With a `request` it is done
    once.
    """

    contact_id: str
    phone: str
    """E.164; blank where it is not known."""
    source: str
    """How the person gave it, in the school's own words."""
    given_at: datetime
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> None:
        check_consent(self.source, self.given_at, work.now)
        contact = work.load(Contact, self.contact_id)
        if self.request in contact.requests:
            return
        if contact.is_opted_out:
            raise Refused(
                "This number is opted out. Opt it in first, if the person wants texts again."
            )
        if not contact.is_new_consent(self.given_at):
            raise Refused("Consent of that time or later is recorded already.")
        source = self.source.strip()
        work.append(
            contact.consent(self.by, self.phone, source, self.given_at, request=self.request)
        )


def record_written_consent(
    work: UnitOfWork, contact: Contact, written: WrittenConsent, phone: str, by: str
) -> None:
    """Append the consent in a row of a contact file, where it is new."""
    if contact.is_new_consent(written.given_at):
        work.append(contact.consent(by, phone, written.source, written.given_at))


def count_without_consent(reader: LedgerReader, identity: Identity, rows: Rows) -> int:
    """Return how many contacts of a file have given no consent, in the ledger or in the file.

    Opted-out contacts are not counted: they are left out in any case.
    """
    count = 0
    for part in in_batches(rows, _READ_TOGETHER):
        written = {identity.contact_id(row.phone): row.consent for row in part}
        for contact_id, contact in reader.load_all(Contact, written).items():
            consent = written[contact_id]
            is_given = consent is not None and contact.is_new_consent(consent.given_at)
            count += (
                not is_given and not contact.is_opted_out and lacks_consent(contact, is_reply=False)
            )
    return count
