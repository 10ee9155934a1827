"""The one definition of rank, and of a delivery's status: that of its fact of greatest rank.

Facts come late, twice and in any order. Each gets one integer rank when it is recorded, and the
greatest wins, so that neither order nor repetition changes the result. What each rank *means* is
defined here only: the SQL of the projections is generated from these tables. Standard library only.

    turn 1: enrolled 16, started 17, accepted 19, soft bounce 22
    turn 2: started 33, accepted 35
    delivered, in any turn: 4194313
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from ledger.domain.vocabulary import DeliveryStatus, MessageStatus, Reason

STAGE_BITS = 4
STAGE_MASK = (1 << STAGE_BITS) - 1
"""The bits of a rank that hold its stage; those above hold the turn, except in GOOD stages."""

TOP = 1 << 22
"""Above the ranks of every turn; below 2**23, so that `(rank << 40) - seq` fits 64 bits."""

LAST_TURN = (TOP >> STAGE_BITS) - 1
"""The highest turn a rank can hold: at one attempt in six hours, 179 years."""


class Stage(IntEnum):
    """How far one turn has come; within a turn, a higher stage outweighs a lower one."""

    ENROLLED = 0
    STARTED = 1
    UNKNOWN = 2
    ACCEPTED = 3
    PUT_BACK = 4
    FAILED_WITHOUT_CODE = 5
    SOFT_BOUNCE = 6
    HARD_FAILURE = 7
    WITHDRAWN = 8
    DELIVERED = 9
    READ = 10

    __hash__ = int.__hash__  # that of Enum is a Python function, and every fact is looked up


_STAGES = tuple(Stage)

AWAITING_ATTEMPT = frozenset({Stage.ENROLLED, Stage.PUT_BACK, Stage.SOFT_BOUNCE})
"""Pending, with nothing in flight: the next attempt may start, and an opt-out withdraws it."""

OUTCOME_UNKNOWN = frozenset({Stage.STARTED, Stage.UNKNOWN})
"""An attempt was started, and the provider has not yet reported on it."""

GOOD = frozenset({Stage.DELIVERED, Stage.READ})
BAD = frozenset({Stage.FAILED_WITHOUT_CODE, Stage.SOFT_BOUNCE, Stage.HARD_FAILURE})
"""Good and bad facts of one turn contradict each other."""

EXPLAINED = BAD | {Stage.PUT_BACK, Stage.WITHDRAWN}
"""The stages in which a code, a reason and a time of the next attempt have a meaning."""

ATTEMPTS = {Stage.STARTED: 1, Stage.PUT_BACK: -1}
"""What a fact adds to the number of attempts: a put back takes its attempt off again."""

_FAILED = frozenset({Stage.FAILED_WITHOUT_CODE, Stage.HARD_FAILURE, Stage.WITHDRAWN})

_MESSAGE_STATUS = {
    Stage.STARTED: MessageStatus.PENDING,
    Stage.UNKNOWN: MessageStatus.PENDING,
    Stage.ACCEPTED: MessageStatus.SENT,
    Stage.PUT_BACK: MessageStatus.PENDING,
    Stage.FAILED_WITHOUT_CODE: MessageStatus.UNDELIVERED,
    Stage.SOFT_BOUNCE: MessageStatus.UNDELIVERED,
    Stage.HARD_FAILURE: MessageStatus.UNDELIVERED,
    Stage.DELIVERED: MessageStatus.SENT,
    Stage.READ: MessageStatus.SENT,
}


def rank(turn: int, stage: Stage) -> int:
    """Return the rank of a fact: by turn, then by stage; delivered and read are above every turn.

    Raises ValueError for a turn that a rank cannot hold.
    """
    if not 1 <= turn <= LAST_TURN:
        raise ValueError(f"a turn is a number from 1 to {LAST_TURN}, not {turn}")
    if stage in GOOD:
        return TOP + stage
    return (turn << STAGE_BITS) + stage


def stage_of(rank: int) -> Stage:
    """Return the stage of a rank. Raises ValueError for a number that is no rank."""
    number = rank & STAGE_MASK
    return _STAGES[number] if number < len(_STAGES) else Stage(number)


def turn_of(rank: int) -> int:
    """Return the turn of a rank; a rank of delivered or read does not hold it."""
    return rank >> STAGE_BITS


def status_of(rank: int) -> DeliveryStatus:
    """Return the delivery status of a delivery whose greatest fact has this rank (R6–R11, R17)."""
    stage = stage_of(rank)
    if stage in GOOD:
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.FAILED if stage in _FAILED else DeliveryStatus.PENDING


class Fact(NamedTuple):
    """What one event says about its delivery's standing, as the ledger's typed columns hold it."""

    turn: int
    rank: int
    code: str | None = None
    reason: Reason | None = None
    next_at: datetime | None = None
    """When the next attempt is due; only for a put back or a soft bounce."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The greatest fact of a delivery, and what is counted over all its facts.

    Add facts in the order of their seq: of equal ranks the first recorded stays.
    """

    rank: int
    code: str | None = None
    reason: Reason | None = None
    next_at: datetime | None = None
    attempts: int = 0
    """Attempts started and not put back."""
    good_turns: frozenset[int] = frozenset()
    bad_turns: frozenset[int] = frozenset()

    @staticmethod
    def of(fact: Fact) -> "Standing":
        """Return the standing after a delivery's first fact."""
        return NOTHING_KNOWN.with_fact(fact)

    def with_fact(self, fact: Fact) -> "Standing":
        """Return the standing after this fact too."""
        return self.with_facts((fact,))

    def with_facts(self, facts: Iterable[Fact]) -> "Standing":
        """Return the standing after these facts too."""
        greatest: Standing | Fact = self
        attempts, good_turns, bad_turns = self.attempts, self.good_turns, self.bad_turns
        for fact in facts:
            stage = stage_of(fact.rank)
            if fact.rank > greatest.rank:
                greatest = fact
            attempts += ATTEMPTS.get(stage, 0)
            if stage in GOOD:
                good_turns |= {fact.turn}
            elif stage in BAD:
                bad_turns |= {fact.turn}
        is_explained = greatest is self or stage_of(greatest.rank) in EXPLAINED
        return Standing(
            greatest.rank,
            greatest.code if is_explained else None,
            greatest.reason if is_explained else None,
            greatest.next_at if is_explained else None,
            attempts=attempts,
            good_turns=good_turns,
            bad_turns=bad_turns,
        )

    @property
    def stage(self) -> Stage:
        """The stage of the greatest fact."""
        return stage_of(self.rank)

    @property
    def turn(self) -> int:
        """The turn of the greatest fact; none where that is delivered or read."""
        return turn_of(self.rank)

    @property
    def status(self) -> DeliveryStatus:
        """The delivery status, which the Contacts tab shows."""
        return status_of(self.rank)

    @property
    def failed_reason(self) -> Reason | None:
        """Why the delivery failed; None where it has not failed (R17)."""
        is_failed = self.status is DeliveryStatus.FAILED
        return (self.reason or Reason.UNKNOWN) if is_failed else None

    @property
    def message_status(self) -> MessageStatus | None:
        """The message status, which the conversation shows; None before any attempt (R3–R5)."""
        without_news = MessageStatus.UNDELIVERED if self.attempts else None
        return _MESSAGE_STATUS.get(self.stage, without_news)

    @property
    def is_conflict(self) -> bool:
        """Whether one turn has both good and bad facts."""
        return bool(self.good_turns & self.bad_turns)

    @property
    def awaits_attempt(self) -> bool:
        """Whether the next attempt may start as soon as it is due."""
        return self.stage in AWAITING_ATTEMPT


NOTHING_KNOWN = Standing(rank=-1)
"""The standing of a delivery without any fact."""
