"""Twilio may keep other words than were sent: which changes leave a text the same."""

import pytest

from ledger.messages.same_words import is_same_text

SENT = (
    "Hello Zo\u00eb, it\u2019s \u201cField Day\u201d \u2013 9\u202fa.m.\u2026 \u00bd day \U0001f3c3"
)


@pytest.mark.parametrize(
    "recorded",
    [
        SENT,
        'Hello Zo\u00eb, it\'s "Field Day" - 9 a.m.... 1/2 day ',  # Smart Encoding
        "Hello Zoe\u0308, it\u2019s \u201cField Day\u201d \u2013 9\u202fa.m.\u2026 \u00bd day",
        "Hello Zoe, it's Field Day - 9\u00a0a.m. 1/2 day ?",
        "  hello zoe it s field day 9 a m 1 2 day\n",
        "\ufeffHello\u200b Zo\u00eb, it\u02bcs \u00abField Day\u00bb \u2014 9 a.m.... \u00bd day",
    ],
)
def test_quotes_dashes_spaces_accents_and_symbols_do_not_count(recorded):
    assert is_same_text(recorded, SENT)


@pytest.mark.parametrize(
    "recorded",
    ["", "Hello Zo\u00eb", "Hello Ada, it's Field Day 9 a.m. 1/2 day", SENT + "2", "\U0001f3c3"],
)
def test_other_letters_or_digits_make_another_text(recorded):
    assert not is_same_text(recorded, SENT)


@pytest.mark.parametrize("body", ["", "\U0001f44d", "!?", "\u2026"])
def test_a_text_without_letters_is_never_the_same(body):
    assert not is_same_text(body, body)


def test_every_script_has_letters():
    assert is_same_text("\u5b78\u6821 \u505c\u8ab2", "\u5b78\u6821\u505c\u8ab2\u3002")
    assert not is_same_text(
        "\u0417\u0430\u0432\u0442\u0440\u0430", "\u0421\u0435\u0433\u043e\u0434\u043d\u044f"
    )
