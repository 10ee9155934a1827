"""What the composition root opens, and closes again where it cannot go on."""

from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kit.installation import Ledgers
from ledger.commands import shared_opt_outs
from ledger.errors import BadSetting, StoreUnavailable
from webapp.bootstrap import build


@pytest.fixture
def settings(tmp_path):
    ledgers = Ledgers(tmp_path)
    ledgers.write("north")
    return ledgers.directory.ledger("north").settings


def open_databases(folder):
    """The databases below a folder that this process has open."""
    names = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            names.append(str(descriptor.readlink()))
    return [name for name in names if name.startswith(str(folder)) and "sqlite3" in name]


def test_views_that_cannot_be_opened_are_refused_when_they_are_first_used(settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    views_url = f"sqlite:///{tmp_path}/file/views.sqlite3"
    without_views = replace(settings, databases=replace(settings.databases, views_url=views_url))
    with closing(build(without_views)) as app, pytest.raises(BadSetting, match="cannot be created"):
        app.views.catch_up()
    assert open_databases(tmp_path) == []


def test_a_ledger_whose_upgrade_fails_is_closed(settings, tmp_path, monkeypatch):
    def fail(_ledger):
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(shared_opt_outs, "share_old_opt_outs", fail)
    with pytest.raises(StoreUnavailable, match="The disk is full"):
        build(settings)
    assert open_databases(tmp_path) == []
