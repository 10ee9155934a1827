"""What README and docs say is held against the code: commands, options, settings, events, links."""

import re
import shlex
from pathlib import Path

import click
import pytest

from ledger.domain.events import EVENT_TYPES
from webapp.cli import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
REFERENCE = ROOT / "docs" / "reference"
COMMAND = re.compile(r"(?:\.venv/bin/)?delivery-ledger ((?:[^`\n|]|\\\n)+)")


def commands() -> list[tuple[str, list[str]]]:
    found = []
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        for match in COMMAND.finditer(text):
            words = re.sub(r"[\[\]…]", " ", match.group(1))
            found.append((page.name, shlex.split(words, comments=True)))
    return [(page, words) for page, words in found if words[0] in subcommands(cli)]


def subcommands(command: click.Command) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {}
    context = click.Context(command)
    return {name: command.get_command(context, name) for name in command.list_commands(context)}


def leaf(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = cli
    while words and words[0] in (known := subcommands(command)):
        command, words = known[words[0]], words[1:]
    return command, words


def tree(command: click.Command, path: str = "delivery-ledger") -> list[str]:
    if not isinstance(command, click.Group):
        return [path]
    known = subcommands(command).items()
    return [line for name, sub in known for line in tree(sub, f"{path} {name}")]


@pytest.mark.parametrize(("page", "words"), commands())
def test_every_command_in_the_docs_exists_with_its_options(page, words):
    command, rest = leaf(words)
    assert not isinstance(command, click.Group), page
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known | {"--help"}


def test_every_command_is_in_the_reference():
    text = (REFERENCE / "commands.md").read_text()
    assert [line for line in tree(cli) if f"`{line}" not in text] == []


def test_every_setting_is_in_the_reference_and_no_other():
    read = set(
        re.findall(r'"((?:LEDGER|TWILIO)_[A-Z_]+)"', (ROOT / "webapp/settings.py").read_text())
    )
    told = set(
        re.findall(r"^\| `([A-Z_]+)`", (REFERENCE / "settings.md").read_text(), re.MULTILINE)
    )
    assert told == read


def test_every_event_is_in_the_reference_and_no_other():
    told = re.findall(r"^\| `(\w+)` \|", (REFERENCE / "events.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(event_type.topic for event_type in EVENT_TYPES)


def test_every_make_target_that_is_told_exists():
    told = {t for page in PAGES for t in re.findall(r"\bmake (\w+)", page.read_text())}
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test"} <= told & targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    here = [link for link in links if not link.startswith("http")]
    assert [link for link in here if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page):
    named = re.findall(r"`((?:ledger|projections|webapp|tests)/[\w/.]+)`", page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []
