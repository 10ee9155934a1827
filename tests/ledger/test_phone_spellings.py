"""Phones whose number is written in two ways are one contact; all others have one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.domain.phone_spellings import reachable, spellings
from ledger.identity import Identity

IDENTITY = Identity(b"one key of one ledger, 32 bytes.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+525512345678", "+5215512345678"),
        ("+5491123456789", "+541123456789"),
        ("+5493511234567", "+543511234567"),
        ("+5511987654321", "+551187654321"),
    ],
)
def test_both_spellings_of_a_phone_are_one_contact(one, other):
    assert set(spellings(one)) == set(spellings(other)) == {one, other}
    assert IDENTITY.contact_id(one) == IDENTITY.contact_id(other)


@pytest.mark.parametrize(
    "e164",
    [
        *("+14155550101", "+447700900144", "+5212345", "+548001234567", "+5491", "+551134567890"),
        *("+5511912345678", "", "SCHOOL", "whatsapp:+5215512345678"),
    ],
)
def test_other_numbers_have_one_spelling(e164):
    assert spellings(e164) == (e164,)
    assert IDENTITY.contact_ids(e164) == (IDENTITY.contact_id(e164),)


@given(st.from_regex(r"\+5[245][0-9]{9,12}", fullmatch=True))
def test_each_spelling_leads_to_the_same_spellings(e164):
    assert {spellings(spelling) for spelling in spellings(e164)} == {spellings(e164)}
    assert reachable(reachable(e164)) == reachable(e164)


@pytest.mark.parametrize(
    ("e164", "contact_id"),
    [
        ("+14155550101", "con_g6xzkkwahm6gytii7qrhq2pj"),
        ("+525512345678", "con_jtuvkkqxeftuwquvf2c6ghwe"),
        ("+5491123456789", "con_6lhehyqeomdhn2yd5prgksfb"),
    ],
)
def test_the_ids_are_those_of_earlier_versions(e164, contact_id):
    assert Identity(bytes(32)).contact_id(e164) == contact_id
