"""What `make mutants` changes is there, with its tests, and the page lists it."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGETS = tomllib.loads((ROOT / "tests/mutation/targets.toml").read_text())
PAGE = (ROOT / "docs/reference/mutants.md").read_text()


def test_what_is_mutated_is_there_with_its_tests():
    named = {path for module in TARGETS for path in (module, *TARGETS[module])}
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []


def test_the_page_lists_every_module_that_is_mutated():
    names = ["/".join(Path(module).with_suffix("").parts[1:]) for module in TARGETS]
    assert [name for name in names if f"| {name} |" not in PAGE] == []
