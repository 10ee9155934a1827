"""Given a delivery's events, each verb gives the next event or is refused."""

import pytest

from kit.clock import MONDAY
from kit.provider import known_text
from kit.stories import (
    CONTACT,
    DELIVERY,
    accepted,
    bounced,
    delivered,
    doubted,
    enrolled,
    failed,
    lapsed,
    put_back,
    refused,
    reported,
    resend_requested,
    started,
    story,
    withdrawn,
)
from ledger.domain.delivery import Delivery
from ledger.domain.events import Form
from ledger.domain.outcome_classifier import Classification
from ledger.domain.standing import Stage, rank
from ledger.domain.vocabulary import Outcome, Reason
from ledger.errors import Refused

FIRST = [enrolled(), started()]
ON_ITS_WAY = [*FIRST, accepted()]
SOFT = Classification(
    outcome=Outcome.SOFT_BOUNCE,
    rank=rank(1, Stage.SOFT_BOUNCE),
    code="30001",
    reason=Reason.CARRIER_OR_SERVICE,
    next_at=MONDAY,
)


def given(*events):
    return Delivery.from_events(DELIVERY, story(*events))


def test_a_stream_without_events_is_no_delivery():
    assert not Delivery.from_events(DELIVERY, []).exists


def test_the_first_attempt_is_made_in_the_turn_of_the_enrolment():
    event = given(enrolled()).start("sender", 60)
    assert (event.turn, event.attempt, event.tries) == (1, 1, 1)


@pytest.mark.parametrize("waiting", [bounced(), lapsed(), put_back()])
def test_an_attempt_after_one_that_came_to_nothing_opens_the_next_turn(waiting):
    event = given(*FIRST, waiting).start("sender", 60)
    assert (event.turn, event.attempt) == (2, 2)


def test_an_attempt_after_a_resend_is_made_in_the_turn_that_it_opened():
    event = given(*ON_ITS_WAY, failed(), resend_requested()).start("sender", 60)
    assert (event.turn, event.attempt, event.tries) == (2, 2, 1)


@pytest.mark.parametrize(
    "events",
    [
        FIRST,
        ON_ITS_WAY,
        [*FIRST, doubted()],
        [*FIRST, refused()],
        [*ON_ITS_WAY, delivered()],
        [*ON_ITS_WAY, failed()],
        [enrolled(), withdrawn()],
    ],
)
def test_no_attempt_starts_while_one_is_in_flight_or_none_is_wanted(events):
    with pytest.raises(Refused, match="No attempt is due"):
        given(*events).start("sender", 60)


def test_no_attempt_starts_after_late_good_news_of_an_earlier_one():
    late = [*ON_ITS_WAY, bounced(1), delivered(1)]
    with pytest.raises(Refused, match="delivered"):
        given(*late).start("sender", 60)


def test_put_backs_use_up_no_attempt():
    event = given(enrolled(), started(1, tries=1), put_back(1)).start("sender", 60)
    assert (event.attempt, event.tries) == (2, 1)


def test_a_bounce_uses_up_an_attempt():
    event = given(enrolled(), started(1, tries=1), bounced(1)).start("sender", 60)
    assert (event.attempt, event.tries) == (2, 2)


def test_put_backs_are_counted_in_a_row():
    twice = [enrolled(), started(1), put_back(1), started(2, tries=1), put_back(2)]
    assert given(*twice).put_backs == 2


@pytest.mark.parametrize("end", [accepted(3), bounced(3), resend_requested(3)])
def test_a_text_taken_or_a_resend_ends_the_row_of_put_backs(end):
    told = [enrolled(), started(1), put_back(1), started(2, tries=1), put_back(2)]
    assert given(*told, end).put_backs == 0


def test_a_late_report_is_judged_by_the_attempt_that_it_speaks_of():
    told = [enrolled(), started(1, tries=1), bounced(1), started(2, tries=2)]
    assert given(*told).facts_of(1).tries == 1


