"""The two commands of an attempt: start it before the provider is asked, record the answer."""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.commands.consequences import append_with_consequences, why_not_to_send
from ledger.commands.merged_texts import Text
from ledger.commands.repository import (
    campaign_of_delivery,
    contact_of_delivery,
    delivery_of,
    sending_switch,
)
from ledger.commands.shared_faults import (
    may_be_ours,
    pause_after_foreign_answer,
    pause_after_refusal,
)
from ledger.domain.actors import SENDER
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import AttemptStarted
from ledger.domain.opt_out_confirmation import confirmation_schedule
from ledger.domain.outcome_classifier import OutcomeClassifier, classify_not_reached
from ledger.domain.sending_switch import STREAM, SendingAccount
from ledger.domain.vocabulary import Outcome
from ledger.providers.contract import Accepted, Answer, NotReached, Refusal, UnknownOutcome
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class StartAttempt(Command[AttemptStarted | None]):
    """Start the attempt of a text; returns None where none is due, or not at this hour.

    `validity_seconds` is how long the provider may hold the text. It is shortened where the
    campaign's hours end sooner. `text` is None for a forgotten contact.

    The first attempt of a ledger gives it its account. Refused where it belongs to another one.
    """

    delivery_id: str
    text: Text | None
    validity_seconds: int
    account: SendingAccount

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id, STREAM]

    def decide(self, work: UnitOfWork) -> AttemptStarted | None:
        delivery = work.load(Delivery, self.delivery_id)
        if not delivery.exists or not delivery.standing.awaits_attempt:
            return None
        campaign = campaign_of_delivery(work, delivery)
        reason = why_not_to_send(work, delivery, contact_of_delivery(work, delivery))
        if reason and not campaign.is_archived:
            work.append(delivery.withdraw(SENDER, reason))
            return None
        switch = sending_switch(work)
        is_allowed = switch.allows_attempts(work.now)
        is_open = campaign.is_sending and not campaign.is_held(work.now)
        if not is_open or self.text is None or not is_allowed:
            return None
        schedule = campaign.timing
        if delivery.confirm_before is not None:
            schedule = confirmation_schedule(delivery.confirm_before)
        until = schedule.open_until(work.now, delivery.zone)
        if until is None or (delivery.standing.next_at or work.now) > work.now:
            return None
        switch.check_account(self.account)
        if switch.account is None:
            work.append(switch.set_account(SENDER, self.account))
        seconds_left = int((until - work.now).total_seconds())
        event = delivery.start(SENDER, min(self.validity_seconds, seconds_left))
        work.append(event)
        return event


@dataclass(frozen=True)
class RecordAnswer(Command[None]):
    """Record what the provider answered to an attempt, once, with all that follows from it."""

    delivery_id: str
    turn: int
    answer: Answer
    codes: CodeTable

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id]

    def decide(self, work: UnitOfWork) -> None:
        delivery, turn = delivery_of(work, self.delivery_id), self.turn
        if turn in delivery.answered_turns:  # the commit before was durable, its reply was lost
            return
        match self.answer:
            case Accepted(sid=sid, status=status):
                work.append(delivery.accept(SENDER, turn, sid=sid, status=status))
            case UnknownOutcome() as unknown:
                self._record_unknown(work, delivery, unknown)
            case NotReached(cause=cause):
                outcome = classify_not_reached(delivery.context_of(turn), work.now)
                event = delivery.refuse(SENDER, turn, outcome, http_status=None, message=cause)
                append_with_consequences(work, delivery, event, outcome)
            case Refusal() as refusal:
                self._record_refusal(work, delivery, refusal)

    def _record_unknown(
        self, work: UnitOfWork, delivery: Delivery, unknown: UnknownOutcome
    ) -> None:
        is_from_provider = unknown.is_from_provider
        work.append(
            delivery.mark_unknown(
                SENDER, self.turn, unknown.cause, is_from_provider=is_from_provider
            )
        )
        if not is_from_provider:
            pause_after_foreign_answer(work, delivery)

    def _record_refusal(self, work: UnitOfWork, delivery: Delivery, refusal: Refusal) -> None:
        campaign, turn = campaign_of_delivery(work, delivery), self.turn
        outcome = OutcomeClassifier(campaign.policy, self.codes).classify_refusal(
            refusal.http_status,
            refusal.code,
            delivery.context_of(turn),
            work.now,
            retry_after_seconds=refusal.retry_after_seconds,
            is_from_provider=refusal.is_from_provider,
            may_be_ours=may_be_ours(work, delivery, refusal, self.codes),
        )
        if outcome.outcome is Outcome.UNKNOWN:
            work.append(delivery.mark_unknown(SENDER, turn, f"code {refusal.code}"))
            return
        event = delivery.refuse(
            SENDER, turn, outcome, http_status=refusal.http_status, message=refusal.message
        )
        append_with_consequences(work, delivery, event, outcome)
        pause_after_refusal(work, delivery, refusal, outcome, self.codes)
