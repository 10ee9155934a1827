"""Numbers as people and spreadsheets write them become E.164, or are refused with a reason."""

import re
import string

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.provider_numbers import number_in
from ledger.errors import BadInput
from ledger.messages.phone_numbers import (
    display,
    from_provider,
    is_region,
    normalize,
    sender_of,
)

REGIONS = st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS))
NORTH_AMERICA = st.sampled_from(phonenumbers.region_codes_for_country_code(1))
US_DIGITS = st.from_regex(r"(?!.11)[2-9][0-9]{2}(?!.11)[2-9][0-9]{6}", fullmatch=True).map(
    lambda digits: "4155550101" if len(set(digits)) == 1 else digits
)


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


@pytest.mark.parametrize(
    "number",
    [
        *("+14155530006", "+15005550001", "+15005550009", "+14155550101", "+12125551212"),
        *("+447700900144", "+447777777777", "+61491570006", "+18004117246"),
    ],
)
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
        ("4" * 101, "not a phone number"),
        ("4", "not a phone number"),
        ("911", "the number is too short"),
        ("+1 415 555 010", "the number is too short"),
        ("+1 415 555 01011", "the number is too long"),
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
    "written",
    [
        "4155550101, 4155550102",
        "4155550101;4155550102",
        "415 555 0101 / 415 555 0102",
        "415-555-0101\n415-555-0102",
        "(415) 555-0101 or (415) 555-0102",
        "Home: 415-555-0101 Cell: 415-555-0102",
        "415 555 0101 & 555 0102",
        "+14155550101+14155550102",
    ],
)
def test_a_cell_with_two_numbers_is_refused_as_such(written):
    with pytest.raises(BadInput, match=r"^the cell has several numbers; keep the one to text$"):
        normalize(written, "US")


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("4.155550101E+09", "+14155550101"),
        ("1.4155550101e10", "+14155550101"),
        ("4,155550101E+09", "+14155550101"),
    ],
)
def test_scientific_notation_that_has_all_digits_is_a_number(written, e164):
    assert normalize(written, "US") == e164


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("000-000-0000", "all its digits are the same"),
        ("2222222222", "all its digits are the same"),
        ("+18888888888", "all its digits are the same"),
        ("1415555018", "no area code begins with 1; perhaps a digit is missing"),
        ("+11415555018", "no area code begins with 1; perhaps a digit is missing"),
        ("015 555 0101", "no area code begins with 0; perhaps a digit is missing"),
        ("911 555 0101", "911 is no area code"),
        ("415 055 0101", "no number has 0 after its area code; perhaps a digit is missing"),
        ("(415) 155-0101", "no number has 1 after its area code; perhaps a digit is missing"),
        ("415 411 0101", "no number has 411 after its area code"),
        ("+44 6000 000000", "no number under +44 has this length and begins so"),
        ("+44 7400 12345", "no number under +44 has this length and begins so"),
        ("+33 0 00 00 00 00", "all its digits are the same"),
        ("+52 1234567890", "no number under +52 has this length and begins so"),
        ("+4155550101", "the country code is missing after the +; write +1, or no +"),
        ("+212 555-0123", "the country code is missing after the +; write +1, or no +"),
    ],
)
def test_a_number_that_cannot_exist_is_refused_with_the_reason(written, reason):
    with pytest.raises(BadInput) as refusal:
        normalize(written, "US")
    assert str(refusal.value) == reason


@pytest.mark.parametrize("written", ["+3235550123", "+6475052806"])
def test_ten_digits_behind_a_plus_that_are_somebody_abroad_are_accepted(written):
    assert normalize(written, "US") == written


def test_ten_digits_behind_a_plus_are_not_taken_for_north_american_ones_elsewhere():
    with pytest.raises(BadInput, match="no number under \\+41 has this length"):
        normalize("+415555010199", "GB")


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("+5215512345678", "US", "+525512345678"),
        ("+52 1 55 1234 5678", "MX", "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        ("+5491123456789", "US", "+5491123456789"),
        ("+541123456789", "US", "+541123456789"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+55 11 8765-4321", "US", "+5511987654321"),
        ("+55 11 98765-4321", "US", "+5511987654321"),
        ("+55 11 3456-7890", "US", "+551134567890"),
    ],
)
def test_of_two_spellings_the_one_that_reaches_the_phone_is_texted(written, region, e164):
    assert normalize(written, region) == e164


