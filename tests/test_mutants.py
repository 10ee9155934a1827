"""What `make mutants` changes is there, with its tests, and the page lists it."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TARGETS = tomllib.loads((ROOT / "tests/mutation/targets.toml").read_text())
PAGE = (ROOT / "docs/reference/mutants.md").read_text()


@pytest.mark.parametrize("module", TARGETS)
def test_a_module_that_is_mutated_is_there_with_its_tests(module):
    assert [path for path in (module, *TARGETS[module]) if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("module", TARGETS)
def test_the_page_lists_every_module_that_is_mutated(module):
    room_and_name = "/".join(Path(module).with_suffix("").parts[1:])
    assert f"| {room_and_name} |" in PAGE
