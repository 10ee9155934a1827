"""Given a delivery's events, an act returns the next event or is refused."""

from dataclasses import replace

import pytest

from kit.clock import MONDAY
from kit.provider import provider_record
from kit.stories import (
    CAMPAIGN,
    CONTACT,
    DELIVERY,
    accepted,
    bounced,
    delivered,
    doubted,
    enrolled,
    failed,
    lapsed,
    opted_out,
    put_back,
    refused,
    reported,
    resend_requested,
    started,
    story,
    withdrawn,
)
from ledger.domain.delivery import Delivery, fact_of
from ledger.domain.error_codes import load_codes
from ledger.domain.events import (
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    AttemptStarted,
    CallbackReceived,
    DeliveryWithdrawn,
    Form,
    ProviderMessage,
    ResendRequested,
    StatusFetched,
)
from ledger.domain.outcome_classifier import AttemptContext, Classification, OutcomeClassifier
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.standing import Fact, Stage, Standing, rank
from ledger.domain.vocabulary import Outcome, Reason, Settlement
from ledger.errors import NotFound, Refused

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


def test_a_delivery_without_events_does_not_exist():
    assert not Delivery.from_events(DELIVERY, []).exists


def test_the_first_attempt_is_made_in_the_turn_of_the_enrolment():
    event = given(enrolled()).start("sender", 60)
    assert (event.turn, event.attempt, event.tries) == (1, 1, 1)


def header(turn, rank_, version, actor="usr_1"):
    """Return the first fields of the next event; ranks are written out, as they never change."""
    return {
        "originator_id": DELIVERY,
        "originator_version": version,
        "actor": actor,
        "campaign_id": CAMPAIGN,
        "contact_id": CONTACT,
        "turn": turn,
        "rank": rank_,
    }


def test_a_start_is_the_next_event():
    events = [enrolled(), started(1, tries=4), bounced(1)]
    assert given(*events).start("usr_1", 60) == AttemptStarted(
        **header(2, 33, 4), attempt=2, tries=5, validity_seconds=60
    )


def test_an_acceptance_is_the_next_event():
    assert given(*FIRST).accept("usr_1", 1, sid="SM1", status="queued") == AttemptAccepted(
        **header(1, 19, 3), sid="SM1", status="queued"
    )


@pytest.mark.parametrize(
    ("reason", "kept"), [(Reason.NO_ROUTE, Reason.NO_ROUTE), (None, Reason.UNKNOWN)]
)
def test_a_refusal_is_the_next_event(reason, kept):
    classification = replace(SOFT, reason=reason)
    assert given(*FIRST).refuse(
        "usr_1", 1, classification, http_status=400, message="to +1415…"
    ) == AttemptRefused(
        **header(1, 22, 3),
        outcome=Outcome.SOFT_BOUNCE,
        reason=kept,
        code="30001",
        next_at=MONDAY,
        http_status=400,
        private=ProviderMessage(message="to +1415…"),
    )


@pytest.mark.parametrize(
    ("candidates", "reason"), [((), None), (("SM7", "SM8"), Reason.MAY_HAVE_BEEN_SENT)]
)
def test_an_unknown_outcome_is_the_next_event(candidates, reason):
    assert given(*FIRST).mark_unknown("usr_1", 1, "no answer", candidates) == AttemptOutcomeUnknown(
        **header(1, 18, 3), cause="no answer", candidates=candidates, reason=reason
    )


@pytest.mark.parametrize(
    ("reason", "kept"), [(Reason.NO_ROUTE, Reason.NO_ROUTE), (None, Reason.UNKNOWN)]
)
def test_a_lapse_is_the_next_event(reason, kept):
    classification = replace(SOFT, reason=reason)
    assert given(*FIRST, doubted()).lapse("usr_1", 1, classification) == AttemptLapsed(
        **header(1, 22, 4), outcome=Outcome.SOFT_BOUNCE, reason=kept, next_at=MONDAY
    )


