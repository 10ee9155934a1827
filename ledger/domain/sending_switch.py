"""The sending switch: turns the sending of all campaigns off and on.

Staff can turn it off, and the program does so when the ledger is shorter than it was. A cap that
the sender reached holds all texts for a time. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import (
    Event,
    SenderHeld,
    SendingAllowed,
    SendingStopped,
    TextsReconciled,
)
from ledger.domain.vocabulary import StopCause
from ledger.errors import Refused

STREAM = "sending"

_NEGLIGIBLE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class SendingSwitch(Aggregate):
    """The sending switch at one version of its stream."""

    cause: StopCause | None = None
    """Why sending is off; None while it is on."""
    lost_since: datetime | None = None
    """Texts sent after this time may be missing in the ledger; None where nothing was lost."""
    is_reconciled: bool = False
    """Whether Twilio's records were reconciled with the ledger since sending was stopped."""
    held_until: datetime | None = None
    """When the last cap that the sender reached ends; it may be past. None before the first."""
    held_code: str | None = None
    """The provider's code of that cap."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case SendingStopped(cause=cause, lost_since=lost_since):
                return {"cause": cause, "lost_since": lost_since, "is_reconciled": False}
            case SenderHeld(code=code, until=until):
                return {"held_until": until, "held_code": code}
            case TextsReconciled():
                return {"is_reconciled": True}
            case SendingAllowed():
                return {"cause": None, "lost_since": None}
            case _:
                raise TypeError(f"{event.topic} is not an event of the sending switch")

    @property
    def is_off(self) -> bool:
        """Whether no attempt may start."""
        return self.cause is not None

    def allows_attempts(self, now: datetime) -> bool:
        """Whether an attempt may start: sending is on, and no cap holds it."""
        return not self.is_off and not self.is_held(now)

    def is_held(self, now: datetime) -> bool:
        """Whether a cap that the sender reached keeps every attempt waiting."""
        return self.held_until is not None and self.held_until > now

    def is_held_until(self, moment: datetime) -> bool:
        """Whether the sender is held until then, or for less than a minute less.

        Without that minute, each of many refusals in a second would lengthen the hold.
        """
        return self.is_held(moment - _NEGLIGIBLE)

    @property
    def needs_reconciliation(self) -> bool:
        """Whether Twilio's records must be reconciled before sending may go on."""
        return self.cause is StopCause.LEDGER_CUT and not self.is_reconciled

    def stop(self, actor: str, cause: StopCause, lost_since: datetime | None) -> SendingStopped:
        """Turn all sending off. Raises `Refused` where it is off already.

        A ledger that was cut short is recorded even then, as it needs a reconciliation.
        """
        is_cut_again = cause is StopCause.LEDGER_CUT and not self.needs_reconciliation
        if self.is_off and not is_cut_again:
            raise Refused("Sending is off already.")
        return SendingStopped(**self.header(actor), cause=cause, lost_since=lost_since)

    def hold_sender(self, actor: str, code: str, until: datetime) -> SenderHeld:
        """Keep all texts waiting until a cap ends."""
        return SenderHeld(**self.header(actor), code=code, until=until)

    def record_reconciliation(
        self, actor: str, *, texts: int, attached: int, unplaced: int
    ) -> TextsReconciled:
        """Record that Twilio's records since the loss were reconciled with the ledger."""
        return TextsReconciled(
            **self.header(actor), texts=texts, attached=attached, unplaced=unplaced
        )

    def allow(self, actor: str) -> SendingAllowed:
        """Turn sending on. Raises `Refused` where it is on, or needs a reconciliation first."""
        if not self.is_off:
            raise Refused("Sending is on already.")
        if self.needs_reconciliation:
            raise Refused(
                "The ledger was cut short, and nobody has asked Twilio yet what was sent since. "
                "Run `delivery-ledger reconcile` first; otherwise somebody could be texted twice."
            )
        return SendingAllowed(**self.header(actor))
