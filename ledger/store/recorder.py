"""The recorder: reads and appends recorded events; nothing else writes to the events table.

Contract: `eventsourcing.persistence.ApplicationRecorder`, whose own test cases this passes.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import (
    ApplicationRecorder,
    StoredEvent,
    Subscription,
)

from ledger.domain.vocabulary import DeliveryStatus
from ledger.errors import StoreUnavailable
from ledger.store import sqlite
from ledger.store.commit import Commit, LedgerEnd
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from ledger.store.move_mark import STORED as MOVE
from ledger.store.move_mark import check_readable
from ledger.store.queries import deliveries_by_sid, deliveries_of, is_sid_recorded
from ledger.store.read_ahead import Named
from ledger.store.rows import TYPED_COLUMNS, EventBatch, EventRow
from ledger.store.schema import events, ledger_head
from ledger.store.search import Search
from ledger.store.statuses import greatest_ranks, status_counts
from ledger.store.store import Store
from ledger.store.subscription import LedgerSubscription

_NOTHING_NAMED = Named()
_STREAMS = sa.select(events).where(in_list(events.c.stream_id, "streams")).order_by(events.c.seq)
_FIRST = _STREAMS.where(events.c.version == 1)
_greatest = sa.select(sa.func.max(events.c.seq)).scalar_subquery()
_head = sa.select(ledger_head.c.seq).scalar_subquery()
_number = sa.select(sa.func.count()).select_from(events).scalar_subquery()
_END = sa.case((_greatest == _head, _head), (_head > _number, _head), else_=_number)
"""Events are only counted where somebody changed the ledger's head, or moved an event behind it."""
_HEAD = sa.select(sa.func.max(events.c.seq), MOVE).where(events.c.seq <= _END)
"""An event that was given a huge seq is not the head: nothing could come after it."""
_COUNT = sa.select(sa.func.count()).where(
    events.c.topic == sa.bindparam("topic", type_=sa.Text),
    events.c.seq > sa.bindparam("after", type_=sa.BigInteger),
    events.c.seq <= sa.bindparam("until", type_=sa.BigInteger),
)


class LedgerRecorder(ApplicationRecorder):
    """Appends event batches and reads events; `now` returns microseconds since 1970 UTC."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._engine = store.engine
        self._now = now
        self._end: LedgerEnd | None = None

    # Writing.

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **_kwargs: Any
    ) -> Sequence[int] | None:
        """Append one batch and return its seqs; raises as `append` does."""
        return self.append(EventBatch(stored_events=stored_events)) if stored_events else None

    def append(self, batch: EventBatch) -> list[int]:
        """Append one batch in a commit of its own and return its seqs.

        Raises the library's IntegrityError where an event does not follow its stream's last, and
        `StoreUnavailable` where the store cannot take it.
        """
        with self.commit() as commit:
            return commit.append(batch)

    @contextmanager
    def commit(self, named: Named = _NOTHING_NAMED) -> Iterator[Commit]:
        """Open the next commit, durable after the block; nothing is written where the block raises.

        What is named is read at once, under the lock. Raises `StoreUnavailable`,
        `CommitUnconfirmed` and `LedgerDamaged`.
        """
        with self._store.writing() as connection:
            commit = Commit(self._store, connection, named, self._now(), self._end)
            yield commit
        self._end = commit.end

    # Reading.

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the events of one stream, in the order of versions."""
        query = sa.select(
            events.c.stream_id, events.c.version, events.c.topic, events.c.state
        ).where(events.c.stream_id == str(originator_id))
        if gt is not None:
            query = query.where(events.c.version > gt)
        if lte is not None:
            query = query.where(events.c.version <= lte)
        order = events.c.version.desc() if desc else events.c.version
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(order).limit(limit)).all()
        return [StoredEvent(*row) for row in rows]

    def select_streams(self, stream_ids: Collection[str]) -> list[EventRow]:
        """Return all rows of several streams, in the order of seq."""
        return self._rows(_STREAMS, {"streams": stream_ids})

    def select_first(self, stream_ids: Collection[str]) -> list[EventRow]:
        """Return the first row of each of the streams, in the order of seq."""
        return self._rows(_FIRST, {"streams": stream_ids})

    def select_seqs(self, seqs: Collection[int]) -> list[EventRow]:
        """Return the rows with these seqs, in the order of seq."""
        return self.select_rows(events.c.seq.in_(seqs))

    def deliveries_of(self, contact_ids: Collection[str]) -> dict[str, list[str]]:
        """Return contact → the ids of all deliveries to it, in any campaign."""
        with reading(self._engine) as connection:
            return deliveries_of(connection, contact_ids)

    def is_sid_recorded(self, sid: str) -> bool:
        """Whether an event of a delivery has this SID."""
        with reading(self._engine) as connection:
            return is_sid_recorded(connection, sid)

    def deliveries_by_sid(self, sids: Collection[str]) -> dict[str, str]:
        """Return SID → delivery, for those of the SIDs that an event of a delivery has."""
        with reading(self._engine) as connection:
            return deliveries_by_sid(connection, sids)

    def greatest_ranks(
        self, campaign_id: str, delivery_ids: Collection[str], until: int
    ) -> dict[str, int]:
        """Return delivery → its greatest rank up to that seq."""
        with reading(self._engine) as connection:
            return greatest_ranks(connection, campaign_id, delivery_ids, until)

    def status_counts(self, campaign_id: str, until: int) -> Counter[DeliveryStatus]:
        """Return how many deliveries of a campaign had each status right after that seq."""
        with reading(self._engine) as connection:
            return status_counts(connection, campaign_id, until)

    def count(self, topic: str, after: int, until: int) -> int:
        """Return how many events of that topic have a seq greater than `after`, up to `until`."""
        with reading(self._engine) as connection:
            query = {"topic": topic, "after": after, "until": until}
            return int(connection.execute(_COUNT, query).scalar_one())

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[EventRow]:
        """Return the events of an event range, in the order of seq; `start` and `stop` are seqs."""
        conditions = []
        if start is not None:
            after = events.c.seq >= start if inclusive_of_start else events.c.seq > start
            conditions.append(after)
        if stop is not None:
            conditions.append(events.c.seq <= stop)
        if topics:
            conditions.append(events.c.topic.in_(topics))
        return self.select_rows(*conditions, limit=limit)

    def max_notification_id(self) -> int | None:
        """Return the greatest seq; None while the ledger is empty.

        Every reader asks this first. Raises `LedgerMoved` where the ledger was moved elsewhere.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_HEAD).one()
        check_readable(row[1])
        head: int | None = row[0]
        return head

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Return a subscription to the events after that seq; it waits for new ones."""
        return LedgerSubscription(self, self._store.change_listener(), gt, topics)

    def select_rows(
        self,
        *conditions: sa.ColumnElement[bool],
        limit: int | None = None,
    ) -> list[EventRow]:
        """Return the rows that meet all conditions, in the order of seq."""
        query = sa.select(events).where(*conditions).order_by(events.c.seq).limit(limit)
        return self._rows(query)

    def search(self, search: Search, limit: int | None = None) -> list[EventRow]:
        """Return the rows that match the search, in the order that it names."""
        return self._rows(search.statement(limit))

    def _rows(
        self, query: sa.Select[Any], parameters: Mapping[str, Any] = MappingProxyType({})
    ) -> list[EventRow]:
        """Return the rows of a query, also where the text of one of them was made unreadable."""
        try:
            with reading(self._engine) as connection:
                rows = connection.execute(query, parameters).all()
        except StoreUnavailable as error:
            if not sqlite.is_broken_text(error.__cause__):
                raise
            with reading(self._engine) as connection, sqlite.replacing_broken_text(connection):
                rows = connection.execute(query, parameters).all()
        return [_event_row(row) for row in rows]


def _event_row(row: sa.Row[Any]) -> EventRow:
    values: list[Any] = list(row)  # in the order of the table: much faster than by name
    seq, stream_id, version, topic, recorded_at, *typed, state, leaf = values
    return EventRow(
        originator_id=stream_id,
        originator_version=version,
        topic=topic,
        state=state,
        id=seq,
        recorded_at=recorded_at,
        columns=dict(zip(TYPED_COLUMNS, typed, strict=True)),
        leaf=leaf,
    )
