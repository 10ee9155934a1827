"""What each room may import, read from the source; a broken rule names the import that breaks it.

Rooms are the folders of the three packages, and modules that stand alone in one. They are read from
the tree: a new room fails here until it is said what it may import.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

DOMAIN = ("ledger.domain", "ledger.errors")
LEDGER = {
    "ledger.atomic_file": (),
    "ledger.clock": (),
    "ledger.errors": (),
    "ledger.lazy_property": (),
    "ledger.parent_process": (),
    "ledger.domain": ("ledger.errors",),
    "ledger.messages": (*DOMAIN, "ledger.lazy_property", "ledger.parent_process"),
    "ledger.identity": ("ledger.domain",),
    "ledger.store": (*DOMAIN, "ledger.clock"),
    "ledger.recorded_event": (*DOMAIN, "ledger.clock", "ledger.lazy_property", "ledger.store"),
    "ledger.unit_of_work": (*DOMAIN, "ledger.clock", "ledger.identity", "ledger.store"),
    "ledger.reader": (*DOMAIN, "ledger.clock", "ledger.recorded_event", "ledger.store"),
    "ledger.ledger": (
        *(*DOMAIN, "ledger.clock", "ledger.identity", "ledger.reader"),
        *("ledger.observer", "ledger.store", "ledger.unit_of_work"),
    ),
    "ledger.observer": (),
    "ledger.providers": (*DOMAIN, "ledger.messages"),
    "ledger.proof": (
        *(*DOMAIN, "ledger.atomic_file", "ledger.clock", "ledger.lazy_property", "ledger.store"),
    ),
    "ledger.commands": (
        *(*DOMAIN, "ledger.identity", "ledger.lazy_property", "ledger.ledger", "ledger.messages"),
        *("ledger.providers", "ledger.reader", "ledger.recorded_event", "ledger.store.search"),
        "ledger.unit_of_work",
    ),
    "ledger.sending": (
        *(*DOMAIN, "ledger.atomic_file", "ledger.clock", "ledger.commands", "ledger.ledger"),
        *("ledger.messages", "ledger.providers", "ledger.reader", "ledger.recorded_event"),
        *("ledger.store", "ledger.unit_of_work"),
    ),
}
"""Room of the ledger → what it may import of the program besides itself."""

EVENTS = (*DOMAIN, "ledger.clock", "ledger.lazy_property", "ledger.recorded_event", "ledger.store")
"""What projections may know of the ledger: its recorded events, not its commands."""

ENGINE = EVENTS
TABLES = (*EVENTS, "projections.engine")
PROJECTION = (*TABLES, "projections.tables", "ledger.messages", "ledger.sending.worklist")


BY_NAME = re.compile(r"(ledger|projections|webapp)(\.\w+)+:\w+")
"""What is imported when it is first used, such as `webapp.parts.accounts:accounts`."""


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def rooms_of(package: str) -> list[str]:
    """The folders and single modules right below a package."""
    entries = (ROOT / package).iterdir()
    folders = [e for e in entries if e.is_dir() and (e / "__init__.py").exists()]
    modules = [f for f in (ROOT / package).glob("*.py") if f.stem != "__init__"]
    return sorted(f"{package}.{entry.stem}" for entry in (*folders, *modules))


def is_in(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


@cache
def imports(file: Path) -> tuple[str, ...]:
    """The modules that a file imports, and `package.name` for what it takes out of a package."""
    return tuple(_read_imports(file))


def _read_imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and is_package(node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Constant) and BY_NAME.fullmatch(str(node.value)):
            yield str(node.value).partition(":")[0]


def is_package(module: str) -> bool:
    return (ROOT / module.replace(".", "/")).is_dir()


def broken(room: str, allowed: tuple[str, ...]) -> list[str]:
    """Each import of the room that is of the program and not allowed."""
    return [
        f"{module_of(file)} imports {module}"
        for file in files(room.partition(".")[0])
        if is_in(module_of(file), room)
        for module in imports(file)
        if module.partition(".")[0] in {"ledger", "projections", "webapp"}
        and not any(is_in(module, allowed_room) for allowed_room in (room, *allowed))
    ]


def importers(library: str) -> set[str]:
    return {
        module_of(file)
        for package in ("ledger", "projections", "webapp")
        for file in files(package)
        for module in imports(file)
        if is_in(module, library)
    }


@pytest.mark.parametrize("room", rooms_of("ledger"))
def test_a_room_of_the_ledger_imports_only_what_it_may(room):
    assert broken(room, LEDGER[room]) == []


def test_no_rule_is_left_of_a_room_that_is_gone():
    assert sorted(LEDGER) == rooms_of("ledger")


def projections() -> list[str]:
    return [r for r in rooms_of("projections") if r.split(".")[1] not in {"engine", "tables"}]


@pytest.mark.parametrize("projection", projections())
def test_a_projection_knows_the_shared_tables_and_no_other_projection(projection):
    assert broken(projection, PROJECTION) == []


def test_the_engine_of_projections_knows_nothing_about_texts():
    assert broken("projections.engine", ENGINE) == []


def test_the_shared_tables_know_no_projection():
    assert broken("projections.tables", TABLES) == []


def test_the_domain_needs_the_standard_library_only():
    outside = {
        f"{module_of(file)} imports {module}"
        for file in files("ledger/domain")
        for module in imports(file)
        if module.partition(".")[0] not in {*sys.stdlib_module_names, "ledger"}
    }
    assert outside == set()


def test_twilios_sdk_is_imported_in_one_file():
    assert importers("twilio") == {"ledger.providers.twilio"}


def test_opentelemetry_is_imported_in_one_module_which_is_imported_by_name():
    assert importers("opentelemetry") == {"webapp.tracing.exporting"}
    assert importers("webapp.tracing.exporting") == {"webapp.tracing.__init__"}


def test_views_reach_the_application_through_one_module():
    users = [
        module_of(file)
        for file in files("webapp")
        if "extensions" in file.read_text() and '"delivery-ledger"' in file.read_text()
    ]
    assert users == ["webapp.current"]


def test_the_stand_in_shares_no_code_with_the_program_that_it_checks():
    assert broken("webapp.standin", ()) == []


def test_pages_hold_no_sql():
    assert [m for m in importers("sqlalchemy") if is_in(m, "webapp.pages")] == []


def test_only_the_composition_root_opens_the_databases():
    openers = {
        module_of(file)
        for package in ("ledger", "projections", "webapp")
        for file in files(package)
        if "open_database(" in file.read_text()
    }
    assert openers == {
        "ledger.store.engine",
        "ledger.store.store",
        "projections.engine.postgresql_view_store",
        "projections.engine.sqlite_view_store",
        "webapp.backups.opening",
        "webapp.parts.databases",
        "webapp.parts.proof",
        "webapp.ledgers.opened_ledger",
    }


def test_only_these_import_by_name():
    named = {
        module_of(file)
        for package in ("ledger", "projections", "webapp")
        for file in files(package)
        if "resolve_name(" in file.read_text()
    }
    assert named == {
        "ledger.store.creation",
        "ledger.store.postgresql",
        "ledger.store.upsert",
        "webapp.accounts.accounts",
        "webapp.app",
        "webapp.bootstrap",
        "webapp.cli.__init__",
        "webapp.cli.lazy",
        "webapp.cli.ledger_option",
        "webapp.cli.ledgers",
        "webapp.cli.running",
        "webapp.composition.part",
        "webapp.composition.queries",
        "webapp.environment",
        "webapp.logs",
        "webapp.opened_views",
        "webapp.parts.proof",
        "webapp.tracing.__init__",
    }


@pytest.mark.parametrize("package", ["ledger", "projections", "webapp"])
def test_the_architecture_lists_every_room_and_no_other(package):
    page = (ROOT / "docs/explanation/architecture.md").read_text()
    table = "\n".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    listed = re.findall(rf"`({package}/\w+)(?:/|\.py)`", table)
    rooms = [room.replace(".", "/") for room in rooms_of(package) if not room.endswith("__main__")]
    assert sorted(set(listed)) == rooms


@pytest.mark.parametrize("package", ["ledger", "projections", "webapp"])
def test_nothing_is_imported_inside_a_function(package):
    inside = [
        f"{module_of(file)}:{node.lineno}"
        for file in files(package)
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []
