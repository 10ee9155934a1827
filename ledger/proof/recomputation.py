"""Reads all events of the ledger once, recomputes them, and finds every event that is wrong.

Checkpoints are compared as soon as the events of their size were read.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.domain.events import EVENT_TYPES
from ledger.domain.standing import stage_of
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.sealing_history import SealingHistory
from ledger.proof.standings_digest import Standings, digest_of
from ledger.proof.table_scan import (
    LEAF,
    PART,
    RANK,
    RECORDED_AT,
    SEQ,
    STATE,
    TOPIC,
    Progress,
    Row,
    facts,
    parts,
)
from ledger.store.merkle import HASH_BYTES, Frontier
from ledger.store.merkle_leaf import leaf_of
from ledger.store.schema import events, ledger_head

_TOPICS = frozenset(event_type.topic for event_type in EVENT_TYPES)
_stage_of = lru_cache(maxsize=4096)(stage_of)


class _JsonObject(msgspec.Struct):
    """Any object: its members are read over, and none of them is built."""


_decode = msgspec.json.Decoder(_JsonObject).decode


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the first seq concerned; None if it concerns no event."""

    seq: int | None
    words: str

    def __str__(self) -> str:
        """The fault as one line."""
        return self.words if self.seq is None else f"#{self.seq}: {self.words}"


