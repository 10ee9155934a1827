"""The sending switch: no attempt of any campaign starts while it is off."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from ledger.commands.repository import sending_switch
from ledger.commands.stated_reasons import checked_reason
from ledger.domain.sending_switch import STREAM, ReconciliationCounts
from ledger.domain.vocabulary import StopCause
from ledger.unit_of_work import Command, UnitOfWork


class _SwitchCommand(Command[None]):
    @property
    def streams(self) -> Collection[str]:
        return [STREAM]


@dataclass(frozen=True)
class StopSending(_SwitchCommand):
    """Stop all sending. Refused if it is off already. With a `request` it is done once.

    `stated_reason` is why staff do it, in their own words; raises `BadInput` where it is too long.
    """

    by: str
    cause: StopCause = StopCause.STAFF
    lost_since: datetime | None = None
    lost_attempts: int = 0
    request: str | None = field(default=None, kw_only=True)
    stated_reason: str | None = field(default=None, kw_only=True)

    def decide(self, work: UnitOfWork) -> None:
        switch = sending_switch(work)
        if self.request in switch.requests:
            return
        stopped = switch.stop(
            self.by, self.cause, self.lost_since, self.lost_attempts, request=self.request
        )
        work.append(replace(stopped, stated_reason=checked_reason(self.stated_reason)))


@dataclass(frozen=True)
class AllowSending(_SwitchCommand):
    """Allow sending again. Refused if it is on already, or needs a reconciliation first.

    Also refused while texts of lost attempts are missing in Twilio's records, unless staff insist.
    With a `request` it is done once. `stated_reason` as in `StopSending`.
    """

    by: str
    despite_missing: bool = False
    request: str | None = field(default=None, kw_only=True)
    stated_reason: str | None = field(default=None, kw_only=True)

    def decide(self, work: UnitOfWork) -> None:
        switch = sending_switch(work)
        if self.request in switch.requests:
            return
        allowed = switch.allow(self.by, despite_missing=self.despite_missing, request=self.request)
        work.append(replace(allowed, stated_reason=checked_reason(self.stated_reason)))


@dataclass(frozen=True, kw_only=True)
class RecordReconciliation(_SwitchCommand):
    """Record that all of the provider's records were read, and the numbers of texts."""

    by: str
    counts: ReconciliationCounts

    def decide(self, work: UnitOfWork) -> None:
        work.append(sending_switch(work).record_reconciliation(self.by, self.counts))
