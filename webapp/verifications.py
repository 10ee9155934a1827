"""When the ledger was last verified, for the mark on every page and for /health.

The last verification of all processes is one row in the senders' small database. It is a reminder
and no proof: a forger of the databases can write this row too.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.proof.ledger_verifier import VerificationResult
from webapp.last_row import id_column, read_row, write_row

FRESH_FOR = timedelta(minutes=5)
"""How old a verification may be that is still shown in green."""
_EVERY = timedelta(minutes=2)
_RESTS = 10
"""The next verification begins no sooner than ten times the time that the last one took."""
_TRUSTED_FOR = timedelta(seconds=2)

last_verification = sa.Table(
    "last_verification",
    sa.MetaData(),
    id_column(),
    sa.Column("began_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False, comment="events that are as recorded"),
    sa.Column("fault_count", sa.BigInteger, nullable=False),
    sa.Column("first_seq", sa.BigInteger, comment="the first event concerned, if any"),
    sa.Column("first_fault", sa.Text, nullable=False, comment="no personal data"),
)


@dataclass(frozen=True, kw_only=True)
class Verification:
    """One verification of the whole ledger."""

    began_at: datetime
    seconds: float
    """How long it took."""
    size: int
    """How many events are as they were recorded."""
    fault_count: int = 0
    first_seq: int | None = None
    """The first event that is wrong, if the first fault concerns one."""
    first_fault: str = ""


@dataclass(frozen=True)
class VerificationState:
    """What the mark is made of."""

    last: Verification | None
    """The last verification; None where there was none."""
    checkpoint_size: int
    """The size of the newest checkpoint; 0 before the first."""

    def is_due(self, now: datetime) -> bool:
        """Whether the ledger should be verified now: for its age, or for a newer checkpoint."""
        if self.last is None:
            return True
        age = now - self.last.began_at
        if timedelta(0) <= age < timedelta(seconds=_RESTS * self.last.seconds):
            return False
        is_behind = self.checkpoint_size > self.last.size and not self.last.fault_count
        return is_behind or not timedelta(0) <= age < _EVERY


class Verifications:
    """Reads the last verification, at most every two seconds."""

    def __init__(self, engine: sa.Engine, clock: Clock, newest_size: Callable[[], int]) -> None:
        """`newest_size` returns the size of the newest checkpoint."""
        self._engine, self._clock, self._newest_size = engine, clock, newest_size
        self._lock = threading.Lock()
        self._state = VerificationState(None, 0)
        self._read_at: datetime | None = None

    def state(self) -> VerificationState:
        """Return the last verification and the newest checkpoint. Raises `StoreUnavailable`."""
        now = self._clock.now()
        with self._lock:
            if self._read_at is None or not timedelta(0) <= now - self._read_at < _TRUSTED_FOR:
                self._state = VerificationState(_read(self._engine), self._newest_size())
                self._read_at = now
            return self._state


def verification_of(result: VerificationResult, began_at: datetime, seconds: float) -> Verification:
    """Return what is kept of a verification of the whole ledger."""
    first = result.faults[0] if result.faults else None
    return Verification(
        began_at=began_at,
        seconds=seconds,
        size=result.right_count,
        fault_count=result.fault_count,
        first_seq=first.seq if first else None,
        first_fault=first.words if first else "",
    )


def keep_verification(engine: sa.Engine, verification: Verification) -> None:
    """Keep this verification instead of the one before; raises `StoreUnavailable`."""
    began_at = to_microseconds(verification.began_at)
    write_row(engine, last_verification, vars(verification) | {"began_at": began_at})


def _read(engine: sa.Engine) -> Verification | None:
    row = read_row(engine, last_verification)
    if row is None:
        return None
    return Verification(**row | {"began_at": from_microseconds(row["began_at"])})
