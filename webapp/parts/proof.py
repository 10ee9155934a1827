"""Checkpoints, exports and verification."""

import pkgutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

from ledger.clock import Clock, SystemClock
from ledger.errors import LedgerDamaged, StoreUnavailable
from ledger.proof.checkpoint_log import CheckpointInterval, Checkpoints
from ledger.proof.cosigning import Cosigning
from ledger.proof.export import Exporter
from ledger.proof.ledger_verifier import VerificationResult, verify
from ledger.proof.new_events import Verified, VerifiedCheckpoint, newest_kept, verify_new
from ledger.proof.quorum import Quorum
from ledger.proof.signer import Signer
from ledger.proof.signing_keys import KeyFile
from ledger.proof.signing_record import SigningRecord
from ledger.proof.stamps import Stamps
from ledger.proof.tiles import Tiles
from ledger.proof.tlog_proof import Prover
from ledger.store.encryption import master_key
from ledger.store.engine import open_database
from ledger.store.revision import check_revision, revision_of
from ledger.store.store import open_store
from webapp.bootstrap import Application
from webapp.settings import Settings
from webapp.verifications import Verification, Verifications, keep_verification, verification_of
from webapp.view_faults import compared
from webapp.view_repairs import ViewRepairs

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


def stamps(application: Application) -> Stamps:
    """The time stamps of the ledger's checkpoints."""
    return Stamps(application.store, application.checkpoints)


def verifications(application: Application) -> Verifications:
    """When the ledger was last verified, by any process."""

    def newest_size() -> int:
        latest = application.checkpoints.latest()
        return latest.size if latest else 0

    return Verifications(application.sending_engine, application.clock, newest_size)


def view_repairs(application: Application) -> ViewRepairs:
    """When the views were last compared with the events, by any process."""
    return ViewRepairs(application.sending_engine)


def repair_views(
    application: Application, progress: Callable[[int, int], None]
) -> Mapping[str, int]:
    """Compare the views with the events, and rebuild them where any row differs.

    Returns table → how many of its rows differed. Raises `LedgerDamaged`, with the views unchanged,
    unless every event is as it was recorded: a rebuild would show what was forged.
    """
    result = verify_ledger(application.settings, {}, progress, clock=application.clock)
    if result.faults:
        raise LedgerDamaged(
            "The views were not compared, because the ledger itself is not what was recorded. See "
            "what `delivery-ledger verify` says."
        )
    return compared(application, progress)


def verify_ledger(
    settings: Settings,
    outside: Mapping[str, str],
    progress: Callable[[int, int], None],
    quorum: Quorum | None = None,
    *,
    clock: Clock | None = None,
) -> VerificationResult:
    """Verify the ledger's database, without views; keep the result.

    Without the right master key, it cannot tell whether the keys of contacts were swapped.

    `outside` is name → signed note; `quorum` is the cosignatures that are demanded. Raises
    `BadInput`, `BadSetting`, `StoreUnavailable`, and `LedgerError` for tables of another revision.
    """
    store = open_store(settings.databases.ledger_url, setting="LEDGER_DATABASE_URL")
    try:
        check_revision(revision_of(store.engine))
        keys = KeyFile(settings.signing_key).read()
        began_at, began = (clock or SystemClock()).now(), time.monotonic()
        master = master_key(settings.master_key)
        result = verify(store.engine, keys=keys, outside=outside, progress=progress, master=master)
        seconds = time.monotonic() - began
        kept = None if result.faults else newest_kept(store.engine, until=result.right_count)
        verified = Verified(kept.tree, result.digests) if kept else None
        if verified and verified.has_digests:  # none was made in the meantime
            with suppress(StoreUnavailable):  # only --new needs it
                _verified_checkpoint(settings).write(verified)
        if not (outside and result.faults):  # they may be those of the outside checkpoints
            _keep(settings, verification_of(result, began_at, seconds))
        if quorum is None:
            return result
        missing = quorum.missing(store.engine, outside)
        count = result.fault_count + len(missing)
        return replace(result, faults=[*result.faults, *missing], fault_count=count)
    finally:
        store.engine.dispose()


def _keep(settings: Settings, verification: Verification) -> None:
    """Keep the verification for the pages, where this process may write there."""
    url = settings.databases.sending_url
    engine = open_database(url, "sending", setting="LEDGER_DATABASE_URL", is_durable=False)
    try:
        with suppress(StoreUnavailable):
            keep_verification(engine, verification)
    finally:
        engine.dispose()


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
