"""Faults that concern more than one contact: after how many answers a campaign pauses (R19).

Standard library only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from ledger.domain.delivery import fact_of
from ledger.domain.events import (
    AttemptAccepted,
    AttemptOutcomeUnknown,
    AttemptRefused,
    DeliveryEvent,
    Event,
)
from ledger.domain.standing import GOOD, Stage, stage_of
from ledger.domain.vocabulary import Reason

TAKEN = GOOD | {Stage.ACCEPTED}
"""The stages of a text that the provider has taken, so that the settings cannot be at fault."""

ANSWER_TOPICS = (AttemptAccepted.topic, AttemptRefused.topic)
"""The events that record an answer to an attempt."""

FOREIGN_ANSWER_TOPIC = AttemptOutcomeUnknown.topic
"""The event that, with the reason `NOT_FROM_TWILIO`, records a success without a text."""

FIRST_CONTACTS = 5
"""The contacts that must have the same code before the fault is ours."""

WITHOUT_CODE = Reason.UNKNOWN
"""The reason of an attempt that was put back after an error of the provider's without a code."""

ANSWERS_NOT_FROM_TWILIO = 3
"""The answers in a row that somebody other than Twilio must give."""


@dataclass(frozen=True, kw_only=True)
class FirstOutcomes:
    """What became of the texts of a campaign since its launch, or the last act on it."""

    has_success: bool = False
    """Whether any text shows that the school's settings are not at fault."""
    suspects: frozenset[tuple[str, str | None]] = frozenset()
    """Delivery and code of each text that may show a fault of the settings."""

    def __or__(self, other: Self) -> Self:
        """Return both together."""
        return type(self)(
            has_success=self.has_success or other.has_success,
            suspects=self.suspects | other.suspects,
        )

    def show_our_fault(self, code: str | None) -> bool:
        """Whether enough contacts have had this code, and none of the texts was a success."""
        contacts = {delivery_id for delivery_id, other in self.suspects if other == code}
        return not self.has_success and len(contacts) >= FIRST_CONTACTS


class FirstAttempts(FirstOutcomes):
    """What attempts brought: a success is a text that the provider took, a suspect was put back.

    The code is None for an error of the provider's without one.
    """

    @classmethod
    def of(cls, events: Iterable[DeliveryEvent]) -> Self:
        """Return what these events show."""
        facts = [(event.delivery_id, fact) for event in events if (fact := fact_of(event))]
        return cls(
            has_success=any(stage_of(fact.rank) in TAKEN for _, fact in facts),
            suspects=frozenset(
                (delivery_id, fact.code)
                for delivery_id, fact in facts
                if stage_of(fact.rank) is Stage.PUT_BACK
                and (fact.code or fact.reason is WITHOUT_CODE)
            ),
        )

    def may_show_our_fault(self, delivery_id: str, code: str | None) -> bool:
        """Whether this refusal may still be our fault, so that the contact is put back.

        It no longer may once the provider took a text. The second time, it concerns the contact:
        in a campaign of fewer than five, nothing else would end the waiting.
        """
        return not self.has_success and (delivery_id, code) not in self.suspects


class FirstReports(FirstOutcomes):
    """What reports said: a success is a delivered text, a suspect failed by the account's fault.

    Only attempts that started since then can be suspects: a late report of an earlier attempt says
    nothing about today's settings.
    """

    @classmethod
    def of(cls, events: Iterable[DeliveryEvent]) -> Self:
        """Return what these events show."""
        reports = list(events)
        return cls(
            has_success=any(stage_of(event.rank) in GOOD for event in reports if event.rank),
            suspects=frozenset(
                (event.delivery_id, code) for event in reports if (code := account_fault_of(event))
            ),
        )


def account_fault_of(event: DeliveryEvent) -> str | None:
    """Return the code of a failure by a fault of the account; None for every other event."""
    fact = fact_of(event)
    is_failure = fact is not None and stage_of(fact.rank) is Stage.HARD_FAILURE
    return fact.code if fact and is_failure and fact.reason is Reason.ACCOUNT else None


def is_answer(event: Event) -> bool:
    """Whether the event records an answer to an attempt; a timeout is none."""
    is_foreign = getattr(event, "reason", None) is Reason.NOT_FROM_TWILIO
    return event.topic in ANSWER_TOPICS or (event.topic == FOREIGN_ANSWER_TOPIC and is_foreign)


def are_not_from_twilio(reasons: Sequence[Reason | None]) -> bool:
    """Whether the last answers, of which these are the reasons, all came from somebody else."""
    return len(reasons) >= ANSWERS_NOT_FROM_TWILIO and set(reasons) == {Reason.NOT_FROM_TWILIO}
