"""The sending switch: no attempt of any campaign starts while it is off."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger.commands.repository import sending_switch
from ledger.domain.sending_switch import STREAM
from ledger.domain.vocabulary import StopCause
from ledger.unit_of_work import Command, UnitOfWork


class _SwitchCommand(Command[None]):
    @property
    def streams(self) -> Collection[str]:
        return [STREAM]


@dataclass(frozen=True)
class StopSending(_SwitchCommand):
    """Stop all sending. Refused if it is off already."""

    by: str
    cause: StopCause = StopCause.STAFF
    lost_since: datetime | None = None

    def decide(self, work: UnitOfWork) -> None:
        work.append(sending_switch(work).stop(self.by, self.cause, self.lost_since))


@dataclass(frozen=True)
class AllowSending(_SwitchCommand):
    """Allow sending again. Refused if it is on already, or needs a reconciliation first."""

    by: str

    def decide(self, work: UnitOfWork) -> None:
        work.append(sending_switch(work).allow(self.by))


@dataclass(frozen=True, kw_only=True)
class RecordReconciliation(_SwitchCommand):
    """Record that all of the provider's records were read, and the numbers of texts."""

    by: str
    texts: int
    attached: int
    unplaced: int

    def decide(self, work: UnitOfWork) -> None:
        work.append(
            sending_switch(work).record_reconciliation(
                self.by, texts=self.texts, attached=self.attached, unplaced=self.unplaced
            )
        )
