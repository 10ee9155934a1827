"""How long to wait, when to give up, and which deliveries a resend by staff leaves out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.stories import fact
from ledger.domain import resend_policy as resend
from ledger.domain.resend_policy import LONGEST_WAIT_SECONDS, ResendPolicy, put_back_seconds, spread
from ledger.domain.standing import Stage, Standing
from ledger.domain.vocabulary import LeftOutReason, Reason
from ledger.errors import BadInput

deliveries = st.text("abcdefgh234567", min_size=24, max_size=24)
turns = st.integers(1, 1000)


@pytest.mark.parametrize(
    ("tries", "longest"),
    [(1, 300), (2, 600), (3, 1200), (7, 19_200), (8, 21_600), (9, 21_600), (100_000, 21_600)],
)
def test_each_wait_doubles_up_to_six_hours(tries, longest):
    wait = ResendPolicy().wait_seconds(tries, "del_ada", 1)
    assert longest * 0.9 <= wait <= longest


def test_a_campaign_has_its_own_first_wait():
    assert 9 <= ResendPolicy(first_wait_seconds=10).wait_seconds(1, "del_ada", 1) <= 10


def test_a_first_wait_of_zero_stays_zero():
    assert ResendPolicy(first_wait_seconds=0).wait_seconds(5, "del_ada", 1) == 0


@given(deliveries, turns, st.floats(0, LONGEST_WAIT_SECONDS))
def test_a_wait_is_spread_by_no_more_than_a_tenth(delivery_id, turn, seconds):
    assert seconds * 0.9 <= spread(seconds, delivery_id, turn) <= seconds


def test_the_same_delivery_and_turn_always_wait_the_same():
    assert spread(1000, "del_ada", 3) == spread(1000, "del_ada", 3)


def test_texts_that_bounced_together_are_not_all_sent_again_together():
    waits = {spread(1000, f"del_{number}", 1) for number in range(100)}
    assert len(waits) == 100


def test_each_turn_of_a_delivery_is_spread_differently():
    assert spread(1000, "del_ada", 1) != spread(1000, "del_ada", 2)


def test_waits_are_spread_over_the_whole_tenth():
    waits = [spread(1000, f"del_{number}", 1) for number in range(500)]
    assert min(waits) < 901
    assert max(waits) > 999


@pytest.mark.parametrize("delivery_id", ["del_ada", "del_ben"])
@pytest.mark.parametrize("turn", [1, 2])
def test_both_kinds_of_wait_are_spread_by_delivery_and_turn(delivery_id, turn):
    assert ResendPolicy().wait_seconds(1, delivery_id, turn) == spread(300, delivery_id, turn)
    assert put_back_seconds(1, delivery_id, turn) == spread(15, delivery_id, turn)


LIMITS = [
    # attempt limit, limits of codes, code, tries, is it the last one?
    (None, {}, "30001", 1_000_000, False),
    (None, {}, None, 1_000_000, False),
    (3, {}, "30001", 2, False),
    (3, {}, "30001", 3, True),
    (3, {}, None, 4, True),
    (None, {"30003": 2}, "30003", 1, False),
    (None, {"30003": 2}, "30003", 2, True),
    (None, {"30003": 2}, "30008", 2, False),
    (None, {"30003": 2}, None, 2, False),
    (5, {"30003": 2}, "30003", 2, True),
    (2, {"30003": 5}, "30003", 2, True),
    (2, {"30003": 5}, "30003", 1, False),
]


@pytest.mark.parametrize(("attempt_limit", "code_limits", "code", "tries", "is_last"), LIMITS)
def test_r11_the_smaller_of_both_limits_counts(*, attempt_limit, code_limits, code, tries, is_last):
    policy = ResendPolicy(attempt_limit=attempt_limit, code_limits=code_limits)
    assert policy.is_at_limit(tries, code) is is_last


@pytest.mark.parametrize(
    ("put_backs", "longest"), [(1, 15), (2, 30), (3, 60), (9, 3600), (99, 3600)]
)
def test_put_backs_in_a_row_wait_from_fifteen_seconds_to_an_hour(put_backs, longest):
    assert longest * 0.9 <= put_back_seconds(put_backs, "del_ada", 1) <= longest


@pytest.mark.parametrize(
    "policy",
    [
        ResendPolicy(first_wait_seconds=-1),
        ResendPolicy(first_wait_seconds=LONGEST_WAIT_SECONDS + 1),
        ResendPolicy(attempt_limit=0),
        ResendPolicy(attempt_limit=-3),
    ],
)
def test_a_policy_out_of_range_is_refused(policy):
    with pytest.raises(BadInput, match="give"):
        policy.check()


@pytest.mark.parametrize("seconds", [0, 1, LONGEST_WAIT_SECONDS])
def test_a_policy_within_its_range_passes(seconds):
    ResendPolicy(first_wait_seconds=seconds, attempt_limit=1).check()


def left_out(
    fact_,
    *,
    is_opted_out=False,
    is_forgotten=False,
    is_confirmation=False,
    lacks_consent=False,
    include_unreachable=False,
):
    return resend.left_out_reason(
        Standing.of(fact_),
        is_opted_out=is_opted_out,
        is_forgotten=is_forgotten,
        is_confirmation=is_confirmation,
        lacks_consent=lacks_consent,
        include_unreachable=include_unreachable,
    )


def failed(reason):
    return fact(Stage.HARD_FAILURE, reason=reason)


@pytest.mark.parametrize("reason", [Reason.CANCELED, Reason.CARRIER_OR_SERVICE, Reason.NO_ROUTE])
def test_r18_a_failed_contact_may_be_resent(reason):
    assert left_out(failed(reason)) is None


def test_r18_a_failure_without_a_code_may_be_resent():
    assert left_out(fact(Stage.FAILED_WITHOUT_CODE)) is None


ADVISED_AGAINST = [
    Reason.UNREACHABLE_NUMBER,
    Reason.INVALID_NUMBER,
    Reason.BLOCKED_BY_RECIPIENT,
]


@pytest.mark.parametrize("reason", ADVISED_AGAINST)
def test_r18_unreachable_invalid_and_blocking_numbers_are_left_out(reason):
    assert left_out(failed(reason)) is LeftOutReason(reason)


@pytest.mark.parametrize("reason", ADVISED_AGAINST)
def test_r18_staff_may_include_unreachable_invalid_and_blocking_numbers(reason):
    assert left_out(failed(reason), include_unreachable=True) is None


@pytest.mark.parametrize("insists", [False, True])
def test_r18_an_opted_out_contact_is_refused_however_staff_insist(insists):
    fact_ = failed(Reason.CANCELED)
    assert (
        left_out(fact_, is_opted_out=True, include_unreachable=insists) is LeftOutReason.OPTED_OUT
    )


@pytest.mark.parametrize("insists", [False, True])
def test_r18_a_forgotten_contact_is_refused_however_much_staff_insist(insists):
    fact_ = failed(Reason.NO_ROUTE)
    assert (
        left_out(fact_, is_forgotten=True, include_unreachable=insists) is LeftOutReason.FORGOTTEN
    )


@pytest.mark.parametrize("insists", [False, True])
def test_r16_a_confirmation_of_an_opt_out_is_left_out_however_staff_insist(insists):
    fact_ = failed(Reason.UNREACHABLE_NUMBER)
    reason = left_out(fact_, is_confirmation=True, include_unreachable=insists)
    assert reason is LeftOutReason.CONFIRMATION


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        (Stage.ENROLLED, LeftOutReason.WAITING),
        (Stage.SOFT_BOUNCE, LeftOutReason.WAITING),
        (Stage.STARTED, LeftOutReason.IN_FLIGHT),
        (Stage.ACCEPTED, LeftOutReason.IN_FLIGHT),
        (Stage.UNKNOWN, LeftOutReason.OUTCOME_UNKNOWN),
        (Stage.DELIVERED, LeftOutReason.DELIVERED),
    ],
)
def test_r18_what_has_not_failed_is_left_out(stage, why):
    assert left_out(fact(stage)) is why


@pytest.mark.parametrize("insist", [False, True])
def test_r18_a_contact_without_the_consent_that_is_required_is_left_out(insist):
    standing = fact(Stage.WITHDRAWN, reason=Reason.NO_CONSENT)
    assert left_out(standing, lacks_consent=True, include_unreachable=insist) is (
        LeftOutReason.NO_CONSENT
    )
    assert left_out(standing) is None
