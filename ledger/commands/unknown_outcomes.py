"""Finding out what became of an attempt without an answer: by the provider's records, or by staff.

An unknown outcome is never sent again blindly. A callback with the attempt's token settles it first
(see `callbacks.py`); else the provider's records do; else the attempt lapses, once its text cannot
be alive any more. What those records leave open is put before staff.
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
from ledger.unit_of_work import Command, UnitOfWork

_MARGIN = timedelta(seconds=60)
"""A text is taken to live this much longer than its validity period."""


@dataclass(frozen=True, kw_only=True)
class RecordsLookup:
    """One look at the provider's records, for an attempt whose outcome is unknown."""

    turn: int
    asked_at: datetime
    """Before the provider was asked: what it does not list did not exist at that time."""
    body: str | None
    """What the text says; None where its contact was forgotten, and nobody can be asked about."""
    records: Sequence[ProviderRecord]
    """Those that fit by number, sender and time."""
    last_call_at: datetime
    """Until then the provider may have been asked to send it."""


@dataclass(frozen=True)
class _DeliveryCommand(Command[bool]):
    """A command about one delivery; returns whether it did what it is for."""

    delivery_id: str

    @property
    def streams(self) -> Collection[str]:
        return [self.delivery_id]


@dataclass(frozen=True)
class MarkOutcomeUnknown(_DeliveryCommand):
    """Record that an attempt was started long ago and nobody recorded an answer."""

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

    It is the only text of the same words, from this sender, whose SID no event bears. Without any,
    the attempt lapses if the look came after the text could still be alive. Two of them, or one of
    other words or from another sender alone, are put before staff.
    """

    lookup: RecordsLookup
    codes: CodeTable

    def decide(self, work: UnitOfWork) -> bool:
        delivery, lookup = delivery_of(work, self.delivery_id), self.lookup
        if not delivery.is_outcome_unknown or delivery.turn != lookup.turn:
            return True
        sid = delivery.sid_by_turn.get(lookup.turn)
        unheld = [r for r in lookup.records if r.sid == sid or not work.is_sid_recorded(r.sid)]
        same = [record for record in unheld if record.is_from_us and record.body == lookup.body]
        if len(same) == 1:
            _append_fetched(work, delivery, lookup.turn, same[0], self.codes)
            return True
        near = [record for record in unheld if record.is_from_us or record.body == lookup.body]
        if near:
            _put_before_staff(work, delivery, [record.sid for record in near])
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
    """Staff's decision on a text that may have been sent: send it again, or let it be.

    Refused where its outcome is known by now, and where the campaign does not allow a resend or is
    archived.
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
        outcome = _classifier(work, delivery, self.codes).classify_settlement(
            self.decision, delivery.context_of(delivery.turn), work.now
        )
        event = delivery.settle(self.by, outcome, self.decision)
        append_with_consequences(work, delivery, event)


@dataclass(frozen=True)
class RecordFetchedStatus(_DeliveryCommand):
    """Record what the provider says of an accepted text; returns whether it is new.

    It is new where it says more of the standing, or of what the text cost.
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
    """Take a text of the provider's for the one that waits here; returns whether one waited.

    Where this delivery's outcome is unknown, that settles it.
    """

    record: ProviderRecord
    codes: CodeTable

    def decide(self, work: UnitOfWork) -> bool:
        delivery = delivery_of(work, self.delivery_id)
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


def _put_before_staff(work: UnitOfWork, delivery: Delivery, sids: Sequence[str]) -> None:
    """Record once which texts could be the one of unknown outcome."""
    if delivery.candidates != tuple(sids):
        cause = "Twilio's records do not tell whether this text was sent"
        work.append(delivery.mark_unknown(SENDER, delivery.turn, cause, sids))


def _classifier(work: UnitOfWork, delivery: Delivery, codes: CodeTable) -> OutcomeClassifier:
    return OutcomeClassifier(campaign_of_delivery(work, delivery).policy, codes)
