"""The whole of the proof on every database: made, verified, exported, and a forgery caught."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.world import ADA, BEN, World
from webapp.bootstrap import Application, build, verify_ledger

pytestmark = pytest.mark.both_databases


@pytest.fixture
def app(world: World, tmp_path: Path) -> Iterator[Application]:
    """A campaign to two, of which one text was delivered, and a key to sign that with."""
    campaign = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign, ADA))
    settings = replace(world.app.settings, signing_key=tmp_path / "key")
    opened = build(settings, clock=world.clock)
    yield opened
    for engine in (opened.ledger.recorder._engine, opened.views.engine, opened.accounts._engine):
        engine.dispose()


def faults(app: Application, **outside: str) -> list[str]:
    found = verify_ledger(app.settings, outside, lambda _done, _total: None)
    assert found.size <= 9
    return [str(fault) for fault in found.faults]


def test_what_is_signed_is_verified_and_can_be_carried_away(app, tmp_path):
    kept = app.checkpoints.make().note
    assert faults(app, kept=kept) == []
    wanted = app.exporter.wanted(campaign_id=None, delivery_id=None)
    app.exporter.write(wanted, tmp_path / "all.zip", against={}, progress=lambda *_: None)
    with zipfile.ZipFile(tmp_path / "all.zip") as bundle:
        bundle.extractall(tmp_path / "all")
    (tmp_path / "kept.txt").write_text(kept)
    verifier = [sys.executable, "-I", tmp_path / "all" / "verify.py", tmp_path / "kept.txt"]
    done = subprocess.run(verifier, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Right: 9 events"), done.stderr


@pytest.mark.parametrize("change", ["UPDATE checkpoints SET size = 1", "DELETE FROM checkpoints"])
def test_the_database_itself_refuses_to_change_a_checkpoint(app, change):
    app.checkpoints.make()
    engine = app.ledger.recorder._engine
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.exec_driver_sql(change)


def test_an_event_that_was_changed_all_the_same_is_named(app):
    with app.ledger.recorder._engine.begin() as connection:
        for name in ("update", "change"):
            on = " ON events" if connection.dialect.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS events_refuse_{name}{on}")
        connection.exec_driver_sql("UPDATE events SET actor = 'x' WHERE seq = 5")
    assert faults(app) == ["#5: what it says is not what was recorded"]
