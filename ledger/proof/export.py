"""Writes bundles: an auditor can check the ledger, or a part of it, with a bundle alone.

Events are exported as they are stored, so what is sealed stays sealed. The same ledger and
checkpoints produce the same bundle.
"""

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger import atomic_file
from ledger.clock import from_microseconds
from ledger.errors import BadInput, BadSetting, NotFound
from ledger.proof import verify
from ledger.proof.bundle_lines import LedgerLines
from ledger.proof.bundle_scope import BundleScope
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.checkpoint_log import Checkpoints
from ledger.proof.dated_keys import DatedKey, dated
from ledger.proof.kept_checkpoints import KeptCheckpoint
from ledger.proof.signed_note import is_signed, text_of
from ledger.proof.stamps import answers_by_digest, digest_of
from ledger.proof.table_scan import Progress, scanning
from ledger.store.engine import reading
from ledger.store.schema import events

_PROGRAMS = ("verify.py", "verify.html")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a bundle, so that bundles of the same ledger are equal."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Exported:
    """How many events a bundle shows, of a ledger of that size."""

    shown: int
    size: int


class Exporter:
    """Writes bundles of one ledger."""

    def __init__(self, engine: sa.Engine, checkpoints: Checkpoints, *, zone: tzinfo = UTC) -> None:
        """`zone` is the school's, for the times on the page about a number."""
        self._engine = engine
        self._checkpoints = checkpoints
        self._zone = zone

    def scope_of(self, *, campaign_id: str | None, delivery_id: str | None) -> BundleScope:
        """The scope for these ids, all events without any; raises `NotFound`."""
        stream_id = delivery_id or campaign_id
        if stream_id is None:
            return BundleScope()
        query = sa.select(events.c.campaign_id).where(events.c.stream_id == stream_id).limit(1)
        with reading(self._engine) as connection:
            known_id = connection.scalar(query)
        if known_id is None or campaign_id not in {None, known_id} or known_id == delivery_id:
            raise NotFound(f"There is no campaign or delivery {stream_id}.")
        return BundleScope(campaign_id=known_id, delivery_id=delivery_id)

    def number_scope(self, contact_id: str, *, is_complete: bool) -> BundleScope:
        """The scope for all events of this contact, in every campaign; raises `NotFound`."""
        query = sa.select(events.c.seq).where(events.c.contact_id == contact_id).limit(1)
        with reading(self._engine) as connection:
            if connection.scalar(query) is None:
                raise NotFound(f"There is no contact {contact_id}.")
        return BundleScope(contact_id=contact_id, is_complete=is_complete)

    def write(
        self, scope: BundleScope, out: Path, *, against: Mapping[str, str], progress: Progress
    ) -> Exported:
        """Write the bundle, with a checkpoint that is made now as its proof.

        `against` is name → signed note of earlier checkpoints; the bundle can be verified against
        these. Raises `BadInput` if one cannot be used, `BadSetting` without the keys of the
        checkpoints, `LedgerDamaged`, `Refused`, `StoreUnavailable`.
        """
        newest = self._checkpoints.make()
        kept = self._checkpoints.kept(until=newest.size)
        notes = [(checkpoint.size, checkpoint.note) for checkpoint in kept]
        keys = dated(self._checkpoints.keys(), notes)
        with _bundle(out) as bundle, scanning(self._engine) as connection:
            answers = answers_by_digest(connection)
            stamped = [each for each in kept[:-1] if digest_of(each.note) in answers]
            proving = kept if scope.kind == "all" else [*stamped[-1:], newest]
            cuts = [_size_of(name, note) for name, note in against.items()]
            lines = LedgerLines(scope, newest, [*cuts, *(each.size for each in proving[:-1])])
            for name in _PROGRAMS:
                bundle.add(name, [Path(__file__).with_name(name).read_bytes()])
            bundle.add("keys.txt", [f"{key}\n".encode() for key in keys])
            _add_checkpoints(bundle, proving, keys, answers)
            bundle.add("ledger.ndjson", lines.read(connection, progress))
            if scope.kind == "campaign":
                bundle.add("standings.txt", lines.digests())
            names = [*verify.FILES, *verify.CLAIMS[scope.kind].files]
            manifest = verify.Manifest(
                origin=Checkpoint.parse(text_of(newest.note)).origin,
                kind=scope.kind,
                ids=scope.ids,
                size=newest.size,
                shown=lines.shown,
                files=sorted({*bundle.names, *names}),
            )
            if scope.kind == "number":
                bundle.add("number.txt", [self._number_page(manifest, lines.of_number)])
            bundle.add("manifest.json", [_manifest(manifest)])
            bundle.add("README.txt", [manifest.readme().encode()])
        return Exported(lines.shown, newest.size)

    def _number_page(self, manifest: verify.Manifest, shown: Sequence[dict[str, Any]]) -> bytes:
        east = [self._minutes_east(event["recorded_at"]) for event in shown]
        return verify.number_page(manifest, shown, east).encode()

    def _minutes_east(self, microseconds: int) -> int:
        """How far the school's zone is east of UTC at that time."""
        east = from_microseconds(microseconds).astimezone(self._zone).utcoffset()
        return (east or timedelta()) // timedelta(minutes=1)


def _manifest(manifest: verify.Manifest) -> bytes:
    return msgspec.json.format(_encode(manifest.document()), indent=2) + b"\n"


def _check_signed(checkpoint: KeptCheckpoint, keys: Sequence[DatedKey]) -> None:
    counting = [dated.key for dated in keys if dated.counts_at(checkpoint.size)]
    if not is_signed(checkpoint.note, counting):
        raise BadSetting(
            f"The checkpoint of #{checkpoint.size} was signed by a key that is not in the file of "
            "the signing key, so nobody could verify the bundle. Put that file back from a backup."
        )


def _size_of(name: str, note: str) -> int:
    try:
        return Checkpoint.parse(text_of(note)).size
    except BadInput as error:
        raise BadInput(f"{name} cannot be used: {error}.") from error


def _add_checkpoints(
    bundle: "_Bundle",
    proving: Sequence[KeptCheckpoint],
    keys: Sequence[DatedKey],
    answers: Mapping[bytes, Sequence[bytes]],
) -> None:
    """Add the checkpoints, and the time stamps that there are of them.

    `answers` is SHA-256 of a note → the answers of authorities that stamp it.
    """
    for number, checkpoint in enumerate(proving, 1):
        _check_signed(checkpoint, keys)
        name = f"checkpoints/{number:06}-at-{checkpoint.size}.txt"
        bundle.add(name, [checkpoint.note.encode()])
    stamps = [
        (number, answer)
        for number, checkpoint in enumerate(proving, 1)
        for answer in answers.get(digest_of(checkpoint.note), ())
    ]
    for place, (number, answer) in enumerate(stamps, 1):
        bundle.add(f"stamps/{place:06}-of-{number:06}.tsr", [answer])


class _Bundle:
    """A zip file that is written file by file."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._zip = file

    @property
    def names(self) -> list[str]:
        return self._zip.namelist()

    def add(self, name: str, contents: Iterable[bytes]) -> None:
        info = zipfile.ZipInfo(name, _LONG_AGO)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            for content in contents:
                file.write(content)


@contextmanager
def _bundle(out: Path) -> Iterator[_Bundle]:
    """A bundle that appears at `out` once it is complete; raises `BadInput`."""
    try:
        with atomic_file.replacing(out) as file, zipfile.ZipFile(file, "w") as bundle:
            yield _Bundle(bundle)
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}.") from error
