"""Recording what the provider's records say about a text; it counts as a callback does."""

from dataclasses import dataclass

from ledger.commands.consequences import append_with_consequences
from ledger.commands.delivery_command import DeliveryCommand
from ledger.commands.repository import campaign_of_delivery, delivery_of
from ledger.domain.actors import SENDER
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.outcome_classifier import Classification, OutcomeClassifier
from ledger.domain.provider_record import ProviderRecord
from ledger.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class RecordFetchedStatus(DeliveryCommand[bool]):
    """Record the provider's status of an accepted text; returns whether it is news.

    News is a fact of greater rank, or another price.
    """

    record: ProviderRecord
    codes: CodeTable

    def decide(self, work: UnitOfWork) -> bool:
        delivery, record = delivery_of(work, self.delivery_id), self.record
        turn = delivery.turn_of(record.sid)
        if turn is None:
            return False
        outcome = _fetched_outcome(work, delivery, turn, record, codes=self.codes)
        event = delivery.fetch(SENDER, turn, outcome, record)
        is_greater = event.rank is not None and event.rank > delivery.standing.rank
        is_priced = record.price is not None and delivery.price_by_turn.get(turn) != record.price
        if is_greater or is_priced:
            append_with_consequences(work, delivery, event, outcome)
        return is_greater or is_priced


@dataclass(frozen=True)
class AttachRecord(DeliveryCommand[bool]):
    """Attach a text of the provider's to this delivery; returns whether it was attached.

    The delivery must wait for an attempt, or have an unknown outcome, which this settles. The SID
    must be new to the ledger.
    """

    record: ProviderRecord
    codes: CodeTable

    def decide(self, work: UnitOfWork) -> bool:
        delivery = delivery_of(work, self.delivery_id)
        if work.is_sid_recorded(self.record.sid):
            return False
        if not delivery.is_outcome_unknown and not delivery.standing.awaits_attempt:
            return False
        turn = delivery.turn if delivery.is_outcome_unknown else delivery.next_turn
        append_fetched(work, delivery, turn, self.record, codes=self.codes)
        return True


def append_fetched(
    work: UnitOfWork, delivery: Delivery, turn: int, record: ProviderRecord, *, codes: CodeTable
) -> None:
    """Append that the provider's records have the text of this turn, with what follows from it."""
    outcome = _fetched_outcome(work, delivery, turn, record, codes=codes)
    event = delivery.fetch(SENDER, turn, outcome, record)
    append_with_consequences(work, delivery, event, outcome)


def _fetched_outcome(
    work: UnitOfWork, delivery: Delivery, turn: int, record: ProviderRecord, *, codes: CodeTable
) -> Classification:
    classifier = OutcomeClassifier(campaign_of_delivery(work, delivery).policy, codes)
    facts = delivery.context_of(turn)
    sent_at = min(record.created_at, work.now)
    outcome = classifier.classify_report(
        record.status, record.code, facts, work.now, sent_at=sent_at
    )
    if outcome.rank is None:  # an unknown status proves that Twilio has the text
        outcome = classifier.classify_report("accepted", None, facts, work.now)
    return outcome
