"""Commands that sentences and pages name: each exists, and names its ledger."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest

from kit.commands import SchoolInProcess
from kit.staff import Staff
from webapp.cli import cli
from webapp.explain.commands import naming_ledger

ROOT = Path(__file__).parents[2]
IN_SENTENCES = re.compile(r"`(delivery-ledger [^`]+)`")
IN_TEMPLATES = re.compile(r"""command\(["']([^"']+)["']""")


def strings_of(tree: ast.AST) -> Iterator[str]:
    """The texts of a module, without docstrings; a value in one is written as 41."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(each.value) for each in constants(node))
        elif isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)


def constants(node: ast.JoinedStr) -> list[ast.Constant]:
    return [each if isinstance(each, ast.Constant) else ast.Constant("41") for each in node.values]


def hints() -> list[str]:
    files = [
        file for room in ("ledger", "projections", "webapp") for file in (ROOT / room).rglob("*.py")
    ]
    texts = [text for file in files for text in strings_of(ast.parse(file.read_text()))]
    named = {hint for text in texts for hint in IN_SENTENCES.findall(text)}
    pages = [page.read_text() for page in (ROOT / "webapp/templates").rglob("*.html")]
    shown = {f"delivery-ledger {words}" for page in pages for words in IN_TEMPLATES.findall(page)}
    return sorted(named | shown)


def test_commands_are_named_in_templates_by_one_function():
    pages = (ROOT / "webapp/templates").rglob("*.html")
    assert [page.name for page in pages if "<code>delivery-ledger" in page.read_text()] == []


def test_each_command_that_is_named_can_be_pasted():
    named = hints()
    assert len(named) > 12
    assert [hint for hint in named if not can_be_pasted(hint)] == []
    for wrong in ("campaign", "campaign sell", "campaign list --odd", "campaign pause cam_1 cam_2"):
        assert not can_be_pasted(f"delivery-ledger {wrong}")


def can_be_pasted(hint: str) -> bool:
    """Whether it names the ledger, and a command with these options and arguments exists."""
    program, option, name, *words = shlex.split(naming_ledger(f"`{hint}`", "north").strip("`"))
    command, context = cli, click.Context(cli)
    while isinstance(command, click.Group) and words:
        command = command.get_command(context, words.pop(0))
    if command is None or isinstance(command, click.Group):
        return False
    options = {each for parameter in command.params for each in parameter.opts}
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    return (
        (program, option, name) == ("delivery-ledger", "--ledger", "north")
        and {word for word in words if word.startswith("--")} <= options
        and len([word for word in words if not word.startswith("--")]) <= len(arguments)
    )


@pytest.fixture
def school(tmp_path):
    """An installation of the ledgers north and south."""
    folder = tmp_path / "ledgers"
    folder.mkdir()
    for name in ("north", "south"):
        url = f"sqlite:///{tmp_path}/{name}.sqlite3"
        (folder / f"{name}.toml").write_text(f'LEDGER_DATABASE_URL = "{url}"')
    shared = {"LEDGER_DIRECTORY": str(folder), "LEDGER_DATABASE_URL": ""}
    return SchoolInProcess(tmp_path, 1, settings=shared)


def test_a_refusal_of_a_command_names_its_ledger(school):
    refused = school.run("campaign", "pause", "cam_none", "--ledger", "south")
    (hint,) = IN_SENTENCES.findall(refused.stderr)
    assert hint == "delivery-ledger --ledger south campaign list"
    assert school.run(*shlex.split(hint)[1:]).returncode == 0


def printed() -> Iterator[str]:
    """The source of each `click.echo(…)` of the command line."""
    for file in (ROOT / "webapp/cli").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "click.echo":
                yield ast.unparse(node)


def test_what_a_command_says_names_its_ledger():
    assert [call for call in printed() if "`delivery-ledger" in call and "named(" not in call] == []


@pytest.fixture
def north(world):
    """A member of staff in front of the pages of the ledger north."""
    settings = replace(world.app.settings, ledger_name="north")
    return Staff(replace(world, app=replace(world.app, settings=settings)))


def test_a_page_names_its_ledger(north, world, campaign):
    assert (
        "`delivery-ledger --ledger north campaign list`"
        in north.open("/campaigns/new?clone=cam_none").text
    )
    event = north.open(f"/audit/{world.app.ledger.reader.head()}").text
    assert "<code>delivery-ledger --ledger north tlog-proof" in event
