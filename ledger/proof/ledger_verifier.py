"""The ledger verifier: recomputes what checkpoints claim about the ledger, and names the faults.

It needs public keys only: what is sealed is hashed as it is stored.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import sqlalchemy as sa

from ledger.domain.events import EVENT_TYPES
from ledger.domain.standing import stage_of
from ledger.errors import BadInput
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.note_keys import NamedKey
from ledger.proof.origins import claimed_origins
from ledger.proof.signed_note import is_signed, signer_ids, text_of
from ledger.proof.signing_keys import SigningKeys
from ledger.proof.standings_digest import Standings, digest_of
from ledger.proof.table_scan import (
    LEAF,
    RANK,
    RECORDED_AT,
    SEQ,
    STATE,
    TOPIC,
    Progress,
    Row,
    facts,
    parts,
    scanning,
)
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import leaf_of
from ledger.store.schema import checkpoints, events, ledger_head

_TOPICS = frozenset(event_type.topic for event_type in EVENT_TYPES)
_stage_of = lru_cache(maxsize=4096)(stage_of)
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the first seq concerned; None if it concerns no event."""

    seq: int | None
    words: str

    def __str__(self) -> str:
        """The fault as one line."""
        return self.words if self.seq is None else f"#{self.seq}: {self.words}"


@dataclass(frozen=True, kw_only=True)
class VerificationResult:
    """The result of a verification."""

    size: int
    """How many events were read before the first fault."""
    root: bytes
    kept_count: int
    outside_count: int
    faults: Sequence[Fault]
    """The first faulty event comes first; empty if the ledger is right."""
    unproven: Sequence[str]
    """What this verification could not prove, in sentences."""


def verify(
    engine: sa.Engine,
    *,
    keys: SigningKeys | None,
    outside: Mapping[str, str],
    progress: Progress,
) -> VerificationResult:
    """Recompute the ledger; compare it with its head and with every checkpoint.

    `outside` is name → signed note of checkpoints that are not read from the ledger itself.
    Raises `BadInput` if one of these is no checkpoint, and `StoreUnavailable`.
    """
    with scanning(engine) as connection:
        kept = _kept(connection)
        origins = claimed_origins(connection, outside.values())
        claims = _Claims(
            origins, [key for name in origins for key in keys.named(name)] if keys else []
        )
        for name, note in outside.items():
            claims.add(name, note)
        claims.add_kept(kept)
        check = _Check(connection, claims.checkpoints)
        faults = list(check.events(progress)) or list(check.ends())
    return VerificationResult(
        size=check.frontier.size,
        root=check.frontier.root(),
        kept_count=len(kept),
        outside_count=len(outside),
        faults=[*faults, *claims.faults],
        unproven=list(_unproven(claims, outside, check.frontier.size)),
    )


class _Claims:
    """Checkpoints by name. Each must be readable, of this ledger, and signed by its keys."""

    def __init__(self, origins: Sequence[str], keys: Collection[NamedKey]) -> None:
        self.keys = keys
        self.checkpoints: dict[str, Checkpoint] = {}
        self.faults: list[Fault] = []
        self.unchecked: list[str] = []
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
        elif self.keys and not is_signed(note, self.keys):
            self.faults.append(Fault(None, f"{name} bears no valid signature of this ledger's"))
        self.checkpoints[name] = checkpoint

    def _is_by_lost_key(self, origin: str, note: str) -> bool:
        """Whether a checkpoint of an earlier origin bears only keys that are not here."""
        known = {key.id for key in self.keys}
        return origin != self._origins[0] and not signer_ids(note, origin) & known

    def add_kept(self, notes: Mapping[str, str]) -> None:
        for name, note in notes.items():
            try:
                self.add(name, note)
            except BadInput as error:
                self.faults.append(Fault(None, str(error).removesuffix(".")))


