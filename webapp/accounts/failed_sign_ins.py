"""Counts of failed sign-ins, by name and minute, until they are recorded in the ledger.

A minute of an account is one row, and so are all names without an account together. So nobody who
tries names can make more rows than there are accounts.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import StoreUnavailable
from ledger.store.engine import reading, writing
from ledger.store.upsert import insert_into
from webapp.accounts.table import failed_sign_ins

_NOBODY = ""
_MINUTE = timedelta(minutes=1)
_GRACE = timedelta(seconds=5)
"""A minute is over that much later, so that other servers have counted what was tried in it."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FailedMinute:
    """How many sign-ins failed in a minute, with one account's name or with unknown names."""

    user_id: str | None
    """None: names without an account, and links that are used up."""
    minute: datetime
    count: int


class FailedSignIns:
    """The counts of all servers."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def count(self, user_id: str | None) -> None:
        """Count one failed sign-in; where the database is unavailable, log it instead."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        row = {"user_id": user_id or _NOBODY, "minute": to_microseconds(minute), "failures": 1}
        new, old = insert_into(self._engine.dialect.name, failed_sign_ins), failed_sign_ins.c
        upsert = new.values(row).on_conflict_do_update(
            index_elements=[old.user_id, old.minute], set_={"failures": old.failures + 1}
        )
        try:
            with writing(self._engine) as connection:
                connection.execute(upsert)
        except StoreUnavailable:
            _log.warning("A failed sign-in is not counted: account %s", user_id or "unknown")

    def past_minutes(self) -> Iterator[FailedMinute]:
        """Yield the counts of the minutes that are over; raises `StoreUnavailable`."""
        over = to_microseconds(self._clock.now() - _GRACE - _MINUTE)
        query = sa.select(failed_sign_ins).where(failed_sign_ins.c.minute <= over)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(failed_sign_ins.c.minute)).all()
        for row in rows:
            yield FailedMinute(row.user_id or None, from_microseconds(row.minute), row.failures)

    def remove(self, failed: FailedMinute) -> None:
        """Remove a count that was recorded; raises `StoreUnavailable`."""
        column = failed_sign_ins.c
        with writing(self._engine) as connection:
            connection.execute(
                sa.delete(failed_sign_ins).where(
                    column.user_id == (failed.user_id or _NOBODY),
                    column.minute == to_microseconds(failed.minute),
                )
            )
