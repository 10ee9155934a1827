"""The events of all sending: it is turned off and on, and belongs to one account."""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event
from ledger.domain.vocabulary import StopCause


@dataclass(frozen=True, kw_only=True)
class SendingStopped(Event):
    """No attempt of any campaign starts: staff stopped it, or the ledger lost its end."""

    cause: StopCause
    lost_since: datetime | None
    """Texts sent after this time may be missing in the ledger."""
    lost_attempts: int = 0
    """How many attempts are known to be missing in the ledger; 0 where that is not known."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""
    stated_reason: str | None = None
    """Why, in the words of staff. It is not sealed, so it may say nothing about a person."""


@dataclass(frozen=True, kw_only=True)
class TextsReconciled(Event):
    """The provider's records since the loss were reconciled with the ledger."""

    texts: int
    """The texts in the provider's records."""
    attached: int
    """Those that belong to a delivery which waited here to be sent."""
    unplaced: int
    """Those that belong to no delivery."""
    undecided: int = 0
    """Those that could belong to a delivery which waited; staff decide about each delivery."""
    missing: int = 0
    """The attempts that the ledger lost and that the provider has no text of."""


@dataclass(frozen=True, kw_only=True)
class SenderHeld(Event):
    """The sender reached a cap: no attempt starts before that time."""

    code: str
    """The provider's code of the cap."""
    until: datetime


@dataclass(frozen=True, kw_only=True)
class SendingAllowed(Event):
    """Attempts may start again, as staff decided."""

    despite_missing: bool = False
    """Whether staff insisted although texts of lost attempts are missing at the provider."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""
    stated_reason: str | None = None
    """Why, in the words of staff. It is not sealed, so it may say nothing about a person."""


@dataclass(frozen=True, kw_only=True)
class SendingAccountSet(Event):
    """From now on the ledger belongs to this account at the provider."""

    account_sid: str
    is_demonstration: bool
    """Whether `up --simulate` made the ledger. Such a ledger texts nobody, ever."""
