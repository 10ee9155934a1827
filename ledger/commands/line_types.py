"""Recording what kind of line a number is, as the provider looked it up."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.domain.contact import Contact
from ledger.domain.vocabulary import LineType
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class RecordLineType(Command[None]):
    """Record the line type of a contact's number, unless a recent look-up is recorded.

    `phone` is the E.164 number. None as the line type: the provider does not know it.
    """

    contact_id: str
    phone: str
    line_type: LineType | None
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> None:
        contact = work.load(Contact, self.contact_id)
        if not contact.has_recent_look_up(work.now):
            work.append(contact.look_up(self.by, self.phone, self.line_type, work.now))
