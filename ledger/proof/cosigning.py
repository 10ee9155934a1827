"""Has checkpoints cosigned by the witnesses of a ledger, and remembers which of them did not."""

import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from ledger.proof.kept_checkpoints import KeptCheckpoint, kept_at, newest_cosigned
from ledger.proof.merkle_proofs import consistency_ranges
from ledger.proof.signed_note import is_signed
from ledger.proof.table_scan import scanning
from ledger.proof.tree_reader import roots_of, subtrees_of
from ledger.proof.witnesses import (
    NotCosignedError,
    Post,
    Submission,
    WitnessAddress,
    cosignature_by,
)

_PAUSE_SECONDS = 60.0
"""How long a witness that did not cosign a checkpoint is not asked about it again."""


class Cosigning:
    """The witnesses of one ledger. For one thread at a time."""

    def __init__(
        self,
        engine: sa.Engine,
        witnesses: Sequence[WitnessAddress],
        post: Post,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.problems: dict[str, str] = {}
        """Name of a witness → why it did not cosign the last checkpoint, as a sentence."""
        self._engine = engine
        self._witnesses = witnesses
        self._post = post
        self._monotonic = monotonic
        self._asked_at: dict[str, tuple[int, float]] = {}

    def cosigned_by(self, note: str) -> list[str]:
        """The names of the witnesses that cosigned the note."""
        return [each.key.name for each in self._witnesses if is_signed(note, [each.key])]

    def cosigned(self, made: KeptCheckpoint) -> str:
        """Return the note with the cosignatures that it lacked, as far as they can be had now."""
        lines = ""
        for witness in self._witnesses:
            if is_signed(made.note, [witness.key]):
                self.problems.pop(witness.key.name, None)
            elif self._is_to_be_asked(witness, made.size):
                lines += self._cosignature(witness, made)
        return made.note + lines

    def _is_to_be_asked(self, witness: WitnessAddress, size: int) -> bool:
        asked_size, asked_at = self._asked_at.get(witness.key.name, (0, 0.0))
        return size != asked_size or self._monotonic() - asked_at >= _PAUSE_SECONDS

    def _cosignature(self, witness: WitnessAddress, made: KeptCheckpoint) -> str:
        name = witness.key.name
        self._asked_at[name] = (made.size, self._monotonic())
        origin = made.tree.origin
        with scanning(self._engine) as connection:
            last = newest_cosigned(connection, origin, name)
        old_size = last.size if last and last.size <= made.size else 0
        submission = Submission(
            note=made.note, size=made.size, prove=lambda size: self._proof(origin, size, made.size)
        )
        try:
            lines = cosignature_by(witness, submission, old_size, self._post)
        except NotCosignedError as error:
            self.problems[name] = str(error)
            return ""
        self.problems.pop(name, None)
        return lines

    def _proof(self, origin: str, old_size: int, size: int) -> list[bytes]:
        """The consistency proof; most of it is in the frontier of an old checkpoint."""
        with scanning(self._engine) as connection:
            old = kept_at(connection, origin, old_size)
            known = subtrees_of(old.frontier) if old else {}
            return roots_of(connection, consistency_ranges(old_size, size), known)
