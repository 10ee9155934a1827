"""What a commit reads at once, in one statement: each statement is a round trip under the lock.

A callback needs the outline of its delivery, or the streams of delivery, campaign and contact, the
contact's key, and whether it was recorded before. One statement returns all of this for all
commands of a commit:

    part     name    number  topic            value
    last             1042    7                (the leaf of the last event that this process saw)
    stream   con_…
    event    del_…   1       ContactEnrolled  {"campaign_id":"cam_…",…
    dedupe   cb_…
    key      con_…                            (the wrapped key)

    part     name    number  version  rank  campaign_id  contact_id  sid  answers  sids
    outline  del_…   1       5        19    cam_…        con_…       SM…  1        2
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from ledger.domain.delivery_outline import DeliveryOutline, TurnOutline
from ledger.domain.events import AttemptAccepted
from ledger.domain.standing import NOTHING_KNOWN
from ledger.store.contact_keys import EPOCH, epoch_of
from ledger.store.in_list import elements, in_list, in_subquery
from ledger.store.move_mark import STORED as MOVE
from ledger.store.schema import contact_keys, events

_NO_TEXT = sa.literal_column("''", sa.Text)
_NO_NUMBER = sa.literal_column("0", sa.BigInteger)
_NO_BYTES = sa.cast(sa.null(), sa.LargeBinary)
_OUTLINE = TurnOutline._fields[1:]
_NO_OUTLINE = (*2 * (_NO_NUMBER,), *3 * (_NO_TEXT,), *2 * (_NO_NUMBER,))


def _part(
    part: str,
    name: sa.ColumnElement[Any] = _NO_TEXT,
    number: sa.ColumnElement[Any] = _NO_NUMBER,
    topic: sa.ColumnElement[Any] = _NO_TEXT,
    value: sa.ColumnElement[Any] = _NO_BYTES,
    *,
    outline: Sequence[sa.ColumnElement[Any]] = _NO_OUTLINE,
) -> sa.Select[Any]:
    """Return a query with the columns of the samples above; `outline` has those of the second."""
    return sa.select(
        sa.literal_column(f"'{part}'", sa.Text).label("part"),
        name.label("name"),
        number.label("number"),
        topic.label("topic"),
        value.label("value"),
        *(column.label(name) for name, column in zip(_OUTLINE, outline, strict=True)),
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
_outlined = in_list(events.c.stream_id, "outlined")
_subjects = sa.union(
    _IDS,
    sa.select(events.c.contact_id).where(_outlined, events.c.contact_id.is_not(None)),
).cte("subjects")
_SUBJECT_IDS = sa.select(_subjects.c.value)


def _same_of_all(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return the value that the rows have in common; NULL where somebody altered one of them."""
    return sa.case((sa.func.min(column) == sa.func.max(column), sa.func.max(column)))


_accepted_sid = sa.case(
    (events.c.topic == sa.literal_column(f"'{AttemptAccepted.topic}'"), events.c.sid)
)
_OUTLINES = _part(
    "outline",
    events.c.stream_id,
    events.c.turn,
    outline=(
        sa.func.max(events.c.version),
        sa.func.coalesce(sa.func.max(events.c.rank), sa.literal_column(str(NOTHING_KNOWN.rank))),
        _same_of_all(events.c.campaign_id),
        _same_of_all(events.c.contact_id),
        sa.func.max(_accepted_sid),
        sa.func.count(_accepted_sid),
        sa.func.count(events.c.sid),
    ),
).where(_outlined)
_LAST_SEQ = sa.select(sa.func.max(events.c.seq)).scalar_subquery()
_SEEN_LEAF = sa.select(events.c.leaf).where(events.c.seq == sa.bindparam("seen")).scalar_subquery()
_READ_AHEAD = sa.union_all(
    _part("event", events.c.stream_id, events.c.version, events.c.topic, events.c.state).where(
        in_subquery(events.c.stream_id, _IDS)
    ),
    _part("stream", _streams.c.value),
    _part("dedupe", events.c.dedupe).where(in_list(events.c.dedupe, "dedupes")),
    _part("key", contact_keys.c.subject_id, value=contact_keys.c.wrapped_key).where(
        in_subquery(contact_keys.c.subject_id, _SUBJECT_IDS)
    ),
    _OUTLINES.group_by(events.c.stream_id, events.c.turn),
    _part("last", number=_LAST_SEQ, value=_SEEN_LEAF),
    _part("epoch", value=EPOCH),
    _part("move", value=MOVE),
).order_by("number")


@dataclass(frozen=True)
class Named:
    """What the commands of a commit name: ids of streams and of deliveries, and dedupe keys."""

    streams: Collection[str] = ()
    outlined: Collection[str] = ()
    """The deliveries of which the outline is enough."""
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
    outlines: dict[str, DeliveryOutline] = field(default_factory=dict)
    """Those of the outlined deliveries that have events; none is unsound."""
    dedupes: set[str] = field(default_factory=set)
    """Those of the named dedupe keys that are recorded."""
    wrapped_keys: dict[str, bytes] = field(default_factory=dict)
    """Subject → wrapped key, for those of the subjects that have one."""
    subjects: set[str] = field(default_factory=set)
    """Whose keys were looked up: the streams, and the contacts of the outlined deliveries."""


def read_ahead(connection: sa.Connection, named: Named, *, seen: int) -> ReadAhead:
    """Read in one statement what the commands name, and the leaf of the event `seen`.

    Raises `LedgerDamaged` where the key epoch is none.
    """
    query = {
        "streams": named.streams,
        "outlined": named.outlined,
        "dedupes": named.dedupes,
        "seen": seen,
    }
    read = ReadAhead()
    turns: dict[str, list[TurnOutline]] = {}
    for part, name, number, topic, value, *outline in connection.execute(_READ_AHEAD, query).all():
        match part:
            case "outline":
                turns.setdefault(name, []).append(TurnOutline(number, *outline))
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
    outlines = [DeliveryOutline.of(name, own) for name, own in turns.items()]
    read.outlines = {outline.delivery_id: outline for outline in outlines if outline.is_sound}
    read.subjects = {*read.streams, *(outline.contact_id for outline in read.outlines.values())}
    return read
