"""Compares README and docs with the code: commands, options, settings, events, files, links."""

import inspect
import json
import re
import shlex
from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import click

from ledger.domain.events import EVENT_TYPES
from ledger.domain.vocabulary import Role
from webapp.cli import cli
from webapp.documents import CONTACT_FIELDS
from webapp.permissions import PERMISSIONS, Permission

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROSE = [*PAGES, ROOT / "CHANGELOG.md"]
REFERENCE = ROOT / "docs" / "reference"
EXPLANATION = ROOT / "docs" / "explanation"
DECISIONS = ROOT / "docs" / "decisions"
FILE = re.compile(r"`((?:ledger|projections|webapp|tests)/[\w/.-]+|[\w/-]+\.py)`")
"""A file of the program, or anything that ends in `.py`, in backticks."""
OUTSIDE = {"Flask", "Twilio"}
"""Who takes part in a sequence picture and is no module of the program."""
BUNDLED = {"verify.py"}
"""Named as an auditor finds it in a bundle."""
PRIVATE = re.compile(
    r"\b(anew|whoever|besides|verbs?|sight|spool|courier|waker|stretch|wish(es)?|verdicts?)\b"
    r"|\bof ours\b|\bnone of ours\b|\bso many of\b|\blet go of\b",
    re.IGNORECASE,
)
"""Words that an engineer new to the project would have to guess."""
COMMAND = re.compile(r"(?:\.venv/bin/)?delivery-ledger ((?:[^`\n|]|\\\n)+)")


def named_files(page: Path) -> set[str]:
    return set(FILE.findall(page.read_text())) - BUNDLED


def table(page: Path) -> list[str]:
    """The rows of all tables of a page, without their headings and the lines below these."""
    lines = page.read_text().splitlines()
    return [
        line
        for line, before in zip(lines[1:], lines, strict=False)
        if line.startswith("|") and before.startswith("|") and not line.startswith("|---")
    ]


def commands() -> list[tuple[str, list[str]]]:
    """Page and words of every command line, without the brackets of a synopsis."""
    return [
        (page.name, shlex.split(re.sub(r"[\[\]…]", " ", match.group(1)), comments=True))
        for page in PAGES
        for match in COMMAND.finditer(page.read_text().replace("\\\n", " "))
    ]


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


def test_every_command_in_the_docs_exists_with_its_options():
    assert len(commands()) > 100
    assert [line for line in commands() if not exists(line[1])] == []


def exists(words: list[str]) -> bool:
    """Whether these words are a command of the program, and options that it has."""
    command, rest = leaf(words)
    known = {option for parameter in command.params for option in parameter.opts}
    options = {word for word in rest if word.startswith("--")}
    return not isinstance(command, click.Group) and options <= known | {"--help"}


def test_every_command_is_in_the_reference():
    text = (REFERENCE / "commands.md").read_text()
    assert [line for line in tree(cli) if f"`{line}" not in text] == []


def json_examples() -> list[dict[str, object]]:
    """The JSON documents that the reference of commands shows as indented blocks."""
    text = (REFERENCE / "commands.md").read_text()
    blocks = re.findall(r"^(    \{(?:.+\n)+)", text, re.MULTILINE)
    return [json.loads(block) for block in blocks]


def test_the_contact_document_in_the_reference_has_every_field():
    contacts = [example for example in json_examples() if "delivery_id" in example]
    assert [tuple(contact) for contact in contacts][:1] == [CONTACT_FIELDS]


