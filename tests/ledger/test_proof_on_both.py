"""The whole of the proof on interval database: made, verified, exported, and a forgery caught."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.clock import ManualClock
from kit.world import ADA, BEN, STAFF, row
from ledger.commands.campaigns import ArchiveCampaign
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.resend_policy import ResendPolicy
from ledger.ledger import Ledger
from ledger.proof.checkpoint_log import CheckpointInterval, Checkpoints
from ledger.proof.export import Exporter
from ledger.proof.ledger_verifier import verify
from ledger.proof.signer import Signer
from ledger.proof.signing_keys import KeyFile
from ledger.proof.signing_record import SigningRecord

pytestmark = pytest.mark.both_databases


@pytest.fixture
def school(ledger: Ledger) -> Ledger:
    """A campaign to two, archived: five events."""
    order = LaunchOrder(
        name="Fair", message="Hello", rows=[row(ADA), row(BEN)], policy=ResendPolicy()
    )
    ledger.execute(ArchiveCampaign(launch(ledger, order, STAFF), STAFF)).result()
    return ledger


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "key")


@pytest.fixture
def checkpoints(school: Ledger, clock: ManualClock, key_file: KeyFile) -> Checkpoints:
    interval = CheckpointInterval(events=100, minutes=60)
    record = SigningRecord(key_file.path.with_name("record"))
    return Checkpoints(school._store, clock, Signer(key_file, record), interval)


def faults(ledger: Ledger, key_file: KeyFile, **outside: str) -> list[str]:
    engine = ledger._store.engine
    found = verify(engine, keys=key_file.read(), outside=outside, progress=lambda *_: None)
    return [str(fault) for fault in found.faults]


def test_what_is_signed_is_verified_and_can_be_carried_away(
    school, checkpoints, key_file, tmp_path
):
    kept = checkpoints.make().note
    assert faults(school, key_file, kept=kept) == []
    exporter = Exporter(school._store.engine, checkpoints)
    scope = exporter.scope_of(campaign_id=None, delivery_id=None)
    exporter.write(scope, tmp_path / "all.zip", against={}, progress=lambda *_: None)
    with zipfile.ZipFile(tmp_path / "all.zip") as bundle:
        bundle.extractall(tmp_path / "all")
    (tmp_path / "kept.txt").write_text(kept)
    verifier = [sys.executable, "-I", tmp_path / "all" / "verify.py", tmp_path / "kept.txt"]
    done = subprocess.run(verifier, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Right: all 5 events"), done.stderr


@pytest.mark.parametrize("change", ["UPDATE checkpoints SET size = 1", "DELETE FROM checkpoints"])
def test_the_database_itself_refuses_to_change_a_checkpoint(school, checkpoints, change):
    checkpoints.make()
    engine = school._store.engine
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.exec_driver_sql(change)


def test_an_event_that_was_changed_all_the_same_is_joined(school, key_file):
    with school._store.engine.begin() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        trigger = "events_refuse_update" if is_sqlite else "events_refuse_change ON events"
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql("UPDATE events SET actor = 'x' WHERE seq = 4")
    assert faults(school, key_file) == ["#4: what it says is not what was recorded"]
