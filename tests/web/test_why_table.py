"""Whole sentences for every stage of a delivery and everything that can hold it back."""

import re
from datetime import datetime

import pytest

from kit import why_table
from kit.why_table import ALL_SETS_OF_HOLDS, GOLDEN, NOW, STAGES, Case, case_of
from ledger.domain.holds import FINAL, OPEN_ENDED, Hold
from ledger.domain.standing import Stage

CONTRASTS = re.compile(r", but ")


def test_the_table_that_people_read_is_what_the_program_says():
    assert why_table.table() == GOLDEN.read_text()


def test_the_table_reaches_every_stage():
    assert {case_of(name, frozenset()).history.standing.stage for name in STAGES} == set(Stage)


@pytest.mark.parametrize("name", STAGES)
def test_what_is_read_at_a_stage_is_true_under_every_set_of_holds(name):
    """One test for all that must be true of a case: making the cases takes most of its time."""
    for holds in ALL_SETS_OF_HOLDS:
        case = case_of(name, holds)
        check_grammar(case)
        check_planned_time(case)
        check_open_ended_holds(case)
        check_ruled_out(case)


def check_grammar(case: Case) -> None:
    """Every sentence is grammatical."""
    assert faults_of(case.sentence) == [], case.sentence
    assert len(CONTRASTS.findall(case.sentence)) <= 1, case.sentence
    if case.why.outlook:
        assert faults_of(case.why.outlook) == [], case.why.outlook


def check_planned_time(case: Case) -> None:
    """No case promises a time that cannot come or is past."""
    is_planned = "planned for" in case.sentence
    assert is_planned == ("next attempt " in case.cell) == bool(case.upcoming.at), case.cell
    if is_planned:
        assert case.wanted.isdisjoint(FINAL | OPEN_ENDED), case.sentence
        assert planned_moment(case) == case.upcoming.at > NOW, case.sentence


def check_open_ended_holds(case: Case) -> None:
    """A waiting contact names every hold that somebody must end."""
    words = {Hold.PAUSED: "was paused at", Hold.SENDING_OFF: "all sending is off"}
    if case.upcoming.is_awaited and case.wanted.isdisjoint(FINAL):
        said = {hold for hold, phrase in words.items() if phrase in case.sentence}
        assert said == case.wanted & OPEN_ENDED, case.sentence


def check_ruled_out(case: Case) -> None:
    """A hold that rules an attempt out is named on the page and in the tab."""
    if case.upcoming.is_ruled_out:
        assert re.search("nothing more is sent|no attempt|for good", case.sentence), case.sentence
        assert "no further attempts: " in case.cell, case.cell


def faults_of(text: str) -> list[str]:
    """What is wrong with how a sentence is written."""
    rules = {
        "no capital at its start": text[:1].isupper(),
        "no period at its end": text.endswith(".") and not text.endswith(".."),
        "two spaces": "  " not in text and text == text.strip(),
        "so but": not re.search(r"\b(so but|but so|and but|but and|so and)\b", text),
        "doubled marks": not re.search(r"[,;.] ?[,;.]", text),
        "a space before a mark": not re.search(r"\s[,;.]", text),
        "a word twice": not re.search(r"\b(\w+) \1\b", text),
        "nothing filled in": not re.search(r"None|\{|\}", text),
    }
    return [rule for rule, is_kept in rules.items() if not is_kept]


def planned_moment(case: Case) -> datetime:
    """The last moment of a sentence, which is that of its plan."""
    return [part for part in case.why.sentence if isinstance(part, datetime)][-1]
