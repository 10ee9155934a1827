"""The commands that record a change of somebody's account, and shut somebody out.

Whether the change is allowed is decided where the accounts are, before this command.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ledger.domain.events import AccountEvent, Header
from ledger.domain.people import STREAM, People
from ledger.domain.permalink import Permalink
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


@dataclass(frozen=True)
class RecordLeaving(Command[tuple[int, int]]):
    """Record that somebody is shut out, and revoke the open permalinks among those given.

    All of it is one commit. Returns the number of the change, as `RecordAccountChange` does, and
    how many permalinks were revoked.
    """

    leaving: RecordAccountChange
    permalink_ids: Collection[str]

    @property
    def streams(self) -> Collection[str]:
        return [*self.leaving.streams, *self.permalink_ids]

    def decide(self, work: UnitOfWork) -> tuple[int, int]:
        version = self.leaving.decide(work)
        permalinks = [work.load(Permalink, each) for each in self.permalink_ids]
        revoked = [
            each.revoke(self.leaving.by, work.now) for each in permalinks if each.is_open(work.now)
        ]
        for event in revoked:
            work.append(event)
        return version, len(revoked)
