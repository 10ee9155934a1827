"""Settling attempts of unknown outcome: by the provider's records, or by staff.

A text of unknown outcome is never sent again blindly. A callback with the attempt's token settles
it (see `callbacks.py`), or the provider's records do; without either, the attempt lapses when the
text's validity period is over. Where the records are ambiguous, staff decide.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.commands.consequences import append_with_consequences
from ledger.commands.repository import campaign_of_delivery, delivery_of
from ledger.domain.actors import SENDER
from ledger.domain.delivery import Delivery
from ledger.domain.error_codes import CodeTable
from ledger.domain.events import StatusFetched
from ledger.domain.outcome_classifier import OutcomeClassifier
from ledger.domain.provider_record import ProviderRecord
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import Settlement
from ledger.errors import Refused
from ledger.unit_of_work import Command, UnitOfWork

_MARGIN = timedelta(seconds=60)
"""How long after its validity period a text may still be sent."""


@dataclass(frozen=True, kw_only=True)
class RecordsLookup:
    """What the provider's records say about an attempt of unknown outcome."""

    turn: int
    asked_at: datetime
    """The time before the provider was asked; texts that it does not list did not exist then."""
    body: str | None
    """The words of the text; None if its contact was forgotten, so that it cannot be looked up."""
    records: Sequence[ProviderRecord]
    """The records that fit by number and time."""
    last_call_at: datetime
    """The latest time at which the provider may have been asked to send it."""


@dataclass(frozen=True)
class _DeliveryCommand(Command[bool]):
    """A command about one delivery; each says what it returns."""

    delivery_id: str

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id]


@dataclass(frozen=True)
class MarkOutcomeUnknown(_DeliveryCommand):
    """Record that an attempt has had no answer for too long; returns whether that was new."""

    turn: int
    cause: str

    def decide(self, work: UnitOfWork) -> bool:
        delivery = delivery_of(work, self.delivery_id)
        if delivery.standing.stage is not Stage.STARTED or delivery.turn != self.turn:
            return False
        work.append(delivery.mark_unknown(SENDER, self.turn, self.cause))
        return True


@dataclass(frozen=True)
class SettleByRecords(_DeliveryCommand):
    """Settle an unknown outcome by the provider's records; returns whether it is settled.

    A single record with the same words, from this sender and with a SID that no event has, settles
    it. Without any, the attempt lapses if the lookup came after the text's validity period. Two
    such records, or one with other words or from another sender, are left to staff.
    """

    lookup: RecordsLookup
    codes: CodeTable

    def decide(self, work: UnitOfWork) -> bool:
        delivery, lookup = delivery_of(work, self.delivery_id), self.lookup
        if not delivery.is_outcome_unknown or delivery.turn != lookup.turn:
            return True
        sid = delivery.sid_by_turn.get(lookup.turn)
        unheld = [
            record
            for record in lookup.records
            if record.sid == sid or not work.is_sid_recorded(record.sid)
        ]
        same = [record for record in unheld if record.is_from_us and record.body == lookup.body]
        if len(same) == 1:
            _append_fetched(work, delivery, lookup.turn, same[0], self.codes)
            return True
        near = [record for record in unheld if record.is_from_us or record.body == lookup.body]
        if near:
            _leave_to_staff(work, delivery, [record.sid for record in near])
            return False
        if sid is None and lookup.asked_at > self._lapses_at(delivery):
            self._lapse(work, delivery)
            return True
        return False

    def _lapses_at(self, delivery: Delivery) -> datetime:
        return self.lookup.last_call_at + timedelta(seconds=delivery.validity_seconds) + _MARGIN

    def _lapse(self, work: UnitOfWork, delivery: Delivery) -> None:
        classifier = _classifier(work, delivery, self.codes)
        outcome = classifier.classify_lapse(delivery.context_of(delivery.turn), work.now)
        event = delivery.lapse(SENDER, delivery.turn, outcome)
        append_with_consequences(work, delivery, event)


@dataclass(frozen=True)
class SettleByStaff(Command[None]):
    """Record staff's decision on a text that may have been sent: send it again, or do not.

    Refused if its outcome is known by now, if the campaign is archived or allows no resend, and for
    sending the confirmation of an opt-out again.
    """

    delivery_id: str
    decision: Settlement
    by: str
    codes: CodeTable

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id]

    def decide(self, work: UnitOfWork) -> None:
        delivery = delivery_of(work, self.delivery_id)
        campaign_of_delivery(work, delivery).check_settlement(self.decision)
        if self.decision is Settlement.RESEND and delivery.confirm_before is not None:
            raise Refused("The confirmation of an opt-out is never sent again; let it be.")
        outcome = _classifier(work, delivery, self.codes).classify_settlement(
            self.decision, delivery.context_of(delivery.turn), work.now
        )
        event = delivery.settle(self.by, outcome, self.decision)
        append_with_consequences(work, delivery, event)


@dataclass(frozen=True)
class RecordFetchedStatus(_DeliveryCommand):
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
        event = _fetched(work, delivery, turn, record, self.codes)
        is_greater = event.rank is not None and event.rank > delivery.standing.rank
        is_priced = record.price is not None and delivery.price_by_turn.get(turn) != record.price
        if is_greater or is_priced:
            append_with_consequences(work, delivery, event)
        return is_greater or is_priced


@dataclass(frozen=True)
class AttachRecord(_DeliveryCommand):
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
        _append_fetched(work, delivery, turn, self.record, self.codes)
        return True


def _append_fetched(
    work: UnitOfWork, delivery: Delivery, turn: int, record: ProviderRecord, codes: CodeTable
) -> None:
    append_with_consequences(work, delivery, _fetched(work, delivery, turn, record, codes))


def _fetched(
    work: UnitOfWork, delivery: Delivery, turn: int, record: ProviderRecord, codes: CodeTable
) -> StatusFetched:
    classifier, facts = _classifier(work, delivery, codes), delivery.context_of(turn)
    outcome = classifier.classify_report(record.status, record.code, facts, work.now)
    if outcome.rank is None:  # an unknown status proves that Twilio has the text
        outcome = classifier.classify_report("accepted", None, facts, work.now)
    return delivery.fetch(SENDER, turn, outcome, record)


def _leave_to_staff(work: UnitOfWork, delivery: Delivery, sids: Sequence[str]) -> None:
    """Record once which of the provider's texts could be the text of this attempt."""
    if delivery.candidates != tuple(sids):
        cause = "Twilio's records do not tell whether this text was sent"
        work.append(delivery.mark_unknown(SENDER, delivery.turn, cause, sids))


def _classifier(work: UnitOfWork, delivery: Delivery, codes: CodeTable) -> OutcomeClassifier:
    return OutcomeClassifier(campaign_of_delivery(work, delivery).policy, codes)
