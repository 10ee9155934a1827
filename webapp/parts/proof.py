"""Checkpoints, exports and verification."""

import pkgutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

from ledger.errors import StoreUnavailable
from ledger.proof.checkpoint_log import CheckpointInterval, Checkpoints
from ledger.proof.cosigning import Cosigning
from ledger.proof.export import Exporter
from ledger.proof.ledger_verifier import VerificationResult, verify
from ledger.proof.new_events import VerifiedCheckpoint, newest_kept, verify_new
from ledger.proof.quorum import Quorum
from ledger.proof.signer import Signer
from ledger.proof.signing_keys import KeyFile
from ledger.proof.signing_record import SigningRecord
from ledger.proof.tiles import Tiles
from ledger.proof.tlog_proof import Prover
from ledger.store.revision import check_revision, revision_of
from ledger.store.store import open_store
from webapp.bootstrap import Application
from webapp.settings import Settings

_POST = "ledger.proof.witness_http:post"
"""Imported only where there are witnesses: its library of HTTP is slow to import."""


def checkpoints(application: Application) -> Checkpoints:
    """The checkpoints of the ledger."""
    settings = application.settings
    return Checkpoints(
        application.store,
        application.clock,
        Signer(KeyFile(settings.signing_key), SigningRecord(settings.signing_record)),
        CheckpointInterval(events=settings.checkpoint_events, minutes=settings.checkpoint_minutes),
        witnesses=_cosigning(application) if settings.witnesses else None,
        address=settings.log_address,
    )


def _cosigning(application: Application) -> Cosigning:
    post = pkgutil.resolve_name(_POST)
    return Cosigning(application.store.engine, application.settings.witnesses, post)


def exporter(application: Application) -> Exporter:
    """The exporter of bundles for auditors."""
    zone = ZoneInfo(application.settings.time_zone)
    return Exporter(application.store.engine, application.checkpoints, zone=zone)


def tiles(application: Application) -> Tiles:
    """The hashes of the ledger's tree."""
    return Tiles(application.store.engine)


def prover(application: Application) -> Prover:
    """What proves that single events are in the ledger."""
    return Prover(application.store.engine, application.checkpoints)


def verify_ledger(
    settings: Settings,
    outside: Mapping[str, str],
    progress: Callable[[int, int], None],
    quorum: Quorum | None = None,
) -> VerificationResult:
    """Verify the ledger's database, without the master key and without views.

    `outside` is name → signed note; `quorum` is the cosignatures that are demanded. Raises
    `BadInput`, `BadSetting`, `StoreUnavailable`, and `LedgerError` for tables of another revision.
    """
    store = open_store(settings.databases.ledger_url, setting="LEDGER_DATABASE_URL")
    try:
        check_revision(revision_of(store.engine))
        keys = KeyFile(settings.signing_key).read()
        result = verify(store.engine, keys=keys, outside=outside, progress=progress)
        kept = newest_kept(store.engine)
        if kept and not result.faults:
            with suppress(StoreUnavailable):  # only --new needs it
                _verified_checkpoint(settings).write(kept.tree)
        if quorum is None:
            return result
        missing = quorum.missing(store.engine, outside)
        count = result.fault_count + len(missing)
        return replace(result, faults=[*result.faults, *missing], fault_count=count)
    finally:
        store.engine.dispose()


def verify_new_events(settings: Settings) -> VerificationResult:
    """Verify the events since the last checkpoint that was verified here.

    Raises `Refused` before the first whole verification, and what `verify_ledger` raises.
    """
    store = open_store(settings.databases.ledger_url, setting="LEDGER_DATABASE_URL")
    try:
        check_revision(revision_of(store.engine))
        keys = KeyFile(settings.signing_key).read()
        return verify_new(store.engine, keys=keys, verified=_verified_checkpoint(settings))
    finally:
        store.engine.dispose()


def _verified_checkpoint(settings: Settings) -> VerifiedCheckpoint:
    return VerifiedCheckpoint(settings.databases.file("verified"))