SETTLED = [
    # staff's decision, and the rank, outcome and next attempt that it has for ever
    (Settlement.LET_BE, 37, Outcome.HARD_FAILURE, None),
    (Settlement.RESEND, 38, Outcome.SOFT_BOUNCE, MONDAY),
]


@pytest.mark.parametrize(("decision", "rank_", "outcome", "next_at"), SETTLED)
def test_a_decision_of_staff_is_the_next_event(decision, rank_, outcome, next_at):
    delivery = given(*FIRST, bounced(), started(2), doubted(2))
    classifier = OutcomeClassifier(ResendPolicy(), load_codes())
    classification = classifier.classify_settlement(decision, delivery.context_of(2), MONDAY)
    assert delivery.settle("usr_1", classification, decision) == AttemptSettled(
        **header(2, rank_, 6),
        decision=decision,
        outcome=outcome,
        reason=Reason.MAY_HAVE_BEEN_SENT,
        next_at=next_at,
    )


def test_a_decision_of_staff_without_a_reason_has_the_reason_unknown():
    classification = replace(SOFT, reason=None)
    event = given(*FIRST, doubted()).settle("usr_1", classification, Settlement.RESEND)
    assert event.reason is Reason.UNKNOWN


@pytest.mark.parametrize("end", [accepted(), bounced(), delivered(), put_back()])
def test_staff_cannot_decide_about_a_known_outcome(end):
    with pytest.raises(
        Refused, match=r"^What became of this text is known by now; look at it again\.$"
    ):
        given(*FIRST, doubted(), end).settle("usr_1", SOFT, Settlement.LET_BE)


REPORT = {
    "code": "30001",
    "outcome": Outcome.SOFT_BOUNCE,
    "reason": Reason.CARRIER_OR_SERVICE,
    "next_at": MONDAY,
    "is_other_sid": True,
}


def test_a_callback_is_the_next_event():
    form = Form(parameters=(("To", "+1415"),))
    assert given(*ON_ITS_WAY).receive(
        1, SOFT, sid="SM2", status="undelivered", dedupe="d", form=form
    ) == CallbackReceived(
        **header(1, 22, 4, "twilio"),
        **REPORT,
        sid="SM2",
        status="undelivered",
        dedupe="d",
        private=form,
    )


def test_a_fetch_is_the_next_event():
    text = provider_record(MONDAY, sid="SM2", status="undelivered")
    text = replace(text, segments=2, price="-0.01", currency="USD")
    assert given(*ON_ITS_WAY).fetch("usr_1", 1, SOFT, text) == StatusFetched(
        **header(1, 22, 4),
        **REPORT,
        sid="SM2",
        status="undelivered",
        segments=2,
        price="-0.01",
        currency="USD",
    )


def test_a_withdrawal_is_the_next_event():
    delivery = given(*FIRST, bounced(), started(2), put_back(2))
    assert delivery.withdraw("usr_1", Reason.FORGOTTEN) == DeliveryWithdrawn(
        **header(2, 40, 6), reason=Reason.FORGOTTEN
    )


def test_a_resend_is_the_next_event():
    assert given(*ON_ITS_WAY, failed()).resend("usr_1", "req_1") == ResendRequested(
        **header(2, 32, 5), request="req_1"
    )


def test_an_enrolment_begins_the_delivery():
    event = replace(enrolled(), zone="America/Chicago")
    assert given(event) == Delivery(
        stream_id=DELIVERY,
        campaign_id=CAMPAIGN,
        contact_id=CONTACT,
        version=1,
        standing=Standing.of(Fact(turn=1, rank=16)),
        zone="America/Chicago",
    )


def test_an_event_of_another_kind_of_stream_is_refused():
    with pytest.raises(NotFound, match=r" is not the id of a delivery\. Check the id\.$"):
        given(opted_out())


def test_the_numbers_of_an_attempt_are_kept():
    delivery = given(enrolled(), started(1, tries=1), bounced(1), started(2, attempt=7, tries=5))
    assert (delivery.attempt, delivery.tries, delivery.validity_seconds) == (7, 5, 14_400)
    assert delivery.tries_by_turn == {1: 1, 2: 5}