@pytest.mark.parametrize(
    ("words", "e164"),
    [
        ("+14155550101", "+14155550101"),
        ("whatsapp:+14155550101", "+14155550101"),
        ("WhatsApp:+14155550101", "+14155550101"),
        ("RCS:+14155550101", "+14155550101"),
        ("messenger:+14155550101", "+14155550101"),
        ("a-new-one:+14155550101", "+14155550101"),
        (" 14155550101", "+14155550101"),
        ("whatsapp: 14155550101", "+14155550101"),
        ("14155550101", "+14155550101"),
        ("Whatsapp:14155550101", "+14155550101"),
        ("channel:rcs:5215512345678", "+525512345678"),
        ("+5215512345678", "+525512345678"),
        ("WHATSAPP:+5215512345678", "+525512345678"),
        ("+1 (415) 555-0101", "+14155550101"),
        ("+10000000000", "+10000000000"),
        ("whatsapp:+10000000000", "+10000000000"),
    ],
)
def test_a_phone_as_twilio_writes_it_is_read_as_its_number(words, e164):
    assert from_provider(words) == number_in(words) == e164


@pytest.mark.parametrize(
    "words",
    [
        *("12345", "SCHOOL", "", " ", "+", "messenger:12345678901234", "rcs:brand_agent"),
        *("sip:ada@example.org", "client:ada", "4155550101", "+1415CALLNOW", "\ud800", "whatsapp:"),
    ],
)
def test_twilios_words_without_a_number_stay_as_they_are(words):
    assert from_provider(words) == words


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_words_of_twilio_are_read(words):
    assert from_provider(from_provider(words)) == from_provider(words)


@pytest.mark.parametrize(
    ("written", "sender"),
    [
        ("15005550006", "+15005550006"),
        ("(500) 555-0006", "+15005550006"),
        ("+15005550006", "+15005550006"),
        ("12345", "12345"),
        ("Oak School", "Oak School"),
    ],
)
def test_a_sender_is_written_as_twilio_writes_it(written, sender):
    assert sender_of(written, "US") == sender


@pytest.mark.parametrize(
    "written",
    ["5550006", "whatsapp:+15005550006", "+1500", "A name too long", "\uff11\uff12\uff13"],
)
def test_anything_else_is_no_sender(written):
    with pytest.raises(BadInput):
        sender_of(written, "US")


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


@settings(deadline=None, max_examples=500)
@given(
    written=st.one_of(
        st.tuples(st.sampled_from(["", "1", "+1"]), US_DIGITS, NORTH_AMERICA),
        st.tuples(st.just("+1"), US_DIGITS, REGIONS),
    )
)
def test_usual_numbers_of_north_america_are_those_that_the_library_reads(written):
    prefix, digits, region = written
    number = phonenumbers.parse(prefix + digits, region)
    assert phonenumbers.is_possible_number(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert normalize(prefix + digits, region) == e164


@settings(deadline=None)
@given(digits=st.from_regex(r"\+?[0-9]{1,17}", fullmatch=True), region=REGIONS)
def test_digits_alone_are_read_as_digits_with_spaces_between(digits, region):
    spaced = digits[:2] + " " + digits[2:]
    assert _normalized_or_none(digits, region) == _normalized_or_none(spaced, region)


@settings(deadline=None)  # the first look at a region loads its numbering plan
@given(
    written=st.text(string.digits + "+ -()", min_size=6, max_size=18),
    region=REGIONS,
    other_region=REGIONS,
)
def test_a_normalized_number_is_the_same_wherever_it_is_read(written, region, other_region):
    e164 = _normalized_or_none(written, region)
    if e164 is None or _looks_north_american(e164, other_region):
        return
    assert normalize(e164, other_region) == e164


def _looks_north_american(e164: str, region: str) -> bool:
    """Ten digits behind a plus may lack their country code, where they are read in that region."""
    return len(e164) == 11 and phonenumbers.country_code_for_region(region) == 1


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


@given(digits=st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_numbers_of_north_america_are_shown_as_the_library_shows_them(digits):
    number = phonenumbers.parse(f"+1{digits}")
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert display(f"+1{digits}") == shown.replace("-", " ")


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