class _Check:
    """Reads the events once, in the order of seq, up to the first fault."""

    def __init__(self, connection: sa.Connection, claims: Mapping[str, Checkpoint]) -> None:
        self.frontier = Frontier()
        self._connection = connection
        self._claims: dict[int, list[tuple[str, Checkpoint]]] = {}
        for name, checkpoint in claims.items():
            self._claims.setdefault(checkpoint.size, []).append((name, checkpoint))
        self._standings = Standings()
        self._recorded_at = 0
        self._proven = 0
        bounds = sa.select(sa.func.min(events.c.seq), sa.func.max(events.c.seq))
        first, last = connection.execute(bounds).one()
        self._first: int = 1 if first is None else first
        self._last: int = last or 0

    def events(self, progress: Progress) -> Iterator[Fault]:
        """Yield the first faulty event, if any."""
        if self._first < 1:
            yield Fault(self._first, "a ledger begins at #1; this was put in")
            return
        astray = self._astray()
        try:
            for rows in parts(self._connection, self._last, cuts=self._claims):
                fault = self._take(rows, astray)
                if fault:
                    yield fault
                    return
                progress(self.frontier.size, self._last)
        except sa.exc.DBAPIError:
            yield self._unreadable()

    def ends(self) -> Iterator[Fault]:
        """Yield a fault if the ledger does not end where its head and the checkpoints say."""
        head = self._connection.execute(sa.select(ledger_head)).one_or_none()
        size = self.frontier.size
        if head is None:
            yield from [Fault(None, "the row that tells the ledger's head is gone")] if size else []
        elif head.seq > size:
            yield Fault(size + 1, f"it is missing, and all up to #{head.seq}: the newest events")
        elif head.seq < size:
            yield Fault(head.seq + 1, "it stands behind the ledger's head; it was put in")
        elif (head.recorded_at, head.frontier) != (self._recorded_at, self.frontier.to_bytes()):
            yield Fault(None, "the frontier at the ledger's head is not that of its events")
        for later in sorted(claimed for claimed in self._claims if claimed > size):
            for name, _ in self._claims[later]:
                yield Fault(size + 1, f"it is missing: the ledger had {later} events at {name}")

    def _take(self, rows: Sequence[Row], astray: int | None) -> Fault | None:
        for seq, row in enumerate(rows, self.frontier.size + 1):
            words = _words_of(row, seq, self._recorded_at)
            if words:
                return Fault(min(seq, row[SEQ]), words)
            if seq == astray:
                return Fault(seq, "its version does not follow the one before it in its stream")
            self._recorded_at = row[RECORDED_AT]
        self._standings.take(facts(rows))
        self.frontier = self.frontier.extended(row[LEAF] for row in rows)
        return self._mismatch()

    def _mismatch(self) -> Fault | None:
        """The fault if a checkpoint of this size does not match the events."""
        size = self.frontier.size
        claims = self._claims.get(size, [])
        for name, checkpoint in claims:
            if checkpoint.root != self.frontier.root():
                return Fault(
                    self._proven + 1,
                    f"this, or what follows it up to #{size}, is not what {name} was made of",
                )
            if checkpoint.standings != digest_of(self._standings.digests().values()):
                return Fault(size, f"the statuses up to here are not those of {name}")
        if claims:
            self._proven = size
        return None

    def _astray(self) -> int | None:
        """The seq of the first event whose version is not its position in its stream."""
        stream, version = events.c.stream_id, events.c.version
        numbered = sa.select(
            events.c.seq,
            events.c.version,
            sa.func.row_number().over(partition_by=stream, order_by=version).label("number"),
            sa.func.lag(events.c.seq).over(partition_by=stream, order_by=version).label("before"),
        ).subquery()
        seq: int | None = self._connection.scalar(
            sa.select(sa.func.min(numbered.c.seq)).where(
                sa.or_(numbered.c.version != numbered.c.number, numbered.c.before > numbered.c.seq)
            )
        )
        return seq

    def _unreadable(self) -> Fault:
        """The first event that the database cannot read, searched one by one."""
        seq = self.frontier.size + 1
        with suppress(sa.exc.DBAPIError):
            for _ in parts(self._connection, self._last, after=seq - 1, size=1):
                seq += 1
        return Fault(seq, "the database cannot read it")


def _words_of(row: Row, seq: int, recorded_at: int) -> str | None:
    """What is wrong with a row that should be the event of that seq."""
    if row[SEQ] != seq:
        return "it is missing" if row[SEQ] > seq else "it is there twice"
    try:
        if leaf_of(row[:STATE], row[STATE]) != row[LEAF]:
            return "what it says is not what was recorded"
        if row[RECORDED_AT] < recorded_at:
            return "it was recorded earlier than the event before it"
        if row[TOPIC] not in _TOPICS:
            return f"no event is called {row[TOPIC]}"
        _decode(row[STATE])
        if row[RANK] is not None:
            _stage_of(row[RANK])
    except (TypeError, ValueError):
        return "its columns hold what no event's do"
    return None


def _kept(connection: sa.Connection) -> dict[str, str]:
    query = sa.select(checkpoints.c.number, checkpoints.c.note).order_by(checkpoints.c.number)
    return {f"checkpoint {row.number}": row.note for row in connection.execute(query)}


def _unproven(claims: _Claims, outside: Mapping[str, str], size: int) -> Iterator[str]:
    if claims.checkpoints and not claims.keys:
        yield "Signatures: the signing key is not here. Roots and statuses were compared."
    elif claims.unchecked:
        yield (
            f"The signatures of {', '.join(claims.unchecked)}: the key of that earlier log is not "
            "here. Roots and statuses were compared."
        )
    sizes = [claims.checkpoints[name].size for name in outside if name in claims.checkpoints]
    if not outside:
        yield (
            "Whoever holds both the database and the signing key could have rewritten everything "
            "and signed it again. Compare with a checkpoint kept elsewhere: --against FILE."
        )
    elif sizes and max(sizes) < size:
        yield f"Events #{max(sizes) + 1} to #{size} are newer than every outside checkpoint."
