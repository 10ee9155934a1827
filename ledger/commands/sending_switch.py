"""Stopping all sending, and letting it go on; nothing starts while it is off."""

from collections.abc import Callable
from datetime import datetime

from ledger.domain.events import Event
from ledger.domain.sending_switch import STREAM, Permission
from ledger.domain.vocabulary import StopCause
from ledger.ledger import Decision, Ledger
from ledger.unit_of_work import Reader


def permission_of(reader: Reader) -> Permission:
    """Whether anything may be sent now."""
    return Permission.from_events(reader.events_of([STREAM])[STREAM])


def stop(
    ledger: Ledger, by: str, cause: StopCause = StopCause.STAFF, lost_since: datetime | None = None
) -> None:
    """Start no attempt any more, of any campaign. Raises `Refused` where it is off already."""
    _act(ledger, lambda permission: permission.stop(by, cause, lost_since))


def allow(ledger: Ledger, by: str) -> None:
    """Let attempts start again. Raises `Refused` where they may, or Twilio must be asked first."""
    _act(ledger, lambda permission: permission.allow(by))


def note_reconciled(ledger: Ledger, by: str, *, texts: int, attached: int, unplaced: int) -> None:
    """Record that the provider's records were gone through."""
    counts = {"texts": texts, "attached": attached, "unplaced": unplaced}
    _act(ledger, lambda permission: permission.reconciled(by, **counts))


def _act(ledger: Ledger, verb: Callable[[Permission], Event]) -> None:
    ledger.record(lambda: Decision([verb(permission_of(ledger))]))
