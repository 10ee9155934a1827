"""Who may import whom, read from the source; a broken arrow names the line that breaks it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOMAIN = (
    "campaign",
    "contact",
    "delivery",
    "draft",
    "estimate",
    "keywords",
    "known_text",
    "message",
    "permission",
    "resend",
    "standing",
    "timing",
    "verdict",
)
PURE = {f"ledger.{name}" for name in (*DOMAIN, "clock", "codes", "errors", "events", "vocabulary")}
READABLE = PURE | {"ledger.entry", "ledger.sending.worklist", "ledger.store"}
"""What projections may know of the ledger: its words and its entries, not its application."""


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def broken(folder: str, *forbidden: str) -> list[str]:
    return [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files(folder)
        for name in imports(file)
        if any(name == word or name.startswith(f"{word}.") for word in forbidden)
    ]


def test_the_ledger_knows_neither_projections_nor_the_web():
    assert broken("ledger", "projections", "webapp") == []


def test_projections_know_neither_the_web_nor_the_ledgers_application():
    assert broken("projections", "webapp") == []
    known = {n for file in files("projections") for n in imports(file) if n.startswith("ledger.")}
    strangers = {n for n in known if not any(n == w or n.startswith(f"{w}.") for w in READABLE)}
    assert strangers == set()


@pytest.mark.parametrize("projection", ["shared", "status", "conversations", "silence"])
def test_no_projection_knows_another_but_the_tables_that_all_share(projection):
    others = {"status", "conversations", "silence"} - {projection}
    found = [
        line
        for other in others
        for line in broken("projections", f"projections.{other}")
        if line.startswith(f"projections/{projection}")
    ]
    assert found == []


@pytest.mark.parametrize("name", DOMAIN)
def test_the_domain_needs_the_standard_library_only(name):
    outside = {
        module
        for module in imports(ROOT / "ledger" / f"{name}.py")
        if module.split(".")[0] not in sys.stdlib_module_names
        and not any(module == word or module.startswith(f"{word}.") for word in PURE)
    }
    assert outside == set()


def test_twilios_sdk_is_imported_in_one_file():
    found = [
        *broken("ledger", "twilio"),
        *broken("projections", "twilio"),
        *broken("webapp", "twilio"),
    ]
    assert {line.split()[0] for line in found} == {"ledger/providers/twilio.py"}


def test_pages_hold_no_sql():
    assert broken("webapp/pages", "sqlalchemy") == []
    assert broken("webapp/callbacks.py", "sqlalchemy") == []


def test_only_the_composition_root_opens_the_databases():
    openers = {
        str(file.relative_to(ROOT))
        for folder in ("ledger", "projections", "webapp")
        for file in files(folder)
        if "open_database(" in file.read_text()
    }
    assert openers == {
        "ledger/store/engine.py",
        "ledger/store/store.py",
        "projections/place.py",
        "webapp/bootstrap.py",
    }


@pytest.mark.parametrize("folder", ["ledger", "projections", "webapp"])
def test_nothing_is_imported_inside_a_function(folder):
    inside = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in files(folder)
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []
