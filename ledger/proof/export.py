"""Writes a bundle: what an auditor needs to check the ledger, or a part of it, without us.

Everything in it is as it is stored; what is sealed stays sealed. The same ledger and the same
checkpoints give the same bundle.
"""

import base64
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import sqlalchemy as sa

from ledger import atomic_file
from ledger.errors import BadInput, LedgerDamaged, NotFound
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.checkpoint_log import Checkpoints, KeptCheckpoint
from ledger.proof.pruned_tree import Hidden, Hiding
from ledger.proof.signed_note import text_of
from ledger.proof.standings_digest import Standings
from ledger.proof.table_scan import (
    LEAF,
    ROW_COLUMNS,
    STATE,
    STREAM,
    Progress,
    Row,
    facts,
    parts,
    scanning,
)
from ledger.store.engine import reading
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of
from ledger.store.schema import events

_CAMPAIGN = ROW_COLUMNS.index("campaign_id")
_VERIFIER = Path(__file__).with_name("verify.py")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a bundle, so that two of the same ledger are the same."""

_README = """\
A bundle of Delivery Ledger: {what}

    python verify.py

checks it, offline; it wants Python 3.11 and the package `cryptography`. Hand it the checkpoints
that you were given earlier, as files: they prove that nothing was rewritten since.

    python verify.py checkpoint-of-march.txt

Whoever gave you this bundle gave you verify.py and keys.txt with it. Read the one, or take it from
the public source; compare the other with the key that you were given earlier.

Names, numbers and texts are sealed: in `state`, under `private`. All else can be read.
"""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a bundle is to show: everything, one campaign, or one delivery of a campaign."""

    campaign_id: str | None = None
    delivery_id: str | None = None

    def shows(self, row: Row) -> bool:
        """Whether this event can be read in the bundle; of one delivery, its campaign's own too."""
        if self.delivery_id:
            return row[STREAM] in {self.delivery_id, self.campaign_id}
        return self.campaign_id is None or row[_CAMPAIGN] == self.campaign_id

    def __str__(self) -> str:
        """The same in words."""
        return self.delivery_id or self.campaign_id or "all events"


@dataclass(frozen=True)
class Exported:
    """What a bundle came to hold."""

    shown: int
    size: int


class Exporter:
    """Writes bundles of one ledger."""

    def __init__(self, engine: sa.Engine, checkpoints: Checkpoints) -> None:
        self._engine = engine
        self._checkpoints = checkpoints

    def wanted(self, *, campaign_id: str | None, delivery_id: str | None) -> Wanted:
        """What these ids ask for, everything without any; raises `NotFound`."""
        asked = delivery_id or campaign_id
        if asked is None:
            return Wanted()
        query = sa.select(events.c.campaign_id).where(events.c.stream_id == asked).limit(1)
        with reading(self._engine) as connection:
            found = connection.scalar(query)
        if found is None or campaign_id not in {None, found}:
            raise NotFound(f"There is no campaign or delivery {asked}.")
        return Wanted(campaign_id=found, delivery_id=delivery_id)

    def write(
        self, wanted: Wanted, out: Path, *, against: Mapping[str, str], progress: Progress
    ) -> Exported:
        """Write the bundle, proven by a checkpoint of this moment.

        `against` is name → signed note of earlier checkpoints that the bundle can be held against.
        Raises `BadInput` where one cannot be used, `LedgerDamaged`, `StoreUnavailable`.
        """
        newest = self._checkpoints.make()
        kept = [newest] if wanted.campaign_id else self._checkpoints.kept(until=newest.size)
        sizes = [_size_of(name, note) for name, note in against.items()]
        with _bundle(out) as bundle, scanning(self._engine) as connection:
            bundle.add("README.txt", [_README.format(what=wanted).encode()])
            bundle.add("verify.py", [_VERIFIER.read_bytes()])
            keys = self._checkpoints.keys()
            bundle.add("keys.txt", [f"{key}\n".encode() for key in keys])
            for number, checkpoint in enumerate(kept, 1):
                name = f"checkpoints/{number:06}-at-{checkpoint.size}.txt"
                bundle.add(name, [checkpoint.note.encode()])
            trail = _Trail(wanted, newest, sizes)
            rows = parts(connection, newest.size, cuts=sizes)
            bundle.add("ledger.ndjson", trail.lines(rows, progress))
            if wanted.campaign_id and not wanted.delivery_id:
                bundle.add("standings.txt", trail.digests())
        return Exported(trail.shown, newest.size)


_CHANGED = (
    "The ledger was changed by other means, so there is nothing to prove. See what "
    "`delivery-ledger verify` says."
)


class _Trail:
    """The lines of ledger.ndjson: events that are shown, and the nodes over those that are not."""

    def __init__(self, wanted: Wanted, newest: KeptCheckpoint, cuts: Sequence[int]) -> None:
        self.shown = 0
        self._wanted = wanted
        self._newest = newest
        self._cuts = cuts
        self._frontier = Frontier()
        self._hiding = Hiding()
        self._standings = Standings()

    def lines(self, found: Iterable[Sequence[Row]], progress: Progress) -> Iterator[bytes]:
        for rows in found:
            for row in rows:
                yield from self._line(row)
            self._frontier = self._frontier.extended(row[LEAF] for row in rows)
            self._standings.take(facts(rows))
            progress(self._frontier.size, self._newest.size)
            if self._frontier.size in self._cuts:
                yield from map(_hidden, self._hiding.cut())
        yield from map(_hidden, self._hiding.end())
        if self._frontier != self._newest.frontier:
            raise LedgerDamaged(_CHANGED)

    def digests(self) -> Iterator[bytes]:
        """The digest of every campaign's standings, one a line."""
        return (f"{digest.hex()}\n".encode() for digest in self._standings.digests().values())

    def _line(self, row: Row) -> Iterator[bytes]:
        if not self._wanted.shows(row):
            self._hiding.hide(row[LEAF])
            return
        if leaf_of(row[:STATE], row[STATE]) != row[LEAF]:
            raise LedgerDamaged(_CHANGED)
        yield from map(_hidden, self._hiding.show())
        yield _event(row)
        self.shown += 1


def _event(row: Row) -> bytes:
    told = {name: row[i] for i, name in enumerate(LEAF_COLUMNS) if row[i] is not None}
    return _encode(told | {"state": row[STATE].decode()}) + b"\n"


def _hidden(part: Hidden) -> bytes:
    return _encode({"hidden": part.size, "root": base64.b64encode(part.root).decode()}) + b"\n"


def _size_of(name: str, note: str) -> int:
    try:
        return Checkpoint.parse(text_of(note)).size
    except BadInput as error:
        raise BadInput(f"{name} cannot be used: {error}.") from error


class _Bundle:
    """A zip file in the making, file by file."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip = file

    def add(self, name: str, contents: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name, _LONG_AGO)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as entry:
            for content in contents:
                entry.write(content)


@contextmanager
def _bundle(out: Path) -> Iterator[_Bundle]:
    """A bundle that lies at `out` once it is whole, and not before; raises `BadInput`."""
    try:
        with atomic_file.replacing(out) as file, zipfile.ZipFile(file, "w") as bundle:
            yield _Bundle(bundle)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error
