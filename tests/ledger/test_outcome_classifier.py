"""The outcome classifier: by status, error code, policy and attempt."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kit.clock import MONDAY
from ledger.domain.error_codes import load_codes
from ledger.domain.outcome_classifier import (
    AttemptContext,
    OutcomeClassifier,
    classify_not_reached,
    is_account_fault,
)
from ledger.domain.resend_policy import ResendPolicy, put_back_seconds
from ledger.domain.standing import Stage, stage_of
from ledger.domain.vocabulary import Outcome, Reason, Settlement

CODES = load_codes()
ACCEPTED, UNKNOWN, PUT_BACK, SOFT, HARD, DELIVERED, NONE = Outcome


def attempt(tries=1, put_backs=0, turn=1):
    return AttemptContext(delivery_id="del_ada", turn=turn, tries=tries, put_backs=put_backs)


def report(status, code=None, *, tries=1, **policy):
    classifier = OutcomeClassifier(ResendPolicy(**policy), CODES)
    return classifier.classify_report(status, code, attempt(tries), MONDAY)


def refusal(http_status, code=None, *, tries=1, put_backs=0, retry_after=None):
    classifier = OutcomeClassifier(ResendPolicy(), CODES)
    return classifier.classify_refusal(
        http_status, code, attempt(tries, put_backs), MONDAY, retry_after_seconds=retry_after
    )


def meaning(classification):
    stage = None if classification.rank is None else stage_of(classification.rank)
    return classification.outcome, stage, classification.reason


def wait(classification):
    return (classification.next_at - MONDAY).total_seconds()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("accepted", None, (ACCEPTED, Stage.ACCEPTED, None)),
        ("scheduled", None, (ACCEPTED, Stage.ACCEPTED, None)),
        ("queued", None, (ACCEPTED, Stage.ACCEPTED, None)),
        ("sending", None, (ACCEPTED, Stage.ACCEPTED, None)),
        ("sent", None, (ACCEPTED, Stage.ACCEPTED, None)),
        ("partially_delivered", None, (ACCEPTED, Stage.ACCEPTED, None)),
        ("delivered", None, (DELIVERED, Stage.DELIVERED, None)),
        ("read", None, (DELIVERED, Stage.READ, None)),
        ("canceled", None, (HARD, Stage.HARD_FAILURE, Reason.CANCELED)),
        ("failed", None, (HARD, Stage.FAILED_WITHOUT_CODE, Reason.UNKNOWN)),
        ("undelivered", "", (HARD, Stage.FAILED_WITHOUT_CODE, Reason.UNKNOWN)),
        ("undelivered", "30001", (SOFT, Stage.SOFT_BOUNCE, Reason.CARRIER_OR_SERVICE)),
        ("undelivered", "30003", (SOFT, Stage.SOFT_BOUNCE, Reason.UNREACHABLE_NUMBER)),
        ("failed", "30008", (SOFT, Stage.SOFT_BOUNCE, Reason.CARRIER_OR_SERVICE)),
        ("undelivered", "30006", (HARD, Stage.HARD_FAILURE, Reason.UNREACHABLE_NUMBER)),
        ("failed", "21610", (HARD, Stage.HARD_FAILURE, Reason.OPTED_OUT)),
        ("failed", "99999", (HARD, Stage.HARD_FAILURE, Reason.UNKNOWN)),
        ("a new word of Twilio's", "30006", (NONE, None, None)),
    ],
)
def test_a_report_means(status, code, expected):
    assert meaning(report(status, code)) == expected


@pytest.mark.parametrize("status", ["sent", "delivered", "read"])
def test_an_error_code_on_good_news_is_ignored(status):
    assert report(status, "30006").code is None


def test_a_code_of_an_account_fault_by_callback_fails_only_that_contact():
    classification = report("failed", "20003")
    assert meaning(classification) == (HARD, Stage.HARD_FAILURE, Reason.ACCOUNT)


def test_an_unknown_code_is_kept():
    assert report("failed", "99999").code == "99999"


@pytest.mark.parametrize(("tries", "outcome"), [(1, SOFT), (2, SOFT), (3, HARD), (4, HARD)])
def test_r11_an_unreachable_handset_is_given_up_at_the_third_attempt(tries, outcome):
    classification = report("undelivered", "30003", tries=tries)
    assert (classification.outcome, classification.reason) == (outcome, Reason.UNREACHABLE_NUMBER)


@pytest.mark.parametrize("tries", [1, 3, 1000])
def test_r10_any_other_soft_bounce_is_sent_again_without_end(tries):
    assert report("undelivered", "30008", tries=tries).outcome is SOFT


@pytest.mark.parametrize(("tries", "outcome"), [(1, SOFT), (2, HARD), (3, HARD)])
def test_r11_a_campaigns_own_limit_is_reached_at_the_attempt_that_bounced(tries, outcome):
    classification = report("undelivered", "30008", tries=tries, attempt_limit=2)
    assert (classification.outcome, classification.code) == (outcome, "30008")


def test_r11_a_campaign_has_its_own_limit_for_one_code():
    assert report("undelivered", "30008", code_limits={"30008": 1}).outcome is HARD


def test_only_a_bounce_that_waits_has_a_next_attempt():
    assert report("undelivered", "30001").next_at > MONDAY
    assert report("undelivered", "30006").next_at is None


@pytest.mark.parametrize(
    ("http_status", "code", "expected"),
    [
        (400, "21211", (HARD, Stage.HARD_FAILURE, Reason.INVALID_NUMBER)),
        (400, "21610", (HARD, Stage.HARD_FAILURE, Reason.OPTED_OUT)),
        (400, "21614", (HARD, Stage.HARD_FAILURE, Reason.UNREACHABLE_NUMBER)),
        (400, "30008", (SOFT, Stage.SOFT_BOUNCE, Reason.CARRIER_OR_SERVICE)),
        (400, "30001", (PUT_BACK, Stage.PUT_BACK, Reason.CARRIER_OR_SERVICE)),
        (400, "21611", (PUT_BACK, Stage.PUT_BACK, Reason.CARRIER_OR_SERVICE)),
        (400, "21612", (HARD, Stage.HARD_FAILURE, Reason.NO_ROUTE)),
        (400, "21212", (PUT_BACK, Stage.PUT_BACK, Reason.ACCOUNT)),
        (400, "99999", (HARD, Stage.HARD_FAILURE, Reason.UNKNOWN)),
        (400, None, (HARD, Stage.HARD_FAILURE, Reason.UNKNOWN)),
        (404, None, (HARD, Stage.HARD_FAILURE, Reason.UNKNOWN)),
        (429, None, (PUT_BACK, Stage.PUT_BACK, Reason.CARRIER_OR_SERVICE)),
        (429, "20429", (PUT_BACK, Stage.PUT_BACK, Reason.CARRIER_OR_SERVICE)),
        (429, "21610", (PUT_BACK, Stage.PUT_BACK, Reason.OPTED_OUT)),
        (429, "99999", (PUT_BACK, Stage.PUT_BACK, Reason.CARRIER_OR_SERVICE)),
        (401, None, (PUT_BACK, Stage.PUT_BACK, Reason.ACCOUNT)),
        (403, None, (PUT_BACK, Stage.PUT_BACK, Reason.ACCOUNT)),
        (401, "20003", (PUT_BACK, Stage.PUT_BACK, Reason.ACCOUNT)),
        (400, "20003", (PUT_BACK, Stage.PUT_BACK, Reason.ACCOUNT)),
        (403, "99999", (PUT_BACK, Stage.PUT_BACK, Reason.ACCOUNT)),
        (403, "21610", (HARD, Stage.HARD_FAILURE, Reason.OPTED_OUT)),
        (400, "20500", (UNKNOWN, Stage.UNKNOWN, None)),
        (400, "20503", (UNKNOWN, Stage.UNKNOWN, None)),
    ],
)
def test_a_refusal_means(http_status, code, expected):
    assert meaning(refusal(http_status, code)) == expected


@pytest.mark.parametrize(
    ("http_status", "code"),
    [(429, "20429"), (429, None), (401, "20003"), (403, None), (400, "21211"), (400, "30001")],
)
def test_the_code_of_a_refusal_is_kept(http_status, code):
    assert refusal(http_status, code).code == code


@pytest.mark.parametrize("tries", [1, 2, 3])
@pytest.mark.parametrize("turn", [1, 2])
def test_a_soft_bounce_waits_by_the_policy_its_delivery_turn_and_tries(tries, turn):
    classifier = OutcomeClassifier(ResendPolicy(), CODES)
    classification = classifier.classify_report(
        "undelivered", "30001", attempt(tries, turn=turn), MONDAY
    )
    assert wait(classification) == pytest.approx(
        ResendPolicy().wait_seconds(tries, "del_ada", turn)
    )


@pytest.mark.parametrize("put_backs", [0, 1, 2])
@pytest.mark.parametrize("turn", [1, 2])
def test_a_put_back_waits_by_its_delivery_turn_and_put_backs_in_a_row(put_backs, turn):
    classification = classify_not_reached(attempt(put_backs=put_backs, turn=turn), MONDAY)
    assert wait(classification) == pytest.approx(put_back_seconds(put_backs + 1, "del_ada", turn))


@pytest.mark.parametrize("seconds", [0.0, 7.0, 86_400.0])
def test_a_429_waits_as_long_as_it_says(seconds):
    assert wait(refusal(429, retry_after=seconds)) == seconds


@pytest.mark.parametrize(
    ("said", "waited"), [(-1.0, 0.0), (-3600.0, 0.0), (86_401.0, 86_400.0), (1e12, 86_400.0)]
)
def test_a_429_waits_from_zero_seconds_to_one_day(said, waited):
    assert wait(refusal(429, retry_after=said)) == waited


@pytest.mark.parametrize(("before", "longest"), [(0, 15), (1, 30), (2, 60), (50, 3600)])
def test_a_429_without_a_time_waits_longer_each_time_in_a_row(before, longest):
    assert longest * 0.9 <= wait(refusal(429, put_backs=before)) <= longest


def test_a_429_never_uses_up_the_limit():
    assert refusal(429, "20429", tries=1000).outcome is PUT_BACK


def test_an_attempt_that_never_reached_the_provider_is_put_back():
    classification = classify_not_reached(attempt(), MONDAY)
    assert meaning(classification) == (PUT_BACK, Stage.PUT_BACK, Reason.CARRIER_OR_SERVICE)
    assert 13.5 <= wait(classification) <= 15


def test_a_lapse_is_a_soft_bounce_without_a_code():
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_lapse(attempt(), MONDAY)
    assert meaning(classification) == (SOFT, Stage.SOFT_BOUNCE, Reason.CARRIER_OR_SERVICE)
    assert classification.code is None


def test_a_lapse_counts_towards_the_campaigns_limit():
    classifier = OutcomeClassifier(ResendPolicy(attempt_limit=1), CODES)
    classification = classifier.classify_lapse(attempt(), MONDAY)
    assert meaning(classification) == (HARD, Stage.HARD_FAILURE, Reason.CARRIER_OR_SERVICE)


@pytest.mark.parametrize(
    ("decision", "rank_", "outcome", "next_at"),
    [(Settlement.LET_BE, 37, HARD, None), (Settlement.RESEND, 38, SOFT, MONDAY)],
)
def test_the_rank_of_a_decision_of_staff_never_changes(decision, rank_, outcome, next_at):
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_settlement(
        decision, attempt(turn=2), MONDAY
    )
    assert (classification.rank, classification.outcome, classification.next_at) == (
        rank_,
        outcome,
        next_at,
    )
    assert (classification.reason, classification.code) == (Reason.MAY_HAVE_BEEN_SENT, None)


LATER_NEWS = [
    ("delivered", None, True),
    ("read", None, True),
    ("canceled", None, True),
    ("undelivered", "30006", True),
    ("undelivered", "30001", True),
    ("undelivered", None, False),
    ("sent", None, False),
]


@pytest.mark.parametrize(("status", "code", "outweighs"), LATER_NEWS)
def test_a_final_report_outweighs_a_decision_to_let_be(status, code, outweighs):
    classifier = OutcomeClassifier(ResendPolicy(), CODES)
    let_be = classifier.classify_settlement(Settlement.LET_BE, attempt(), MONDAY)
    assert (report(status, code).rank > let_be.rank) is outweighs


def test_the_rank_is_that_of_the_attempts_turn():
    classifier = OutcomeClassifier(ResendPolicy(), CODES)
    first, second = (
        classifier.classify_report("sent", None, attempt(turn=t), MONDAY) for t in (1, 2)
    )
    assert first.rank < second.rank


def test_the_next_attempt_is_calculated_from_the_time_of_the_report():
    classifier = OutcomeClassifier(ResendPolicy(), CODES)
    later = MONDAY + timedelta(hours=5)
    classifications = [
        classifier.classify_report("failed", "30001", attempt(), at) for at in (MONDAY, later)
    ]
    assert classifications[1].next_at - classifications[0].next_at == timedelta(hours=5)


# Whose fault a refusal is (R19).


def test_r19_an_answer_that_is_not_the_providers_is_put_back():
    classifier = OutcomeClassifier(ResendPolicy(), CODES)
    for http_status in (400, 401, 403, 404, 407, 413):
        classification = classifier.classify_refusal(
            http_status, None, attempt(), MONDAY, is_from_provider=False
        )
        assert meaning(classification) == (PUT_BACK, Stage.PUT_BACK, Reason.NOT_FROM_TWILIO)
        assert 13.5 <= wait(classification) <= 15


def test_a_429_of_anybody_is_waited_out():
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_refusal(
        429, None, attempt(), MONDAY, retry_after_seconds=7, is_from_provider=False
    )
    assert (classification.reason, wait(classification)) == (Reason.CARRIER_OR_SERVICE, 7)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("21606", (PUT_BACK, Stage.PUT_BACK, Reason.CONTENT_OR_SETTING)),
        ("21612", (PUT_BACK, Stage.PUT_BACK, Reason.NO_ROUTE)),
        ("99999", (PUT_BACK, Stage.PUT_BACK, Reason.UNKNOWN)),
        (None, (PUT_BACK, Stage.PUT_BACK, Reason.UNKNOWN)),
        ("20003", (PUT_BACK, Stage.PUT_BACK, Reason.ACCOUNT)),
    ],
)
def test_r19_a_code_that_may_be_ours_is_put_back(code, expected):
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_refusal(
        400, code, attempt(), MONDAY, may_be_ours=True
    )
    assert (meaning(classification), classification.code) == (expected, code)


def test_only_401_and_403_lock_us_out_without_a_known_code():
    locked_out = [status for status in range(400, 500) if is_account_fault(status, None, CODES)]
    assert locked_out == [401, 403]


# Waits that know the cause (R10).

EVENING = MONDAY + timedelta(hours=17, minutes=30)
"""21:30 in New York, 18:30 in Los Angeles."""
DAY_ENDS = datetime(2026, 3, 3, 8, 15, tzinfo=UTC)
AT_EIGHT = datetime(2026, 3, 3, 13, tzinfo=UTC)


def in_new_york(tries=1, uncounted=0):
    return replace(attempt(tries), uncounted=uncounted, zone="America/New_York")


TIMED = [
    ("14107", EVENING + timedelta(minutes=10), False),
    ("21611", EVENING + timedelta(minutes=15), True),
    ("30023", DAY_ENDS, True),
    ("30027", DAY_ENDS, True),
    ("30610", AT_EIGHT, False),
    ("30047", AT_EIGHT, False),
    ("63018", EVENING + timedelta(hours=1), True),
    ("63038", EVENING + timedelta(hours=24), True),
]


@pytest.mark.parametrize(("code", "at", "holds_sender"), TIMED)
def test_r10_a_reported_cap_is_waited_out_and_not_counted(code, at, holds_sender):
    policy = ResendPolicy(attempt_limit=1, code_limits={code: 1})
    classification = OutcomeClassifier(policy, CODES).classify_report(
        "undelivered", code, in_new_york(), EVENING
    )
    assert (classification.outcome, classification.next_at) == (SOFT, at)
    assert (classification.code, classification.is_counted) == (code, False)
    assert classification.sender_held_until == (at if holds_sender else None)


@pytest.mark.parametrize(("code", "at", "holds_sender"), TIMED)
@pytest.mark.parametrize("http_status", [400, 429])
def test_r10_a_refused_cap_is_waited_out_and_put_back(code, at, holds_sender, http_status):
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_refusal(
        http_status, code, in_new_york(), EVENING
    )
    assert (classification.outcome, classification.next_at) == (PUT_BACK, at)
    assert classification.sender_held_until == (at if holds_sender else None)


@pytest.mark.parametrize(("seconds", "waited"), [(1.0, 900.0), (3600.0, 3600.0)])
def test_a_429_with_a_cap_waits_for_the_later_end(seconds, waited):
    assert wait(refusal(429, "21611", retry_after=seconds)) == waited


@pytest.mark.parametrize("code", ["30453", "30485"])
def test_a_fraud_block_waits_for_hours_and_counts(code):
    classifier = OutcomeClassifier(ResendPolicy(attempt_limit=2), CODES)
    first, last = (
        classifier.classify_report("failed", code, attempt(tries), MONDAY) for tries in (1, 2)
    )
    assert (first.next_at - MONDAY, first.is_counted) == (timedelta(hours=4), True)
    assert (last.outcome, last.next_at) == (HARD, None)


@pytest.mark.parametrize(
    ("tries", "uncounted", "longest"), [(1, 0, 300), (1, 1, 600), (1, 2, 1200), (2, 2, 2400)]
)
def test_a_growing_wait_grows_with_the_attempts_that_are_not_counted_too(tries, uncounted, longest):
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_report(
        "failed", "30001", in_new_york(tries, uncounted), MONDAY
    )
    assert longest * 0.9 <= wait(classification) <= longest
    assert (classification.is_counted, classification.sender_held_until) == (False, None)


def test_a_cap_that_is_known_late_is_that_of_the_day_of_the_text():
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_report(
        "undelivered", "30023", in_new_york(), EVENING + timedelta(days=2), sent_at=EVENING
    )
    assert classification.next_at == EVENING + timedelta(days=2)
    assert classification.sender_held_until == DAY_ENDS


def test_a_lapse_counts_and_holds_nobody():
    classification = OutcomeClassifier(ResendPolicy(), CODES).classify_lapse(attempt(2), MONDAY)
    assert (classification.is_counted, classification.sender_held_until) == (True, None)
    assert 540 <= wait(classification) <= 600
