"""Commands on offices: each appends one event to their stream."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from ledger.domain.events import OfficeEvent
from ledger.domain.offices import STREAM, Offices
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class ChangeOffices(Command[None]):
    """Do one act on the offices: `act` makes its event, or refuses it.

    An act that names a `request` is done once.
    """

    act: Callable[[Offices], OfficeEvent]
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        offices = work.load(Offices, STREAM)
        if self.request not in offices.requests:
            work.append(replace(self.act(offices), request=self.request))


def check_office(work: UnitOfWork, office_id: str | None) -> None:
    """Raise `NotFound`, and `Refused` for an office into which nothing is launched any more."""
    if office_id is not None:
        work.load(Offices, STREAM).check_open(office_id)
