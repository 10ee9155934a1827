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


def test_the_page_has_the_row_of_every_behaviour():
    rows = [f"| {b.digits or 'any other'} | {b.example} | {b.summary} |" for b in BEHAVIOURS]
    assert [row for row in rows if row not in ROWS] == []


def test_the_page_has_no_other_row():
    assert len(ROWS) == len(BEHAVIOURS)


def test_every_example_behaves_as_its_row():
    assert [b.example for b in BEHAVIOURS if behaviour_of(b.example) is not b] == []


@pytest.mark.parametrize(("name", "share"), SHARES)
def test_the_page_names_the_shares_of_disorder(name, share):
    assert f"| {name} | {share:.0%} |" in PAGE