def fetched(turn=1, sid="SM1", price=None):
    text = replace(provider_record(MONDAY, sid=sid), price=price)
    return given(*FIRST).fetch("sender", turn, replace(SOFT, rank=rank(turn, Stage.ACCEPTED)), text)


def test_the_price_of_a_text_is_kept_by_turn_and_never_lost():
    events = [*FIRST, fetched(price="-0.01"), fetched(), started(2), fetched(2, "SM2", "-0.02")]
    assert given(*events).price_by_turn == {1: "-0.01", 2: "-0.02"}


@pytest.mark.parametrize("taken", [fetched(sid="SM7"), reported(Stage.ACCEPTED, sid="SM7")])
def test_the_first_reported_sid_is_kept(taken):
    assert given(*FIRST, taken).sid_by_turn == {1: "SM7"}
    assert given(*ON_ITS_WAY, taken).sid_by_turn == {1: "SM1"}
    assert given(*ON_ITS_WAY, bounced(), started(2), replace(taken, turn=2)).sid_by_turn == {
        1: "SM1",
        2: "SM7",
    }


def test_the_sid_of_the_response_replaces_one_reported_before():
    early = reported(Stage.ACCEPTED, sid="SM7")
    assert given(*FIRST, early, accepted(sid="SM1")).sid_by_turn == {1: "SM1"}


def test_a_sid_has_a_turn():
    delivery = given(*ON_ITS_WAY, bounced(), started(2), accepted(2, sid="SM2"))
    assert [delivery.turn_of(sid) for sid in ("SM1", "SM2", "SM3")] == [1, 2, None]


@pytest.mark.parametrize("end", [fetched(3), reported(Stage.ACCEPTED, 3)])
def test_any_report_resets_the_count_of_put_backs(end):
    events = [enrolled(), started(1), put_back(1), started(2, tries=1), put_back(2)]
    assert given(*events, started(3), end).put_backs == 0


def test_the_candidates_of_the_last_lookup_are_kept():
    unknown = given(*FIRST).mark_unknown("sender", 1, "no answer", ["SM7", "SM8"])
    assert given(*FIRST, doubted(), unknown).candidates == ("SM7", "SM8")


def test_a_resend_counts_from_zero_and_keeps_its_request():
    events = [enrolled(), started(1), put_back(1), started(2, tries=1), failed(2)]
    first = given(*events).resend("usr_1", "req_1")
    again = [started(3), failed(3)]
    second = given(*events, first, *again).resend("usr_1", "req_2")
    delivery = given(*events, first, *again, second)
    assert (delivery.tries, delivery.put_backs) == (0, 0)
    assert delivery.requests == {"req_1", "req_2"}


def test_a_turn_without_an_attempt_has_the_context_of_the_first():
    context = given(enrolled()).context_of(1)
    assert context == AttemptContext(delivery_id=DELIVERY, turn=1, tries=1, put_backs=0)


def test_the_context_of_an_attempt_has_turn_tries_and_put_backs():
    events = [enrolled(), started(1, tries=4), put_back(1), started(2, tries=4)]
    assert given(*events).context_of(2) == AttemptContext(
        delivery_id=DELIVERY, turn=2, tries=4, put_backs=1
    )
    assert given(*events).context_of(9).tries == 4


def test_a_report_on_an_older_turn_does_not_change_the_open_turn():
    assert given(*FIRST, bounced(), started(2), reported(Stage.ACCEPTED, 1)).turn == 2


def test_a_fact_has_the_fields_of_its_event():
    assert fact_of(replace(bounced(), next_at=MONDAY)) == Fact(
        turn=1, rank=22, code="30001", reason=Reason.CARRIER_OR_SERVICE, next_at=MONDAY
    )
    assert fact_of(started()) == Fact(turn=1, rank=17)
    assert fact_of(reported(None)) is None


