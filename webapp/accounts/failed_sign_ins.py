"""Counts of failed sign-ins, by name and minute, until they are recorded in the ledger.

A minute of an account is one row, and so are all names without an account together. An account's
first minute of an hour is recorded alone, so that it is seen soon, and the rest of the hour in one
event. So an outsider adds at most two events for each account and hour, whatever they try.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
class FailedMinutes:
    """How many sign-ins failed, with one account's name or with unknown names."""

    user_id: str | None
    """None: names without an account, and links that are used up."""
    minute: datetime
    count: int
    last_minute: datetime | None
    """The last of several minutes; None: there is one minute."""


class FailedSignIns:
    """The counts of all servers."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self.total = 0
        """How many sign-ins failed in this process."""

    def count(self, user_id: str | None) -> None:
        """Count one failed sign-in; where the database is unavailable, log it instead."""
        self.total += 1
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

    def due(self) -> Iterator[FailedMinutes]:
        """Yield what is to be recorded now; raises `StoreUnavailable`."""
        now = self._clock.now()
        over = to_microseconds(now - _GRACE - _MINUTE)
        query = sa.select(failed_sign_ins).where(failed_sign_ins.c.minute <= over)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(failed_sign_ins.c.minute)).all()
        by_hour: dict[tuple[str, datetime], list[sa.Row[Any]]] = {}
        for row in rows:
            by_hour.setdefault((row.user_id, _hour(from_microseconds(row.minute))), []).append(row)
        for (_, hour), counted in by_hour.items():
            yield from _due_of_hour(counted, is_over=hour < _hour(now - _GRACE))

    def remove(self, failed: FailedMinutes) -> None:
        """Remove counts that were recorded; raises `StoreUnavailable`.

        A row of zero stays until the hour is over: it says that a minute of it was recorded.
        """
        column = failed_sign_ins.c
        last = failed.last_minute or failed.minute
        is_recorded = sa.and_(
            column.user_id == (failed.user_id or _NOBODY),
            column.minute.between(to_microseconds(failed.minute), to_microseconds(last)),
        )
        this_hour = to_microseconds(_hour(self._clock.now() - _GRACE))
        is_old = sa.and_(column.failures == 0, column.minute < this_hour)
        with writing(self._engine) as connection:
            connection.execute(sa.update(failed_sign_ins).where(is_recorded).values(failures=0))
            connection.execute(sa.delete(failed_sign_ins).where(is_old))


def _due_of_hour(rows: Sequence[sa.Row[Any]], *, is_over: bool) -> Iterator[FailedMinutes]:
    """Yield what is due of one account's hour, whose rows are in order."""
    counted = [row for row in rows if row.failures]
    has_recorded = len(counted) < len(rows)
    if not counted or (has_recorded and not is_over):
        return
    if not is_over:
        counted = counted[:1]
    first, last = (from_microseconds(row.minute) for row in (counted[0], counted[-1]))
    count = sum(row.failures for row in counted)
    yield FailedMinutes(counted[0].user_id or None, first, count, last if last != first else None)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