def test_every_setting_is_in_the_reference_and_no_other():
    page = REFERENCE / "settings.md"
    sources = [ROOT / "webapp" / name for name in ("settings.py", "sign_in_settings.py")]
    source = "".join(each.read_text() for each in sources)
    settings = re.findall(r'"((?:LEDGER|TWILIO)_[A-Z_]+)"', source)
    documented = re.findall(r"^\| `([A-Z_]+)`", page.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(set(settings))


def test_every_event_is_in_the_reference_and_no_other():
    page = REFERENCE / "events.md"
    documented = re.findall(r"^\| `(\w+)` \|", page.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(event_type.topic for event_type in EVENT_TYPES)


def test_every_make_target_in_the_docs_exists():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pattern = re.compile(r"(?:^ {4,}|`)make ([\w-]+)", re.MULTILINE)
    named = [(page.name, name) for page in PAGES for name in pattern.findall(page.read_text())]
    assert [each for each in named if each[1] not in targets] == []


def test_the_readme_names_the_two_targets_that_everybody_needs():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert {"    make run", "    make test"} <= set(lines)


def test_every_link_leads_somewhere():
    pattern = re.compile(r"\]\(([^)#]+)\)")
    links = [(page, link) for page in PAGES for link in pattern.findall(page.read_text())]
    files = [(page, link) for page, link in links if not link.startswith("http")]
    assert [each for each in files if not (each[0].parent / each[1]).exists()] == []


def test_every_file_that_is_joined_exists():
    """Files of the program are named from the root, so that they can be found, and checked."""
    named = [(page.name, name) for page in PAGES for name in named_files(page)]
    assert [each for each in named if not (ROOT / each[1]).exists()] == []


def test_every_name_in_the_table_of_rules_is_in_one_of_its_files():
    lines = table(EXPLANATION / "rules.md")
    assert [(line, missing) for line in lines if (missing := names_in_no_file(line))] == []


def names_in_no_file(line: str) -> list[str]:
    """The names of functions and classes in a line of the rules that none of its files has."""
    files = [ROOT / name for name in FILE.findall(line)]
    source = "".join(file.read_text() for file in files if file.is_file())
    names = re.findall(r"\(`(\w+)`\)", line)
    return [name for name in names if not re.search(rf"\b(def|class) {name}\b", source)]


def test_every_term_of_the_glossary_names_a_file():
    lines = table(EXPLANATION / "glossary.md")
    assert [line for line in lines if not FILE.search(line)] == []


def test_no_term_is_in_the_glossary_twice():
    terms = [line.split("|")[1].strip() for line in table(EXPLANATION / "glossary.md")]
    assert [term for term, count in Counter(terms).items() if count > 1] == []


def arrows() -> list[tuple[str, str]]:
    """Who calls whom in the sequence pictures: `ledger.ledger`, `ledger.store.commit:Commit`."""
    text = (EXPLANATION / "architecture.md").read_text()
    pictures = re.findall(r"^```sequence\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^ +(\S+) +─▶ (\S+)", "".join(pictures), re.MULTILINE)


def test_architecture_has_three_pictures():
    text = (EXPLANATION / "architecture.md").read_text()
    assert text.count("```sequence") == 3
    assert len(arrows()) > 30


def test_every_arrow_of_a_picture_is_in_the_code():
    assert [arrow for arrow in arrows() if not is_in_the_code(*arrow)] == []


def is_in_the_code(caller: str, callee: str) -> bool:
    """Whether the caller's module names what it calls."""
    if callee in OUTSIDE:
        return find_spec(caller) is not None
    if not resolve_name(callee):
        return False
    name = re.split(r"[:.]", callee)[-1]
    if caller in OUTSIDE:
        return True
    return re.search(rf"\b{name}\b", inspect.getsource(import_module(caller))) is not None


def test_every_decision_is_listed_and_every_missing_number_explained():
    text = (DECISIONS / "README.md").read_text()
    decisions = sorted(DECISIONS.glob("0*.md"))
    titles = [f"[{page.read_text().splitlines()[0][2:]}]({page.name})" for page in decisions]
    assert re.findall(r"^- (.*)$", text, re.MULTILINE) == titles
    used = {int(page.name[:4]) for page in decisions}
    unused = sorted(set(range(1, max(used))) - used)
    assert [number for number in unused if f"{number:04}" not in text] == []


def test_every_decision_has_situation_choice_and_consequence():
    pattern = re.compile(r"^\*\*(\w+)\.\*\*", re.MULTILINE)
    wanted = ["Situation", "Choice", "Consequence"]
    pages = DECISIONS.glob("0*.md")
    assert [page.stem for page in pages if pattern.findall(page.read_text()) != wanted] == []


def test_every_page_is_in_the_list_of_pages():
    index = ROOT / "docs" / "README.md"
    pages = {page for page in PAGES if index.parent in page.parents and page.parent != DECISIONS}
    names = sorted(str(page.relative_to(index.parent)) for page in pages - {index})
    assert [name for name in names if f"({name})" not in index.read_text()] == []


def test_pages_use_the_words_of_the_glossary():
    lines = [(page.name, line) for page in PROSE for line in page.read_text().splitlines()]
    words = [each for each in lines if PRIVATE.search(each[1])]
    assert [each for each in words if not each[1].startswith("|")] == []


def test_the_reference_says_which_role_may_do_what():
    page = (ROOT / "docs/reference/roles.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    assert rows[0] == ["may", *Role]
    assert {row[0]: row[1:] for row in rows[1:]} == {
        permission: ["yes" if permission in PERMISSIONS[role] else "no" for role in Role]
        for permission in Permission
    }
