"""Faults that concern more than one contact: what the first attempts of a campaign show (R19)."""

from dataclasses import replace

import pytest

from kit.stories import accepted, bounced, enrolled, put_back, refused, reported, started
from ledger.domain.shared_faults import FirstAttempts, are_not_from_twilio
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import Reason

OTHERS = Reason.NOT_FROM_TWILIO


def put_back_of(*names, code="21606"):
    """The events of contacts that were put back with a code."""
    return [replace(put_back(), originator_id=name, code=code) for name in names]


def attempts(*names, code="21606"):
    return FirstAttempts.of(put_back_of(*names, code=code))


@pytest.mark.parametrize(("names", "is_ours"), [("abcd", False), ("abcde", True), ("abcdef", True)])
def test_the_same_code_of_five_contacts_shows_our_fault(names, is_ours):
    assert attempts(*names).show_our_fault("21606") is is_ours


def test_a_contact_counts_once():
    assert not attempts(*"aaaaa").show_our_fault("21606")


def test_each_code_is_counted_by_itself():
    two = attempts(*"abc") | attempts(*"de", code="21612")
    assert not two.show_our_fault("21606")
    assert not two.show_our_fault("21612")


@pytest.mark.parametrize("event", [accepted(), reported(Stage.DELIVERED), reported(Stage.READ)])
def test_once_a_text_was_taken_the_code_concerns_its_contact(event):
    after = attempts(*"abcdef") | FirstAttempts.of([event])
    assert not after.show_our_fault("21606")
    assert not after.may_show_our_fault("g", "21606")


@pytest.mark.parametrize(
    "event", [enrolled(), started(), put_back(), refused(), bounced(), reported(None)]
)
def test_what_does_not_show_that_texts_are_taken_changes_nothing(event):
    assert (attempts(*"abcde") | FirstAttempts.of([event])).show_our_fault("21606")


def test_a_text_that_was_taken_is_never_forgotten():
    after = FirstAttempts(has_success=True) | attempts("a")
    assert after.has_success


def test_the_first_refusal_of_a_contact_may_be_our_fault_and_its_second_is_its_own():
    first = attempts("a")
    assert first.may_show_our_fault("b", "21606")
    assert first.may_show_our_fault("a", "21612")
    assert not first.may_show_our_fault("a", "21606")


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([], False),
        ([OTHERS] * 2, False),
        ([OTHERS] * 3, True),
        ([OTHERS, OTHERS, None], False),
        ([Reason.ACCOUNT, OTHERS, OTHERS], False),
        ([None] * 3, False),
    ],
)
def test_three_answers_in_a_row_are_needed_to_blame_the_network(reasons, expected):
    assert are_not_from_twilio(reasons) is expected
