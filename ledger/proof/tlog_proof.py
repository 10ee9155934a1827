"""A proof that one event is in the ledger: a text that is checked offline, without the ledger.

The format is C2SP's tlog-proof, https://c2sp.org/tlog-proof. `extra` is the entry of the tree: the
event's columns and the hash of its stored bytes, as `ledger/store/merkle_leaf.py` encodes them.

    c2sp.org/tlog-proof@v1
    extra AtwAEQLZJGRlbF9…
    index 40
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=

    delivery-ledger/led_4k3j…
    1234
    …
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.errors import LedgerDamaged, NotFound
from ledger.proof.checkpoint_log import Checkpoints
from ledger.proof.kept_checkpoints import KeptCheckpoint
from ledger.proof.merkle_proofs import MAX_SIZE, TreeHead, inclusion_ranges, is_included
from ledger.proof.table_scan import LEAF, STATE, Row, is_as_recorded, parts, scanning
from ledger.proof.tree_reader import roots_of
from ledger.store.merkle_leaf import entry_of

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, kw_only=True)
class TlogProof:
    """An entry of the tree with its place, and the checkpoint that it is proven against."""

    entry: bytes
    index: int
    """Counted from 0: one less than the event's seq."""
    nodes: Sequence[bytes]
    note: str

    def __str__(self) -> str:
        """The text of the proof."""
        nodes = "".join(f"{b64encode(each).decode()}\n" for each in self.nodes)
        extra = b64encode(self.entry).decode()
        return f"{_HEADER}\nextra {extra}\nindex {self.index}\n{nodes}\n{self.note}"


class Prover:
    """Proves that single events are in one ledger."""

    def __init__(self, engine: sa.Engine, checkpoints: Checkpoints) -> None:
        self._engine = engine
        self._checkpoints = checkpoints

    def prove(self, seq: int) -> TlogProof:
        """Return the proof of that event against the newest checkpoint that covers it.

        Makes a checkpoint where none does. Raises what `prove_in` and `Checkpoints.make` raise.
        """
        self._event(seq)
        return self.prove_in(self.covering(seq) or self._checkpoints.make(), seq)

    def covering(self, seq: int, *, until: int = MAX_SIZE) -> KeptCheckpoint | None:
        """Return the newest checkpoint of at most `until` events; None if that lacks the event."""
        latest = self._checkpoints.latest(until=until)
        return latest if latest and seq <= latest.size else None

    def prove_in(self, checkpoint: KeptCheckpoint, seq: int) -> TlogProof:
        """Return the proof of that event against a checkpoint that covers it.

        Reads a leaf for each event up to the checkpoint. Raises `NotFound`, and `LedgerDamaged`
        where the event or the ledger was changed.
        """
        row = self._event(seq)
        with scanning(self._engine) as connection:
            nodes = roots_of(connection, inclusion_ranges(seq - 1, checkpoint.size))
        tree = TreeHead(checkpoint.size, checkpoint.tree.frontier.root())
        if not (is_as_recorded(row) and is_included(seq - 1, row[LEAF], tree, nodes)):
            raise LedgerDamaged(
                "The ledger was changed by other means, so there is nothing to prove. See what "
                "`delivery-ledger verify` says."
            )
        entry = entry_of(row[:STATE], row[STATE])
        return TlogProof(entry=entry, index=seq - 1, nodes=nodes, note=checkpoint.note)

    def _event(self, seq: int) -> Row:
        with scanning(self._engine) as connection:
            for rows in parts(connection, seq, after=seq - 1):
                for row in rows:
                    return row
        raise NotFound(f"There is no event #{seq}.")
