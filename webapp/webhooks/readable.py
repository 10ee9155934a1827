"""The event of a row, where this program can read it; messages say nothing of other rows."""

from ledger.domain.events import Event
from ledger.errors import LedgerError, StoreUnavailable
from ledger.recorded_event import RecordedEvent


def readable_event(recorded: RecordedEvent) -> Event | None:
    """Return the event; None where this program cannot read it. Raises `StoreUnavailable`."""
    try:
        return recorded.event
    except StoreUnavailable:
        raise
    except LedgerError:
        return None