@pytest.mark.parametrize("waiting", [bounced(), lapsed(), put_back()])
def test_an_attempt_after_a_failed_one_opens_the_next_turn(waiting):
    event = given(*FIRST, waiting).start("sender", 60)
    assert (event.turn, event.attempt) == (2, 2)


def test_an_attempt_after_a_resend_has_the_turn_that_the_resend_opened():
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
def test_no_attempt_starts_while_one_is_in_flight_or_none_is_awaited(events):
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


def test_consecutive_put_backs_are_counted():
    twice = [enrolled(), started(1), put_back(1), started(2, tries=1), put_back(2)]
    assert given(*twice).put_backs == 2


@pytest.mark.parametrize("end", [accepted(3), bounced(3), resend_requested(3)])
def test_an_accepted_text_or_a_resend_resets_the_count_of_put_backs(end):
    events = [enrolled(), started(1), put_back(1), started(2, tries=1), put_back(2)]
    assert given(*events, end).put_backs == 0


def test_a_late_report_is_classified_by_its_own_attempt():
    events = [enrolled(), started(1, tries=1), bounced(1), started(2, tries=2)]
    assert given(*events).context_of(1).tries == 1


def test_every_event_names_its_campaign_contact_and_turn():
    event = given(*FIRST).accept("sender", 1, sid="SM1", status="queued")
    assert (event.delivery_id, event.contact_id, event.turn) == (DELIVERY, CONTACT, 1)
    assert (event.originator_version, event.rank) == (3, rank(1, Stage.ACCEPTED))


def test_a_refusal_has_its_classification_and_seals_the_error_message():
    event = given(*FIRST).refuse("sender", 1, SOFT, http_status=400, message="to +1415…")
    assert (event.code, event.reason, event.next_at) == ("30001", SOFT.reason, MONDAY)
    assert (event.http_status, event.private.message) == (400, "to +1415…")


def test_a_refusal_without_a_message_seals_nothing():
    assert given(*FIRST).refuse("sender", 1, SOFT, http_status=None, message="").private is None


def test_a_lapse_has_its_classification():
    event = given(*FIRST, doubted()).lapse("sender", 1, SOFT)
    assert (event.outcome, event.rank) == (Outcome.SOFT_BOUNCE, SOFT.rank)


def receive(delivery, sid):
    return delivery.receive(
        1, SOFT, sid=sid, status="undelivered", dedupe="d", form=Form(parameters=())
    )


@pytest.mark.parametrize(("sid", "is_other"), [("SM1", False), ("SM2", True)])
def test_a_callback_about_another_sid_is_flagged(sid, is_other):
    assert receive(given(*ON_ITS_WAY), sid).is_other_sid is is_other


def test_a_callback_of_a_turn_without_a_sid_is_not_flagged():
    assert receive(given(*FIRST), "SM7").is_other_sid is False


def test_a_callback_before_the_response_sets_the_sid():
    early = given(*FIRST, reported(Stage.ACCEPTED, sid="SM7"))
    assert not receive(early, "SM7").is_other_sid
    assert receive(early, "SM8").is_other_sid


def test_a_callback_about_another_sid_does_not_change_the_sid():
    strayed = given(*ON_ITS_WAY, reported(Stage.ACCEPTED, sid="SM2"))
    assert not receive(strayed, "SM1").is_other_sid
    assert receive(strayed, "SM2").is_other_sid


def test_each_turn_has_a_sid_of_its_own():
    events = [*ON_ITS_WAY, bounced(), started(2), accepted(2, sid="SM2")]
    assert not receive(given(*events), "SM1").is_other_sid


def test_a_fetched_report_about_another_sid_is_flagged():
    text = provider_record(MONDAY, sid="SM2", status="undelivered")
    event = given(*ON_ITS_WAY).fetch("sender", 1, SOFT, text)
    assert (event.is_other_sid, event.code) == (True, "30001")


