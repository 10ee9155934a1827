"""What a command tells somebody of one office about the campaigns and people of another."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kit.accounts import add_account
from kit.offices import District, add_office, district, launch_for
from kit.world import ADA, CLEO, STAFF, World, environment
from ledger.commands.legal_holds import PlaceCampaignLegalHold
from ledger.domain.vocabulary import Role
from webapp.cli import cli

UNKNOWN = "Nothing is known of this contact; check the number."

WITH_A_NUMBER = [
    ["contact", "dismiss-opt-out", ADA],
    ["contact", "forget", ADA, "--yes"],
    ["contact", "hold", ADA, "--reason", "The case"],
    ["contact", "release-hold", ADA],
    ["numbers", "fixed", ADA],
]
"""Each command that acts on a person by number; an opt-out, an opt-in and a consent take any."""


@pytest.fixture(scope="module")
def two(new_world: Callable[[], AbstractContextManager[World]]) -> Iterator[District]:
    with new_world() as world:
        yield district(world, world.provider, world.clock)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command as somebody of one office, in this process."""

    def run(world: World, office_id: str, *words: str) -> Result:
        monkeypatch.setattr("webapp.cli.common.build", lambda _settings: world.app)
        for name, value in environment(world.url).items():
            monkeypatch.setenv(name, value)
        if world.app.accounts.with_name("Ito") is None:
            add_account(world.app.accounts, "Ito", Role.APPROVER)
        world.app.people.set_offices(world.app.accounts.id_of("Ito"), [office_id], STAFF)
        return CliRunner().invoke(cli, [*words, "--by", "Ito"])

    return run


def said(done: Result) -> str:
    return f"{done.output}{done.exception}"


def test_a_recent_launch_of_another_office_is_asked_about_without_its_name(
    world: World, tmp_path: Path, ran: Callable[..., Result]
) -> None:
    north, south = add_office(world, "North"), add_office(world, "South")
    launch_for(world, north, "Secret fair", {ADA: "Ada"})
    message = "Secret fair: hello {{first_name}}"  # as `launch_for` writes it
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(f"first_name,phone\nAda,{ADA}\n")
    words = ["--name", "Fall", "--message", message, "--contacts", str(contacts)]
    done = ran(world, south, "campaign", "launch", *words)
    assert "Secret fair" not in said(done)
    assert "A campaign of another office" in said(done)


@pytest.mark.parametrize("words", WITH_A_NUMBER, ids=lambda words: " ".join(words[:2]))
def test_a_number_of_another_office_alone_is_an_unknown_number(
    two: District, ran: Callable[..., Result], words: list[str]
) -> None:
    before = two.world.app.ledger.reader.head()
    done = ran(two.world, two.south, *words)
    assert done.exit_code != 0
    assert UNKNOWN in said(done)
    changes = two.world.app.ledger.reader.events(before)
    assert {each.stream_id for each in changes} <= {"people"}  # the offices of who asks


def test_an_opt_out_does_not_tell_whether_another_office_texts_the_number(
    world: World, ran: Callable[..., Result]
) -> None:
    north, south = add_office(world, "North"), add_office(world, "South")
    campaign_id = launch_for(world, north, "Secret fair", {ADA: "Ada"})
    done = ran(world, south, "contact", "opt-out", ADA)
    assert "0 waiting deliveries withdrawn" in said(done)
    world.catch_up()
    assert world.row(world.delivery(campaign_id, ADA)).is_opted_out


def test_a_legal_hold_of_another_office_keeps_a_person_without_its_name(
    two: District, ran: Callable[..., Result]
) -> None:
    done = ran(two.world, two.south, "contact", "forget", CLEO, "--yes")
    assert "A legal hold on a campaign of another office keeps this contact" in said(done)
    assert two.campaign_id not in said(done)
    two.world.execute(PlaceCampaignLegalHold(two.beech_campaign_id, "Ours", STAFF))
    done = ran(two.world, two.south, "contact", "forget", CLEO, "--yes")
    assert f"A legal hold on the campaign {two.beech_campaign_id} keeps" in said(done)
    assert two.campaign_id not in said(done)
