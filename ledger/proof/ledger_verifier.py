"""The ledger verifier: recomputes what checkpoints claim about the ledger, and names the faults.

It needs public keys only: what is sealed is hashed as it is stored. With the master key it also
finds contacts' keys that were swapped.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import sqlalchemy as sa

from ledger.errors import BadInput
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.dated_keys import DatedKey, dated
from ledger.proof.kept_check import doubtful_times, kept_faults, unkept
from ledger.proof.key_check import epoch_faults, key_faults, opens
from ledger.proof.note_keys import NamedKey
from ledger.proof.origins import claimed_origins
from ledger.proof.recomputation import Fault, Recomputation
from ledger.proof.sealing_history import SealingHistory
from ledger.proof.signed_note import is_signed, signer_ids, text_of
from ledger.proof.signing_keys import SigningKeys
from ledger.proof.stamps import stamp_faults, unproven_stamps
from ledger.proof.table_scan import Progress, scanning
from ledger.store.schema import checkpoints

LISTED_FAULTS = 20
"""How many faults are listed; all are counted."""


@dataclass(frozen=True, kw_only=True)
class VerificationResult:
    """The result of a verification."""

    right_count: int
    """How many events are as they were recorded."""
    wrong_count: int
    """How many are not; missing ones count."""
    root: bytes
    kept_count: int
    outside_count: int
    faults: Sequence[Fault]
    """The first ones, at most `LISTED_FAULTS`; empty if the ledger is right."""
    fault_count: int
    unproven: Sequence[str]
    """What this verification could not prove, in sentences."""
    digests: Mapping[str, bytes] = field(default_factory=dict)
    """Campaign id → digest of its statuses, at the newest checkpoint that was compared."""


def verify(
    engine: sa.Engine,
    *,
    keys: SigningKeys | None,
    outside: Mapping[str, str],
    progress: Progress,
    master: bytes | None = None,
) -> VerificationResult:
    """Recompute the ledger; compare it with its head and with every checkpoint.

    `outside` is name → signed note of checkpoints that are not read from the ledger itself.
    Raises `BadInput` if one of these is no checkpoint, and `StoreUnavailable`.
    """
    with scanning(engine) as connection:
        kept = _kept(connection)
        origins = claimed_origins(connection, outside.values())
        claims = _Claims(origins, _dated_keys(origins, keys, kept))
        for name, note in outside.items():
            claims.add(name, note)
        claims.add_kept(kept)
        faults = _Faults()
        recomputation = Recomputation(connection, claims.checkpoints, faults.add)
        recomputation.run(progress)
        history = recomputation.history if faults.count == 0 else None
        beside = _Beside(connection, outside, master, history)
    for fault in (*claims.faults, *beside.faults):
        faults.add(fault)
    return VerificationResult(
        right_count=recomputation.right_count,
        wrong_count=recomputation.wrong_count,
        root=recomputation.frontier.root(),
        kept_count=len(kept),
        outside_count=len(outside),
        faults=faults.listed,
        fault_count=faults.count,
        unproven=[*_unproven(claims, outside, recomputation), *beside.unproven],
        digests=recomputation.digests,
    )


@dataclass
class _Faults:
    """The first faults, and the number of all."""

    listed: list[Fault] = field(default_factory=list)
    count: int = 0

    def add(self, fault: Fault) -> None:
        self.count += 1
        if self.count <= LISTED_FAULTS:
            self.listed.append(fault)


class _Beside:
    """What else the database keeps: keys, time stamps, and what is beside checkpoints' notes."""

    def __init__(
        self,
        connection: sa.Connection,
        outside: Mapping[str, str],
        master: bytes | None,
        history: SealingHistory | None,
    ) -> None:
        """Keys are checked by what the events say; without `history`, these are not right."""
        self.faults = [*kept_faults(connection), *stamp_faults(connection)]
        self.faults += epoch_faults(connection)
        self.unproven = [*unkept(connection, outside), *doubtful_times(connection)]
        self.unproven += unproven_stamps(connection)
        usable = master if master and opens(connection, master) else None
        if history is None:
            self.unproven.append("Keys: they are checked only where every event is right.")
            return
        self.faults += key_faults(connection, history, usable)
        if usable is None:
            self.unproven.append(
                "Keys: the master key is not here. Who has a key was checked, and not whose it is."
            )


