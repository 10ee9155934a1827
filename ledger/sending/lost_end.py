"""Stops all sending where the ledger lost its end, until Twilio's records are compared with it.

Two checks find that: the rollback guard of this machine, and the comparison before a start.
"""

from contextlib import suppress
from datetime import datetime

from ledger.commands.sending_switch import StopSending
from ledger.domain.actors import SENDER
from ledger.domain.events import AttemptStarted
from ledger.domain.vocabulary import StopCause
from ledger.errors import Refused
from ledger.ledger import Ledger
from ledger.reader import LedgerReader


def last_attempt_at(reader: LedgerReader) -> datetime | None:
    """When the last attempt in the ledger started, or its first event where there is none.

    Every text that the ledger may have lost was sent after that. The ledger's last event would be
    too late: a restored ledger still records callbacks and launches. None for an empty ledger.
    """
    attempt = reader.last(AttemptStarted.topic)
    if attempt is not None:
        return reader.time_at(attempt.seq)
    return reader.time_at(1) if reader.head() else None


def stop_sending(ledger: Ledger, *, lost_attempts: int = 0) -> None:
    """Stop all sending because the ledger lost its end; does nothing where it is stopped for that.

    `lost_attempts` is how many attempts are known to be missing.
    """
    with suppress(Refused):  # another sender did, or this one before a crash
        ledger.execute(
            StopSending(SENDER, StopCause.LEDGER_CUT, last_attempt_at(ledger.reader), lost_attempts)
        ).result()
