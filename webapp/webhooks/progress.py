"""How far each endpoint is, and which process sends to it: a cursor with a lease."""

import uuid
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import StoreUnavailable
from ledger.store.engine import reading, writing
from ledger.store.upsert import insert_into
from webapp.unwritten_counts import TablesAtFirstUse
from webapp.webhooks.endpoints import Beginning
from webapp.webhooks.log import Try, add_tries, remove_notices
from webapp.webhooks.posting import LONGEST_RETRY_AFTER_SECONDS
from webapp.webhooks.tables import metadata, webhook_cursors, webhook_notices, webhook_tries

LEASE = timedelta(seconds=30)
"""After a crash, no other process sends to the endpoint for this long; longer than any request."""
_LONGEST_LEASE = 2 * LEASE
"""As the clock of another machine shows it."""
_LONGEST_WAIT = timedelta(seconds=LONGEST_RETRY_AFTER_SECONDS + 3600)


def is_ahead(until: int, now: int, most: timedelta) -> bool:
    """Whether a time lies ahead; not where it is further than `most`: the clock was set back."""
    return now < until <= now + most // timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The cursor of one endpoint."""

    endpoint_id: str
    seq: int
    """The last event whose messages were taken."""
    failures: int
    """Tries in a row that failed."""
    failing_since: datetime | None
    next_try_at: datetime
    """Nothing is sent before, after a failure."""
    resumed_by: int
    """See `Beginning`."""

    def must_wait(self, now: datetime) -> bool:
        """Whether a failure was so recent that nothing is sent yet."""
        return is_ahead(to_microseconds(self.next_try_at), to_microseconds(now), _LONGEST_WAIT)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a turn did since it last wrote, which is written in one transaction."""

    seq: int
    """Everything up to this event was taken."""
    tries: Sequence[Try] = ()
    notice_keys: Collection[str] = ()
    """Messages about no event that were taken."""


class Leases:
    """Reads and moves the cursors. Every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._tables = TablesAtFirstUse(engine, metadata)
        with suppress(StoreUnavailable):  # tried again when they are used
            self._tables.ensure()

    def all(self) -> dict[str, Progress]:
        """Return endpoint → how far it is, for those that were begun."""
        self._tables.ensure()
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(webhook_cursors)).all()
        return {row.endpoint_id: self._progress(row) for row in rows}

    def take(
        self,
        endpoint_id: str,
        beginning: Beginning,
        *,
        lost: Callable[[], int],
        head: Callable[[], int],
    ) -> "Lease | None":
        """Take the lease of an endpoint; None while another process has it, or it must wait.

        `lost` returns the seq after which it begins where there is no cursor, or one after `head`,
        the last event: then an older ledger was restored.
        """
        self._tables.ensure()
        cursor = self.all().get(endpoint_id)
        if cursor is None or cursor.seq > head():
            self._begin(endpoint_id, beginning, lost(), cursor)
        holder, now = uuid.uuid4().hex, self._now()
        is_it = webhook_cursors.c.endpoint_id == endpoint_id
        query = sa.select(webhook_cursors).where(is_it)
        with writing(self._engine) as connection:
            row = connection.execute(query.with_for_update()).one()
            values = _values(row, beginning)
            if is_ahead(row.held_until, now, _LONGEST_LEASE):
                return None
            if is_ahead(values["next_try_at"], now, _LONGEST_WAIT):
                return None
            values |= {"holder": holder, "held_until": now + LEASE // timedelta(microseconds=1)}
            connection.execute(sa.update(webhook_cursors).where(is_it).values(values))
            row = connection.execute(query).one()
        return Lease(self._engine, self._clock, holder, self._progress(row))

    def _begin(
        self, endpoint_id: str, beginning: Beginning, seq: int, old: Progress | None
    ) -> None:
        """Make the cursor of an endpoint, unless another process did since `old` was read."""
        row = {"endpoint_id": endpoint_id, "seq": seq, **_NOT_FAILING, **_RELEASED}
        row |= {"set_by": beginning.set_by, "resumed_by": beginning.resumed_by}
        new = insert_into(self._engine.dialect.name, webhook_cursors).values(row)
        is_old = webhook_cursors.c.seq == (old.seq if old else None)
        begun = new.on_conflict_do_update(index_elements=["endpoint_id"], set_=row, where=is_old)
        with writing(self._engine) as connection:
            connection.execute(begun if old else new.on_conflict_do_nothing())

    def forget(self, endpoint_ids: list[str]) -> None:
        """Remove everything about these endpoints, which were removed."""
        with writing(self._engine) as connection:
            for table in (webhook_cursors, webhook_tries, webhook_notices):
                is_theirs = table.c.endpoint_id.in_(endpoint_ids)
                connection.execute(sa.delete(table).where(is_theirs))

    def _progress(self, row: Any) -> Progress:
        since = row.failing_since
        return Progress(
            endpoint_id=row.endpoint_id,
            seq=row.seq,
            failures=row.failures,
            failing_since=None if since is None else from_microseconds(since),
            next_try_at=from_microseconds(row.next_try_at),
            resumed_by=row.resumed_by,
        )

    def _now(self) -> int:
        return to_microseconds(self._clock.now())


@dataclass(frozen=True)
class Lease:
    """The right to send to one endpoint. What is written without having it any more is refused."""

    _engine: sa.Engine
    _clock: Clock
    _holder: str
    progress: Progress

    def advance(self, done: Done) -> bool:
        """Record what was done, and keep the lease; False where it was lost."""
        held_until = to_microseconds(self._clock.now() + LEASE)
        return self._write(done, seq=done.seq, held_until=held_until, **_NOT_FAILING)

    def fail(self, done: Done, since: datetime, failures: int, next_try_at: datetime) -> bool:
        """Record what was done before a failure, and give the lease up."""
        return self._write(
            done,
            seq=done.seq,
            failing_since=to_microseconds(since),
            failures=failures,
            next_try_at=to_microseconds(next_try_at),
            **_RELEASED,
        )

    def release(self) -> None:
        """Give the lease up."""
        self._write(None, **_RELEASED)

    def _write(self, done: Done | None, **values: object) -> bool:
        endpoint_id = self.progress.endpoint_id
        is_held = (webhook_cursors.c.endpoint_id == endpoint_id) & (
            webhook_cursors.c.holder == self._holder
        )
        with writing(self._engine) as connection:
            written = connection.execute(sa.update(webhook_cursors).where(is_held).values(**values))
            if done is not None:  # also without the lease: these messages were sent
                add_tries(connection, done.tries)
                remove_notices(connection, endpoint_id, done.notice_keys)
        return written.rowcount > 0


_RELEASED = {"holder": "", "held_until": 0}
_NOT_FAILING = {"failures": 0, "failing_since": None, "next_try_at": 0}


def _values(row: Any, beginning: Beginning) -> dict[str, Any]:
    """Return the row's values, begun again where staff replayed, resumed or added it since."""
    new = {"set_by": beginning.set_by, "resumed_by": beginning.resumed_by}
    values = {
        "seq": row.seq,
        "failures": row.failures,
        "failing_since": row.failing_since,
        "next_try_at": row.next_try_at,
    }
    if row.set_by < beginning.set_by:
        values["seq"] = beginning.after
    if row.resumed_by < beginning.resumed_by:
        values |= _NOT_FAILING
    return values | new
