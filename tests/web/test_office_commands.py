"""What a command tells somebody of one office about the campaigns of another."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from kit.accounts import add_account
from kit.offices import add_office, launch_for
from kit.world import ADA, STAFF, World, environment
from ledger.domain.vocabulary import Role
from webapp.cli import cli


def test_a_recent_launch_of_another_office_is_asked_about_without_its_name(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.cli.common.build", lambda _settings: world.app)
    for name, value in environment(world.url).items():
        monkeypatch.setenv(name, value)
    north, south = add_office(world, "North"), add_office(world, "South")
    launch_for(world, north, "Secret fair", {ADA: "Ada"})
    message = "Secret fair: hello {{first_name}}"  # as `launch_for` writes it
    add_account(world.app.accounts, "Ito", Role.STAFF)
    world.app.people.set_offices(world.app.accounts.id_of("Ito"), [south], STAFF)
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(f"first_name,phone\nAda,{ADA}\n")
    words = ["--name", "Fall", "--message", message, "--contacts", str(contacts), "--by", "Ito"]
    done = CliRunner().invoke(cli, ["campaign", "launch", *words])
    assert "Secret fair" not in f"{done.output}{done.exception}"
    assert "A campaign of another office" in f"{done.output}{done.exception}"
