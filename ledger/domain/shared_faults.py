"""Faults that concern more than one contact: after how many answers a campaign pauses (R19).

Standard library only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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

FIRST_ATTEMPTS = 5
"""The contacts whose first attempts must bring the same code before the fault is ours."""

WITHOUT_CODE = Reason.UNKNOWN
"""The reason of an attempt that was put back after an error of the provider's without a code."""

ANSWERS_NOT_FROM_TWILIO = 3
"""The answers in a row that somebody other than Twilio must give."""


@dataclass(frozen=True, kw_only=True)
class FirstAttempts:
    """What the attempts of a campaign brought since its launch, or the last act on it."""

    is_any_taken: bool = False
    """Whether the provider took any text."""
    put_back: frozenset[tuple[str, str | None]] = field(default_factory=frozenset)
    """Delivery and code of those that the provider refused for now.

    The code is None for an error of the provider's without one.
    """

    def with_events(self, events: Iterable[DeliveryEvent]) -> "FirstAttempts":
        """Return the same with these later events of the campaign's deliveries."""
        facts = [(event.delivery_id, fact) for event in events if (fact := fact_of(event))]
        stages = {stage_of(fact.rank) for _, fact in facts}
        put_back = {
            (delivery_id, fact.code)
            for delivery_id, fact in facts
            if stage_of(fact.rank) is Stage.PUT_BACK and (fact.code or fact.reason is WITHOUT_CODE)
        }
        return FirstAttempts(
            is_any_taken=self.is_any_taken or not stages.isdisjoint(TAKEN),
            put_back=self.put_back | put_back,
        )

    def may_show_our_fault(self, delivery_id: str, code: str | None) -> bool:
        """Whether this refusal may still be our fault, so that the contact is put back.

        It no longer may once the provider took a text. The second time, it concerns the contact:
        in a campaign of fewer than five, nothing else would end the waiting.
        """
        return not self.is_any_taken and (delivery_id, code) not in self.put_back

    def show_our_fault(self, code: str | None) -> bool:
        """Whether the first attempts have all brought this code."""
        contacts = {delivery_id for delivery_id, other in self.put_back if other == code}
        return not self.is_any_taken and len(contacts) >= FIRST_ATTEMPTS


@dataclass(frozen=True, kw_only=True)
class FirstReports:
    """What reports said of the texts of a campaign since its launch, or the last act on it."""

    is_any_delivered: bool = False
    failed: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """Delivery and code of those that failed by a fault of the account.

    Their attempts started since then too: a late report of an earlier attempt says nothing about
    today's settings.
    """

    def show_our_fault(self, code: str) -> bool:
        """Whether enough contacts failed with this code of the account, and nobody got a text."""
        contacts = {delivery_id for delivery_id, other in self.failed if other == code}
        return not self.is_any_delivered and len(contacts) >= FIRST_ATTEMPTS


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
