"""Counts, durations and moments as people read them, each said in one place."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.vocabulary import CampaignState
from webapp.explain.numbers import counted, duration, elapsed, plural
from webapp.explain.schedules import (
    resend_policy_sentence,
    start_words,
    timing_sentence,
    too_late_sentence,
    zone_words,
)
from webapp.explain.times import full_text, sentence_text, until_text

NOW = datetime(2026, 11, 21, 10, 31, 7, tzinfo=UTC)
WEBAPP = Path(__file__).parents[2] / "webapp"


@pytest.mark.parametrize(
    ("count", "noun", "words"),
    [
        (0, "contact", "0 contacts"),
        (1, "contact", "1 contact"),
        (1234, "contact", "1,234 contacts"),
        (2, "waiting delivery", "2 waiting deliveries"),
        (2, "day", "2 days"),
    ],
)
def test_a_count_has_its_plural(count, noun, words):
    assert counted(count, noun) == words


def test_a_word_can_bring_its_own_plural():
    assert [plural(count, "is", "are") for count in (0, 1, 2)] == ["are", "is", "are"]


def test_no_other_file_forms_a_plural_or_parts_thousands_by_hand():
    by_hand = re.compile(r"[!=]= 1 else|:,\}")
    sources = [*WEBAPP.rglob("*.py"), *WEBAPP.rglob("*.html")]
    found = [file.name for file in sources if by_hand.search(file.read_text())]
    assert found == ["numbers.py"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59.6, "1 minute"),
        (90, "1 minute 30 seconds"),
        (300, "5 minutes"),
        (3600, "1 hour"),
        (3601, "1 hour"),
        (9000, "2 hours 30 minutes"),
        (2 * 86_400 + 3 * 3600 + 59, "2 days 3 hours"),
        (86_400 + 60, "1 day"),
    ],
)
def test_a_duration_is_said_in_its_greatest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 seconds"), (4.62, "4.6 seconds"), (7200, "2 hours")]
)
def test_less_than_a_minute_is_written_in_tenths_of_a_second(seconds, words):
    assert elapsed(seconds) == words


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(), "now"),
        (timedelta(minutes=-5), "now"),
        (timedelta(seconds=45), "in 45 s"),
        (timedelta(seconds=60), "in 1 min"),
        (timedelta(minutes=12, seconds=20), "in 12 min"),
        (timedelta(minutes=59, seconds=40), "in 1 h"),
        (timedelta(hours=2, minutes=5), "in 2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=30), "in 3 d 4 h"),
    ],
)
def test_the_time_until_a_moment_in_words(ahead, words):
    assert until_text(NOW + ahead, NOW) == words


def test_a_moment_on_its_own_has_its_zone():
    assert full_text(NOW) == "21 Nov 2026, 10:31:07 UTC"


def test_a_moment_in_a_sentence_has_its_date_unless_it_is_today():
    assert sentence_text(NOW, NOW) == "10:31"
    assert sentence_text(NOW, NOW + timedelta(days=1)) == "10:31 on 21 Nov 2026"


@pytest.mark.parametrize(
    ("timing", "sentence"),
    [
        (Schedule(), "From the launch on, at any hour."),
        (
            Schedule(starts_at=NOW, window=SendWindow(opens=time(8), closes=time(21))),
            ("From 21 Nov 2026, 10:31 UTC on, from 08:00 to 21:00 of each contact's own day."),
        ),
        (
            Schedule(send_before=NOW),
            (
                "From the launch on, at any hour, until 21 Nov 2026, 10:31 UTC; then the campaign "
                "closes."
            ),
        ),
    ],
)
def test_the_hours_of_a_campaign_are_one_sentence(timing, sentence):
    assert timing_sentence(timing) == sentence


def test_an_urgent_campaign_says_that_it_texts_at_any_hour():
    assert timing_sentence(Schedule(), is_urgent=True) == (
        "From the launch on, at any hour and before other campaigns."
    )


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("", "UTC"),
        ("America/Chicago", "America/Chicago"),
        ("America/Chicago America/New_York", "America/Chicago and America/New_York"),
        ("A/A B/B C/C D/D", "each of 4 time zones"),
    ],
)
def test_the_zones_in_which_a_contact_can_be_in_words(zone, words):
    assert zone_words(zone) == words


def test_contacts_whose_hours_come_too_late_are_counted():
    assert too_late_sentence(2) == (
        "2 contacts will not be texted: the hours come in their time zones only when it is too "
        "late."
    )


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (
            ResendPolicy(first_wait_seconds=300),
            (
                "It is tried again after 5 minutes, then after twice as long each time, up to 6 "
                "hours, or when its cause ends, where that is known, for as long as it takes."
            ),
        ),
        (
            ResendPolicy(first_wait_seconds=90, attempt_limit=1),
            (
                "It is tried again after 1 minute 30 seconds, then after twice as long each time, "
                "up to 6 hours, or when its cause ends, where that is known; after 1 attempt the "
                "contact fails."
            ),
        ),
    ],
)
def test_how_a_bounced_text_is_tried_again_is_one_sentence(policy, sentence):
    assert resend_policy_sentence(policy) == sentence


@pytest.mark.parametrize(
    ("state", "timing", "is_sending_off", "words"),
    [
        (CampaignState.SENDING, Schedule(), False, "at once"),
        (CampaignState.PAUSED, Schedule(), False, "once the campaign is resumed"),
        (CampaignState.SENDING, Schedule(), True, "once all sending is allowed again"),
        (
            CampaignState.PAUSED,
            Schedule(),
            True,
            "once the campaign is resumed and all sending is allowed again",
        ),
        (
            CampaignState.SENDING,
            Schedule(send_before=NOW),
            False,
            "at the next moment at which the campaign may text",
        ),
    ],
)
def test_the_start_of_an_attempt_due_now_in_words(state, timing, is_sending_off, words):
    assert start_words(state, timing, is_sending_off=is_sending_off) == words
