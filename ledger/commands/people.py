"""The command that records a change of somebody's account.

Whether the change is allowed is decided where the accounts are, before this command.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ledger.domain.events import AccountEvent, Header
from ledger.domain.people import STREAM, People
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class RecordAccountChange(Command[int]):
    """Record a change; return its number in the stream of all changes, from 1."""

    by: str
    change: Callable[[Header], AccountEvent]

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> int:
        event = self.change(work.load(People, STREAM).header(self.by))
        work.append(event)
        return event.originator_version
