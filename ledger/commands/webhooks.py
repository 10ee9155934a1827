"""Commands on webhook endpoints: each appends one event to their stream."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from ledger.domain.events import WebhookAddress, WebhookEvent
from ledger.domain.vocabulary import SwitchOffCause
from ledger.domain.webhooks import STREAM, Webhooks
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class AddWebhook(Command[None]):
    """Add an endpoint; raises as `Webhooks.add` does.

    Whether the address may be used is checked before, where the settings are.
    """

    endpoint_id: str
    address: WebhookAddress
    types: Collection[str]
    has_personal_data: bool
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        added = work.load(Webhooks, STREAM).add(
            self.by,
            self.endpoint_id,
            self.address,
            types=self.types,
            has_personal_data=self.has_personal_data,
        )
        work.append(added)


@dataclass(frozen=True)
class ChangeWebhook(Command[None]):
    """Do one act on an endpoint: `act` makes its event, or refuses it.

    An act that names a `request` is done once.
    """

    act: Callable[[Webhooks], WebhookEvent]
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        webhooks = work.load(Webhooks, STREAM)
        if self.request not in webhooks.requests:
            work.append(replace(self.act(webhooks), request=self.request))


@dataclass(frozen=True)
class RotateWebhookSecret(Command[int]):
    """Give an endpoint new secrets; returns their number. Raises as `Webhooks.rotate` does.

    One that names a `request` is done once: a repeat returns the same number.
    """

    endpoint_id: str
    by: str
    request: str | None = None

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> int:
        webhooks = work.load(Webhooks, STREAM)
        if self.request is not None and self.request in webhooks.requests:
            return webhooks.requests[self.request]
        rotated = webhooks.rotate(self.by, self.endpoint_id, work.now)
        work.append(replace(rotated, request=self.request))
        return rotated.number


@dataclass(frozen=True)
class SwitchOffWebhook(Command[bool]):
    """Send nothing more to an endpoint; returns whether anything changed."""

    endpoint_id: str
    cause: SwitchOffCause
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> bool:
        off = work.load(Webhooks, STREAM).switch_off(self.by, self.endpoint_id, self.cause)
        if off is not None:
            work.append(off)
        return off is not None
