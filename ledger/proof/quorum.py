"""A quorum: how many of some witnesses must have cosigned the newest checkpoint of a ledger."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.proof.kept_checkpoints import kept_of
from ledger.proof.log_checkpoint import LogCheckpoint
from ledger.proof.merkle_proofs import MAX_SIZE
from ledger.proof.note_keys import NamedKey
from ledger.proof.origins import read_origins
from ledger.proof.recomputation import Fault
from ledger.proof.signed_note import is_signed, text_of
from ledger.store.engine import reading


@dataclass(frozen=True)
class Quorum:
    """The public keys of witnesses, and how many of these must have cosigned."""

    keys: Collection[NamedKey]
    count: int

    def missing(self, engine: sa.Engine, outside: Mapping[str, str]) -> list[Fault]:
        """Return a fault where the newest checkpoint lacks cosignatures; raises `BadInput`.

        `outside` is name → signed note of checkpoints that the ledger does not keep itself: their
        cosignatures count too. One key counts once, whatever names it is given.
        """
        with reading(engine) as connection:
            kept = kept_of(connection, read_origins(connection)[0], until=MAX_SIZE)
        witnessed = self._witnessed([each.note for each in kept], outside.values())
        newest = max((size for size, _ in witnessed), default=0)
        count = max((count for size, count in witnessed if size == newest), default=0)
        if count >= self.count:
            return []
        enough = max((size for size, count in witnessed if count >= self.count), default=0)
        demanded = f"{self.count} of {len(self.keys)} cosignatures are demanded"
        if not newest:
            return [Fault(None, f"{demanded}, and there is no checkpoint")]
        last = f"the newest one that has them is of {enough}" if enough else "none has them"
        has = f"the newest checkpoint, of {newest} events, has {count}"
        return [Fault(None, f"{demanded}, and {has}; {last}")]

    def _witnessed(self, kept: Collection[str], outside: Collection[str]) -> list[tuple[int, int]]:
        """The size of each checkpoint, and how many of the witnesses cosigned it."""
        cosigners: dict[str, set[bytes]] = {}
        for note in (*kept, *outside):
            cosigners.setdefault(text_of(note), set()).update(self._cosigners(note))
        sizes = {text_of(note): LogCheckpoint.parse(note).tree.size for note in (*kept, *outside)}
        return [(sizes[text], len(keys)) for text, keys in cosigners.items()]

    def _cosigners(self, note: str) -> Iterator[bytes]:
        return (key.public.public_bytes_raw() for key in self.keys if is_signed(note, [key]))
