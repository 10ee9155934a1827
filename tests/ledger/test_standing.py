"""A delivery's status is that of its greatest fact, whatever the order and repetition of facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import MONDAY
from kit.stories import fact
from ledger.domain.standing import LAST_TURN, Stage, Standing, rank, stage_of, status_of, turn_of
from ledger.domain.vocabulary import DeliveryStatus, MessageStatus, Reason

PENDING, DELIVERED, FAILED = DeliveryStatus
BEING_SENT, SENT, UNDELIVERED = MessageStatus

# stage, Contacts tab, conversation after a first attempt
STAGES = [
    (Stage.ENROLLED, PENDING, UNDELIVERED),
    (Stage.STARTED, PENDING, BEING_SENT),
    (Stage.UNKNOWN, PENDING, BEING_SENT),
    (Stage.ACCEPTED, PENDING, SENT),
    (Stage.PUT_BACK, PENDING, BEING_SENT),
    (Stage.FAILED_WITHOUT_CODE, FAILED, UNDELIVERED),
    (Stage.SOFT_BOUNCE, PENDING, UNDELIVERED),
    (Stage.HARD_FAILURE, FAILED, UNDELIVERED),
    (Stage.WITHDRAWN, FAILED, UNDELIVERED),
    (Stage.DELIVERED, DELIVERED, SENT),
    (Stage.READ, DELIVERED, SENT),
]

# Stage, and its ranks in the first and in the second turn. They are in every ledger, for ever.
RANKS = [
    (Stage.ENROLLED, 16, 32),
    (Stage.STARTED, 17, 33),
    (Stage.UNKNOWN, 18, 34),
    (Stage.ACCEPTED, 19, 35),
    (Stage.PUT_BACK, 20, 36),
    (Stage.FAILED_WITHOUT_CODE, 21, 37),
    (Stage.SOFT_BOUNCE, 22, 38),
    (Stage.HARD_FAILURE, 23, 39),
    (Stage.WITHDRAWN, 24, 40),
    (Stage.DELIVERED, 4_194_313, 4_194_313),
    (Stage.READ, 4_194_314, 4_194_314),
]

stages = st.sampled_from(Stage)
turns = st.integers(1, 4)
facts = st.builds(fact, stages, turns, code=st.sampled_from([None, "30001", "30006"]))
histories = st.lists(facts, min_size=1, max_size=12)


def standing(*facts):
    """The standing after these facts, in this order."""
    standing_ = Standing.of(facts[0])
    for later in facts[1:]:
        standing_ = standing_.with_fact(later)
    return standing_


@pytest.mark.parametrize(("stage", "status", "message_status"), STAGES)
def test_each_stage_has_a_delivery_status_and_a_message_status(stage, status, message_status):
    shown = standing(fact(Stage.STARTED, 1), fact(stage, 2))
    assert (shown.status, shown.message_status) == (status, message_status)


def test_the_table_above_names_every_stage():
    assert [row[0] for row in STAGES] == list(Stage)


def test_a_delivery_without_attempts_has_no_message_status():
    assert standing(fact(Stage.ENROLLED)).message_status is None


def test_a_delivery_withdrawn_before_any_attempt_has_no_message_status():
    assert standing(fact(Stage.ENROLLED), fact(Stage.WITHDRAWN)).message_status is None


@pytest.mark.parametrize("stage", Stage)
def test_a_rank_holds_its_stage_in_the_first_and_in_the_last_turn(stage):
    assert {stage_of(rank(turn, stage)) for turn in (1, 2, LAST_TURN)} == {stage}


@pytest.mark.parametrize(("stage", "first", "second"), RANKS)
def test_the_rank_of_a_stage_never_changes(stage, first, second):
    assert (rank(1, stage), rank(2, stage)) == (first, second)


def test_the_ranks_above_name_every_stage():
    assert [row[0] for row in RANKS] == list(Stage)


@pytest.mark.parametrize("turn", [1, 2, 1000, LAST_TURN])
def test_a_rank_holds_its_turn(turn):
    assert turn_of(rank(turn, Stage.WITHDRAWN)) == turn


def test_the_last_turn_is_the_262_143rd():
    assert LAST_TURN == 262_143


@pytest.mark.parametrize("turn", [0, -1, LAST_TURN + 1])
def test_a_turn_that_no_rank_can_hold_is_refused(turn):
    with pytest.raises(ValueError, match="a turn is a number from 1 to 262143, not"):
        rank(turn, Stage.STARTED)


@given(turns, stages.filter(lambda s: s < Stage.DELIVERED), stages)
def test_a_later_turn_outweighs_every_stage_of_an_earlier_one(turn, later, earlier):
    assert rank(turn + 1, later) > rank(turn, min(earlier, Stage.WITHDRAWN))


@pytest.mark.parametrize("good", [Stage.DELIVERED, Stage.READ])
def test_delivered_outweighs_the_last_turn(good):
    assert rank(1, good) > rank(LAST_TURN, Stage.WITHDRAWN)


def test_read_outweighs_delivered():
    assert rank(1, Stage.READ) > rank(2, Stage.DELIVERED)


def test_every_rank_leaves_room_for_forty_bits_of_seq():
    greatest = rank(LAST_TURN, Stage.READ)
    assert ((greatest << 40) - 1).bit_length() <= 63


def test_one_step_of_rank_outweighs_every_seq_below_two_to_the_forty():
    lower, higher = rank(3, Stage.HARD_FAILURE), rank(3, Stage.WITHDRAWN)
    assert (higher << 40) - (2**40 - 1) > (lower << 40) - 1


@given(histories.flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts))))
def test_the_order_of_facts_does_not_change_the_standing(orders):
    first, second = (standing(*facts) for facts in orders)
    assert (first.rank, first.status, first.attempts, first.is_conflict) == (
        second.rank,
        second.status,
        second.attempts,
        second.is_conflict,
    )


@given(histories, st.data())
def test_repeated_facts_do_not_change_the_standing(facts, data):
    again = data.draw(st.lists(st.sampled_from(facts), max_size=8))
    first, second = standing(*facts), standing(*facts, *again)
    assert (first.rank, first.code, first.is_conflict) == (
        second.rank,
        second.code,
        second.is_conflict,
    )


@given(histories)
def test_the_status_is_that_of_the_greatest_rank(facts):
    assert standing(*facts).status is status_of(max(each.rank for each in facts))


def test_a_late_bounce_after_delivery_changes_nothing():
    assert standing(fact(Stage.DELIVERED), fact(Stage.HARD_FAILURE, code="30006")).code is None


def test_an_older_attempt_failing_cannot_undo_a_newer_attempt():
    now = standing(fact(Stage.ACCEPTED, 2), fact(Stage.HARD_FAILURE, 1, code="30006"))
    assert (now.status, now.code) == (PENDING, None)


def test_late_good_news_of_an_older_attempt_wins():
    now = standing(fact(Stage.HARD_FAILURE, 2, code="30006"), fact(Stage.DELIVERED, 1))
    assert now.status is DELIVERED


def test_of_equal_ranks_the_first_recorded_has_the_reason():
    first = fact(Stage.HARD_FAILURE, code="30006", reason=Reason.UNREACHABLE_NUMBER)
    second = fact(Stage.HARD_FAILURE, code="30005", reason=Reason.INVALID_NUMBER)
    now = standing(first, second)
    assert (now.code, now.reason) == ("30006", Reason.UNREACHABLE_NUMBER)


@pytest.mark.parametrize("good", [Stage.DELIVERED, Stage.READ])
@pytest.mark.parametrize("bad", [Stage.FAILED_WITHOUT_CODE, Stage.SOFT_BOUNCE, Stage.HARD_FAILURE])
def test_good_and_bad_news_of_one_turn_are_a_conflict(good, bad):
    assert standing(fact(bad, 2), fact(good, 2)).is_conflict


EXPLAINED = [Stage.PUT_BACK, Stage.FAILED_WITHOUT_CODE, Stage.SOFT_BOUNCE]
EXPLAINED += [Stage.HARD_FAILURE, Stage.WITHDRAWN]


@pytest.mark.parametrize("stage", EXPLAINED)
def test_a_failure_is_explained_by_its_code_reason_and_next_attempt(stage):
    explanation = {"code": "30006", "reason": Reason.UNREACHABLE_NUMBER, "next_at": MONDAY}
    now = standing(fact(Stage.STARTED), fact(stage, **explanation))
    assert (now.code, now.reason, now.next_at) == tuple(explanation.values())


@pytest.mark.parametrize("stage", sorted(set(Stage) - {*EXPLAINED, Stage.ENROLLED}))
def test_any_other_stage_is_without_code_reason_and_next_attempt(stage):
    explanation = {"code": "30006", "reason": Reason.UNREACHABLE_NUMBER, "next_at": MONDAY}
    now = standing(fact(Stage.ENROLLED), fact(stage, **explanation))
    assert (now.code, now.reason, now.next_at) == (None, None, None)


def test_a_bounce_and_the_next_attempt_arriving_are_no_conflict():
    assert not standing(fact(Stage.SOFT_BOUNCE, 1), fact(Stage.DELIVERED, 2)).is_conflict


@pytest.mark.parametrize("stage", [Stage.PUT_BACK, Stage.WITHDRAWN, Stage.UNKNOWN])
def test_a_stage_that_is_neither_good_nor_bad_conflicts_with_nothing(stage):
    assert not standing(fact(stage, 1), fact(Stage.DELIVERED, 1)).is_conflict


def test_attempts_put_back_are_not_counted():
    now = standing(
        fact(Stage.STARTED, 1),
        fact(Stage.PUT_BACK, 1),
        fact(Stage.STARTED, 2),
        fact(Stage.PUT_BACK, 2),
        fact(Stage.STARTED, 3),
    )
    assert now.attempts == 1


@pytest.mark.parametrize("stage", [Stage.ENROLLED, Stage.PUT_BACK, Stage.SOFT_BOUNCE])
def test_the_next_attempt_may_start_where_nothing_is_in_flight(stage):
    assert standing(fact(stage)).awaits_attempt


@pytest.mark.parametrize(
    "stage", sorted(set(Stage) - {Stage.ENROLLED, Stage.PUT_BACK, Stage.SOFT_BOUNCE})
)
def test_no_attempt_may_start_in_another_stage(stage):
    assert not standing(fact(stage)).awaits_attempt