def test_every_event_names_its_campaign_contact_and_turn():
    event = given(*FIRST).accept("sender", 1, sid="SM1", status="queued")
    assert (event.delivery_id, event.contact_id, event.turn) == (DELIVERY, CONTACT, 1)
    assert (event.originator_version, event.rank) == (3, rank(1, Stage.ACCEPTED))


def test_a_refusal_carries_its_verdict_and_seals_twilios_words():
    event = given(*FIRST).refuse("sender", 1, SOFT, http_status=400, message="to +1415…")
    assert (event.code, event.reason, event.next_at) == ("30001", SOFT.reason, MONDAY)
    assert (event.http_status, event.private.message) == (400, "to +1415…")


def test_a_refusal_without_words_seals_nothing():
    assert given(*FIRST).refuse("sender", 1, SOFT, http_status=None, message="").private is None


def test_a_lapse_carries_its_verdict():
    event = given(*FIRST, doubted()).lapse("sender", 1, SOFT)
    assert (event.outcome, event.rank) == (Outcome.SOFT_BOUNCE, SOFT.rank)


def receive(delivery, sid):
    return delivery.receive(
        1, SOFT, sid=sid, status="undelivered", dedupe="d", form=Form(parameters=())
    )


@pytest.mark.parametrize(("sid", "is_other"), [("SM1", False), ("SM2", True)])
def test_a_callback_about_another_sid_is_flagged(sid, is_other):
    assert receive(given(*ON_ITS_WAY), sid).is_other_sid is is_other


def test_a_callback_before_the_answer_brings_the_sid_home():
    early = given(*FIRST, reported(Stage.ACCEPTED, sid="SM7"))
    assert not receive(early, "SM7").is_other_sid
    assert receive(early, "SM8").is_other_sid


def test_a_callback_about_another_sid_does_not_make_it_ours():
    strayed = given(*ON_ITS_WAY, reported(Stage.ACCEPTED, sid="SM2"))
    assert not receive(strayed, "SM1").is_other_sid
    assert receive(strayed, "SM2").is_other_sid


def test_each_turn_has_a_sid_of_its_own():
    told = [*ON_ITS_WAY, bounced(), started(2), accepted(2, sid="SM2")]
    assert not receive(given(*told), "SM1").is_other_sid


def test_what_a_fetch_brought_is_flagged_like_a_callback():
    text = known_text(MONDAY, sid="SM2", status="undelivered")
    event = given(*ON_ITS_WAY).fetch("sender", 1, SOFT, text)
    assert (event.is_other_sid, event.code) == (True, "30001")


@pytest.mark.parametrize("events", [FIRST, [*FIRST, doubted()]])
def test_an_attempt_without_an_outcome_is_in_doubt(events):
    assert given(*events).is_in_doubt


@pytest.mark.parametrize("end", [accepted(), bounced(), delivered(), put_back()])
def test_any_word_on_the_attempt_ends_the_doubt(end):
    assert not given(*FIRST, doubted(), end).is_in_doubt


def test_r18_a_resend_opens_the_next_turn():
    event = given(*ON_ITS_WAY, failed()).resend("usr_1", "req_1")
    assert (event.turn, event.rank) == (2, rank(2, Stage.ENROLLED))


def test_r16_a_withdrawal_stands_above_whatever_else_its_turn_brings():
    event = given(*ON_ITS_WAY, bounced()).withdraw("usr_1", Reason.OPTED_OUT)
    assert (event.turn, event.reason) == (1, Reason.OPTED_OUT)
    assert given(*ON_ITS_WAY, bounced(), event).standing.reason is Reason.OPTED_OUT


def test_a_word_that_we_do_not_know_changes_no_status():
    before, after = given(*ON_ITS_WAY), given(*ON_ITS_WAY, reported(None))
    assert (after.standing, after.version) == (before.standing, before.version + 1)
