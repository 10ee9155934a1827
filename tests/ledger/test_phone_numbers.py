"""Numbers as people and spreadsheets write them become E.164, or are refused with a reason."""

import re
import string

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.messages.phone_numbers import display, is_region, normalize

REGIONS = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
US_DIGITS = st.integers(2_000_000_000, 9_999_999_999).map(str)


@pytest.mark.parametrize(
    "written",
    [
        "+14155550101",
        "14155550101",
        "4155550101",
        "(415) 555-0101",
        "415.555.0101",
        "415/555/0101",
        "[415] 555 0101",
        "+1 (415) 555-0101",
        "(+1) 415 555 0101",
        "  +1 415 555 0101\t",
        "1-415-555-0101",
        "415\u00a0555\u20110101",
        "415\u2013555\u20130101",
        "\u202a+14155550101\u202c",
        "\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff10\uff11",
        "\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0660\u0661",
        "'+14155550101",
        '="+14155550101"',
        "=+14155550101",
        "tel:+1-415-555-0101",
        "TEL: 415 555 0101",
        "4155550101.0",
        "011 1 415 555 0101",
    ],
)
def test_a_number_is_read_as_people_and_spreadsheets_write_it(written):
    assert normalize(written, "US") == "+14155550101"


@pytest.mark.parametrize("number", ["+14155530006", "+15005550001", "+15005550009", "+14155550101"])
def test_fictional_and_test_numbers_are_accepted(number):
    assert normalize(number, "US") == number


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("07400 123456", "GB", "+447400123456"),
        ("+44 (0)20 7946 0123", "US", "+442079460123"),
        ("0044 20 7946 0123", "DE", "+442079460123"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("06 1234 5678", "IT", "+390612345678"),
    ],
)
def test_a_number_without_country_code_is_read_in_its_region(written, region, e164):
    assert normalize(written, region) == e164


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "no phone number"),
        ("  \t", "no phone number"),
        ("'", "no phone number"),
        ("n/a", "not a phone number"),
        ("-", "no phone number"),
        ("+", "not a phone number"),
        ("*67 415 555 0101", "not a phone number"),
        ("4155550101+", "not a phone number"),
        ("4155550101, 4155550102", "not a phone number"),
        ("4" * 101, "not a phone number"),
        ("4", "not a phone number"),
        ("911", "the number is too short"),
        ("+1 415 555 010", "the number is too short"),
        ("+1 415 555 01011", "the number is too long"),
        ("415 555 0101 / 415 555 0102", "the number is too long"),
        ("555-0101", "the area code is missing"),
        ("+999 555 0101", "the country code is not known"),
        ("+49 1", "the number is too short"),
        ("+65 123456789", "no number under +65 has this length"),
        ("415 555 0101 x12", "the number has an extension, which no text can reach"),
        ("415 555 0101 ext. 12", "the number has an extension, which no text can reach"),
        ("415 555 0101 extension 12", "the number has an extension, which no text can reach"),
        ("415 555 0101 #12", "the number has an extension, which no text can reach"),
        ("tel:+14155550101;ext=12", "the number has an extension, which no text can reach"),
        ("1-800-FLOWERS", "the number contains letters"),
        ("call 415 555 0101", "the number contains letters"),
        (
            "1.41556E+10",
            "the spreadsheet has rounded the number; format that column as text",
        ),
        (
            "1,41556E+10",
            "the spreadsheet has rounded the number; format that column as text",
        ),
    ],
)
def test_a_number_that_cannot_be_texted_is_refused_with_the_reason(written, reason):
    with pytest.raises(BadInput) as refusal:
        normalize(written, "US")
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("written", "region"), [("0809 628645", "JE"), ("08113507569", "BY"), ("183281708", "CX")]
)
def test_a_number_that_would_read_differently_the_next_time_is_refused(written, region):
    with pytest.raises(BadInput, match="begins with digits that do not belong to it"):
        normalize(written, region)


@settings(deadline=None)
@given(digits=US_DIGITS, data=st.data())
def test_separators_never_change_the_number(digits, data):
    between = data.draw(st.lists(st.sampled_from(["", " ", "-", ".", " - "]), min_size=10))
    written = "".join(f"{digit}{gap}" for digit, gap in zip(digits, between, strict=False))
    assert normalize(written, "US") == f"+1{digits}"


@settings(deadline=None)  # the first look at a region loads its numbering plan
@given(
    written=st.text(string.digits + "+ -()", min_size=6, max_size=18),
    region=REGIONS,
    other_region=REGIONS,
)
def test_a_normalized_number_is_the_same_wherever_it_is_read(written, region, other_region):
    e164 = _normalized_or_none(written, region)
    assert e164 is None or normalize(e164, other_region) == e164


@settings(deadline=None)
@given(written=st.text(max_size=30), region=REGIONS)
def test_any_text_is_a_number_or_refused(written, region):
    e164 = _normalized_or_none(written, region)
    assert e164 is None or re.fullmatch(r"\+[1-9][0-9]{2,16}", e164)


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+14155550101", "+1 415 555 0101"),
        ("+15005550001", "+1 500 555 0001"),
        ("+442079460123", "+44 20 7946 0123"),
        ("not a number", "not a number"),
        ("", ""),
    ],
)
def test_a_number_is_shown_in_groups(e164, shown):
    assert display(e164) == shown


@pytest.mark.parametrize("region", ["US", "GB", "DE", "PR"])
def test_a_region_is_two_capital_letters(region):
    assert is_region(region)


@pytest.mark.parametrize("text", ["", "us", "USA", "XX", "001", "1"])
def test_anything_else_is_no_region(text):
    assert not is_region(text)


def _normalized_or_none(written: str, region: str) -> str | None:
    try:
        return normalize(written, region)
    except BadInput:
        return None
