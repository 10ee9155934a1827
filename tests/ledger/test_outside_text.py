"""Text from outside is made encodable; fields of reports are read in whatever type they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.messages.outside_text import encodable
from ledger.messages.report_fields import code_of, last_of, status_of, word_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fête 🎉", "Fête 🎉"),
        ("half \ud83d", "half �"),
        ("both \ud83c\udf89 halves", "both 🎉 halves"),
        ("F\udceate", "F�te"),
        ("a\0b", "ab"),
        ("", ""),
    ],
)
def test_what_cannot_be_stored_is_replaced(text, expected):
    assert encodable(text) == expected


@given(text=st.text(st.characters()), most=st.none() | st.integers(0, 20))
def test_whatever_passes_can_be_encoded_and_is_not_too_long(text, most):
    passed = encodable(text, most)
    assert "\0" not in passed
    assert passed.encode().decode() == passed
    assert most is None or len(passed) <= most


@given(text=st.text())
def test_proper_text_passes_unchanged(text):
    assert encodable(text) == text.replace("\0", "")


@pytest.mark.parametrize(
    "value", [30005, "30005", 30005.0, "30005.0", " 30005 ", "030005", "30005.", "\t30005\n"]
)
def test_a_code_is_the_same_in_every_type(value):
    assert code_of(value) == "30005"


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", "null", "None", "0", 0, 0.0, -1, "-30005", 1.5, True, False, [], {}),
        *("abc", "30005 or 30006", 10**9, "9" * 5000, float("nan"), float("inf")),
    ],
)
def test_what_is_no_code_is_none(value):
    assert code_of(value) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["30005"], "30005"),
        (["30005", ""], "30005"),
        (["", "30005"], "30005"),
        (["30005", "30006"], "30006"),
        (["30005", "null"], "30005"),
        (["30005", "0", " "], "30005"),
        (["", "null"], None),
        ([], None),
    ],
)
def test_of_repeated_codes_the_last_real_one_counts(values, expected):
    parameters = [("ErrorMessage", "1"), *(("ErrorCode", value) for value in values)]
    assert last_of(parameters, "ErrorCode", code_of) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(" Delivered ", "delivered"), ("SENT", "sent"), (None, ""), ([], ""), (True, "")],
)
def test_a_status_is_read_in_any_case(value, expected):
    assert status_of(value) == expected


@given(value=st.text(st.characters()) | st.integers() | st.none() | st.floats())
def test_a_word_fits_into_an_index(value):
    assert len(word_of(value).encode()) <= 400
