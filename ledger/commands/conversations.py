"""What staff decide about a conversation: that it needs no reply, and who looks after it."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.domain.contact import Contact
from ledger.domain.offices import EVERYTHING, Scope
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class FinishConversation(Command[None]):
    """Record that the texts of a person need no reply, until the person writes again.

    A repeat does nothing; that of a `request` also where the person wrote since. Refused where the
    person never wrote.
    """

    contact_id: str
    by: str
    scope: Scope = EVERYTHING
    """The offices for whose texts it counts."""
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> None:
        contact, office_ids = work.load(Contact, self.contact_id), self.scope.office_ids or ()
        if event := contact.finish_conversation(self.by, self.request, office_ids):
            work.append(event)


@dataclass(frozen=True)
class AssignConversation(Command[None]):
    """Record which user looks after a conversation; None: nobody. A repeat does nothing.

    A repeat of a `request` undoes no later assignment. The caller checks that there is such a user,
    and such a conversation.
    """

    contact_id: str
    assignee: str | None
    by: str
    scope: Scope = EVERYTHING
    """The offices for which somebody looks after it."""
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [self.contact_id]

    def decide(self, work: UnitOfWork) -> None:
        contact = work.load(Contact, self.contact_id)
        office_ids = self.scope.office_ids or ()
        if event := contact.assign_conversation(self.by, self.assignee, self.request, office_ids):
            work.append(event)
