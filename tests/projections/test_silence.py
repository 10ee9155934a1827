"""Staff see when Twilio took texts and no callback ever came."""

from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.stories import CAMPAIGN, accepted, created, delivered, enrolled, launched, of_ben, started
from kit.stories import reported as callback
from projections.callback_silence import SILENCE

SENT = (created(), enrolled(), of_ben(enrolled(2)), launched(), started(), accepted())


@pytest.mark.both_databases
def test_accepted_texts_without_any_callback_are_silence(record):
    record(*SENT, of_ben(started()), of_ben(accepted(sid="SM2")))
    (silence,) = record.silences.silent(MONDAY + SILENCE)
    assert (silence.campaign_id, silence.accepted, silence.since) == (CAMPAIGN, 2, MONDAY)


def test_two_minutes_must_pass_first(record):
    assert record(*SENT).silences.silent(MONDAY + SILENCE - timedelta(microseconds=1)) == []


@pytest.mark.parametrize("word", [delivered(), callback(None)])
def test_one_callback_of_any_kind_breaks_the_silence(record, word):
    assert record(*SENT, word).silences.silent(MONDAY + timedelta(days=1)) == []


def test_a_callback_before_the_answer_breaks_it_too(record):
    record(*SENT[:-1], delivered(), accepted())
    assert record.silences.silent(MONDAY + timedelta(days=1)) == []


def test_a_campaign_that_sent_nothing_is_not_silent(record):
    assert record(*SENT[:-1]).silences.silent(MONDAY + timedelta(days=1)) == []


def test_silence_is_reckoned_from_the_first_text(record, clock):
    record(*SENT)
    clock.advance(minutes=2)
    record(of_ben(started()), of_ben(accepted(sid="SM2")))
    assert record.silences.silent(clock.now())[0].since == MONDAY
