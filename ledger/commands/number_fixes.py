"""Marking a number as fixed: staff corrected it in the school's records."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.domain.contact import Contact
from ledger.errors import NotFound
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class MarkNumberFixed(Command[None]):
    """Take a number off the numbers to fix, until a text to it fails again.

    Whether it is one of them is derived from the ledger; who executes this looks before. Raises
    `NotFound` for a number that was never texted. With a `request` it is done once.
    """

    contact_id: str
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> None:
        if not work.deliveries_of(self.contact_id):
            raise NotFound("No campaign has texted this contact; check the number.")
        contact = work.load(Contact, self.contact_id)
        if self.request not in contact.requests:
            work.append(contact.mark_fixed(self.by, self.request))
