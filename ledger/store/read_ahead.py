"""What a commit reads at once, in one statement: each statement is a round trip under the lock.

A callback needs the streams of its delivery, campaign and contact, the contact's key, and whether
it was recorded before. One statement returns all of this for all commands of a commit:

    part    name    number  topic            value
    last            1042    7                (the leaf of the last event that this process saw)
    stream  con_…
    event   dlv_…   1       ContactEnrolled  {"campaign_id":"cmp_…",…
    dedupe  cb_…
    key     con_…                            (the wrapped key)
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from ledger.store.contact_keys import EPOCH, epoch_of
from ledger.store.in_list import elements, in_list, in_subquery
from ledger.store.move_mark import STORED as MOVE
from ledger.store.schema import contact_keys, events

_NO_TEXT = sa.literal_column("''", sa.Text)
_NO_NUMBER = sa.literal_column("0", sa.BigInteger)
_NO_BYTES = sa.cast(sa.null(), sa.LargeBinary)


def _part(
    part: str,
    name: sa.ColumnElement[Any] = _NO_TEXT,
    number: sa.ColumnElement[Any] = _NO_NUMBER,
    topic: sa.ColumnElement[Any] = _NO_TEXT,
    value: sa.ColumnElement[Any] = _NO_BYTES,
) -> sa.Select[Any]:
    """Return a query with the columns of the sample above."""
    return sa.select(
        sa.literal_column(f"'{part}'", sa.Text).label("part"),
        name.label("name"),
        number.label("number"),
        topic.label("topic"),
        value.label("value"),
    )


_first = (
    sa.select(events.c.campaign_id, events.c.contact_id)
    .where(in_list(events.c.stream_id, "streams"), events.c.version == 1)
    .cte("first")
)
_streams = sa.union(
    elements("streams"),
    sa.select(_first.c.campaign_id).where(_first.c.campaign_id.is_not(None)),
    sa.select(_first.c.contact_id).where(_first.c.contact_id.is_not(None)),
).cte("streams")
_IDS = sa.select(_streams.c.value)
_LAST_SEQ = sa.select(sa.func.max(events.c.seq)).scalar_subquery()
_SEEN_LEAF = sa.select(events.c.leaf).where(events.c.seq == sa.bindparam("seen")).scalar_subquery()
_READ_AHEAD = sa.union_all(
    _part("event", events.c.stream_id, events.c.version, events.c.topic, events.c.state).where(
        in_subquery(events.c.stream_id, _IDS)
    ),
    _part("stream", _streams.c.value),
    _part("dedupe", events.c.dedupe).where(in_list(events.c.dedupe, "dedupes")),
    _part("key", contact_keys.c.subject_id, value=contact_keys.c.wrapped_key).where(
        in_subquery(contact_keys.c.subject_id, _IDS)
    ),
    _part("last", number=_LAST_SEQ, value=_SEEN_LEAF),
    _part("epoch", value=EPOCH),
    _part("move", value=MOVE),
).order_by("number")


@dataclass(frozen=True)
class Named:
    """What the commands of a commit name: ids of streams, and dedupe keys."""

    streams: Collection[str] = ()
    dedupes: Collection[str] = ()


@dataclass
class ReadAhead:
    """What was read under the writer's lock before the first command was decided."""

    last_seq: int = 0
    """The greatest seq in the table; 0 without events."""
    seen_leaf: bytes | None = None
    """The leaf of the event that was asked for; None where it does not exist."""
    key_epoch: int = 0
    move: bytes | None = None
    """The stored mark of a move, if there is one."""
    streams: dict[str, list[StoredEvent]] = field(default_factory=dict)
    """The named streams, and those of the campaigns and contacts of named deliveries."""
    dedupes: set[str] = field(default_factory=set)
    """Those of the named dedupe keys that are recorded."""
    wrapped_keys: dict[str, bytes] = field(default_factory=dict)
    """Stream → wrapped key, for those of the streams that have one."""


def read_ahead(connection: sa.Connection, named: Named, *, seen: int) -> ReadAhead:
    """Read in one statement what the commands name, and the leaf of the event `seen`.

    Raises `LedgerDamaged` where the key epoch is none.
    """
    query = {"streams": named.streams, "dedupes": named.dedupes, "seen": seen}
    read = ReadAhead()
    for part, name, number, topic, value in connection.execute(_READ_AHEAD, query).all():
        match part:
            case "event":
                stored = StoredEvent(name, number, topic, value)
                read.streams.setdefault(name, []).append(stored)
            case "stream":
                read.streams.setdefault(name, [])
            case "dedupe":
                read.dedupes.add(name)
            case "key":
                read.wrapped_keys[name] = value
            case "last":
                read.last_seq, read.seen_leaf = number or 0, value
            case "epoch":
                read.key_epoch = epoch_of(value)
            case "move":
                read.move = value
    return read
