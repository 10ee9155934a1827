"""The reference page says of every number what the data says, and nothing else."""

from pathlib import Path

import pytest

from webapp.standin import disorder
from webapp.standin.behaviour import BEHAVIOURS, behaviour_of

PAGE = (Path(__file__).parents[2] / "docs/reference/stand-in.md").read_text()
ROWS = [line for line in PAGE.splitlines() if "| +1" in line]
SHARES = [
    ("lost", disorder.LOST),
    ("doubled", disorder.DOUBLED),
    ("late", disorder.LATE),
    ("shuffled", disorder.SHUFFLED),
    ("early", disorder.EARLY),
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.example)
def test_the_page_has_the_row_of_every_behaviour(behaviour):
    digits = behaviour.digits or "any other"
    assert f"| {digits} | {behaviour.example} | {behaviour.summary} |" in ROWS


def test_the_page_has_no_other_row():
    assert len(ROWS) == len(BEHAVIOURS)


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.example)
def test_every_example_behaves_as_its_row(behaviour):
    assert behaviour_of(behaviour.example) is behaviour


@pytest.mark.parametrize(("name", "share"), SHARES)
def test_the_page_names_the_shares_of_disorder(name, share):
    assert f"| {name} | {share:.0%} |" in PAGE