class Recomputation:
    """One pass over the events; each fault is reported as it is found."""

    def __init__(
        self,
        connection: sa.Connection,
        checkpoints: Mapping[str, Checkpoint],
        report: Callable[[Fault], None],
    ) -> None:
        """`checkpoints` are those to compare with, by their names."""
        self.frontier = Frontier()
        self.right_count = 0
        self.wrong_count = 0
        """Events that are not as they were recorded, missing ones included."""
        self.is_comparable = True
        """Whether the frontier is that of all events so far: none is missing or lost its leaf."""
        self.digests: Mapping[str, bytes] = {}
        """Campaign id → digest, at the last checkpoint whose statuses are right."""
        self.history = SealingHistory()
        """Complete only where every event is right."""
        self._connection = connection
        self._report = report
        self._checkpoints: dict[int, list[tuple[str, Checkpoint]]] = {}
        for name, checkpoint in checkpoints.items():
            self._checkpoints.setdefault(checkpoint.size, []).append((name, checkpoint))
        self._standings = Standings()
        self._recorded_at = 0
        self._next = 1
        self._compared = (0, 0)
        self._head = connection.execute(sa.select(ledger_head)).one_or_none()
        has_seq = self._head is not None and isinstance(self._head.seq, int)
        self._limit = self._head.seq if self._head and has_seq else sys.maxsize
        bounds = sa.select(sa.func.min(events.c.seq), sa.func.max(events.c.seq))
        first, last = connection.execute(bounds).one()
        self._first: int = 1 if first is None else first
        self._last: int = last or 0
        self._misplaced = self._find_misplaced()

    def run(self, progress: Progress) -> None:
        """Read all events, then compare the ledger's end with its head and the checkpoints."""
        if self._first < 1:
            self._wrong(self._first, "a ledger begins at #1; this was put in")
        while self._next <= self._last:
            try:
                self._read(progress)
            except sa.exc.DBAPIError:
                self._read_singly()
        self._check_head()
        self._check_later_checkpoints()

    # Reading.

    def _read(self, progress: Progress) -> None:
        """Read on from the next event, up to the last one or to a long gap."""
        parts_left = parts(
            self._connection, self._last, after=self._next - 1, cuts=self._checkpoints
        )
        for rows in parts_left:
            if not rows:
                following = sa.select(sa.func.min(events.c.seq)).where(events.c.seq >= self._next)
                self._miss_until(self._connection.scalar(following) or self._last)
                return
            self._take(rows)
            progress(self._next - 1, self._last)

    def _read_singly(self) -> None:
        """Read the next events one by one, since the database cannot read one of them."""
        if self._connection.dialect.name != "sqlite":  # a transaction with an error has ended
            self._wrong(self._next, "the database cannot read it, or one that follows")
            self._next, self.is_comparable = self._last + 1, False
            return
        for seq in range(self._next, min(self._next + PART, self._last + 1)):
            try:
                for rows in parts(self._connection, seq, after=seq - 1):
                    self._take(rows)
            except sa.exc.DBAPIError:
                self._miss_until(seq)
                self._wrong(seq, "the database cannot read it")
                self._next, self.is_comparable = seq + 1, False

    def _take(self, rows: Sequence[Row]) -> None:
        """Check the next rows, which are in the order of their seqs."""
        for row in rows:
            if row[SEQ] > self._next:
                self._miss_until(row[SEQ])
            words = self._place_fault(row[SEQ]) or content_fault(row, self._recorded_at)
            if words is None:
                self.right_count += 1
                self._recorded_at = row[RECORDED_AT]
            else:
                self._wrong(row[SEQ], words)
            self._next = row[SEQ] + 1
        leaves = [row[LEAF] for row in rows]
        if self.wrong_count:
            is_leaf = (isinstance(leaf, bytes) and len(leaf) == HASH_BYTES for leaf in leaves)
            self.is_comparable = self.is_comparable and all(is_leaf)
        if self.is_comparable:
            self.frontier = self.frontier.extended(leaves)
            self._take_facts(rows)
            self._compare()

    def _take_facts(self, rows: Sequence[Row]) -> None:
        """Fold statuses and what was sealed, which only mean something while no event is wrong."""
        if self.wrong_count == 0:
            self._standings.take(facts(rows))
            self.history.take(rows)

    # Faults of events.

    def _wrong(self, seq: int, words: str, *, count: int = 1) -> None:
        self.wrong_count += count
        self._report(Fault(seq, words))

    def _miss_until(self, seq: int) -> None:
        """Report the events before this one that were not read."""
        count, first = seq - self._next, self._next
        if count:
            words = "it is missing" if count == 1 else f"it is missing, and all up to #{seq - 1}"
            self._wrong(first, words, count=count)
            self._next, self.is_comparable = seq, False
            self._misplaced = (
                set()
            )  # what follows a missing event in its stream is not wrong itself

    def _place_fault(self, seq: int) -> str | None:
        """What is wrong with the place of an event; None if nothing is."""
        if seq < self._next:
            return "it is there twice"
        if seq > self._limit:
            return "it stands behind the ledger's head; it was put in"
        if seq in self._misplaced:
            return "its version does not follow the one before it in its stream"
        return None

    def _find_misplaced(self) -> set[int]:
        """The seqs of events that do not follow the event before them in their stream."""
        order: dict[str, Any] = {"partition_by": events.c.stream_id, "order_by": events.c.version}
        ordered = sa.select(
            events.c.seq,
            events.c.version,
            sa.func.coalesce(sa.func.lag(events.c.version).over(**order), 0).label(
                "version_before"
            ),
            sa.func.coalesce(sa.func.lag(events.c.seq).over(**order), 0).label("seq_before"),
        ).subquery()
        does_not_follow = sa.or_(
            ordered.c.version != ordered.c.version_before + 1, ordered.c.seq_before > ordered.c.seq
        )
        return set(self._connection.scalars(sa.select(ordered.c.seq).where(does_not_follow)))

    # Checkpoints and the head.

    def _compare(self) -> None:
        """Report where a checkpoint of the present size does not match the events.

        Where an event since the last match is wrong, that event is the reason, and was reported.
        """
        size = self.frontier.size
        compared, wrong_count = self._compared
        for name, checkpoint in self._checkpoints.get(size, []):
            if checkpoint.root != self.frontier.root():
                self.is_comparable = False
                if self.wrong_count == wrong_count:
                    words = (
                        f"this, or what follows it up to #{size}, is not what {name} was made of"
                    )
                    self._report(Fault(compared + 1, words))
                return
            if self.wrong_count:
                continue
            digests = self._standings.digests()
            if checkpoint.standings != digest_of(digests.values()):
                self._report(Fault(size, f"the statuses up to here are not those of {name}"))
            else:
                self.digests = digests
        if size in self._checkpoints:
            self._compared = (size, self.wrong_count)

    def _check_head(self) -> None:
        """Compare the end of the ledger with the row that says where it is."""
        last, head = self._next - 1, self._head
        if head is None:
            if last:
                self._report(Fault(None, "the row that tells the ledger's head is gone"))
        elif not isinstance(head.seq, int):
            self._report(Fault(None, "the row that tells the ledger's head holds no seq"))
        elif head.seq > last:
            words = f"it is missing, and all up to #{head.seq}: the newest events"
            self._wrong(last + 1, words, count=head.seq - last)
        elif self.is_comparable and self.wrong_count == 0:
            here = (self._recorded_at, self.frontier.to_bytes())
            if (head.recorded_at, head.frontier) != here:
                words = "the frontier at the ledger's head is not that of its events"
                self._report(Fault(None, words))

    def _check_later_checkpoints(self) -> None:
        """Report the checkpoints of more events than there are."""
        last = self._next - 1
        for size in sorted(size for size in self._checkpoints if size > last):
            for name, _ in self._checkpoints[size]:
                words = f"it is missing: the ledger had {size} events at {name}"
                self._report(Fault(last + 1, words))


def content_fault(row: Row, recorded_at: int) -> str | None:
    """What is wrong with the content of a row behind an event of that time."""
    try:
        if leaf_of(row[:STATE], row[STATE]) != row[LEAF]:
            return "what it says is not what was recorded"
        if row[RECORDED_AT] < recorded_at:
            return "it was recorded earlier than the event before it"
        if row[TOPIC] not in _TOPICS:
            return f"no event is called {row[TOPIC]}"
        _decode(row[STATE].decode())
        if row[RANK] is not None:
            _stage_of(row[RANK])
    except (TypeError, ValueError):
        return "its columns hold what no event's do"
    return None
