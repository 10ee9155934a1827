"""The clock, which tests replace; the domain gets `now` as an argument and never asks."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Returns the present time."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present time, aware, in UTC."""
        return datetime.now(UTC)


def to_microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC, as every database column holds a time."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC time of a database column; 1970 for a value that is no time.

    Only a row that somebody altered has such a value. It must not hide the rows beside it.
    """
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except (TypeError, OverflowError):
        return EPOCH
