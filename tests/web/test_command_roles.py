"""Every command with `--by` asks what its page asks, of every role."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kit.accounts import add_account
from kit.roles import ASKS_NOBODY, MAY_OPEN, MAY_RUN, PAGE_OF
from kit.world import ADA, World, environment
from ledger.domain.vocabulary import Role
from webapp.cli import cli

MAY_RUN_ALL: Mapping[str, set[str]] = MAY_RUN | {
    command: MAY_OPEN[route] for command, route in PAGE_OF.items()
}


def commands_with_by(group: click.Group, *words: str) -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands_with_by(command, *words, name)
        elif command and any(parameter.name == "by" for parameter in command.params):
            yield " ".join([*words, name])


def test_the_table_has_every_command_with_by() -> None:
    in_table = {command.partition(" --")[0] for command in MAY_RUN_ALL}
    assert set(commands_with_by(cli)) == in_table | ASKS_NOBODY


def test_every_command_asks_the_role_that_the_table_says(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The roles that may do most come last, because what they do is really done."""
    monkeypatch.setattr("webapp.cli.common.build", lambda _settings: world.app)
    for name, value in environment(world.url).items():
        monkeypatch.setenv(name, value)
    add_account(world.app.accounts, "Ito", Role.STAFF)
    arguments = arguments_of_commands(world, tmp_path)
    may_run = defaultdict(set)
    for role in (Role.VIEWER, Role.AUDITOR, Role.STAFF, Role.APPROVER, Role.ADMIN):
        add_account(world.app.accounts, f"the {role}", role)
        for command in MAY_RUN_ALL:
            group = command.split()[0]
            words = [*command.split(), *arguments.get(command, arguments.get(group, []))]
            if not is_refused([*words, "--by", f"the {role}"]):
                may_run[command].add(role.value)
    assert may_run == MAY_RUN_ALL


def is_refused(words: Sequence[str]) -> bool:
    """Whether a command asked the role, and that does not suffice."""
    done = CliRunner().invoke(cli, words)
    assert not isinstance(done.exception, SystemExit) or done.exit_code != 2, done.output
    return "may not do this" in str(done.exception)


def arguments_of_commands(world: World, folder: Path) -> dict[str, list[str]]:
    """What each command, or each of a group, needs beside `--by` until it asks the role."""
    campaign_id = world.launch([ADA])
    draft_id = CliRunner().invoke(cli, ["draft", "clone", campaign_id]).output.strip()
    contacts, passphrase = folder / "contacts.csv", folder / "passphrase"
    contacts.write_text("first_name,phone\nAda,4155550101\n")
    passphrase.write_text("a passphrase of a test\n")
    file = ["--contacts", str(contacts)]
    return {
        "backup": [str(folder / "no folder" / "backup"), "--passphrase-file", str(passphrase)],
        "campaign": [campaign_id],
        "campaign follow-up": [campaign_id, "--part", "failed"],
        "campaign hold": [campaign_id, "--reason", "Okri against the school"],
        "campaign check": ["--message", "Hi", *file, "--look-up"],
        "campaign launch": ["--name", "Fall", "--message", "Hi", *file],
        "contact": [ADA],
        "numbers": [ADA],
        "contact consent": [ADA, "--source", "a form", "--given-at", "2026-11-01T10:00"],
        "contact forget": [ADA, "--yes"],
        "contact hold": [ADA, "--reason", "a case"],
        "contact import-opt-outs": [str(contacts)],
        "campaign rules": ["--approval-above", "1000"],
        "decision": [world.delivery(campaign_id)],
        "draft": [draft_id],
        "draft clone": [campaign_id],
        "draft launch": [draft_id, *file],
        "draft save": ["--name", "Fall", "--message", "Hi"],
        "office": ["North"],
        "office rename": ["North", "South"],
        "list": ["Families"],
        "template": ["Snow day"],
        "template make": ["Fair", "--message", "Come"],
        "template change": ["Snow day", "--message", "Stay at home"],
        "list make": ["Families", *file],
        "list replace": ["Families", *file],
        "list rename": ["Families", "Parents"],
        "permalink": ["lnk_x"],
        "retention": ["--yes"],
        "retention set": ["off"],
        "sending account": ["--change", "--yes"],
        "token": ["tok_x"],
        "user": ["Ito"],
        "user add": ["Ada", "--password", "correct horse"],
        "user role": ["Ito", "staff"],
        "webhook": ["whk_x"],
        "webhook add": ["https://school.example/hook", "--name", "SIS"],
        "webhook replay": ["whk_x", "--since", "1"],
        "webhook types": ["whk_x", "--type", "notice"],
    }
