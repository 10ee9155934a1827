"""Verifies the events since a checkpoint that a whole verification compared with the ledger.

It reads no older event, and folds no statuses. The checkpoint is in a file outside the database, so
that what was verified once cannot be exchanged:

    {"origin": "delivery-ledger/led_4k3j…", "size": 1234, "root": "CsUYapGG…", …}
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from ledger.errors import BadSetting, Refused
from ledger.proof.kept_checkpoints import KeptCheckpoint, kept_of
from ledger.proof.ledger_verifier import LISTED_FAULTS, VerificationResult
from ledger.proof.merkle_proofs import MAX_SIZE, LeafRange
from ledger.proof.origins import read_origins
from ledger.proof.recomputation import Fault, content_fault
from ledger.proof.record_file import RecordFile
from ledger.proof.signed_note import is_signed
from ledger.proof.signing_keys import SigningKeys
from ledger.proof.signing_record import SignedTree
from ledger.proof.table_scan import LEAF, RECORDED_AT, SEQ, Row, parts, scanning
from ledger.proof.tree_reader import roots_of
from ledger.store.merkle import Frontier
from ledger.store.schema import events, ledger_head


class VerifiedCheckpoint:
    """The file of the newest checkpoint that was compared with all events before it."""

    def __init__(self, path: Path) -> None:
        self._file = RecordFile(
            path,
            purpose="It says up to where the ledger was verified.",
            elsewhere="verify on another machine",
        )

    def read(self, origin: str) -> SignedTree:
        """Return the tree; raises `Refused` before the first whole verification of that origin."""
        try:
            document = self._file.read().get(origin)
            if document is not None:
                return SignedTree.of(document)
        except (BadSetting, ValueError, KeyError, TypeError):
            pass  # the cure is the same
        raise Refused(
            "No checkpoint of this ledger was verified here yet. Run `delivery-ledger verify` once "
            "without --new, after a checkpoint was made."
        )

    def write(self, tree: SignedTree) -> None:
        """Replace the tree of its origin; raises `StoreUnavailable`."""
        with self._file.held():
            self._file.write({tree.origin: tree.document})


def newest_kept(engine: sa.Engine) -> KeptCheckpoint | None:
    """The newest checkpoint of the present origin that the ledger keeps."""
    with scanning(engine) as connection:
        kept = kept_of(connection, read_origins(connection)[0], until=MAX_SIZE)
    return max(kept, key=lambda each: each.size, default=None)


def verify_new(
    engine: sa.Engine, *, keys: SigningKeys | None, verified: VerifiedCheckpoint
) -> VerificationResult:
    """Recompute the events behind the verified checkpoint, and compare newer ones with them.

    Without a fault, the newest of these is the verified checkpoint from then on. Raises `Refused`
    before the first whole verification, `LedgerDamaged`, `StoreUnavailable`.
    """
    with scanning(engine) as connection:
        origin = read_origins(connection)[0]
        before = verified.read(origin)
        kept = kept_of(connection, origin, until=MAX_SIZE)
        newer = [each for each in kept if each.size > before.size]
        check = _Check(connection, before, newer)
        faults = list(check.faults())
    named = keys.named(origin) if keys else []
    unsigned = [each.size for each in newer if named and not is_signed(each.note, named)]
    faults += [
        Fault(None, f"the checkpoint of {size} events bears no valid signature of this ledger's")
        for size in unsigned
    ]
    if newer and not faults:
        verified.write(max(newer, key=lambda each: each.size).tree)
    return VerificationResult(
        right_count=check.right_count,
        wrong_count=check.wrong_count,
        root=check.frontier.root(),
        kept_count=len(newer),
        outside_count=0,
        faults=faults[:LISTED_FAULTS],
        fault_count=len(faults),
        unproven=[_UNPROVEN.format(size=before.size)],
    )


def faults_behind(engine: sa.Engine, frontier: Frontier, *, compared: int) -> list[Fault]:
    """Recompute the events behind a tree that is known to be right; return what is wrong there.

    Checkpoints of more than `compared` events are compared too. Raises `LedgerDamaged`,
    `StoreUnavailable`.
    """
    with scanning(engine) as connection:
        origin = read_origins(connection)[0]
        kept = kept_of(connection, origin, until=MAX_SIZE)
        before = SignedTree(origin=origin, frontier=frontier, standings=b"")
        wrong = [
            Fault(None, f"the checkpoint of {each.size} events is not of these events")
            for each in kept
            if compared < each.size <= frontier.size and not _is_of_leaves(connection, each)
        ]
        newer = [each for each in kept if each.size > frontier.size]
        return [*wrong, *_Check(connection, before, newer).faults()]


def _is_of_leaves(connection: sa.Connection, kept: KeptCheckpoint) -> bool:
    (root,) = roots_of(connection, [LeafRange(0, kept.size)])
    return root == kept.tree.frontier.root()


_UNPROVEN = (
    "Events up to #{size} were verified before, and are not read again; statuses are not "
    "recomputed. Verify the whole from time to time, without --new."
)


class _Check:
    """One pass over the events behind a tree that is known to be right."""

    def __init__(
        self, connection: sa.Connection, before: SignedTree, newer: Sequence[KeptCheckpoint]
    ) -> None:
        self.frontier = before.frontier
        self.right_count = 0
        self.wrong_count = 0
        self._connection = connection
        self._before = before
        self._newer = newer
        self._next = before.size + 1
        self._recorded_at = 0
        self._head = connection.execute(sa.select(ledger_head)).one()
        self._last: int = connection.scalar(sa.select(sa.func.max(events.c.seq))) or 0
        self._misplaced = self._find_misplaced()

    def faults(self) -> Iterator[Fault]:
        """Yield every fault."""
        known = self._before.size
        if min(self._last, self._head.seq) < known:
            words = f"it is missing: the ledger had {known} events when it was verified"
            yield Fault(min(self._last, self._head.seq) + 1, words)
            return
        self._recorded_at = self._time_of(known)
        cuts = [each.size for each in self._newer]
        for rows in parts(self._connection, self._last, after=known, cuts=cuts):
            for row in rows:
                yield from self._faults_of(row)
            yield from self._grow(rows)
        end = (self.frontier.size, self.frontier.to_bytes())
        if not self.wrong_count and end != (self._head.seq, self._head.frontier):
            yield Fault(None, "the frontier at the ledger's head is not that of its events")

    def _faults_of(self, row: Row) -> Iterator[Fault]:
        if row[SEQ] > self._next:
            self.wrong_count += row[SEQ] - self._next
            yield Fault(self._next, f"it is missing, and all up to #{row[SEQ] - 1}")
        self._next = row[SEQ] + 1
        words = self._words_of(row)
        if words is None:
            self.right_count += 1
            self._recorded_at = row[RECORDED_AT]
        else:
            self.wrong_count += 1
            yield Fault(row[SEQ], words)

    def _words_of(self, row: Row) -> str | None:
        if row[SEQ] > self._head.seq:
            return "it stands behind the ledger's head; it was put in"
        if row[SEQ] in self._misplaced:
            return "its version does not follow the one before it in its stream"
        return content_fault(row, self._recorded_at)

    def _grow(self, rows: Sequence[Row]) -> Iterator[Fault]:
        """Compare the checkpoints of the present size, while no event is wrong."""
        if self.wrong_count:
            return
        self.frontier = self.frontier.extended(row[LEAF] for row in rows)
        for kept in self._newer:
            if kept.size == self.frontier.size and kept.tree.frontier != self.frontier:
                words = f"this, or what follows it up to #{kept.size}, is not what was signed"
                yield Fault(self._before.size + 1, words)

    def _find_misplaced(self) -> set[int]:
        """The seqs of new events that do not follow the event before them in their stream."""
        before = events.alias()
        follows = sa.and_(
            before.c.stream_id == events.c.stream_id,
            before.c.version == events.c.version - 1,
            before.c.seq < events.c.seq,
        )
        query = (
            sa.select(events.c.seq)
            .where(events.c.seq > self._before.size, events.c.version > 1)
            .where(~sa.exists().where(follows))
        )
        return set(self._connection.scalars(query))

    def _time_of(self, seq: int) -> int:
        query = sa.select(events.c.recorded_at).where(events.c.seq == seq)
        return self._connection.scalar(query) or 0