@pytest.mark.parametrize("events", [FIRST, [*FIRST, doubted()]])
def test_the_outcome_of_an_attempt_without_a_report_is_unknown(events):
    assert given(*events).is_outcome_unknown


@pytest.mark.parametrize("end", [accepted(), bounced(), delivered(), put_back()])
def test_any_report_makes_the_outcome_known(end):
    assert not given(*FIRST, doubted(), end).is_outcome_unknown


def test_r18_a_resend_opens_the_next_turn():
    event = given(*ON_ITS_WAY, failed()).resend("usr_1", "req_1")
    assert (event.turn, event.rank) == (2, rank(2, Stage.ENROLLED))


def test_r16_a_withdrawal_outweighs_every_failure_of_its_turn():
    event = given(*ON_ITS_WAY, bounced()).withdraw("usr_1", Reason.OPTED_OUT)
    assert (event.turn, event.reason) == (1, Reason.OPTED_OUT)
    assert given(*ON_ITS_WAY, bounced(), event).standing.reason is Reason.OPTED_OUT


def test_an_unknown_status_changes_nothing():
    before, after = given(*ON_ITS_WAY), given(*ON_ITS_WAY, reported(None))
    assert (after.standing, after.version) == (before.standing, before.version + 1)


# Attempts that met a cap of the school, which are not counted.


def capped(turn=1):
    return replace(bounced(turn, code="30023"), is_counted=False)


def test_a_cap_that_was_reported_uses_up_no_attempt():
    delivery = given(enrolled(), started(1, tries=1), accepted(), capped())
    assert delivery.start("sender", 60).tries == 1


def test_a_cap_that_is_reported_again_takes_off_one_attempt():
    events = [enrolled(), started(1, tries=1), capped(), started(2, tries=1), bounced(2)]
    assert given(*events, started(3, tries=2), capped(), capped(2)).tries == 1


def test_a_cap_that_is_reported_late_is_taken_off_the_attempts_after_it():
    events = [enrolled(), started(1, tries=1), bounced(1, code="30008"), started(2, tries=2)]
    delivery = given(*events, started(3, tries=3), capped(2))
    assert [delivery.context_of(turn).tries for turn in (1, 2, 3)] == [1, 2, 2]
    assert delivery.tries == 2


def test_a_cap_of_before_a_resend_takes_nothing_off_the_new_count():
    events = [enrolled(), started(1, tries=1), failed(), resend_requested(2), started(2, tries=1)]
    delivery = given(*events, capped(1))
    assert (delivery.tries, delivery.context_of(2).uncounted) == (1, 0)


def test_a_cap_of_the_resends_own_turn_is_taken_off():
    events = [enrolled(), started(1, tries=1), failed(), resend_requested(2), started(2, tries=1)]
    assert given(*events, capped(2)).tries == 0


def test_a_cap_of_a_text_that_this_ledger_never_started_takes_nothing_off():
    assert given(enrolled(), capped(1)).tries == 0


def test_a_resend_begins_the_count_of_caps_again():
    events = [enrolled(), started(1, tries=1), capped(), started(2, tries=1), failed(2)]
    assert given(*events, resend_requested(3)).context_of(3).uncounted == 0


def test_the_context_has_the_caps_that_were_met_before():
    events = [enrolled(), started(1, tries=1), capped(), started(2, tries=1), capped(2)]
    delivery = given(*events, started(3, tries=1))
    assert [delivery.context_of(turn).uncounted for turn in (1, 2, 3)] == [1, 1, 2]


def test_the_context_has_the_contacts_zone():
    delivery = given(replace(enrolled(), zone="America/New_York"), started())
    assert delivery.context_of(1).zone == "America/New_York"


def test_a_report_records_whether_the_attempt_is_counted():
    uncounted = replace(SOFT, is_counted=False)
    reports = [
        given(*ON_ITS_WAY).fetch("sender", 1, outcome, provider_record(MONDAY))
        for outcome in (SOFT, uncounted)
    ]
    assert [report.is_counted for report in reports] == [True, False]
