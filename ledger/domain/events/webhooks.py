"""The events of webhook endpoints: what each gets, and since when. All are in one stream.

They hold no secret: secrets are derived (see `ledger/identity.py`). The address is sealed.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event
from ledger.domain.vocabulary import SwitchOffCause


@dataclass(frozen=True, kw_only=True)
class WebhookAddress:
    """Where an endpoint takes messages, and what staff call it."""

    url: str
    name: str


@dataclass(frozen=True, kw_only=True)
class WebhookEvent(Event):
    """An event about one endpoint."""

    endpoint_id: str
    request: str | None = None
    """The request that asked for it; None where none was named, and in earlier versions."""


@dataclass(frozen=True, kw_only=True)
class WebhookAdded(WebhookEvent):
    """An endpoint gets messages about everything that is recorded after this event."""

    types: tuple[str, ...]
    """The types of messages that it gets."""
    has_personal_data: bool
    """Whether its messages have numbers, names and texts."""
    private: WebhookAddress | None


@dataclass(frozen=True, kw_only=True)
class WebhookTypesChosen(WebhookEvent):
    """The endpoint gets messages of other types from now on, and of no others."""

    types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WebhookSecretRotated(WebhookEvent):
    """The endpoint has new secrets; messages are signed with the old ones, too, for a time."""

    number: int
    """The number of the new secrets, from 2."""
    old_until: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookPaused(WebhookEvent):
    """Nothing is sent to the endpoint until it is resumed; its messages wait."""


@dataclass(frozen=True, kw_only=True)
class WebhookResumed(WebhookEvent):
    """Messages go out again, beginning with the oldest that waits."""


@dataclass(frozen=True, kw_only=True)
class WebhookReplayed(WebhookEvent):
    """Staff let the endpoint get all messages since a seq again, or go on from a later one."""

    since: int


@dataclass(frozen=True, kw_only=True)
class WebhookSwitchedOff(WebhookEvent):
    """The program sends nothing to the endpoint any more until staff resume it."""

    cause: SwitchOffCause


@dataclass(frozen=True, kw_only=True)
class WebhookRemoved(WebhookEvent):
    """The endpoint gets no more messages, for good."""
