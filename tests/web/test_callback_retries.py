"""How long Twilio waits, and how long this program does: the numbers fit, in the docs too."""

from pathlib import Path

from webapp import callback_retries as ours
from webapp.standin.retries import ALL_KINDS, retry_rules

DOCS = Path(__file__).parents[2] / "docs/reference"
RULES = retry_rules(f"https://texts.school.example/{ours.RETRY_FRAGMENT}")
ATTEMPTS = RULES.retries + 1


def test_twilio_is_asked_for_no_more_than_it_allows():
    assert (RULES.retries, RULES.kinds) == (5, ALL_KINDS)
    assert 100 <= ours.CONNECT_MILLISECONDS <= 10_000
    assert 100 <= ours.READ_MILLISECONDS <= 15_000
    assert ours.TOTAL_SECONDS == 15


def test_an_answer_comes_before_twilio_stops_reading():
    assert RULES.read_seconds >= ours.PATIENCE_SECONDS + 0.5


def test_the_attempts_fill_the_time_that_twilio_has_for_them():
    assert 0.9 * ours.TOTAL_SECONDS <= ATTEMPTS * ours.PATIENCE_SECONDS <= ours.TOTAL_SECONDS


def test_the_pages_have_these_numbers():
    http = (DOCS / "http.md").read_text()
    for words in (
        f"ends with `{ours.RETRY_FRAGMENT}`",
        f"Twilio waits {RULES.read_seconds:g} seconds for an answer",
        f"posts again up to {RULES.retries} times",
        f"within {ours.TOTAL_SECONDS} seconds in all",
        f"not durable after {ours.PATIENCE_SECONDS} seconds is answered 503",
        f"its {ATTEMPTS} attempts last for {ATTEMPTS * ours.PATIENCE_SECONDS:.1f} of the",
    ):
        assert words in http
    assert ours.RETRY_FRAGMENT in (DOCS / "stand-in.md").read_text()
