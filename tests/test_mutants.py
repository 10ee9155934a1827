"""What `make mutants` changes is there, with its tests, and the page lists it."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGETS = tomllib.loads((ROOT / "tests/mutation/targets.toml").read_text())
PAGE = (ROOT / "docs/reference/mutants.md").read_text()


def test_what_is_mutated_is_there_with_its_tests():
    named = {path for module in TARGETS for path in (module, *TARGETS[module])}
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


RESULTS, SURVIVORS = PAGE.split("## Survivors")


def modules_in(tables: str) -> set[str]:
    rows = re.findall(r"^\| ([a-z_/, ]+) \|", tables, re.MULTILINE)
    return {name for row in rows for name in row.split(", ")} - {"module", "all"}


def test_the_page_lists_the_modules_that_are_mutated_and_no_others():
    names = {"/".join(Path(module).with_suffix("").parts[1:]) for module in TARGETS}
    assert modules_in(RESULTS) == names
    assert modules_in(SURVIVORS) <= names
