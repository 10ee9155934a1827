"""One commit: what its commands read under the writer's lock, and the batch that it appends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeVar

import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError, StoredEvent

from ledger.domain.delivery_outline import DeliveryOutline
from ledger.domain.events import DeliveryEvent
from ledger.domain.shared_faults import FirstOutcomes
from ledger.domain.vocabulary import Reason
from ledger.errors import LedgerDamaged, StoreUnavailable
from ledger.store import queries
from ledger.store.contact_keys import change_keys, wrapped_keys
from ledger.store.in_list import in_list
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import leaf_of
from ledger.store.move_mark import check_in_use
from ledger.store.read_ahead import Named, read_ahead
from ledger.store.rows import TYPED_COLUMNS, EventBatch, TypedEvent
from ledger.store.schema import IS_RARE, events, ledger_head
from ledger.store.store import Store, Values

F = TypeVar("F", bound=FirstOutcomes)

_typed_values = itemgetter(*TYPED_COLUMNS)
_NO_VALUES = (None,) * len(TYPED_COLUMNS)

_HEAD = sa.select(ledger_head).with_for_update()
_STREAMS = (
    sa.select(events.c.stream_id, events.c.version, events.c.topic, events.c.state)
    .where(in_list(events.c.stream_id, "streams"))
    .order_by(events.c.stream_id, events.c.version)
)
_STREAM = events.c.stream_id == sa.bindparam("stream", type_=sa.Text)
_FIRST = sa.select(events.c.stream_id, events.c.version, events.c.topic, events.c.state).where(
    _STREAM, events.c.version == 1
)
_VERSIONS = (
    sa.select(events.c.stream_id, sa.func.max(events.c.version).label("version"))
    .where(in_list(events.c.stream_id, "streams"))
    .group_by(events.c.stream_id)
)
_AFTER = (
    sa.select(events.c.stream_id, events.c.version, events.c.topic, events.c.state)
    .where(
        sa.literal_column(IS_RARE),
        events.c.seq > sa.bindparam("after", type_=sa.BigInteger),
        events.c.topic == sa.bindparam("topic", type_=sa.Text),
    )
    .order_by(events.c.seq)
)
_SINCE_TIME = (
    sa.select(
        events.c.stream_id, events.c.version, events.c.topic, events.c.state, events.c.recorded_at
    )
    .where(
        sa.literal_column(IS_RARE),
        events.c.topic == sa.bindparam("topic", type_=sa.Text),
        events.c.recorded_at >= sa.bindparam("since", type_=sa.BigInteger),
    )
    .order_by(events.c.seq)
)
_LAST_SEQ = sa.select(sa.func.max(events.c.seq)).where(_STREAM)
_DEDUPES = sa.select(events.c.dedupe).where(in_list(events.c.dedupe, "dedupes"))
_MOVE_HEAD = sa.update(ledger_head).values(
    seq=sa.bindparam("seq"), recorded_at=sa.bindparam("now"), frontier=sa.bindparam("frontier")
)


@dataclass(frozen=True)
class LedgerEnd:
    """The last event of the ledger at some time: its seq and its Merkle leaf."""

    seq: int
    leaf: bytes


class Commit:
    """Reads, then appends one batch, within the store's writing transaction.

    Until that transaction ends nobody else writes, so that what was read cannot change.

    Attributes:
        key_epoch: See `contact_keys.py`.
        end: The last event that this process saw in the ledger.
    """

    def __init__(
        self,
        store: Store,
        connection: sa.Connection,
        named: Named,
        now: int,
        end: LedgerEnd | None = None,
    ) -> None:
        """Take the writer's lock, and read what is named; `now` is in microseconds since 1970 UTC.

        `end` is that of this process's commit before. Raises `LedgerDamaged` where the newest
        events are missing, `StoreUnavailable` where the ledger does not continue that end, and
        `LedgerMoved` where it was moved.
        """
        self._store = store
        self._connection = connection
        self.end = end
        head = connection.execute(_HEAD).one()
        self._named = named
        self._ahead = read_ahead(connection, named, seen=end.seq if end else 0)
        check_in_use(self._ahead.move)
        _check_nothing_missing(head.seq, self._ahead.last_seq)
        if end is not None and self._ahead.seen_leaf != end.leaf:
            raise StoreUnavailable(
                f"Event #{end.seq}, which this program recorded, is not in the ledger any more: "
                "the database was restored or replaced while the program was running. Nothing was "
                "recorded. Restart the program."
            )
        self.key_epoch = self._ahead.key_epoch
        try:
            self._frontier = Frontier.from_bytes(head.seq, head.frontier)
            self._recorded_at = max(now, head.recorded_at)
        except (TypeError, ValueError) as error:
            raise LedgerDamaged(
                "The row that tells the ledger's head was changed by other means. Nothing is "
                "written any more; see `delivery-ledger verify`, and restore it from a backup."
            ) from error
        self._versions: dict[str, int] = {
            delivery_id: outline.version for delivery_id, outline in self.outlines.items()
        }

    # Reading.

    @property
    def head(self) -> int:
        """The greatest seq; 0 while nothing is recorded."""
        return self._frontier.size

    @property
    def outlines(self) -> Mapping[str, DeliveryOutline]:
        """The outlines that were named, by delivery; those that have events."""
        return self._ahead.outlines

    def streams(self, stream_ids: Collection[str]) -> list[StoredEvent]:
        """Return the events of several streams, each in order, without their typed columns."""
        ahead = self._ahead.streams
        stored = [event for stream_id in stream_ids for event in ahead.get(stream_id, ())]
        if missing := [stream_id for stream_id in stream_ids if stream_id not in ahead]:
            rows = self._connection.execute(_STREAMS, {"streams": missing})
            stored += [StoredEvent(*row) for row in rows]
        self._versions |= dict.fromkeys(stream_ids, 0)
        self._versions |= {str(e.originator_id): e.originator_version for e in stored}
        return stored

    def first(self, stream_id: str) -> StoredEvent | None:
        """Return the first event of the stream; None for a stream without events."""
        row = self._connection.execute(_FIRST, {"stream": stream_id}).one_or_none()
        return StoredEvent(*row) if row else None

    def last_seq(self, stream_id: str) -> int | None:
        """Return the seq of the stream's last event; None for a stream without events."""
        seq: int | None = self._connection.scalar(_LAST_SEQ, {"stream": stream_id})
        return seq

    def recorded_after(self, seq: int, topic: str) -> list[StoredEvent]:
        """Return the events of a rare type after a seq, in order."""
        rows = self._connection.execute(_AFTER, {"after": seq, "topic": topic}).all()
        return [StoredEvent(*row) for row in rows]

    def recorded_since(self, moment: int, topic: str) -> list[tuple[int, StoredEvent]]:
        """Return the events of a rare type since a time, each with its own, in order."""
        rows = self._connection.execute(_SINCE_TIME, {"since": moment, "topic": topic}).all()
        return [(row.recorded_at, StoredEvent(*row[:4])) for row in rows]

    def recorded_dedupes(self, dedupes: Collection[str]) -> set[str]:
        """Return those of the dedupe keys that a recorded event has already."""
        missing = set(dedupes).difference(self._named.dedupes)
        recorded = self._connection.scalars(_DEDUPES, {"dedupes": missing}) if missing else ()
        return self._ahead.dedupes.intersection(dedupes).union(recorded)

    def deliveries_of(self, contact_id: str) -> list[str]:
        """Return the ids of all deliveries to this contact, in any campaign."""
        return queries.deliveries_of(self._connection, [contact_id])[contact_id]

    def is_sid_recorded(self, sid: str) -> bool:
        """Whether an event of a delivery has this SID."""
        return queries.is_sid_recorded(self._connection, sid)

    def first_outcomes(self, kind: type[F], campaign_id: str) -> F:
        """Return what became of a campaign's texts since the last act on it."""
        after = self.last_seq(campaign_id) or 0
        return queries.first_outcomes(self._connection, kind, campaign_id, after)

    def is_since_last_act(self, event: DeliveryEvent) -> bool:
        """Whether the attempt that an event is about started after the last act on its campaign."""
        after = self.last_seq(event.campaign_id) or 0
        return queries.is_started_after(self._connection, event, after)

    def has_attempts(self, campaign_id: str) -> bool:
        """Whether any attempt of the campaign has started."""
        return queries.has_attempts(self._connection, campaign_id)

    def last_answers(self, count: int) -> list[Reason | None]:
        """Return the reasons of the last answers to any attempts, the newest first."""
        return queries.last_answers(self._connection, count)

    def wrapped_keys(self, subject_ids: Collection[str]) -> dict[str, bytes]:
        """Return subject → wrapped key, for the subjects that have one."""
        looked_up, ahead = self._ahead.subjects, self._ahead.wrapped_keys
        missing = [subject for subject in subject_ids if subject not in looked_up]
        keys = {subject: ahead[subject] for subject in subject_ids if subject in ahead}
        return keys | wrapped_keys(self._connection, missing)

    # Writing.

    def append(self, batch: EventBatch) -> list[int]:
        """Append the batch and return its seqs; called once at most.

        Raises the library's `IntegrityError` where an event does not follow its stream's last.
        """
        self._check_versions(batch.stored_events)
        first = self._frontier.size + 1
        rows = [self._row(seq, event) for seq, event in enumerate(batch.stored_events, first)]
        change_keys(self._store, self._connection, self.key_epoch, batch)
        if rows:
            self._store.insert(self._connection, events, rows)
            self._move_head(row[-1] for row in rows)
            self.end = LedgerEnd(rows[-1][0], rows[-1][-1])
        return list(range(first, first + len(rows)))

    def _check_versions(self, stored_events: Sequence[StoredEvent]) -> None:
        streams = {str(event.originator_id) for event in stored_events}
        if unread := streams - self._versions.keys():
            rows = self._connection.execute(_VERSIONS, {"streams": unread})
            self._versions |= {row.stream_id: row.version for row in rows}
        for event in stored_events:
            stream = str(event.originator_id)
            last = self._versions.get(stream)
            if last and event.originator_version != last + 1:
                raise IntegrityError(
                    f"Version {event.originator_version} of {stream} does not follow {last}."
                )
            self._versions[stream] = event.originator_version

    def _row(self, seq: int, event: StoredEvent) -> Values:
        typed = _typed_values(event.columns) if isinstance(event, TypedEvent) else _NO_VALUES
        values = (
            seq,
            str(event.originator_id),
            event.originator_version,
            event.topic,
            self._recorded_at,
            *typed,
        )
        return (*values, event.state, leaf_of(values, event.state))

    def _move_head(self, leaves: Iterable[bytes]) -> None:
        frontier = self._frontier.extended(leaves)
        head = {"seq": frontier.size, "now": self._recorded_at, "frontier": frontier.to_bytes()}
        self._store.update_and_notify(self._connection, _MOVE_HEAD, head)


def _check_nothing_missing(head: int, last: int) -> None:
    if last != head:
        raise LedgerDamaged(
            f"The ledger's head is at #{head}, but its last event is #{last}: the database was "
            "changed by other means. Nothing is written any more; see `delivery-ledger verify`, "
            "and restore it from a backup."
        )
