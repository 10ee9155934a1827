"""The one definition of rank, and of what a delivery's status is: its fact of greatest rank.

Facts come late, twice and in any order. Each gets one integer rank when it is recorded, and the
greatest wins, so no order and no repetition can give another answer. What the greatest *means* is
said here and nowhere else: SQL that takes it is made from these tables. Standard library only.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from ledger.domain.vocabulary import DeliveryStatus, MessageStatus, Reason

STAGE_BITS = 4
STAGE_MASK = (1 << STAGE_BITS) - 1
"""The bits of a rank that tell its stage; those above tell the turn, but for delivered and read."""

TOP = 1 << 22
"""Above every turn's ranks; below 2**23, so that `(rank << 40) - seq` fits 64 bits."""

LAST_TURN = (TOP >> STAGE_BITS) - 1
"""The highest turn a rank can hold: at one attempt in six hours, 179 years."""


class Stage(IntEnum):
    """How far one turn has come; a higher stage of the same turn outweighs a lower one."""

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


AWAITING_ATTEMPT = frozenset({Stage.ENROLLED, Stage.PUT_BACK, Stage.SOFT_BOUNCE})
"""Pending, nothing in flight: the next attempt may start, and an opt-out withdraws."""

OUTCOME_UNKNOWN = frozenset({Stage.STARTED, Stage.UNKNOWN})
"""An attempt was started and nobody has said what became of it."""

GOOD = frozenset({Stage.DELIVERED, Stage.READ})
BAD = frozenset({Stage.FAILED_WITHOUT_CODE, Stage.SOFT_BOUNCE, Stage.HARD_FAILURE})
"""Good and bad facts of one turn contradict each other."""

EXPLAINED = BAD | {Stage.PUT_BACK, Stage.WITHDRAWN}
"""Only here a code, a reason and a next attempt mean something."""

ATTEMPTS = {Stage.STARTED: 1, Stage.PUT_BACK: -1}
"""What a fact adds to the number of attempts: those put back use up none."""

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
    """The weight of a fact: by turn, then by stage; delivered and read stand above every turn."""
    if not 1 <= turn <= LAST_TURN:
        raise ValueError(f"a turn lies between 1 and {LAST_TURN}, not {turn}")
    if stage in GOOD:
        return TOP + stage
    return (turn << STAGE_BITS) + stage


def stage_of(rank: int) -> Stage:
    """The stage that a rank was made of."""
    return Stage(rank & STAGE_MASK)


def turn_of(rank: int) -> int:
    """The turn that a rank was made of; that of delivered or read is not to be seen from it."""
    return rank >> STAGE_BITS


def status_of(rank: int) -> DeliveryStatus:
    """What the Contacts tab shows where the greatest fact has this rank (R6–R11, R17)."""
    stage = stage_of(rank)
    if stage in GOOD:
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.FAILED if stage in _FAILED else DeliveryStatus.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing known of a delivery, as the ledger's typed columns hold it."""

    turn: int
    rank: int
    code: str | None = None
    reason: Reason | None = None
    next_at: datetime | None = None
    """When the next attempt is due; only with a put back or a soft bounce."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The greatest fact of a delivery, with the little that must be counted beside it.

    Fold facts in the order of their seq: among equal ranks the first recorded stays.
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
        """The standing after a delivery's first fact."""
        return NOTHING_KNOWN.with_fact(fact)

    def with_fact(self, fact: Fact) -> "Standing":
        """The standing once this fact is known as well."""
        stage, turn = stage_of(fact.rank), frozenset({fact.turn})
        greatest = self if fact.rank <= self.rank else _explained(fact, stage)
        return Standing(
            greatest.rank,
            greatest.code,
            greatest.reason,
            greatest.next_at,
            attempts=self.attempts + ATTEMPTS.get(stage, 0),
            good_turns=self.good_turns | turn if stage in GOOD else self.good_turns,
            bad_turns=self.bad_turns | turn if stage in BAD else self.bad_turns,
        )

    @property
    def stage(self) -> Stage:
        """The stage of the greatest fact."""
        return stage_of(self.rank)

    @property
    def status(self) -> DeliveryStatus:
        """What the Contacts tab shows."""
        return status_of(self.rank)

    @property
    def failed_reason(self) -> Reason | None:
        """Why it failed; None for one that has not (R17)."""
        is_failed = self.status is DeliveryStatus.FAILED
        return (self.reason or Reason.UNKNOWN) if is_failed else None

    @property
    def message_status(self) -> MessageStatus | None:
        """What the conversation view shows; None while no text was ever tried (R3–R5)."""
        unmoved = MessageStatus.UNDELIVERED if self.attempts else None
        return _MESSAGE_STATUS.get(self.stage, unmoved)

    @property
    def is_conflict(self) -> bool:
        """Whether one turn holds both good and bad news."""
        return bool(self.good_turns & self.bad_turns)

    @property
    def awaits_attempt(self) -> bool:
        """Whether the next attempt may start as soon as it is due."""
        return self.stage in AWAITING_ATTEMPT


NOTHING_KNOWN = Standing(rank=-1)
"""Of a delivery without any fact."""


def _explained(fact: Fact, stage: Stage) -> Fact:
    """The fact, without words that mean nothing in its stage."""
    return fact if stage in EXPLAINED else Fact(turn=fact.turn, rank=fact.rank)
