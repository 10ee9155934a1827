"""The command for texts that name no sender: strays, since they belong to no contact."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.domain.events import Form, Parameters, filled
from ledger.domain.stray import StrayText
from ledger.identity import Identity
from ledger.lazy_property import lazy_property
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class ReceiveStrayText(Command[None]):
    """Record a text without a sender; its form has `MessageSid`. A SID is recorded once."""

    identity: Identity
    parameters: Parameters

    @lazy_property
    def _sid(self) -> str:
        return filled(self.parameters)["MessageSid"]

    @property
    def streams(self) -> Collection[str]:
        return [self.identity.stray_id(self._sid)]

    @property
    def dedupes(self) -> Collection[str]:
        return [self.identity.dedupe("inbound", self._sid)]

    def decide(self, work: UnitOfWork) -> None:
        stray = work.load(StrayText, self.identity.stray_id(self._sid))
        work.append(
            stray.receive(
                cause="a text without a sender",
                sid=self._sid,
                status="received",
                dedupe=self.identity.dedupe("inbound", self._sid),
                contact_id=None,
                form=Form(parameters=self.parameters),
            )
        )