class _Claims:
    """Checkpoints by name. Each must be readable, of this ledger, and signed by its keys."""

    def __init__(self, origins: Sequence[str], keys: Sequence[DatedKey]) -> None:
        """`origins` are those of this ledger, the present one first."""
        self.keys = keys
        self.unchecked: list[str] = []
        """Those of an earlier log whose key is lost."""
        self.checkpoints: dict[str, Checkpoint] = {}
        self.faults: list[Fault] = []
        self._origins = origins

    def add(self, name: str, note: str) -> None:
        try:
            checkpoint = Checkpoint.parse(text_of(note))
        except BadInput as error:
            raise BadInput(f"{name} cannot be used: {error}.") from error
        if checkpoint.origin not in self._origins:
            self.faults.append(Fault(None, f"{name} is of another ledger, {checkpoint.origin}"))
            return
        if self._is_by_lost_key(checkpoint.origin, note):
            self.unchecked.append(name)
        elif self.keys and not is_signed(note, [dated.key for dated in self.keys]):
            self.faults.append(Fault(None, f"{name} bears no valid signature of this ledger's"))
        elif self.keys and not is_signed(note, self._keys_at(checkpoint.size)):
            self.faults.append(
                Fault(None, f"{name} is signed by a key that was replaced before it")
            )
        self.checkpoints[name] = checkpoint

    def _is_by_lost_key(self, origin: str, note: str) -> bool:
        """Whether a checkpoint of an earlier log bears only keys that are not here."""
        known = {dated.key.id for dated in self.keys}
        return origin != self._origins[0] and not signer_ids(note, origin) & known

    def add_kept(self, notes: Mapping[str, str]) -> None:
        for name, note in notes.items():
            try:
                self.add(name, note)
            except BadInput as error:
                self.faults.append(Fault(None, str(error).removesuffix(".")))

    def _keys_at(self, size: int) -> list[NamedKey]:
        return [dated.key for dated in self.keys if dated.counts_at(size)]


def _kept(connection: sa.Connection) -> dict[str, str]:
    query = sa.select(checkpoints.c.number, checkpoints.c.note).order_by(checkpoints.c.number)
    return {f"checkpoint {row.number}": row.note for row in connection.execute(query)}


def _dated_keys(
    origins: Sequence[str], keys: SigningKeys | None, kept: Mapping[str, str]
) -> list[DatedKey]:
    """The keys of each origin, with the sizes for which they count."""
    if keys is None:
        return []
    return [key for name in origins for key in dated(keys.named(name), _sizes(kept, name))]


def _sizes(kept: Mapping[str, str], origin: str) -> list[tuple[int, str]]:
    """The size and note of each checkpoint of that origin that can be read."""
    sizes = []
    for note in kept.values():
        with suppress(BadInput):
            checkpoint = Checkpoint.parse(text_of(note))
            if checkpoint.origin == origin:
                sizes.append((checkpoint.size, note))
    return sizes


def _unproven(
    claims: _Claims, outside: Mapping[str, str], recomputation: Recomputation
) -> Iterator[str]:
    size = recomputation.right_count + recomputation.wrong_count
    if claims.checkpoints and not claims.keys:
        yield "Signatures: the signing key is not here. Roots and statuses were compared."
    elif claims.unchecked:
        yield (
            f"The signatures of {', '.join(claims.unchecked)}: the key of that earlier log is not "
            "here. Roots and statuses were compared."
        )
    reached = recomputation.frontier.size
    if any(checkpoint.size > reached for checkpoint in claims.checkpoints.values()):
        yield f"Checkpoints of more than {reached} events: the events do not lead up to them."
    sizes = [claims.checkpoints[name].size for name in outside if name in claims.checkpoints]
    if not outside:
        yield (
            "Whoever holds both the database and the signing key could have rewritten everything "
            "and signed it again. Compare with a checkpoint kept elsewhere: --against FILE."
        )
    elif sizes and max(sizes) < size:
        yield f"Events #{max(sizes) + 1} to #{size} are newer than every outside checkpoint."
