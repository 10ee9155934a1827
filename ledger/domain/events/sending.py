"""The events of the one stream that turns all sending off and on."""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event
from ledger.domain.vocabulary import StopCause


@dataclass(frozen=True, kw_only=True)
class SendingStopped(Event):
    """No attempt of any campaign starts: staff said so, or the ledger was cut short."""

    cause: StopCause
    lost_since: datetime | None
    """From then on the ledger may lack what was sent."""


@dataclass(frozen=True, kw_only=True)
class TextsReconciled(Event):
    """The provider's records since the loss were gone through, text by text."""

    texts: int
    attached: int
    """So many were found to be texts that waited here to be sent."""
    unplaced: int
    """So many belong to nothing in this ledger."""


@dataclass(frozen=True, kw_only=True)
class SendingAllowed(Event):
    """Attempts may start again; staff said so."""
